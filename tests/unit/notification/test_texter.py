"""The console twin of an SMS provider."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from services.notification.channels import Refused, Unreachable
from services.notification.channels.texter import masked, open_texter

ONE = UUID(int=1)


def test_a_text_is_one_line_of_the_log_with_a_masked_number() -> None:
    with capture_logs() as lines:
        open_texter("console://").send("+989120000067", "دورهٔ «حقوق اداری»", ONE)
    (line,) = lines
    assert (line["event"], line["mobile"], line["text"]) == ("sms_sent", "+98••••••••67", "دورهٔ «حقوق اداری»")
    assert "9120000067" not in json.dumps(line)


def test_with_a_file_each_text_is_a_line_there(tmp_path: Path) -> None:
    file = tmp_path / "folder/texts.jsonl"
    texter = open_texter(f"console://{file}")
    texter.send("09120000067", "یک\nدو", ONE)
    texter.send("09120000068", "سه", ONE)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(line["mobile"], line["text"]) for line in lines] == [("09120000067", "یک\nدو"), ("09120000068", "سه")]
    assert file.stat().st_mode & 0o077 == 0


def test_a_number_that_cannot_be_dialled_is_refused_for_good() -> None:
    for number in ("", "123", "0912 000 0067", "tel:0912", "+" + "1" * 16):
        with pytest.raises(Refused):
            open_texter("console://").send(number, "text", ONE)


def test_a_file_that_cannot_be_written_is_trouble_of_the_provider(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        open_texter(f"console://{tmp_path}").send("09120000067", "text", ONE)


def test_another_provider_is_not_known() -> None:
    with pytest.raises(ValueError, match="carrier"):
        open_texter("carrier://pigeon")


def test_a_short_number_gives_nothing_away() -> None:
    assert masked("") == ""
    assert masked("12345") == "•••••"
