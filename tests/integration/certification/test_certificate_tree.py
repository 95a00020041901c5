"""An agency reads the certificates of those below it, in whatever order the tree became known."""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.certification.models import agencies
from shared.errors import NotFound
from shared.events import AgencyChangedV1, AgencyRegisteredV1, LocalizedText
from tests.integration.certification.conftest import Office, completed, registered

NAME = LocalizedText("دستگاه نمونه")
EARLY = datetime(2026, 11, 1, tzinfo=UTC)
ONE = ("get_certificate", "get_document", "get_credential")


def tree(office: Office, **parents: str | None) -> None:
    """Tell of agencies in this order: UNIT="ORG" is a unit of ORG."""
    office.harness.deliver(*(AgencyRegisteredV1(code=code, name=NAME, parent_code=of) for code, of in parents.items()))


def moved(code: str, parent_code: str | None) -> AgencyChangedV1:
    return AgencyChangedV1(code=code, name=NAME, parent_code=parent_code, kind="unit")


def finds(office: Office, agency: str, method: str, **sent: Any) -> bool:
    try:
        office.call(method, agency=agency, **sent)
    except NotFound:
        return False
    return True


def sees(office: Office, agency: str, certificate_id: UUID, employee_id: UUID) -> bool:
    """Whether an agency finds a certificate; by all calls alike."""
    found = {finds(office, agency, method, certificate_id=certificate_id) for method in ONE}
    found.add(finds(office, agency, "list_certificates", employee_id=employee_id))
    (answer,) = found
    return answer


def test_a_ministry_reads_the_certificates_of_units_two_levels_below(office: Office) -> None:
    tree(office, UNIT="ORG", ORG="MIN", MIN=None, OTHER="MIN")
    employee_id = uuid4()
    (event,) = office.issue(completed(employee_id=employee_id, agency_code="UNIT"))
    asked = {name: sees(office, name, event.certificate_id, employee_id) for name in ("UNIT", "ORG", "MIN", "OTHER")}
    assert asked == {"UNIT": True, "ORG": True, "MIN": True, "OTHER": False}


def test_a_ministry_that_is_not_known_itself_reads_those_below_it(office: Office) -> None:
    tree(office, UNIT="MIN")
    employee_id = uuid4()
    (event,) = office.issue(completed(employee_id=employee_id, agency_code="UNIT"))
    assert sees(office, "MIN", event.certificate_id, employee_id)
    assert len(office.call("list_issued", ("auditor",), agency="MIN")["items"]) == 1


def test_those_above_a_persons_new_agency_read_what_the_old_one_issued(office: Office) -> None:
    tree(office, UNIT="MIN")
    employee_id = uuid4()
    office.harness.deliver(registered(employee_id, "UNIT"))
    (event,) = office.issue(completed(employee_id=employee_id, agency_code="AG-A"))
    assert sees(office, "MIN", event.certificate_id, employee_id)


def test_of_a_former_employee_a_ministry_lists_what_its_units_issued(office: Office) -> None:
    tree(office, UNIT="MIN")
    employee_id = uuid4()
    office.harness.deliver(registered(employee_id, "AG-B"))
    unit = completed(employee_id=employee_id, agency_code="UNIT")
    office.issue(unit, completed(employee_id=employee_id, course_code="RD-02"))
    assert len(office.call("list_certificates", agency="MIN", employee_id=employee_id)["items"]) == 1
    assert len(office.call("list_certificates", agency="AG-B", employee_id=employee_id)["items"]) == 2


@pytest.mark.parametrize("late_first", [True, False])
def test_a_unit_that_moved_is_read_from_its_new_place_alone(office: Office, late_first: bool) -> None:
    employee_id = uuid4()
    (event,) = office.issue(completed(employee_id=employee_id, agency_code="UNIT"))
    said = [
        office.harness.message(AgencyRegisteredV1(code="UNIT", name=NAME, parent_code="OLD"), time=EARLY),
        office.harness.message(moved("UNIT", "NEW"), time=EARLY + timedelta(days=1)),
    ]
    for message in reversed(said) if late_first else said:
        office.harness.deliver(message)
    assert sees(office, "NEW", event.certificate_id, employee_id)
    assert not sees(office, "OLD", event.certificate_id, employee_id)


