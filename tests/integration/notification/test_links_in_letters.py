"""The links in letters, from the mail to the page: what a button does, and what merely looking does not."""

import email
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from services.notification import models
from shared.events import EmployeeErasedV1, EmployeesMergedV1
from shared.ids import new_id
from tests.integration.notification.conftest import Ledger, caller, issued, message, registered

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LINK = re.compile(r"<https://messages\.example\.ir/unsubscribe/([A-Za-z0-9_-]{43})>")
OFFICER = caller("training_officer")


def read(file: Path) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(file.read_bytes(), policy=default))


def letter(ledger: Ledger, number: int = 1) -> str:
    """Sends somebody a certificate's mail; the token of its link."""
    ledger.service.on_certificate_issued([message(issued(number))])
    before = set(ledger.files)
    ledger.service.send_pending()
    (file,) = set(ledger.files) - before
    found = LINK.fullmatch(str(read(file)["List-Unsubscribe"]).strip())
    assert found is not None
    return found[1]


def ask(ledger: Ledger, method: str, token: str, data: Any = None, query: str = "", **headers: str) -> Response:
    verb = "POST" if method in ("unsubscribe", "keep_preferences") else "GET"
    builder = EnvironBuilder(
        method=verb, data=data, query_string=query, headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    reply: Response = getattr(ledger.service, method)(Request(builder.get_environ()), token=token)
    return reply


def unsubscribed(ledger: Ledger, number: int = 1) -> list[str]:
    asked = ledger.call("get_preferences", OFFICER, employee_id=str(UUID(int=number)))
    return list(asked["unsubscribed"])


def test_a_mail_has_the_link_in_its_headers_and_at_its_end(ledger: Ledger) -> None:
    ledger.people(1)
    token = letter(ledger)
    mail = read(ledger.files[0])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = f"https://messages.example.ir/unsubscribe/{token}"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert url in body.get_content()
    with ledger.db.reading() as tx:
        assert token not in str(tx.execute(sa.select(models.tables.letters)).all())


def test_what_the_law_asks_for_has_no_link(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.service.on_certificate_issued([message(issued(replaces_serial="AG-A-1405-000009", reason="sample"))])
    ledger.service.send_pending()
    assert [row.template for row in ledger.rows()] == ["certificate_corrected"]
    assert not [name for name in read(ledger.files[0]) if name.startswith("List-")]


def test_one_click_unsubscribes_and_looking_does_not(ledger: Ledger) -> None:
    ledger.people(1)
    token = letter(ledger)
    page = ask(ledger, "unsubscribe_page", token)
    assert (page.status_code, unsubscribed(ledger)) == (200, [])
    assert "گواهینامه‌ها" in page.get_data(as_text=True)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in page.get_data(as_text=True)
    for _time in range(2):
        assert ask(ledger, "unsubscribe", token, ONE_CLICK).status_code == 200
        assert unsubscribed(ledger) == ["certificates"]
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    assert ask(ledger, "unsubscribe", token, body, **multipart).status_code == 200
    ledger.service.on_certificate_issued([message(issued())])
    ledger.service.send_pending()
    assert sorted((row.status, row.reason) for row in ledger.rows()) == [("sent", None), ("suppressed", "unsubscribed")]
    assert 'type="submit"' not in ask(ledger, "unsubscribe_page", token).get_data(as_text=True)


def test_another_body_changes_nothing(ledger: Ledger) -> None:
    ledger.people(1)
    token = letter(ledger)
    for data in (None, {"List-Unsubscribe": "Two"}, {**ONE_CLICK, "more": "x" * 20_000}):
        assert ask(ledger, "unsubscribe", token, data).status_code == 400
    for data in (None, {"kind": "certificates"}, {"kind": "nonsense", "cadence": "daily"}, {"cadence": "hourly"}):
        assert ask(ledger, "keep_preferences", token, data).status_code == 400
    assert unsubscribed(ledger) == []


def test_the_form_takes_kinds_back_and_sets_how_often(ledger: Ledger) -> None:
    ledger.service.on_employee_registered([message(registered(language="en"))])
    token = letter(ledger)
    ask(ledger, "unsubscribe", token, ONE_CLICK)
    page = ask(ledger, "preferences_page", token)
    assert 'value="certificates" aria-describedby' in page.get_data(as_text=True).replace(" checked", "")
    assert page.headers["Content-Language"] == "en"
    wanted = ["enrollment", "certificates", "hours"]
    saved = ask(ledger, "keep_preferences", token, {"kind": wanted, "cadence": "weekly"})
    assert "Your choices are saved." in saved.get_data(as_text=True)
    found = ledger.call("get_preferences", OFFICER, employee_id=str(UUID(int=1)))
    assert set(wanted).isdisjoint(found["unsubscribed"])
    assert (len(found["unsubscribed"]), found["cadence"], found["updated_by"]) == (7, "weekly", "a link in a letter")
    assert ask(ledger, "preferences_page", token, query="lang=fa").headers["Content-Language"] == "fa"


def test_a_digest_unsubscribes_from_what_was_in_it(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=1)), cadence="daily")
    for _time in range(2):
        ledger.certificates(1)
    ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=1)), cadence=None)  # now
    ledger.service.make_digests()
    ledger.change(due_at=datetime.now(UTC))
    ledger.service.send_pending()
    assert ledger.statuses() == ["sent"] * 3
    (file,) = ledger.files
    found = LINK.fullmatch(str(read(file)["List-Unsubscribe"]).strip())
    assert found is not None
    ask(ledger, "unsubscribe", found[1], ONE_CLICK)
    assert unsubscribed(ledger) == ["certificates"]


def test_links_follow_people_who_are_merged_and_end_with_those_who_are_erased(ledger: Ledger) -> None:
    ledger.people(2)
    token = letter(ledger, 2)
    at = datetime.now(UTC)
    merged = EmployeesMergedV1(employee_id=UUID(int=1), duplicate_id=UUID(int=2), agency_code="AG-A", merged_at=at)
    ledger.service.on_employees_merged([message(merged)])
    ask(ledger, "unsubscribe", token, ONE_CLICK)
    assert unsubscribed(ledger, 1) == ["certificates"]
    ledger.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=1), erased_at=at))])
    for method, data in (("unsubscribe_page", None), ("unsubscribe", ONE_CLICK), ("preferences_page", None)):
        page = ask(ledger, method, token, data)
        assert (page.status_code, "دیگر چیزی برای شما فرستاده نمی‌شود." in page.get_data(as_text=True)) == (200, True)


def test_a_link_that_is_not_ours_leads_nowhere_and_not_often(ledger: Ledger) -> None:
    ledger.people(1)
    token = letter(ledger)
    forged = token[:-5] + "AAAAA"
    assert ask(ledger, "unsubscribe", forged, ONE_CLICK).status_code == 404
    statuses = [ask(ledger, "preferences_page", "nonsense").status_code for _time in range(70)]
    assert (statuses[0], statuses[-1]) == (404, 429)
    assert ask(ledger, "unsubscribe", token, ONE_CLICK).status_code == 200
    statuses = [ask(ledger, "unsubscribe_page", token).status_code for _time in range(70)]
    assert (statuses[0], statuses[-1]) == (200, 429)


def test_replicas_share_one_secret(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.notification.links import open_links

    first = open_links(ledger.db, "https://messages.example.ir")
    found = iter([None])
    stored = models.secret
    monkeypatch.setattr(models, "secret", lambda tx, name: next(found, stored(tx, name)))  # as if it was not there yet
    assert open_links(ledger.db, first.base_url).unsubscribe(new := new_id()) == first.unsubscribe(new)
