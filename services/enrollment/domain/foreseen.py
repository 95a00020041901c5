"""What somebody must complete, until when, and when they are told. A day that something is due is wholly inside.

Months are of the Jalali calendar, which the caller brings along as `plus`: the same day some months later, or the last
one of a shorter month.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.enrollment.domain.entry import Candidate, not_meant
from services.enrollment.domain.programmes import Completion, Programme, State, programme_state

INDUCTION, COMPULSORY, RENEWAL, PRE_APPOINTMENT = "induction", "compulsory", "renewal", "pre_appointment"
CAUSES = (INDUCTION, COMPULSORY, RENEWAL, PRE_APPOINTMENT)
DONE, OVERDUE, DUE, UPCOMING = "done", "overdue", "due", "upcoming"
# Levels of posts of management: base (پایه), middle (میانی), senior (ارشد) are general knowledge; political (سیاسی).
POST_LEVELS = ("base", "middle", "senior", "political")
LAST_CALL = -1  # the occasion after the last day: it is overdue

Plus = Callable[[date, int], date]


@dataclass(frozen=True)
class Item:
    """A course or programme that somebody must complete. `due_on` None: there is no day, or it is not known.

    `opens_on` is the day before which there is no need to begin (renewals). `missing` are the courses still to be
    completed, `begun` whether some of a programme are. `not_known` names facts without which there is no day.
    """

    cause: str
    code: str
    is_programme: bool
    due_on: date | None = None
    opens_on: date | None = None
    done_on: date | None = None
    begun: bool = False
    missing: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()

    def status(self, on: date) -> str:
        return DONE if self.done_on is not None else status_on(self.due_on, self.opens_on, on)


def status_on(due_on: date | None, opens_on: date | None, on: date) -> str:
    """How something that is not done stands on a day."""
    if due_on is not None and due_on < on:
        return OVERDUE
    return UPCOMING if opens_on is not None and opens_on > on else DUE


@dataclass(frozen=True)
class Subject:
    """Somebody, as the rules here see them. `done` are their completions, `written` the days of completed programmes.

    `candidacies` hold `post_level` and `appoint_on` of the posts that they are a candidate for.
    """

    candidate: Candidate
    hired_on: date | None
    done: Sequence[Completion] = ()
    written: Mapping[str, date] | None = None
    candidacies: Sequence[Any] = ()

    def days_of(self, codes: Collection[str]) -> list[date]:
        return sorted(one.completed_on for one in self.done if one.course_code in codes)


class Rules(NamedTuple):
    """What is asked of everybody, on the values of one day.

    `compulsory` are the entries of the policy whose course or programme is there; `programmes` by code, of induction
    and before appointment also those that are retired, as they stay completed; `refresh` the months after which a
    course is to be renewed; `equivalent` the courses that stand for another.
    """

    compulsory: Sequence[Mapping[str, Any]]
    programmes: Mapping[str, Any]
    refresh: Mapping[str, int]
    equivalent: Mapping[str, Collection[str]]
    compulsory_within_months: int
    induction_since: date
    probation_months: int
    renewal_warn_months: int
    levels: Mapping[str, Sequence[str]]
    valid_months: int

    def standing_for(self, code: str) -> set[str]:
        return {code, *self.equivalent.get(code, ())}

    def of_purpose(self, purpose: str) -> list[Any]:
        return [one for one in self.programmes.values() if one.purpose == purpose]


def items(person: Subject, rules: Rules, on: date, plus: Plus) -> list[Item]:
    """Everything that somebody must complete or has, as of a day: one item for each cause and code."""
    found = [
        *_inductions(person, rules, plus),
        *_compulsory(person, rules, plus),
        *_renewals(person, rules, plus),
        *_before_appointment(person, rules, on, plus),
    ]
    # Two entries of the policy may name one course; the earlier day holds.
    kept: dict[tuple[str, str], Item] = {}
    for item in sorted(found, key=lambda one: one.due_on or date.max):
        kept.setdefault((item.cause, item.code), item)
    return list(kept.values())


def _inductions(person: Subject, rules: Rules, plus: Plus) -> list[Item]:
    """Within the probation period, or sooner where the programme says so; of those hired since the rule holds.

    Of whom it is not known when they were hired nothing is said: they may have been there for long. One programme of
    those that are for them is enough.
    """
    if person.hired_on is None or person.hired_on < rules.induction_since:
        return []
    found = []
    for programme in rules.of_purpose(INDUCTION):
        months = min(programme.within_months or rules.probation_months, rules.probation_months)
        found.append((programme, _programme(INDUCTION, programme, person, rules, plus(person.hired_on, months))))
    return [item for _one, item in found if item.done_on] or [
        item for one, item in found if one.retired_at is None and not not_meant(one.audience, person.candidate)
    ]


def _compulsory(person: Subject, rules: Rules, plus: Plus) -> Iterable[Item]:
    for entry in rules.compulsory:
        if not _is_for(entry["for"], is_manager=person.candidate.is_manager):
            continue
        due_on, not_known = compulsory_day(entry, person.hired_on, rules.compulsory_within_months, plus)
        if "programme_code" in entry:
            programme = rules.programmes[entry["programme_code"]]
            yield _programme(COMPULSORY, programme, person, rules, due_on, not_known)
        else:
            code = entry["course_code"]
            days = person.days_of(rules.standing_for(code))
            missing = () if days else (code,)
            done_on = days[0] if days else None
            yield Item(COMPULSORY, code, False, due_on, done_on=done_on, missing=missing, not_known=not_known)


def compulsory_day(
    entry: Mapping[str, Any], hired_on: date | None, otherwise: int, plus: Plus
) -> tuple[date | None, tuple[str, ...]]:
    """The last day for something compulsory, and what would have to be known for it.

    `due_by` is that of everybody hired by then. For those who came later, and where there is none, `within_months`
    count from the employment, or from `since` for who was there when it became compulsory.
    """
    if hired_on is None:
        return None, ("hired_on",)
    due_by = entry.get("due_by")
    if due_by is not None and hired_on <= date.fromisoformat(due_by):
        return date.fromisoformat(due_by), ()
    return plus(max(hired_on, date.fromisoformat(entry["since"])), entry.get("within_months", otherwise)), ()


def _is_for(whom: str, *, is_manager: bool) -> bool:
    return whom == "all" or (whom == "managers") == is_manager


def _renewals(person: Subject, rules: Rules, plus: Plus) -> Iterable[Item]:
    """Courses completed before that are to be refreshed, counted from the last time, by whichever equivalent course.

    Of several that stand for each other the one completed last asks for the renewal.
    """
    last: dict[str, date] = {}
    for one in person.done:
        last[one.course_code] = max(one.completed_on, last.get(one.course_code, date.min))
    for code in sorted(set(last) & set(rules.refresh)):
        latest = max((last[other], other) for other in rules.standing_for(code) if other in last)
        if latest[1] != code and latest[1] in rules.refresh:
            continue
        due_on = plus(latest[0], rules.refresh[code])
        opens_on = plus(due_on, -rules.renewal_warn_months)
        yield Item(RENEWAL, code, False, due_on, opens_on, missing=(code,))


def _before_appointment(person: Subject, rules: Rules, on: date, plus: Plus) -> Iterable[Item]:
    """Of candidates: what they must have completed when they are appointed, where that day is known.

    The last day is that of the appointment, wholly inside: what is completed on it comes first, as it does for
    `may_be_appointed` (circular 200/90/32664 says "before", and of no time of the day), and is judged as of it.
    """
    for candidacy in person.candidacies:
        due_on = candidacy.appoint_on
        needed, all_of_them = needed_before(rules, candidacy.post_level)
        made = [before_appointment(one, person, rules, max(due_on or on, on), plus) for one in needed]
        valid = [one for one in made if one.status == "valid"]
        still = [one for one in made if one.programme.retired_at is None]
        shown = made if all_of_them else valid or still
        for one in shown:
            done_on = one.completed_on if one.status == "valid" else None
            yield Item(
                PRE_APPOINTMENT,
                one.programme.programme_code,
                True,
                due_on,
                done_on=done_on,
                begun=bool(one.state.counted),
                missing=_open_courses(one.state),
            )


def _programme(
    cause: str,
    programme: Any,
    person: Subject,
    rules: Rules,
    due_on: date | None,
    not_known: tuple[str, ...] = (),
) -> Item:
    code, written = programme.programme_code, (person.written or {})
    if not person.done and code not in written:  # most people, of whom nothing has to be worked out
        missing = tuple(one["course_code"] for one in sorted(programme.courses, key=lambda one: not one["compulsory"]))
        return Item(cause, code, True, due_on, missing=missing, not_known=not_known)
    state = programme_state(programme, person.done, rules.equivalent)
    done_on = written.get(code) or state.completed_on
    missing = () if done_on else _open_courses(state)
    return Item(cause, code, True, due_on, None, done_on, bool(state.counted), missing, not_known)


def _open_courses(state: State) -> tuple[str, ...]:
    """The courses that would bring somebody on: the compulsory ones, then the others."""
    if state.complete:
        return ()
    return state.missing + tuple(
        item.course_code for item in state.items if item.by is None and item.course_code not in state.missing
    )


@dataclass(frozen=True)
class Readiness:
    """How somebody stands in a programme before appointment: `valid`, `expired`, or `missing`."""

    programme: Any
    status: str
    state: State
    completed_on: date | None
    valid_until: date | None


def needed_before(rules: Rules, post_level: str | None) -> tuple[list[Any], bool]:
    """The programmes before appointment to a level, and whether all of them are needed or one is enough.

    Where the policy names none for the level, any one of the purpose will do.
    """
    named = rules.levels.get(post_level or "", ())
    if named:
        return [rules.programmes[code] for code in named if code in rules.programmes], True
    return rules.of_purpose(PRE_APPOINTMENT), False


def absent_before(rules: Rules, post_level: str | None) -> list[str]:
    """Programmes that the policy names for a level and nobody can complete, as they are not there; the purpose itself
    where it names none and there is none at all."""
    named = rules.levels.get(post_level or "", ())
    there = {code for code, one in rules.programmes.items() if one.retired_at is None}
    if named:
        return [code for code in named if code not in there]
    return [] if any(one.programme_code in there for one in rules.of_purpose(PRE_APPOINTMENT)) else [PRE_APPOINTMENT]


def before_appointment(programme: Programme, person: Subject, rules: Rules, on: date, plus: Plus) -> Readiness:
    """Whether a programme was completed, and holds on that day. After its time its courses are to be taken anew."""
    state = programme_state(programme, person.done, rules.equivalent)
    code = programme.programme_code  # type: ignore[attr-defined]
    completed_on = (person.written or {}).get(code) or state.completed_on
    if completed_on is None:
        return Readiness(programme, "missing", state, None, None)
    if not rules.valid_months:
        return Readiness(programme, "valid", state, completed_on, None)
    valid_until = plus(completed_on, rules.valid_months)
    if valid_until >= on:
        return Readiness(programme, "valid", state, completed_on, valid_until)
    anew = [one for one in person.done if one.completed_on >= plus(on, -rules.valid_months)]
    state = programme_state(programme, anew, rules.equivalent)
    if state.completed_on is None:
        return Readiness(programme, "expired", state, completed_on, valid_until)
    return Readiness(programme, "valid", state, state.completed_on, plus(state.completed_on, rules.valid_months))


class Notice(NamedTuple):
    """When somebody is told, and on which occasion: so many days before the last day, or `LAST_CALL`."""

    day: date
    occasion: int


def next_notice(
    due_on: date, told: int | None, warn_days: Iterable[int], today: date, makeup_days: int
) -> Notice | None:
    """What is to be told next; now, where its day has come.

    Of occasions that were missed only the last is made up for, and only some days back: what was overdue long before
    anybody looked is told to nobody one by one. `told` is the last occasion that was told of this day.
    """
    occasions = [days for days in sorted({*warn_days, LAST_CALL}, reverse=True) if told is None or days < told]
    notices = [Notice(due_on - timedelta(days=days), days) for days in occasions]
    passed = [notice for notice in notices if notice.day <= today]
    if passed and (today - passed[-1].day).days <= makeup_days:
        return passed[-1]
    return next((notice for notice in notices if notice.day > today), None)
