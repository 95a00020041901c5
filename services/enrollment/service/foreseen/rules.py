"""What is asked of everybody on a day, and what that comes to for some people: a fixed number of statements."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.enrollment.domain.foreseen import Item, Rules, Subject, items
from services.enrollment.domain.programmes import Completion
from services.enrollment.models import foreseen as models
from services.enrollment.models.courses import related_courses
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.service.entrance import candidate_of
from shared.database import Transaction
from shared.persian import add_jalali_months

KEYS = (
    "compulsory_courses",
    "compulsory_within_months",
    "probation_years",
    "induction_since",
    "renewal_warn_months",
    "pre_appointment_programmes",
    "pre_appointment_valid_months",
)
_plus = lru_cache(20_000)(add_jalali_months)  # many people were hired on one day
TELLING = ("due_warn_days", "due_makeup_days")


class Demands(NamedTuple):
    """The rules of a day, with the names of what they ask for. `unpublished` are compulsory ones that are not there:
    nobody can complete them, so nobody is asked to."""

    rules: Rules
    titles: Mapping[str, Mapping[str, str]]
    hours: Mapping[str, float]
    unpublished: Sequence[str]
    warn_days: Sequence[int]
    makeup_days: int
    fingerprint: str

    @property
    def are_none(self) -> bool:
        """Whether nothing is asked of anybody, as long as the catalog has published nothing of the kind."""
        return not (self.rules.compulsory or self.rules.programmes or self.rules.refresh)

    @property
    def courses(self) -> set[str]:
        """Every course whose completion matters, those that stand for another included."""
        named = _courses(self.rules.compulsory, self.rules.programmes.values()) | set(self.rules.refresh)
        return named.union(*(self.rules.standing_for(code) for code in named))

    def courses_of(self, code: str, *, is_programme: bool) -> set[str]:
        """The courses that bring somebody on with a course or programme."""
        known = self.rules.programmes.get(code) if is_programme else None
        own = {course["course_code"] for course in known.courses} if known else {code}
        return own.union(*(self.rules.standing_for(one) for one in own))

    def title(self, code: str) -> Mapping[str, str]:
        return self.titles.get(code, {"fa": code})


def demands_on(tx: Transaction, day: date) -> Demands:
    """What is asked on a day, by the policies of that day and by what the catalog has published so far."""
    values = {key: value_on(tx, key, max(day, FIRST_DAY)) for key in (*KEYS, *TELLING)}
    entries = values["compulsory_courses"]
    levels = {one["post_level"]: one["programme_codes"] for one in values["pre_appointment_programmes"]}
    named = {entry["programme_code"] for entry in entries if "programme_code" in entry}.union(*levels.values())
    programmes = {row.programme_code: row for row in models.programmes_asked(tx, named)}
    active = models.active_courses(tx, {entry["course_code"] for entry in entries if "course_code" in entry})
    published = {code for code, row in programmes.items() if row.retired_at is None}
    there = published | {row.course_code for row in active}
    refresh = {row.course_code: row.refresh_every_months for row in active if row.refresh_every_months}
    asked = [entry for entry in entries if _code(entry) in there]
    codes = _courses(asked, programmes.values()) | set(refresh)
    rules = Rules(
        compulsory=asked,
        programmes=programmes,
        refresh=refresh,
        equivalent=related_courses(tx, codes)["equivalent"] if codes else {},
        compulsory_within_months=values["compulsory_within_months"],
        induction_since=date.fromisoformat(values["induction_since"]),
        probation_months=12 * values["probation_years"],
        renewal_warn_months=values["renewal_warn_months"],
        levels=levels,
        valid_months=values["pre_appointment_valid_months"],
    )
    titles = {row.course_code: row.title for row in active}
    titles |= {code: row.title for code, row in programmes.items()}
    unpublished = [_code(entry) for entry in entries if _code(entry) not in there]
    made = _fingerprint(values, rules)
    hours = {row.course_code: row.hours for row in active}
    return Demands(rules, titles, hours, unpublished, values["due_warn_days"], values["due_makeup_days"], made)


def items_of(demands: Demands, subjects: Mapping[UUID, Subject], on: date) -> dict[UUID, list[Item]]:
    """What each of these people must complete or has, as of a day."""
    return {key: items(subject, demands.rules, on, _plus) for key, subject in subjects.items()}


def subjects_of(tx: Transaction, demands: Demands, people: Iterable[Any], on: date) -> dict[UUID, Subject]:
    """These people as the rules see them, with what they had completed by the end of a day."""
    rows = list(people)
    ids = [person.id for person in rows]
    done: dict[UUID, list[Completion]] = {one: [] for one in ids}
    for row in models.completed(tx, ids, demands.courses, on):
        # Of training that was recognised no version is known; it is taken for the first.
        one = Completion(row.course_code, row.course_version or 1, row.hours, row.completed_on)
        done[row.employee_id].append(one)
    written = models.written_completions(tx, ids, list(demands.rules.programmes), on)
    running = models.running_candidacies(tx, ids) if ids else {}
    return {
        person.id: Subject(
            candidate_of(person, on),
            person.hired_on,
            done[person.id],
            written.get(person.id, {}),
            running.get(person.id, ()),
        )
        for person in rows
    }


def is_there(person: Any) -> bool:
    """Whether anything can be due of somebody: employed, and neither merged nor erased."""
    return person.left_on is None and person.merged_into is None and person.erased_at is None


def _code(entry: Mapping[str, Any]) -> str:
    return str(entry.get("course_code") or entry["programme_code"])


def _courses(entries: Iterable[Mapping[str, Any]], programmes: Iterable[Any]) -> set[str]:
    own = {entry["course_code"] for entry in entries if "course_code" in entry}
    return own | {course["course_code"] for programme in programmes for course in programme.courses}


def _fingerprint(values: Mapping[str, Any], rules: Rules) -> str:
    """Says whether two moments ask for the same: policies, versions of programmes, months and equivalents."""
    told = {
        "values": values,
        "asked": [_code(entry) for entry in rules.compulsory],
        "programmes": {code: [row.version, row.retired_at] for code, row in rules.programmes.items()},
        "refresh": rules.refresh,
        "equivalent": {code: sorted(others) for code, others in rules.equivalent.items()},
    }
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()
