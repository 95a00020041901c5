"""One certificate for each person, course and cycle: which completions get one, until when it holds, and which are
covered by one that is there."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.domain import cycles, validity
from services.certification.domain.cycles import Covered, Held
from services.certification.models import Person
from services.certification.policies import value_on
from services.certification.service.minting import Draft
from services.certification.service.numbering import Numbers
from shared.database import Transaction
from shared.events import EnrollmentCompletedV1
from shared.messages import Message
from shared.persian import add_jalali_months, last_jalali_day


class Terms:
    """How courses are renewed, by the policy of the day on which they were completed."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._policies: dict[date, Any] = {}

    def of(self, course_code: str, completed_on: date) -> validity.Term:
        if completed_on not in self._policies:
            self._policies[completed_on] = value_on(self._tx, "renewal", completed_on)
        return validity.term_of(self._policies[completed_on], course_code)

    def place(self, completion: EnrollmentCompletedV1, held: list[Held]) -> Covered | cycles.Begins:
        """Whether a completion begins a cycle for somebody who holds these of the course."""
        opens_on = self._opens_on(completion)
        return cycles.place(held, completion.course_version, completion.completed_on, opens_on)

    def renewed(self, completion: EnrollmentCompletedV1, held: list[Held]) -> date | None:
        return cycles.renewed(held, completion.completed_on, self._opens_on(completion))

    def valid_until(self, completion: EnrollmentCompletedV1, renews: date | None) -> date | None:
        if completion.refresh_every_months is None:
            return None
        return validity.valid_until(
            self.of(completion.course_code, completion.completed_on),
            completion.completed_on,
            completion.refresh_every_months,
            renews,
            add_months=add_jalali_months,
            last_day=last_jalali_day,
        )

    def _opens_on(self, completion: EnrollmentCompletedV1) -> Any:
        def opens_on(last_day: date) -> date:
            term = self.of(completion.course_code, completion.completed_on)
            return add_jalali_months(last_day, -term.window_months)

        return opens_on


def drafts(
    tx: Transaction,
    wanted: Iterable[Message[EnrollmentCompletedV1]],
    people: Mapping[UUID, Person],
    numbers: Numbers,
) -> list[Draft]:
    """The certificates to be issued for completions, in the order in which they happened; the others are covered.

    Under the lock of `numbers`, so that a second batch sees what the first has issued; the unique index is the second
    lock, for one person in two agencies.
    """
    ordered = sorted(wanted, key=lambda message: message.event.completed_at)
    courses = {message.event.course_code for message in ordered}
    held = models.held(tx, {person.id for person in people.values()}, courses)
    terms, found, covered = Terms(tx), list[Draft](), list[dict[str, Any]]()
    for message in ordered:
        completion, person = message.event, people[message.event.employee_id]
        mine = held.setdefault((person.id, completion.course_code), [])
        place = terms.place(completion, mine)
        if isinstance(place, Covered):
            covered.append(_covered(tx, completion, place))
            continue
        until = terms.valid_until(completion, place.renews)
        number = numbers.take(completion.agency_code)
        draft = Draft(completion, person, number, message.cause, cycle=place.cycle, valid_until=until)
        mine.append(Held(draft.certificate_id, completion.course_version, place.cycle, "valid", until))
        found.append(draft)
    models.cover(tx, covered)
    return found


def _covered(tx: Transaction, completion: EnrollmentCompletedV1, place: Covered) -> dict[str, Any]:
    return {
        "enrollment_id": completion.enrollment_id,
        "certificate_id": place.certificate_id,
        "completed_on": completion.completed_on,
        "at": tx.now,
    }
