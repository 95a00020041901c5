"""From an offering that is opened to the certificate: what only the catalog and the employer know."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events import AgencyRegisteredV1, EnrollmentCompletedV1, OfferingOpenedV1, ResultCorrectedV1
from shared.persian import tehran_date
from tests.integration.certification.conftest import NATIONAL_CODE, Office

TITLE = {"fa": "مهارت‌های نمونه", "en": "Sample skills"}


class Road:
    """The three services that a certificate passes; events are handed from one to the next."""

    def __init__(self, harness: Callable[[str], Any]) -> None:
        self.catalog, self.enrollment = harness("catalog"), harness("enrollment")
        self.office = Office(harness("certification"))
        for code, name in (("AG-A", "دستگاه نمونه"), ("AG-B", "دستگاه دیگر نمونه")):
            self.enrollment.call("register_agency", code=code, name={"fa": name})
        self.catalog.deliver(*self.enrollment.outbox(AgencyRegisteredV1))

    def course(self, **changes: Any) -> None:
        course = {"code": "RD-01", "title": TITLE, "course_type": "job", "hours": 8} | changes
        self.catalog.call("define_course", **course)
        self.catalog.call("publish_course", course_code="RD-01", version=1)

    def provider(self) -> None:
        centre = {"provider_code": "C-1", "title": {"fa": "مرکز نمونه"}, "kind": "accredited_centre"}
        self.catalog.call("register_provider", **centre)
        right = {"number": "۱۲/۳", "valid_from": "2026-01-01", "valid_to": "2199-12-29", "course_types": ["job"]}
        self.catalog.call("record_accreditation", provider_code="C-1", **right)

    def offering(self, **changes: Any) -> str:
        today = tehran_date(datetime.now(UTC)).isoformat()
        plan = {"course_code": "RD-01", "agency_code": "AG-B", "starts_on": today, "ends_on": today, "capacity": 5}
        reply = self.catalog.call("open_offering", agency="AG-B", **plan, open_to="all", **changes)
        self.enrollment.deliver(*self.catalog.outbox(OfferingOpenedV1))
        return str(reply["offering_id"])

    def completed(self, offering_id: str, **known: Any) -> str:
        """A person of AG-A completes the course and gets the certificate; the enrollment."""
        person = {"agency_code": "AG-A", "national_code": NATIONAL_CODE, "personnel_number": "P-1"} | known
        names = {"full_name": "نمونه آزمون‌پور", "email": "sample@example.ir"}
        employee_id = self.enrollment.call("register_employee", **names, **person)["employee_id"]
        enrollment = self.enrollment.call("enroll", employee_id=employee_id, offering_id=offering_id)
        row = {"enrollment_id": enrollment["enrollment_id"], "attended_hours": 8, "score": 90}
        self.enrollment.call("record_results", offering_id=offering_id, results=[row])
        self.office.issue(*self.enrollment.outbox(EnrollmentCompletedV1))
        return str(enrollment["enrollment_id"])

    def snapshots(self) -> list[dict[str, Any]]:
        return [json.loads(row.snapshot) for row in self.office.rows()]


@pytest.fixture
def road(harness: Callable[[str], Any]) -> Road:
    return Road(harness)


def test_a_certificate_says_what_catalog_and_employer_know_also_when_corrected(road: Road) -> None:
    road.course(certificate_template="Formal", completion_rule={"pass_mark": 70})
    road.provider()
    offering_id = road.offering(provider_code="C-1", permit={"number": "۱۲۰/۴۵", "issued_on": "2026-11-01"})
    enrollment_id = road.completed(offering_id, father_name="پدر نمونه", unit="واحد نمونه")
    (first,) = road.snapshots()
    assert (first["father_name"], first["unit"], first["pass_mark"]) == ("پدر نمونه", "واحد نمونه", "70")
    assert first["issuer"] == {"code": "AG-A", "name": {"fa": "دستگاه نمونه"}}
    assert first["provider"] == {
        "code": "C-1",
        "name": {"fa": "مرکز نمونه"},
        "accreditation": {"number": "12/3", "valid_from": "2026-01-01", "valid_to": "2199-12-29"},
    }
    assert first["permit"] == {"number": "120/45", "issued_on": "2026-11-01"}
    assert first["design"]["template"] == "formal"
    correction = {"enrollment_id": enrollment_id, "attended_hours": 8, "score": 80, "reason": "ثبت نادرست"}
    road.enrollment.call("correct_result", **correction)
    road.office.harness.deliver(*road.enrollment.outbox(ResultCorrectedV1))
    (second,) = (each for each in road.snapshots() if each["serial"] != first["serial"])
    own = {"certificate_id", "serial", "verification_code", "national_code_hash", "issued_at", "score", "grade"}
    assert {name for name in first if first[name] != second[name]} == own


def test_what_nobody_said_is_left_empty(road: Road) -> None:
    road.course()
    road.completed(road.offering())
    (said,) = road.snapshots()
    assert [said[name] for name in ("father_name", "unit", "permit")] == [None] * 3
    assert (said["provider"]["accreditation"], said["design"]["template"]) == (None, None)
