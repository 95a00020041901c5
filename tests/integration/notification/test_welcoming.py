"""The welcome after an import: asked for with a count, written page by page, once to each person ever."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification.models import tables
from services.notification.service import welcoming
from shared.errors import Conflict, Invalid, NotFound
from shared.events import AgencyRegisteredV1, EmployeeErasedV1, EmployeesMergedV1, LocalizedText
from tests.integration.notification.conftest import Ledger, caller, message, registered

BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
IMPORT = datetime(2026, 11, 20, tzinfo=UTC)
OFFICER = caller("training_officer", agency="MIN")


@pytest.fixture
def staff(ledger: Ledger) -> Ledger:
    """A ministry with an agency below it and one beside: 1 was there before, 2 to 6 come by an import, 7 elsewhere."""
    agencies = [("MIN", None), ("AG-A", "MIN"), ("AG-B", None)]
    ledger.service.on_agency_registered(
        [
            message(AgencyRegisteredV1(code=code, name=LocalizedText(fa="سازمان نمونه"), parent_code=above))
            for code, above in agencies
        ]
    )
    people = {1: ("AG-A", BEFORE), 2: ("MIN", IMPORT), 7: ("AG-B", IMPORT)}
    people |= dict.fromkeys(range(3, 7), ("AG-A", IMPORT))
    ledger.service.on_employee_registered(
        [message(registered(number, agency_code=code), time=time) for number, (code, time) in people.items()]
    )
    return ledger


def welcome(staff: Ledger, who: Any = OFFICER, **more: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"agency_code": "MIN", "registered_since": IMPORT.isoformat()}
    return staff.call("welcome_staff", who, **arguments | more)


def test_a_count_comes_first_and_each_is_welcomed_once(staff: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welcoming, "PAGE", 2)
    assert welcome(staff, dry_run=True) == {"agency_code": "MIN", "count": 5, "dry_run": True, "welcome_id": None}
    with pytest.raises(Invalid):
        welcome(staff)
    with pytest.raises(Conflict) as caught:
        welcome(staff, expected_count=4)
    assert (caught.value.code, caught.value.details) == ("count_changed", {"count": 5})
    assert (staff.rows(), staff.woken) == ([], [])
    reply = welcome(staff, expected_count=5)
    assert staff.woken == ["write_welcomes"]
    staff.service.write_welcomes()
    assert sorted(row.employee_id.int for row in staff.rows()) == [2, 3, 4, 5, 6]
    assert {row.template for row in staff.rows()} == {"welcome"}
    progress = staff.call("get_welcome", OFFICER, welcome_id=str(reply["welcome_id"]))
    assert (progress["expected"], progress["queued"]) == (5, 5)
    assert progress["finished_at"] is not None
    assert welcome(staff, dry_run=True)["count"] == 0
    assert welcome(staff, dry_run=True, registered_since=None)["count"] == 1
    staff.send()
    assert len(staff.files) == 5


def test_a_welcome_goes_on_where_a_crash_has_stopped_it(staff: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welcoming, "PAGE", 2)
    welcome(staff, expected_count=5)
    ends = iter([False, True])
    staff.service.ending = lambda: next(ends)
    staff.service.write_welcomes()
    assert len(staff.rows()) == 2
    staff.service.ending = lambda: False
    with staff.db.transaction() as tx:  # as after a restored backup of the job alone
        tx.execute(sa.update(tables.welcomes).values(done_to=None))
    staff.service.write_welcomes()
    assert len(staff.rows()) == 5


def test_nobody_is_welcomed_who_was_merged_or_erased_or_comes_later(staff: Ledger) -> None:
    staff.service.on_employees_merged(
        [
            message(
                EmployeesMergedV1(
                    employee_id=UUID(int=2), duplicate_id=UUID(int=3), agency_code="AG-A", merged_at=IMPORT
                )
            )
        ]
    )
    staff.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=4), erased_at=IMPORT))])
    welcome(staff, expected_count=3)
    later = datetime.now(UTC) + timedelta(hours=1)
    staff.service.on_employee_registered([message(registered(8), time=later)])
    staff.service.write_welcomes()
    assert sorted(row.employee_id.int for row in staff.rows()) == [2, 5, 6]


def test_an_officer_welcomes_their_own_and_those_below(staff: Ledger) -> None:
    assert welcome(staff, agency_code="AG-A", dry_run=True)["count"] == 4
    with pytest.raises(NotFound):
        welcome(staff, agency_code="AG-B", dry_run=True)
    with pytest.raises(NotFound):
        welcome(staff, caller("training_officer", agency="AG-A"), dry_run=True)
    job = welcome(staff, caller("national", agency="NAT"), agency_code="AG-B", expected_count=1)
    with pytest.raises(NotFound):
        staff.call("get_welcome", OFFICER, welcome_id=str(job["welcome_id"]))
