"""A certification service that hears of completions."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.certification.models import certificates
from shared.events import CertificateIssuedV1, EmployeeRegisteredV1, EnrollmentCompletedV1, LocalizedText

NATIONAL_CODE = "9990000018"


def completed(**changes: Any) -> EnrollmentCompletedV1:
    """A completion of a person of AG-A."""
    fields: dict[str, Any] = {
        "enrollment_id": uuid4(),
        "employee_id": uuid4(),
        "agency_code": "AG-A",
        "agency_name": LocalizedText("دستگاه نمونه", "Sample Agency"),
        "provider_code": "AG-B",
        "provider_name": LocalizedText("مرکز آموزش نمونه"),
        "full_name": "نمونه آزمون‌پور",
        "national_code": NATIONAL_CODE,
        "personnel_number": "P-10023",
        "job_title": "کارشناس آزمون",
        "offering_id": uuid4(),
        "course_code": "RD-01",
        "course_version": 1,
        "course_title": LocalizedText("تکالیف و مسئولیت‌های اداری کارکنان", "Duties"),
        "course_type": "induction",
        "delivery_mode": "in_person",
        "hours": 4.5,
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 11, 5),
        "attended_hours": 4.5,
        "score": 87.5,
        "completed_on": date(2026, 11, 23),
        "completed_at": datetime.now(UTC),
    }
    return EnrollmentCompletedV1(**(fields | changes))


def registered(employee_id: UUID, agency_code: str = "AG-A") -> EmployeeRegisteredV1:
    return EmployeeRegisteredV1(
        employee_id=employee_id, agency_code=agency_code, full_name="نمونه", email="sample@example.ir", language="fa"
    )


class Office:
    """What tests ask of the service."""

    def __init__(self, harness: Any) -> None:
        self.harness = harness

    def issue(self, *events: EnrollmentCompletedV1) -> list[CertificateIssuedV1]:
        """Deliver completions as one batch; what was issued for them."""
        before = len(self.issued())
        self.harness.deliver(*events)
        return self.issued()[before:]

    def issued(self) -> list[Any]:
        return list(self.harness.outbox(CertificateIssuedV1))

    def public_keys(self) -> dict[str, Any]:
        """The published keys, by key id."""
        with self.harness.db.reading() as tx:
            return dict(self.harness.service.keyring.to_check(tx).public_keys)

    def key_set(self) -> dict[str, Any]:
        """The page with the public keys."""
        page = self.harness.service.key_set(Request(EnvironBuilder().get_environ()))
        return dict(json.loads(page.get_data()))

    def rows(self) -> list[Any]:
        with self.harness.db.reading() as tx:
            return list(tx.execute(sa.select(certificates).order_by(certificates.c.serial)))

    def change(self, certificate_id: UUID, **values: Any) -> None:
        """What somebody with access to the database could do behind our back."""
        with self.harness.db.transaction() as tx:
            tx.execute(sa.update(certificates).where(certificates.c.id == certificate_id).values(**values))

    def call(
        self, method: str, roles: tuple[str, ...] | None = ("agency_system",), agency: str = "AG-A", **sent: Any
    ) -> Any:
        return self.harness.call(method, token_roles=roles, agency=agency, **sent)


@pytest.fixture
def office(harness: Callable[[str], Any]) -> Office:
    return Office(harness("certification"))
