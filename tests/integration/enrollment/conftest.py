"""A small world of agencies, staff and offerings, built through the service's own calls and events."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.domain.states import SEATED
from services.enrollment.models import enrollments, offerings
from shared.events import Event, LocalizedText, OfferingCancelledV1, OfferingChangedV1, OfferingOpenedV1
from shared.events.catalog import CompletionRule
from shared.persian import tehran_date


class World:
    def __init__(self, harness: Any) -> None:
        self.harness = harness
        self._people = 0
        for code in ("A", "B", "C"):
            self.call("register_agency", code=f"AG-{code}", name={"fa": f"دستگاه نمونه {code}", "en": f"Agency {code}"})

    @property
    def today(self) -> date:
        return tehran_date(datetime.now(UTC))

    def call(self, method: str, roles: tuple[str, ...] = ("national",), agency: str = "AG-A", **arguments: Any) -> Any:
        sent = {name: str(value) if isinstance(value, UUID | date) else value for name, value in arguments.items()}
        return self.harness.call(method, token_roles=roles, agency=agency, **sent)

    def person(self, **changes: Any) -> dict[str, Any]:
        """Arguments of a registration; everybody has another national code and personnel number."""
        self._people += 1
        number = self._people
        return {
            "agency_code": "AG-A",
            "national_code": national_code(number),
            "personnel_number": f"P{number}",
            "full_name": f"نمونه شماره {number}",
            "email": f"sample{number}@example.ir",
        } | changes

    def employee(self, **changes: Any) -> str:
        reply: dict[str, Any] = self.call("register_employee", **self.person(**changes))
        return str(reply["employee_id"])

    def employees(self, count: int) -> list[str]:
        return [self.employee() for _person in range(count)]

    def offering(self, **changes: Any) -> str:
        """An offering of AG-A that the service has heard of."""
        event = self.opened(**changes)
        self.harness.deliver(event)
        return str(event.offering_id)

    def opened(self, **changes: Any) -> OfferingOpenedV1:
        fields: dict[str, Any] = {
            "offering_id": uuid4(),
            "agency_code": "AG-A",
            "course_code": "RD-01",
            "course_version": 1,
            "course_title": LocalizedText("دوره نمونه", "Sample course"),
            "course_type": "job",
            "hours": 10.0,
            "delivery_mode": "in_person",
            "completion_rule": CompletionRule(min_attendance=0.8, pass_mark=60.0),
            "starts_on": self.today,
            "ends_on": self.today + timedelta(days=3),
            "enrollment_closes_on": self.today,
            "capacity": 10,
        }
        return OfferingOpenedV1(**(fields | changes))

    def changed(self, opened: OfferingOpenedV1, revision: int, changed: list[str], **now: Any) -> OfferingChangedV1:
        """What the catalog says when fields of an opened offering become other ones."""
        names = set(OfferingChangedV1.__struct_fields__) - {"revision", "changed", "reason"}
        same = {name: getattr(opened, name) for name in names}
        return OfferingChangedV1(**(same | now), revision=revision, changed=changed, reason="تغییر برنامه")

    def cancel(self, offering_id: str, **more: Any) -> None:
        self.harness.deliver(OfferingCancelledV1(offering_id=UUID(offering_id), reason="لغو شد", **more))

    def complete(self, employee_id: str, course_code: str = "RD-01", **changes: Any) -> str:
        """Somebody attends and passes a course; the enrollment."""
        offering_id = self.offering(course_code=course_code, **changes)
        enrollment_id = str(self.enroll(employee_id, offering_id)["enrollment_id"])
        row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
        assert self.call("record_results", offering_id=offering_id, results=[row])["completed"] == 1
        return enrollment_id

    def statements(self) -> "Statements":
        return Statements(self.harness.db.engine)

    def enroll(self, employee_id: str, offering_id: str) -> Any:
        return self.call("enroll", employee_id=employee_id, offering_id=offering_id)

    def accept(self, enrollment_id: str) -> str:
        """Somebody takes the seat that was offered to them."""
        reply: dict[str, Any] = self.call("answer_offer", enrollment_id=enrollment_id, accept=True)
        return str(reply["status"])

    def status(self, enrollment_id: str) -> str:
        reply: dict[str, Any] = self.call("get_enrollment", enrollment_id=enrollment_id)
        return str(reply["status"])

    def said(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.harness.outbox() if isinstance(event, kind)]

    def counters(self, offering_id: str) -> tuple[int, int]:
        """(seats taken or offered, waiting) of the offering's row, after comparing them with the rows they count."""
        with self.harness.db.reading() as tx:
            row = tx.execute(sa.select(offerings).where(offerings.c.id == UUID(offering_id))).one()
            own = sa.select(enrollments.c.status).where(enrollments.c.offering_id == UUID(offering_id))
            states = list(tx.scalars(own))
        taken, offered, waiting = (
            sum(state in SEATED for state in states),
            states.count("offered"),
            states.count("waitlisted"),
        )
        assert (row.seats_taken, row.seats_offered, row.waiting) == (taken, offered, waiting)
        return taken + offered, waiting


class Statements:
    """Keeps the statements that are executed while it is open; `whole` has them with their values."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.whole = engine, list[tuple[str, Any]]()

    @property
    def seen(self) -> list[str]:
        return [statement for statement, _values in self.whole]

    def __enter__(self) -> "Statements":
        sa.event.listen(self.engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(self.engine, "before_cursor_execute", self._count)

    def _count(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        self.whole.append((statement, values))

    def __len__(self) -> int:
        return len(self.whole)


def national_code(number: int) -> str:
    """A synthetic code with a right check digit; prefix 999 is given to nobody."""
    digits = f"999{number:06d}"
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return digits + str(remainder if remainder < 2 else 11 - remainder)


@pytest.fixture
def world(harness: Callable[[str], Any]) -> World:
    return World(harness("enrollment"))
