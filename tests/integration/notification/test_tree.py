"""An agency reads what people of those below it were told, in whatever order the tree became known."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.notification import models
from shared.errors import NotFound
from shared.events import AgencyChangedV1, AgencyRegisteredV1, LocalizedText
from tests.integration.notification.conftest import Ledger, agencies, caller, issued, message, registered

PERSON = str(UUID(int=1))
NAME = LocalizedText("دستگاه نمونه")
EARLY = datetime(2026, 11, 1, tzinfo=UTC)


def sees(ledger: Ledger, agency: str) -> bool:
    """Whether an agency finds the first notification, in both calls alike."""
    notification_id, found = str(ledger.rows()[0].notification_id), set()
    for method, sent in (("get_notification", {"notification_id": notification_id}), ("list_notifications", {})):
        try:
            ledger.call(method, caller("agency_system", agency=agency), **sent or {"employee_id": PERSON})
            found.add(True)
        except NotFound:
            found.add(False)
    (answer,) = found
    return answer


@pytest.mark.parametrize("known_first", [True, False])
def test_a_ministry_reads_what_people_of_its_units_were_told(ledger: Ledger, known_first: bool) -> None:
    if known_first:
        agencies(ledger, MIN=None, ORG="MIN", OTHER="MIN", UNIT="ORG")
    ledger.service.on_employee_registered([message(registered(1, agency_code="UNIT"))])
    ledger.service.on_certificate_issued([message(issued(1, agency_code="UNIT"))])
    if not known_first:
        agencies(ledger, UNIT="ORG", OTHER="MIN", ORG="MIN")
    asked = {name: sees(ledger, name) for name in ("UNIT", "ORG", "MIN", "OTHER")}
    assert asked == {"UNIT": True, "ORG": True, "MIN": True, "OTHER": False}


def test_of_a_person_who_left_a_ministry_reads_what_its_unit_told_them(ledger: Ledger) -> None:
    agencies(ledger, UNIT="MIN")
    ledger.service.on_employee_registered([message(registered(1, agency_code="UNIT"))])
    ledger.service.on_certificate_issued([message(issued(1, agency_code="UNIT"))])
    ledger.service.on_employee_registered([message(registered(1, agency_code="AG-B"))])
    ledger.service.on_certificate_issued([message(issued(1, agency_code="AG-B"))])
    listed = ledger.call("list_notifications", caller("auditor", agency="MIN"), employee_id=PERSON)["items"]
    assert [item["notification_id"] for item in listed] == [str(ledger.rows()[0].notification_id)]


@pytest.mark.parametrize("late_first", [True, False])
def test_a_unit_that_moved_is_read_from_its_new_place_alone(ledger: Ledger, late_first: bool) -> None:
    ledger.service.on_employee_registered([message(registered(1, agency_code="UNIT"))])
    ledger.service.on_certificate_issued([message(issued(1, agency_code="UNIT"))])
    first = message(AgencyRegisteredV1(code="UNIT", name=NAME, parent_code="OLD"), time=EARLY)
    later = AgencyChangedV1(code="UNIT", name=NAME, parent_code="NEW", kind="unit")
    if late_first:
        ledger.service.on_agency_changed([message(later, time=EARLY + timedelta(days=1))])
        ledger.service.on_agency_registered([first])
    else:
        ledger.service.on_agency_registered([first])
        ledger.service.on_agency_changed([message(later, time=EARLY + timedelta(days=1))])
    assert (sees(ledger, "NEW"), sees(ledger, "OLD")) == (True, False)


def test_an_auditor_reconciles_what_those_below_were_told(ledger: Ledger) -> None:
    agencies(ledger, UNIT="MIN")
    codes = {1: "UNIT", 2: "AG-B", 3: "MIN"}
    ledger.service.on_employee_registered([message(registered(n, agency_code=code)) for n, code in codes.items()])
    ledger.service.on_certificate_issued([message(issued(n, agency_code=code)) for n, code in codes.items()])
    listed = ledger.call("list_queued", caller("auditor", agency="MIN"))["items"]
    assert {item["employee_id"] for item in listed} == {str(UUID(int=1)), str(UUID(int=3))}


def test_who_is_above_whom_is_asked_of_many_at_once(ledger: Ledger) -> None:
    agencies(ledger, MIN=None, ORG="MIN", UNIT="ORG", LOST="UNHEARD")
    with ledger.db.reading() as tx:
        chains = models.agency_tree.chains(tx, ["UNIT", "MIN", "LOST", "NOBODY"])
    assert chains == {"UNIT": ["UNIT", "ORG", "MIN"], "MIN": ["MIN"], "LOST": ["LOST", "UNHEARD"], "NOBODY": ["NOBODY"]}
