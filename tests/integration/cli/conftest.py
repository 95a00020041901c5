"""Three services with their own databases, whose events are carried from one to the next by hand."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.certification.models import certificates
from services.enrollment.models import enrollments
from services.enrollment.models.type2 import applications
from services.notification.models import notifications
from shared.events import (
    CertificateIssuedV1,
    EmployeeRegisteredV1,
    EnrollmentCompletedV1,
    LocalizedText,
    OfferingOpenedV1,
    Type2AwardedV1,
    decode,
)
from shared.events.catalog import CompletionRule
from shared.messages import Message
from shared.persian import tehran_date

CODES = ("9990000018", "9990000026", "9990000034")


class Chain:
    """Enrollment, certification and notification, with as many completions as there are CODES."""

    def __init__(self, harness: Callable[[str], Any]) -> None:
        self.services = {name: harness(name) for name in ("enrollment", "certification", "notification")}
        self.carried: set[UUID] = set()

    def ask(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        return self.services[service].call(method, token_roles=("operator",), **arguments)

    def complete_all(self) -> None:
        """Register people, enroll them in an offering, and record results that all of them pass."""
        enrollment = self.services["enrollment"]
        enrollment.call("register_agency", code="AG-A", name={"fa": "دستگاه نمونه"})
        offering = opened()
        enrollment.deliver(offering)
        results = []
        for number, code in enumerate(CODES):
            person = {"national_code": code, "personnel_number": f"P{number}", "email": f"sample{number}@example.ir"}
            employee = enrollment.call("register_employee", agency_code="AG-A", full_name="نمونه آزمون‌پور", **person)
            wanted = {"employee_id": employee["employee_id"], "offering_id": str(offering.offering_id)}
            results.append({"enrollment_id": enrollment.call("enroll", **wanted)["enrollment_id"]})
        marks = [{**result, "attended_hours": 10, "score": 80} for result in results]
        enrollment.call("record_results", offering_id=str(offering.offering_id), results=marks)

    def carry(self) -> None:
        """Hand on what was said and not yet heard, as the broker would: by event id, each once."""
        self._carry("enrollment", EmployeeRegisteredV1, "notification")
        self._carry("enrollment", EnrollmentCompletedV1, "certification")
        self._carry("enrollment", Type2AwardedV1, "certification")
        self._carry("certification", CertificateIssuedV1, "notification")

    def _carry(self, source: str, event_type: Any, target: str) -> None:
        table = self.services[source].service.metadata.tables["outbox"]
        with self.services[source].db.transaction() as tx:
            rows = tx.execute(sa.select(table).where(table.c.type == event_type.TYPE)).all()
            tx.execute(sa.update(table).where(table.c.type == event_type.TYPE).values(published_at=tx.now))
        messages: list[Message[Any]] = [
            Message(row.event_id, decode(row.type, row.body.encode()), row.occurred_at, row.correlation_id)
            for row in rows
            if row.event_id not in self.carried
        ]
        if messages:
            self.services[target].deliver(*messages)
        self.carried |= {message.id for message in messages}

    def grow_old(self) -> None:
        """Let an hour have passed since everything happened."""
        hour = timedelta(hours=1)
        self._shift("enrollment", enrollments, "completed_at", hour)
        self._shift("enrollment", applications, "changed_at", hour)
        self._shift("certification", certificates, "issued_at", hour)
        for name in ("enrollment", "certification"):
            self._shift(name, self.services[name].service.metadata.tables["outbox"], "occurred_at", hour)

    def _shift(self, service: str, table: sa.Table, column: str, by: timedelta) -> None:
        key = next(iter(table.primary_key.columns))
        with self.services[service].db.transaction() as tx:
            for row in tx.execute(sa.select(key, table.c[column]).where(table.c[column].is_not(None))).all():
                tx.execute(sa.update(table).where(key == row[0]).values({column: row[1] - by}))

    def lose(self, service: str, table: sa.Table, **where: Any) -> None:
        """What a backup that is restored without its newest rows does to an effect, but not to the inbox."""
        with self.services[service].db.transaction() as tx:
            tx.execute(sa.delete(table).where(*(table.c[name] == value for name, value in where.items())))

    def rows(self, service: str, table: sa.Table) -> list[Any]:
        with self.services[service].db.reading() as tx:
            return list(tx.execute(sa.select(table)))

    def mails(self) -> list[Any]:
        return [row for row in self.rows("notification", notifications) if row.template == "certificate_issued"]


def without_attachments(notification: Any) -> None:
    """Mails that tell of a certificate wait for no PDF, which nobody is there to make."""
    said = {"source": "Sample", "confidence": "policy_default", "reason": "Sample", "effective_from": "2026-01-01"}
    notification.call("record_policy", key="attach_certificates", value=False, **said)


def opened() -> OfferingOpenedV1:
    today: date = tehran_date(datetime.now(UTC))
    return OfferingOpenedV1(
        offering_id=uuid4(),
        agency_code="AG-A",
        course_code="RD-01",
        course_version=1,
        course_title=LocalizedText("دوره نمونه", "Sample course"),
        course_type="job",
        hours=10.0,
        delivery_mode="in_person",
        completion_rule=CompletionRule(min_attendance=0.8, pass_mark=60.0),
        starts_on=today,
        ends_on=today + timedelta(days=3),
        enrollment_closes_on=today,
        capacity=10,
    )


@pytest.fixture
def chain(harness: Callable[[str], Any]) -> Chain:
    return Chain(harness)
