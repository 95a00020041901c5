"""Who is asked what after a course, and when: forms open by the clock, or with the result that waits for one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from services.enrollment.domain import forms as domain
from services.enrollment.models import enrollments, offerings, queries
from services.enrollment.models import forms as models
from services.enrollment.policies import value_on
from services.enrollment.service import facts
from services.enrollment.service.facts import Marked
from services.enrollment.service.questionnaires import chosen
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import timer
from shared.ids import new_id
from shared.persian import end_of_day, tehran_date

if TYPE_CHECKING:
    from shared.database import Database

OFFERINGS, PEOPLE = 20, 500  # of one transaction


class FormTimers:
    db: "Database"

    @timer(interval=300)
    def open_forms(self) -> None:
        """Ask for reactions and, some time after a completion, how people work now: everybody once.

        Reaction: when the offering is over, or on the day after a completion was recorded that came before that, or
        by a correction after it. Behaviour: so many days after the completion was recorded (policy
        `behaviour_form_after_days`). What fell due in an outage is made up for, up to `form_makeup_days` back: an
        installation that begins to ask does not ask everybody who ever took a course.
        """
        for step in (self._open_for_offerings, self._open_for_single, self._open_for_behaviour):
            while step():
                pass

    def _open_for_offerings(self) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            over = models.over_without_forms(tx, _since(tx, today), today, OFFERINGS)
            these = enrollments.c.offering_id.in_([offering.id for offering in over])
            if over:
                people = models.to_ask(tx, "reaction", these, models.can_be_asked(today))
                ask(tx, "reaction", people, {offering.id: offering for offering in over})
                done = [{"offering_id": offering.id, "opened_at": tx.now} for offering in over]
                insert_rows(tx, models.reactions_opened, done, skip_known=True)
        return len(over) == OFFERINGS

    def _open_for_single(self) -> bool:
        """Who completed before the end, or by a correction after everybody was asked."""
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            completed_at = enrollments.c.completed_at
            # Not on the day itself: a result that was a slip is mostly corrected on the day it was recorded.
            before_today = completed_at <= end_of_day(today - timedelta(days=1))
            since = _since(tx, today)
            single = completed_at > end_of_day(since), before_today, offerings.c.ends_on >= since
            return _ask_some(tx, "reaction", today, *single)

    def _open_for_behaviour(self) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            last = today - timedelta(days=value_on(tx, "behaviour_form_after_days", today))
            completed_at = enrollments.c.completed_at
            due = completed_at <= end_of_day(last), completed_at > end_of_day(_since(tx, last))
            return _ask_some(tx, "behaviour", today, *due)


def unanswered(tx: Transaction, marked: Sequence[Marked]) -> set[UUID]:
    """Of these enrollments those whose reaction form has no answer yet."""
    answered = models.answered(tx, "reaction", [mark.row.id for mark in marked])
    return {mark.row.id for mark in marked if mark.row.id not in answered}


def await_forms(tx: Transaction, offering: Any, waiting: Sequence[Marked], day: date) -> None:
    """Let these people, who passed, wait for their reaction form; it opens now, where it has not yet.

    `day` is the one that their completion will count from.
    """
    if not waiting:
        return
    rows = [
        {"id": mark.row.id, "attended_hours": mark.attended_hours, "score": mark.score, "resits_used": mark.resits_used}
        for mark in waiting
    ]
    queries.update_each(tx, rows, status="awaiting_form", changed_at=tx.now, completed_on=day)
    ids = [row["id"] for row in rows]
    ask(tx, "reaction", models.to_ask(tx, "reaction", enrollments.c.id.in_(ids)), {offering.id: offering})


def ask(tx: Transaction, kind: str, people: Sequence[Any], of: Mapping[UUID, Any]) -> None:
    """Open a form for each of these people, `of` holding their offerings, and tell who is to answer."""
    if not people:
        return
    today = tehran_date(tx.now)
    due_on = domain.due_on(today, value_on(tx, "form_due_days", today))
    by = chosen(tx, {offering.agency_code for offering in of.values()}, kind)
    rows, told = [], {}
    for person in people:
        offering, respondent = of[person.offering_id], _respondent(person, kind, today)
        row = _row(kind, person, respondent, by[offering.agency_code], today, due_on)
        rows.append(row)
        if respondent is not None:
            told[row["id"]] = facts.form_due(offering, person, respondent, row)
    for form_id in insert_rows(tx, models.form_requests, rows, returning="id", skip_known=True):
        if form_id in told:
            tx.publish(told[form_id])


class Respondent(NamedTuple):
    """Who is to answer."""

    id: UUID
    agency_code: str
    full_name: str


def _respondent(person: Any, kind: str, today: date) -> Respondent | None:
    """The participant or their supervisor; None for somebody who is not there any more, and then the agency answers."""
    role = "participant" if kind == "reaction" else "supervisor"
    person_id, agency_code, full_name, left_on, gone = (
        getattr(person, f"{role}_{name}") for name in ("id", "agency_code", "full_name", "left_on", "gone")
    )
    if person_id is None or gone or full_name is None or (left_on is not None and left_on <= today):
        return None
    return Respondent(person_id, agency_code, full_name)


def _ask_some(tx: Transaction, kind: str, today: date, *conditions: Any) -> bool:
    people = models.to_ask(tx, kind, *conditions, models.can_be_asked(today), limit=PEOPLE)
    ask(tx, kind, people, models.offerings_by_id(tx, {person.offering_id for person in people}))
    return len(people) == PEOPLE


def _since(tx: Transaction, day: date) -> date:
    return day - timedelta(days=value_on(tx, "form_makeup_days", day))


def _row(
    kind: str, person: Any, respondent: Respondent | None, by: tuple[str, str, int], today: date, due_on: date
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind,
        "about_id": person.enrollment_id,
        "enrollment_id": person.enrollment_id,
        "offering_id": person.offering_id,
        "agency_code": person.agency_code,
        "respondent_id": respondent and respondent.id,
        "questionnaire_agency": by[0],
        "questionnaire_code": by[1],
        "questionnaire_version": by[2],
        "opened_on": today,
        "due_on": due_on,
    }
