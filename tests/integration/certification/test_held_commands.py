"""The shell's commands for what is held and for records of the past, against the service itself."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from rich.console import Console

from services.cli import held, past_records
from shared.errors import Invalid
from shared.events import AgencyRegisteredV1, LocalizedText
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered

HEADER = "reference,employee_id,full_name,national_code,personnel_number,course_code,course_title,course_type,hours,"
HEADER += "delivery_mode,starts_on,ends_on"


def asking(office: Office, *roles: str) -> Callable[[str, dict[str, Any]], Any]:
    return lambda method, sent: office.call(method, roles, **sent)


def printed(work: Callable[[Console], object]) -> str:
    text = io.StringIO()
    work(Console(file=text, width=200))
    return text.getvalue()


@pytest.fixture
def holding(office: Office) -> Office:
    """The office, which holds three completions of one offering."""
    value = {"default": {"per_hour": 0, "times_usual": None}, "agencies": {}, "usual_days": 28}
    said = {"source": "Sample", "confidence": "policy_default", "reason": "Sample", "effective_from": "2026-01-01"}
    office.call("record_policy", ("national",), key="issuance_brake", value=value, **said)
    offering_id = uuid4()
    office.issue(*(completed(offering_id=offering_id) for _ in range(3)))
    return office


def test_the_list_counts_by_offering(holding: Office) -> None:
    ask = asking(holding, "operator")
    text = printed(lambda console: held.show(ask, console, None, "held"))
    assert [word for line in text.splitlines() if "AG-A" in line for word in line.split()][-1] == "3"
    assert "Nothing is dropped" in printed(lambda console: held.show(ask, console, "AG-A", "dropped"))


def test_a_release_says_how_many_and_does_what_was_agreed_to(holding: Office) -> None:
    ask, chosen = asking(holding, "operator"), {"agency_code": "AG-A", "count": 2}
    said = printed(lambda console: held.decide(ask, console, "release_held", chosen, lambda: False))
    assert said.startswith("2 completions")
    assert "Nothing was done" in said
    assert "2 released" in printed(lambda console: held.decide(ask, console, "release_held", chosen))
    holding.harness.service.issue_released()
    assert len(holding.rows()) == 2


def test_no_more_are_dropped_than_were_said(holding: Office) -> None:
    ask, chosen = asking(holding, "operator"), {"agency_code": "AG-A", "reason": "Sent twice"}

    def agreed() -> bool:
        holding.issue(completed())  # one more is held while somebody thinks about it
        return True

    said = printed(lambda console: held.decide(ask, console, "drop_held", chosen, agreed))
    assert "3 dropped" in said
    assert "Nothing of that is held" in printed(
        lambda console: held.decide(ask, console, "drop_held", chosen | {"offering_id": str(uuid4())})
    )
    assert [each["status"] for each in ask("list_held", {})["items"]].count("held") == 1


def people(office: Office, count: int) -> list[UUID]:
    office.harness.deliver(AgencyRegisteredV1(code="AG-A", name=LocalizedText("دستگاه نمونه")))
    ids = [uuid4() for _ in range(count)]
    office.harness.deliver(*(registered(each) for each in ids))
    return ids


def line(reference: int, employee_id: UUID, **changes: str) -> str:
    hours = changes.get("hours", "12")
    who = f"{reference},{employee_id},نمونه,{NATIONAL_CODE},P-1"
    return f"{who},OLD-7,دوره نمونه,2,{hours},حضوری,1392/02/11,1392/02/13"


def test_a_file_of_past_records_is_issued_once(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_records, "ROWS", 2)
    ids = people(office, 4)
    lines = [line(number, each) for number, each in enumerate(ids)]
    file, result = tmp_path / "records.csv", tmp_path / "result.csv"
    broken = [line(7, ids[0], hours="many"), "8,too,short"]
    file.write_text("\n".join([HEADER, *lines, *broken]), encoding="utf-8")
    ask, target = asking(office, "certification_officer"), {"agency_code": "AG-A", "mail": False}
    outcomes = past_records.send(ask, file, target | {"dry_run": True}, Console(file=io.StringIO()))
    assert ([each["outcome"] for each in outcomes].count("issued"), office.rows()) == (4, [])
    outcomes = past_records.send(ask, file, target, Console(file=io.StringIO()))
    assert [each["outcome"] for each in outcomes] == ["issued"] * 4 + ["refused"] * 2
    again = past_records.send(ask, file, target, Console(file=io.StringIO()))
    assert [each["outcome"] for each in again] == ["exists"] * 4 + ["refused"] * 2
    text = printed(lambda console: past_records.report(again, console, dry_run=False))
    assert "0 issued, 4 there already, 2 refused" in text
    assert "line 6: hours: must be a number" in text
    past_records.write(result, again)
    written = list(csv.DictReader(result.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["serial"] for row in written[:4]] == [row.serial for row in office.rows()]
    assert "has 3 cells" in written[5]["reasons"]


def test_a_file_without_a_needed_column_changes_nothing(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    file.write_text("reference,full_name\n1,نمونه\n", encoding="utf-8")
    with pytest.raises(Invalid, match="missing columns"):
        past_records.send(asking(office, "national"), file, {"agency_code": "AG-A"}, Console(file=io.StringIO()))