def test_two_agencies_below_each_other_for_a_moment_do_no_harm(office: Office) -> None:
    tree(office, ONE="TWO", TWO="ONE")
    office.issue(completed(agency_code="ONE"))
    assert len(office.call("list_issued", ("auditor",), agency="TWO")["items"]) == 1
    with pytest.raises(NotFound):
        office.call("get_certificate", agency="AG-A", certificate_id=office.issued()[0].certificate_id)


def test_an_auditor_pages_through_what_was_issued_by_those_below(office: Office) -> None:
    tree(office, UNIT="MIN")
    # One batch has one moment of issue, so the pages part certificates of the same moment.
    issued = office.issue(*(completed(agency_code=code) for code in ("UNIT", "AG-B", "MIN", "UNIT", "AG-B", "UNIT")))
    seen, cursor = list[str](), None
    while True:
        page = office.call("list_issued", ("auditor",), agency="MIN", limit=1, cursor=cursor)
        seen += [item["certificate_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    theirs = [str(event.certificate_id) for event in issued if event.agency_code != "AG-B"]
    assert seen == sorted(theirs)


def test_agencies_that_an_older_release_heard_get_their_place_by_a_replay(office: Office) -> None:
    first = office.harness.message(AgencyRegisteredV1(code="UNIT", name=NAME, parent_code="MIN"), time=EARLY)
    later = office.harness.message(moved("UNIT", "NEW"), time=EARLY + timedelta(days=1))
    for message in (first, later):
        office.harness.deliver(message)
    migration = importlib.import_module("services.certification.migrations.versions.0009_tree")
    with office.harness.db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.downgrade()
        migration.upgrade()
    with office.harness.db.reading() as tx:
        assert tx.scalar(sa.select(agencies.c.parent_code)) is None
    for message in (later, first):
        office.harness.deliver(message)
    with office.harness.db.reading() as tx:
        assert tx.scalar(sa.select(agencies.c.parent_code)) == "NEW"


def test_a_ministry_sees_to_the_look_of_its_units_certificates(office: Office) -> None:
    tree(office, UNIT="MIN", MIN=None, OTHER="MIN")
    officer, person = ("certification_officer",), {"title": {"fa": "رئیس مرکز نمونه"}, "name": {"fa": "نمونه"}}
    office.call("set_issuer_profile", officer, "MIN", agency_code="UNIT", signatories=[person], variant="en")
    assert office.call("get_issuer_profile", officer, "UNIT", agency_code="UNIT")["variant"] == "en"
    for stranger in ("OTHER", "AG-A"):
        with pytest.raises(NotFound, match="agency_not_found"):
            office.call("get_issuer_profile", officer, stranger, agency_code="UNIT")


def test_officers_of_a_ministry_correct_what_its_units_issued(office: Office) -> None:
    tree(office, UNIT="MIN")
    (event,) = office.issue(completed(agency_code="UNIT"))
    officer, sent = ("certification_officer",), {"certificate_id": event.certificate_id, "reason": "نام نادرست"}
    wanted = {**sent, "changes": {"holder_name": "نمونه درست"}}
    with pytest.raises(NotFound):
        office.call("request_correction", officer, agency="AG-B", **wanted)
    request_id = office.call("request_correction", officer, agency="MIN", **wanted)["request_id"]
    (item,) = office.call("list_requests", officer, agency="MIN")["items"]
    assert (item["request_id"], item["agency_code"]) == (request_id, "UNIT")
    assert office.call("list_requests", officer, agency="AG-B")["items"] == []
    office.call("confirm_request", officer, agency="UNIT", system="other", request_id=request_id)
    assert [row.status for row in office.rows()] == ["superseded", "valid"]
