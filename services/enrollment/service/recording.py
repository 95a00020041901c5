"""Writing the training record: an entry with every completion, and counter-entries for what is taken back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.enrollment.domain.counting import Course, stands_in_the_way, to_count
from services.enrollment.models import recording as models
from services.enrollment.models.courses import related_courses
from services.enrollment.models.record import add_entries
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.service.facts import Marked, provider_of
from services.enrollment.service.history import Actor
from shared.database import Transaction
from shared.events import LocalizedText
from shared.ids import new_id
from shared.persian import jalali_year

# Reasons of entries that follow from another one.
COUNTS_NOW = "سطر دیگر همین دوره از شناسنامه برداشته شد و این سطر به جای آن محاسبه می‌شود"
COUNTS_ELSEWHERE = "همین دوره در سطر دیگری محاسبه شده است"


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
    # The sums come first, as if everybody's counted: they are what a second completion of the same person waits for.
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
    settle(tx, actor, row.employee_id, {offering.course_code}, moment)


def take_back(tx: Transaction, actor: Actor, rows: Sequence[Any], reason: str | None, moment: datetime) -> None:
    """Counter-entries for entries that stand; what they counted is taken from the sums."""
    said = {"recorded_at": moment, "recorded_by": actor.system, "reason": reason}
    add_entries(tx, [{**row._mapping, **said, "id": new_id(), "reverses": row.id} for row in rows])


def settle(tx: Transaction, actor: Actor, employee_id: UUID, course_codes: Collection[str], moment: datetime) -> None:
    """See to it that each of these courses counts once in a record: a line that does not count is entered anew as one
    that does when the other is gone, and of two that count one is entered anew as one that does not."""
    peers = related_courses(tx, course_codes)["counts_once"]
    lines = models.lines_of_courses(tx, employee_id, {*course_codes, *set().union(*peers.values())})
    counts = to_count(
        lines,
        lambda one, other: one.course_code in {other.course_code, *peers.get(other.course_code, ())},
        lambda line: value_on(tx, "repeat_counts", max(line.completed_on, FIRST_DAY)),
    )
    changed = [line for line in lines if line.counted != counts[line.line_id]]
    for counted, reason in ((False, COUNTS_ELSEWHERE), (True, COUNTS_NOW)):
        rows = [line for line in changed if counts[line.line_id] is counted]
        if rows:
            take_back(tx, actor, rows, reason, moment)
            said = {"recorded_at": moment, "recorded_by": actor.system, "reason": reason, "counted": counted}
            add_entries(tx, [{**row._mapping, **said, "id": new_id()} for row in rows])


def merged(tx: Transaction, actor: Actor, from_employee: UUID, to_employee: UUID) -> None:
    """Two records become one; what is in both of them counts once."""
    moved = models.give_record(tx, from_employee, to_employee)
    if moved:
        settle(tx, actor, to_employee, moved, tx.now)


def _enter(
    tx: Transaction,
    offering: Any,
    people: Mapping[UUID, UUID],
    names: Mapping[str, LocalizedText],
    day: date,
    entry: dict[str, Any],
) -> None:
    # The sums come first, as if everybody's counted: they are what a second completion of the same person waits for.
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
    known = models.counted_of_course(tx, list(people), codes)
    if not known:
        return []
    rule = value_on(tx, "repeat_counts", max(course.completed_on, FIRST_DAY))
    repeating = {line.employee_id for line in known if stands_in_the_way(course, line, rule)}
    return [enrollment_id for enrollment_id, employee_id in people.items() if employee_id in repeating]
