"""Which mailer a URL opens, and mail as files."""

import mailbox
from pathlib import Path

import pytest

from services.notification.channels import Unreachable
from services.notification.mailer import open_mailer
from services.notification.mailer.maildir import MaildirMailer
from services.notification.mailer.server import Server
from tests.unit.notification.samples import NOTIFICATION_ID, composed


def test_a_url_says_how_mail_is_handed_over() -> None:
    server = Server.from_url("smtp://user:p%40ss@mail.example:2525?starttls=none")
    assert server == Server("mail.example", 2525, "user", "p@ss", "none")
    assert Server.from_url("smtps://mail.example") == Server("mail.example", 465, implicit_tls=True)
    assert Server.from_url("smtp://mail.example") == Server("mail.example", 25)
    assert Server.from_url("smtp://mail.example?connections=2").connections == 2


def test_a_password_makes_tls_required_unless_told_otherwise() -> None:
    assert Server.from_url("smtp://user:word@mail.example").starttls == "required"
    assert Server.from_url("smtp://mail.example").starttls == "if_available"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://u:secret@h?starttls=maybe",
        "smtp://?starttls=none",
        "smtp://h?tls=1",
        "maildir://",
        "ftp://h",
        "smtp://h?connections=0",
        "smtp://h?connections=99",
        "smtp://h?connections=many",
    ],
)
def test_a_wrong_url_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"needs|mailer") as caught:
        open_mailer(url)
    assert "secret" not in str(caught.value)


def test_a_maildir_url_names_a_relative_or_an_absolute_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, folder in (("maildir://var/mail", tmp_path / "var/mail"), (f"maildir://{tmp_path}/b", tmp_path / "b")):
        mailer = open_mailer(url)
        mailer.send(composed(), NOTIFICATION_ID)
        assert [file.name for file in (folder / "new").iterdir()] == [f"{NOTIFICATION_ID}.eml"]


def test_a_maildir_holds_one_real_message_a_notification_however_often_it_is_sent(tmp_path: Path) -> None:
    mailer = MaildirMailer(str(tmp_path))
    for full_name in ("نمونهٔ یکم", "نمونهٔ دوم"):
        mailer.send(composed(full_name=full_name), NOTIFICATION_ID)
    messages = list(mailbox.Maildir(tmp_path, create=False))
    assert len(messages) == 1
    assert messages[0]["Message-ID"].startswith(f"<{NOTIFICATION_ID}@")
    assert not list((tmp_path / "tmp").iterdir())


def test_a_folder_that_cannot_be_written_is_an_outage_and_not_a_bounce(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable):
        MaildirMailer(str(tmp_path / "file")).send(composed(), NOTIFICATION_ID)
