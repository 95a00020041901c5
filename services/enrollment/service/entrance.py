"""The one door into an offering, for a single person and for a list alike. All is decided under one row lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.approvals import ROUTES, steps_of
from services.enrollment.domain.clashes import overlapping
from services.enrollment.domain.entry import Candidate, Choices, Related, clash_reasons, closed_reasons, refusals
from services.enrollment.domain.reasons import NOT_EMPLOYED, Reason
from services.enrollment.models import approval_rules, enrollments, queries
from services.enrollment.models.courses import related_courses
from services.enrollment.policies import value_on
from services.enrollment.service import approving, facts, history, seating
from services.enrollment.service.history import Actor, Step
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.ids import new_id
from shared.persian import tehran_date

REQUEST, NOMINATION, INVITATION = "request", "nomination", "invitation"
_ACTIONS = {REQUEST: "enroll", NOMINATION: "nominate", INVITATION: "accept"}


@dataclass
class Entry:
    """How one person fared: a status, or the reasons against it."""

    employee: Any
    enrollment_id: UUID
    before: str | None = None
    status: str = "refused"
    waiting_number: int | None = None
    place: int = 0
    steps: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


class Entrance:
    """Decides on people one after the other in memory, then writes all of them with a handful of statements.

    `origin` says how they come: by their own request, nominated by a training officer, or invited by one.
    """

    def __init__(
        self,
        tx: Transaction,
        actor: Actor,
        offering: Any,
        employees: Mapping[UUID, Any],
        today: date,
        origin: str = REQUEST,
    ) -> None:
        self.tx, self.actor, self.offering, self.today, self.origin = tx, actor, offering, today, origin
        # Reserved seats may have become everybody's since the timer ran last: who waits for them comes first.
        self._moved_up, self.seats = seating.next_up(tx, offering, seating.seats_of(tx, offering, today))
        self.last_waiting_number = offering.last_waiting_number
        self.entered: list[Entry] = []
        self._deciders: dict[tuple[Any, ...], list[Any]] = {}
        self._existing = queries.enrollments_of(tx, offering.id, employees)
        self._related = Related(**related_courses(tx, {offering.course_code, *offering.prerequisites}))
        self._completed = queries.completed_versions(tx, employees, courses_that_matter(offering, self._related))
        self._clashes = clashes_of(tx, employees, offering)
        self._no_shows, self._choices = choices_of(tx, employees, today)
        self._rules = _rules_of(tx, {row.agency_code for row in employees.values()})

    def consider(self, employee: Any) -> Entry:
        """Let one person in, or say why not. Nobody may be considered twice."""
        existing = self._existing.get(employee.id)
        entry = Entry(employee, existing.id if existing else new_id(), existing.status if existing else None)
        entry.reasons = self._reasons(employee, existing)
        if not entry.reasons:
            entry.steps = self._steps(employee)
            entry.status = "requested" if entry.steps else self._take_place(employee, entry)
            self.entered.append(entry)
        return entry

    def _take_place(self, employee: Any, entry: Entry) -> str:
        status, self.seats = self.seats.enter(employee.agency_code)
        if status == "waitlisted":
            self.last_waiting_number += 1
            entry.waiting_number, entry.place = self.last_waiting_number, self.seats.waiting
        return status

    def _reasons(self, employee: Any, existing: Any) -> list[Reason]:
        # Whoever accepts an invitation has an enrollment in this offering already: the invitation itself.
        is_answer = existing is not None and self.origin == INVITATION and existing.status == "invited"
        candidate = candidate_of(
            employee,
            self.today,
            state=existing.status if existing and not is_answer else None,
            enrollment_id=str(existing.id) if existing else None,
            completed=self._completed.get(employee.id, {}),
            clashes=self._clashes.get(employee.id, ()),
            no_shows=self._no_shows.get(employee.id, 0),
        )
        return refusals(self.offering, candidate, self.seats, self.today, self._related, self._choices)

    def _steps(self, employee: Any) -> list[str]:
        rule = self._rules.get(employee.agency_code)
        routes: list[Sequence[str]] = [self.offering.approval_route, ROUTES[rule.route] if rule else ()]
        stayed_away = self._choices.applies_to(self._no_shows.get(employee.id, 0))
        if stayed_away and self._choices.no_show_effect == "approval":
            routes.append(ROUTES["training_officer"])
        return steps_of(routes, by_officer=self.origin != REQUEST)

    def write(self) -> None:
        """Rows, seat counters, history and events of everybody who was let in."""
        if not self.entered:
            return
        seating.seat(self.tx, self.offering, self._moved_up)
        same = {"reason": None, "enrolled_at": self.tx.now, "changed_at": self.tx.now, "origin": self.origin}
        new = [entry for entry in self.entered if entry.before is None]
        insert_rows(self.tx, enrollments, [self._row(entry) | same for entry in new])
        queries.update_each(self.tx, [_changes(self._row(entry)) for entry in self.entered if entry.before], **same)
        seating.count(self.tx, self.offering, self.seats, last_waiting_number=self.last_waiting_number)
        steps = [Step(entry.enrollment_id, entry.before, entry.status) for entry in self.entered]
        history.write(self.tx, self.actor, _ACTIONS[self.origin], steps)
        for entry, step in zip(self.entered, steps, strict=True):
            self._say(entry, step)

    def _say(self, entry: Entry, step: Step) -> None:
        if entry.status == "confirmed":
            self.tx.publish(facts.confirmed(self.offering, entry.employee, step))
        elif entry.status == "waitlisted":
            self.tx.publish(facts.waitlisted(self.offering, entry.employee, step, entry.place))
        else:
            approving.ask(
                self.tx, self.offering, entry.employee, step, entry.steps, self._decide_by(entry), self._deciders
            )

    def _decide_by(self, entry: Entry) -> Any:
        return approving.decide_by(self.tx, self.offering, self._rules.get(entry.employee.agency_code))

    def _row(self, entry: Entry) -> dict[str, Any]:
        return {
            "id": entry.enrollment_id,
            "employee_id": entry.employee.id,
            "offering_id": self.offering.id,
            "status": entry.status,
            "waiting_number": entry.waiting_number,
            "agency_code": entry.employee.agency_code,
            "approvals_left": entry.steps,
            "pending_step": entry.steps[0] if entry.steps else None,
            "expires_at": self._decide_by(entry) if entry.steps else None,
        }


def candidate_of(employee: Any, today: date, **more: Any) -> Candidate:
    """Somebody as the rules of entering see them; `more` is what they have and did."""
    return Candidate(
        agency_code=employee.agency_code,
        is_manager=employee.is_manager,
        employment=employee.employment,
        is_veteran=employee.is_veteran,
        job_family=employee.job_family,
        employed=is_employed(employee, today),
        **more,
    )


def choices_of(tx: Transaction, employee_ids: Iterable[UUID], today: date) -> tuple[dict[UUID, int], Choices]:
    """How often each of these people stayed away, as far as that counts, and what policies decide about entering."""
    rule = value_on(tx, "no_show_rule", today)
    may_repeat = value_on(tx, "repeat_completed_course", today) == "allow"
    since = today - timedelta(days=round(rule["within_months"] * 30.44))
    counted = {} if rule["effect"] == "none" else queries.no_shows_since(tx, list(employee_ids), since)
    return counted, Choices(may_repeat, rule["count"], rule["effect"])


def courses_that_matter(offering: Any, related: Related) -> set[str]:
    """The courses whose completion decides on an entry."""
    course = offering.course_code
    codes = {course, *offering.prerequisites, *related.counts_once.get(course, ())}
    return codes.union(*(related.equivalent.get(code, ()) for code in offering.prerequisites))


def clashes_of(tx: Transaction, employee_ids: Iterable[UUID], offering: Any) -> dict[UUID, list[dict[str, Any]]]:
    """By person: the other offerings in which they have a seat at the time of a session of this one.

    Whoever goes on to seat them holds them (`people.hold`), or two offerings both find somebody free.
    """
    if not offering.sessions:
        return {}
    found: dict[UUID, list[dict[str, Any]]] = {}
    known: dict[UUID, list[int]] = {}
    for row in queries.booked(tx, list(employee_ids), offering):
        if row.id not in known:
            known[row.id] = sorted({number for number, _other in overlapping(offering.sessions, row.sessions)})
        if known[row.id]:
            clash = {"offering_id": str(row.id), "course_code": row.course_code, "sessions": known[row.id]}
            found.setdefault(row.employee_id, []).append(clash)
    return found


def is_employed(employee: Any, today: date) -> bool:
    return employee.left_on is None or bool(employee.left_on > today)


def came_between(tx: Transaction, offering: Any, person: Any) -> list[Reason]:
    """Why somebody who asked or waited cannot have the seat now that it is theirs: what happened since then."""
    return [
        *closed_reasons(offering),
        *([] if is_employed(person, tehran_date(tx.now)) else [NOT_EMPLOYED]),
        *clash_reasons(clashes_of(tx, [person.id], offering).get(person.id, ())),
    ]


def _rules_of(tx: Transaction, agency_codes: set[str]) -> dict[str, Any]:
    rows = tx.execute(sa.select(approval_rules).where(approval_rules.c.agency_code.in_(agency_codes)))
    return {row.agency_code: row for row in rows}


def _changes(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("employee_id", "offering_id")}
