"""Writing the training record: an entry with every completion, and counter-entries for what is taken back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from services.enrollment.domain.counting import Course, stands_in_the_way
from services.enrollment.models import recognitions
from services.enrollment.models import recording as models
from services.enrollment.models.courses import related_courses
from services.enrollment.models.record import add_sums, insert_entries
from services.enrollment.service.facts import Marked, provider_of
from services.enrollment.service.history import Actor
from services.enrollment.service.record.counting import in_the_way, rule_of, settle, take_back
from shared.database import Transaction
from shared.events import LocalizedText
from shared.ids import new_id
from shared.persian import jalali_year, search_form


def completed(
    tx: Transaction,
    actor: Actor,
    offering: Any,
    people: Mapping[UUID, UUID],
    names: Mapping[str, LocalizedText],
    day: date,
) -> None:
    """Enter what people have just completed, in the transaction of the completion; `people` by enrollment.

    A line is worth the hours of the course, as its certificate is, and belongs to the agency of the seat. It does not
    count where the same course, or another of a group of which one counts, counts already (policy `repeat_counts`).
    Courses that stand for each other are different courses, each of them attended, and count each.
    """
    _enter(tx, offering, people, names, day, {"recorded_at": tx.now, "recorded_by": actor.system})


def corrected(
    tx: Transaction,
    actor: Actor,
    offering: Any,
    mark: Marked,
    names: Mapping[str, LocalizedText],
    day: date,
    reason: str | None,
) -> None:
    """Bring the line of a completion that was corrected to what holds now.

    What stood is taken back by a counter-entry and what holds is entered anew, unless nothing of it is different:
    hours that somebody attended are no part of a line.
    """
    row, is_completed = mark.row, mark.status == "completed"
    # Of two corrections the later one has the later time: it is taken under the lock on the offering.
    moment = datetime.now(UTC)
    before = models.standing_line(tx, row.id)
    if before is not None:
        if is_completed and (before.score, before.completed_on) == (mark.score, day):
            return
        take_back(tx, actor, [before], reason, moment)
    if is_completed:
        entry = {"id": new_id(), "recorded_at": moment, "recorded_by": actor.system, "reason": reason}
        _enter(tx, offering, {row.id: row.employee_id}, names, day, entry)
    line = before or models.standing_line(tx, row.id)
    if line is not None:
        settle(tx, actor, {row.employee_id: [line]}, moment)


def merged(tx: Transaction, actor: Actor, from_employee: UUID, to_employee: UUID) -> None:
    """Two records become one; what is in both of them counts once."""
    recognitions.give_recognitions(tx, from_employee, to_employee)
    moved = models.give_record(tx, from_employee, to_employee)
    if moved:
        settle(tx, actor, {to_employee: moved}, tx.now)


def forget(tx: Transaction, employee_ids: Sequence[UUID]) -> None:
    """Empty the words about people whose data is erased; their lines stay, as hours count in figures."""
    recognitions.forget(tx, employee_ids)
    models.forget_reasons(tx, employee_ids)


def enter(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Enter lines that are no completions of here, all with the same columns; whether each counts is found out here.

    The first entry of a line has the line's own id, so that a second one fails.
    """
    if not rows:
        return
    same = {"reverses": None, "counted": True, "refresh_every_months": None}
    rows = [{**same, **row, "id": row["line_id"]} for row in rows]
    add_sums(tx, rows)  # first, as for completions
    uncounted = in_the_way(tx, [SimpleNamespace(**row) for row in rows])
    add_sums(tx, [row for row in rows if row["line_id"] in uncounted], sign=-1)
    insert_entries(tx, [row | {"counted": row["line_id"] not in uncounted} for row in rows])


def _enter(
    tx: Transaction,
    offering: Any,
    people: Mapping[UUID, UUID],
    names: Mapping[str, LocalizedText],
    day: date,
    entry: dict[str, Any],
) -> None:
    # The sums come first, as if everybody's counted: who waits for them sees what counts already. People are held, but
    # not by the clock that enters what was missed.
    year, course_type = jalali_year(day), offering.course_type
    models.add_hours(tx, list(people), course_type, offering.hours, year)
    repeated = _repeated(tx, offering, people, Course(day, year, offering.refresh_every_months))
    if repeated:
        models.add_hours(tx, repeated, course_type, -offering.hours, year, lines=-1)
    provider = provider_of(offering)
    models.add_completions(tx, list(people), repeated, (provider, names[provider].as_dict()), day, year, entry)


def _repeated(tx: Transaction, offering: Any, people: Mapping[UUID, UUID], course: Course) -> list[UUID]:
    """Of these enrollments those of people of whom the course counts already."""
    code = offering.course_code
    codes = {code, *related_courses(tx, [code])["counts_once"].get(code, ())}
    known = models.counted_of_course(tx, list(people.values()), codes, course.completed_on)
    title = search_form(offering.course_title["fa"]) if known else ""
    known = [line for line in known if line.course_code or search_form(line.course_title["fa"]) == title]
    if not known:
        return []
    rule = rule_of(tx)(course)
    repeating = {line.employee_id for line in known if stands_in_the_way(course, line, rule)}
    return [enrollment_id for enrollment_id, employee_id in people.items() if employee_id in repeating]
