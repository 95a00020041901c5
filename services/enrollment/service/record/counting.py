"""That a course counts once in a record, whoever taught it and however it came into the record."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrollment.domain.counting import stands_in_the_way, to_count
from services.enrollment.models import recording as models
from services.enrollment.models.courses import related_courses
from services.enrollment.models.record import add_entries
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.service.history import Actor
from shared.database import Transaction
from shared.ids import new_id
from shared.persian import search_form

# Reasons of entries that follow from another one.
COUNTS_NOW = "سطر دیگر همین دوره از شناسنامه برداشته شد و این سطر به جای آن محاسبه می‌شود"
COUNTS_ELSEWHERE = "همین دوره در سطر دیگری محاسبه شده است"
REPEATED = (COUNTS_NOW, COUNTS_ELSEWHERE)  # they say what the entry before them said


class Courses:
    """Which lines are of one course: the same code, or two of a group of which one counts; and where the code of one
    is not known, the same title and last day. Courses that stand for each other are different ones and count each."""

    def __init__(self, tx: Transaction, lines: Iterable[Any]) -> None:
        """`lines` are those that the others are compared with."""
        known = list(lines)
        self.days = {line.completed_on for line in known}
        codes = {line.course_code for line in known if line.course_code}
        self._peers = related_courses(tx, codes)["counts_once"] if codes else {}
        self.codes = codes.union(*self._peers.values())

    def is_same(self, one: Any, other: Any) -> bool:
        if one.course_code and other.course_code:
            peers = {*self._peers.get(one.course_code, ()), one.course_code}
            return other.course_code in peers or one.course_code in self._peers.get(other.course_code, ())
        same_day = one.completed_on == other.completed_on
        return bool(same_day and search_form(one.course_title["fa"]) == search_form(other.course_title["fa"]))


def rule_of(tx: Transaction) -> Callable[[Any], str]:
    """The policy `repeat_counts` on the day on which a line was completed."""
    return lambda line: str(value_on(tx, "repeat_counts", max(line.completed_on, FIRST_DAY)))


def in_the_way(tx: Transaction, lines: Sequence[Any], *, of_each_other: bool = True) -> dict[UUID, Any]:
    """Of lines of any people, by line: what is in the way of its counting, in the record or before it among these."""
    if not lines:
        return {}
    courses, rule = Courses(tx, lines), rule_of(tx)
    counting: dict[UUID, list[Any]] = {}
    for row in models.same_lines(tx, {line.employee_id for line in lines}, courses.codes, courses.days, counted=True):
        counting.setdefault(row.employee_id, []).append(row)
    found: dict[UUID, Any] = {}
    for line in lines:
        theirs = counting.setdefault(line.employee_id, [])
        same = (other for other in theirs if courses.is_same(line, other))
        other = next((other for other in same if stands_in_the_way(line, other, rule(line))), None)
        if other is not None:
            found[line.line_id] = other
        elif of_each_other:
            theirs.append(line)
    return found


def take_back(tx: Transaction, actor: Actor, rows: Sequence[Any], reason: str | None, moment: datetime) -> None:
    """Counter-entries for entries that stand; what they counted is taken from the sums."""
    said = {"recorded_at": moment, "recorded_by": actor.system, "reason": reason}
    add_entries(tx, [{**row._mapping, **said, "id": new_id(), "reverses": row.id} for row in rows])


def settle(tx: Transaction, actor: Actor, lines: Mapping[UUID, Collection[Any]], moment: datetime) -> None:
    """See to it that what these people have of these courses counts once each, `lines` by person being what changed.

    A line that does not count is entered anew as one that does when the other is gone, and of two that count one is
    entered anew as one that does not.
    """
    rule, (courses, found) = rule_of(tx), _related(tx, lines)
    changed: dict[bool, list[Any]] = {False: [], True: []}
    for theirs in found:
        counts = to_count(theirs, courses.is_same, rule)
        for row in theirs:
            if row.counted != counts[row.line_id]:
                changed[counts[row.line_id]].append(row)
    for (counted, rows), reason in zip(changed.items(), (COUNTS_ELSEWHERE, COUNTS_NOW), strict=True):
        if rows:
            take_back(tx, actor, rows, reason, moment)
            said = {"recorded_at": moment, "recorded_by": actor.system, "reason": reason, "counted": counted}
            add_entries(tx, [{**row._mapping, **said, "id": new_id()} for row in rows])


def _related(tx: Transaction, lines: Mapping[UUID, Collection[Any]]) -> tuple[Courses, list[list[Any]]]:
    """What stands of the courses of these lines, and of the courses of what is the same as one of those, a list for
    each person: of a line that is among them everything is that may be in its way."""
    known = {person_id: {line.line_id: line for line in theirs} for person_id, theirs in lines.items()}
    while True:
        courses = Courses(tx, [line for theirs in known.values() for line in theirs.values()])
        rows = models.same_lines(tx, known.keys(), courses.codes, courses.days)
        others = [row for row in rows if row.line_id not in known[row.employee_id]]
        new = [row for row in others if any(courses.is_same(row, one) for one in known[row.employee_id].values())]
        if not new:
            break
        for row in new:
            known[row.employee_id][row.line_id] = row
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        if row.line_id in known[row.employee_id]:
            found.setdefault(row.employee_id, []).append(row)
    return courses, list(found.values())
