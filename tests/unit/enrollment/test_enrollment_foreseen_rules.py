"""When something is due, what is done, and when somebody is told: by tables of days, each of them wholly inside."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.enrollment.domain.entry import Candidate
from services.enrollment.domain.foreseen import (
    LAST_CALL,
    Item,
    Notice,
    Rules,
    Subject,
    before_appointment,
    compulsory_day,
    items,
    next_notice,
)
from services.enrollment.domain.programmes import Completion
from services.enrollment.due_policies import KEYS
from shared.persian import add_jalali_months, format_jalali

ALL_STAFF = {"course_code": "CR-01", "for": "all", "since": "2017-03-18", "due_by": "2019-03-20"}
TODAY = date(2026, 11, 26)


def programme(code: str = "INDUCTION", purpose: str = "induction", **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "programme_code": code,
        "purpose": purpose,
        "ordered": False,
        "courses": [{"course_code": "RD-01", "compulsory": True, "min_version": None}],
        "min_electives": 0,
        "min_hours": 0.0,
        "audience": {},
        "within_months": None,
        "retired_at": None,
    }
    return SimpleNamespace(**(fields | changes))


def rules(*programmes: Any, **changes: Any) -> Rules:
    fields: dict[str, Any] = {
        "compulsory": [],
        "programmes": {one.programme_code: one for one in programmes},
        "refresh": {},
        "equivalent": {},
        "compulsory_within_months": 12,
        "induction_since": date(2024, 3, 20),
        "probation_months": 36,
        "renewal_warn_months": 3,
        "levels": {},
        "valid_months": 0,
    }
    return Rules(**(fields | changes))


def person(*done: tuple[str, date], hired_on: date | None = None, **changes: Any) -> Subject:
    fields: dict[str, Any] = {"candidate": Candidate("AG-A"), "hired_on": hired_on}
    completions = [Completion(code, 1, 10.0, day) for code, day in done]
    return Subject(**(fields | {"done": completions} | changes))


def foreseen(subject: Subject, asked: Rules, on: date = TODAY) -> list[Item]:
    return items(subject, asked, on, add_jalali_months)


@pytest.mark.parametrize(
    ("hired_on", "within_months", "jalali"),
    [
        (date(2024, 4, 3), None, "1406/01/15"),  # three years after 1403/01/15
        (date(2025, 3, 20), None, "1406/12/29"),  # 30 Esfand of 1403, a leap year; 1406 has 29 days of it
        (date(2024, 9, 21), 6, "1403/12/30"),  # 31 Shahrivar and six months: the programme says less
        (date(2024, 9, 21), 60, "1406/06/31"),  # it says more than the probation period: that holds
    ],
)
def test_induction_is_due_on_the_last_day_of_the_probation_period(
    hired_on: date, within_months: int | None, jalali: str
) -> None:
    (item,) = foreseen(person(hired_on=hired_on), rules(programme(within_months=within_months)))
    assert item.due_on is not None
    assert format_jalali(item.due_on, "en") == jalali
    assert item.status(item.due_on) == "due"
    assert item.status(item.due_on + timedelta(days=1)) == "overdue"


@pytest.mark.parametrize("hired_on", [None, date(2024, 3, 19)])
def test_nobody_is_new_who_was_there_before_the_rule_or_of_whom_it_is_not_known(hired_on: date | None) -> None:
    assert foreseen(person(hired_on=hired_on), rules(programme())) == []


def test_one_induction_programme_of_those_for_somebody_is_enough() -> None:
    managers = programme("MANAGERS", audience={"managers": "only"})
    other = programme("OTHER", courses=[{"course_code": "OC-01", "compulsory": True, "min_version": None}])
    asked = rules(programme(), managers, other, programme("OLD", retired_at=TODAY))
    hired_on = date(2025, 1, 1)
    assert [item.code for item in foreseen(person(hired_on=hired_on), asked)] == ["INDUCTION", "OTHER"]
    (done,) = foreseen(person(("OC-01", date(2025, 2, 1)), hired_on=hired_on), asked)
    assert (done.code, done.status(TODAY), done.done_on) == ("OTHER", "done", date(2025, 2, 1))
    (kept,) = foreseen(person(hired_on=hired_on, written={"OLD": date(2025, 3, 1)}), asked)
    assert (kept.code, kept.done_on) == ("OLD", date(2025, 3, 1))


@pytest.mark.parametrize(
    ("entry", "hired_on", "due_on", "not_known"),
    [
        (ALL_STAFF, date(2010, 1, 1), date(2019, 3, 20), ()),
        (ALL_STAFF, date(2019, 3, 20), date(2019, 3, 20), ()),
        (ALL_STAFF, date(2019, 3, 21), date(2020, 3, 20), ()),  # 1398/01/01 and twelve months
        (ALL_STAFF, None, None, ("hired_on",)),
        ({"for": "all", "since": "2026-03-21", "within_months": 6}, date(2000, 1, 1), date(2026, 9, 23), ()),
    ],
)
def test_something_compulsory_is_due_by_its_day_or_so_long_after_the_employment(
    entry: dict[str, Any], hired_on: date | None, due_on: date | None, not_known: tuple[str, ...]
) -> None:
    assert compulsory_day(entry, hired_on, 12, add_jalali_months) == (due_on, not_known)


def test_an_equivalent_course_does_for_a_compulsory_one_and_managers_have_their_own() -> None:
    entries = [ALL_STAFF, {"course_code": "MG-01", "for": "managers", "since": "2020-01-01"}]
    asked = rules(compulsory=entries, equivalent={"CR-01": {"CR-09"}})
    (done,) = foreseen(person(("CR-09", date(2018, 5, 1)), hired_on=date(2010, 1, 1)), asked)
    assert (done.code, done.done_on, done.missing) == ("CR-01", date(2018, 5, 1), ())
    manager = person(hired_on=date(2010, 1, 1), candidate=Candidate("AG-A", is_manager=True))
    assert [item.code for item in foreseen(manager, asked)] == ["CR-01", "MG-01"]


def test_a_renewal_counts_from_the_last_time_and_is_moved_by_it() -> None:
    asked = rules(refresh={"RD-01": 24, "OC-01": 12}, equivalent={"RD-01": {"RD-09"}, "RD-09": {"RD-01"}})
    first = date(2025, 3, 20)  # 1403/12/30
    (item,) = foreseen(person(("RD-01", first)), asked)
    assert item.due_on == date(2027, 3, 20)  # 1405/12/29: that year has no 30 Esfand
    assert item.opens_on == date(2026, 12, 20)  # three months before, 1405/09/29
    assert [item.status(day) for day in (TODAY, item.opens_on, item.due_on)] == ["upcoming", "due", "due"]
    (moved,) = foreseen(person(("RD-01", first), ("RD-09", date(2026, 3, 21))), asked)
    assert (moved.code, moved.due_on) == ("RD-01", date(2028, 3, 20))
    assert foreseen(person(("RD-09", first)), asked) == []  # only the one that is refreshed asks for it


def test_of_two_courses_that_stand_for_each_other_the_later_one_asks_for_the_renewal() -> None:
    asked = rules(refresh={"RD-01": 24, "RD-09": 24}, equivalent={"RD-01": {"RD-09"}, "RD-09": {"RD-01"}})
    (item,) = foreseen(person(("RD-01", date(2025, 1, 1)), ("RD-09", date(2026, 1, 1))), asked)
    assert item.code == "RD-09"


def test_the_day_of_the_appointment_is_the_last_one_for_its_programme() -> None:
    before = programme("PRE", "pre_appointment")
    post = SimpleNamespace(post_level="base", appoint_on=date(2027, 1, 10))
    (item,) = foreseen(person(candidacies=[post]), rules(before))
    assert (item.cause, item.due_on, item.missing) == ("pre_appointment", date(2027, 1, 10), ("RD-01",))
    assert foreseen(person(), rules(before)) == []
    # Completed on that day: who is asked about the appointment says yes, and nothing is overdue.
    on_the_day = person(("RD-01", post.appoint_on), candidacies=[post])
    assert before_appointment(before, on_the_day, rules(), post.appoint_on, add_jalali_months).status == "valid"
    (item,) = items(on_the_day, rules(before), post.appoint_on, add_jalali_months)
    assert (item.done_on, item.missing) == (item.due_on, ())


@pytest.mark.parametrize(
    ("done", "valid_months", "status"),
    [
        ((), 0, "missing"),
        ((date(2000, 1, 1),), 0, "valid"),
        ((date(2024, 11, 26),), 24, "valid"),  # 1403/09/06 to 1405/09/06, the day itself
        ((date(2024, 11, 25),), 24, "expired"),
        ((date(2020, 1, 1), date(2025, 6, 1)), 24, "valid"),  # taken anew
    ],
)
def test_a_programme_before_appointment_holds_for_its_time(
    done: tuple[date, ...], valid_months: int, status: str
) -> None:
    subject = person(*(("RD-01", day) for day in done))
    before = programme("PRE", "pre_appointment")
    found = before_appointment(before, subject, rules(valid_months=valid_months), date(2026, 11, 27), add_jalali_months)
    assert found.status == status


DUE_ON = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("today", "told", "expected"),
    [
        (date(2026, 9, 1), None, Notice(date(2026, 10, 2), 60)),
        (date(2026, 10, 2), None, Notice(date(2026, 10, 2), 60)),
        (date(2026, 10, 12), None, Notice(date(2026, 10, 2), 60)),  # ten days late: made up for
        (date(2026, 10, 13), None, Notice(date(2026, 11, 17), 14)),  # eleven: the next one
        (date(2026, 11, 20), None, Notice(date(2026, 11, 17), 14)),  # of two that were missed the last
        (date(2026, 11, 20), 14, Notice(date(2026, 12, 2), LAST_CALL)),
        (date(2026, 12, 1), 14, Notice(date(2026, 12, 2), LAST_CALL)),
        (date(2026, 12, 2), 14, Notice(date(2026, 12, 2), LAST_CALL)),
        (date(2026, 12, 13), 14, None),  # overdue for long when it was found
        (date(2026, 12, 2), LAST_CALL, None),
    ],
)
def test_people_are_told_once_for_each_occasion(today: date, told: int | None, expected: Notice | None) -> None:
    assert next_notice(DUE_ON, told, [14, 60], today, 10) == expected


ENTRY = {"course_code": "CR-01", "for": "all", "since": "2017-03-18", "source": "نمونه"}


@pytest.mark.parametrize(
    ("key", "value", "paths"),
    [
        ("compulsory_courses", [ENTRY, {**ENTRY, "within_months": 6, "due_by": "2019-03-20"}], set()),
        ("compulsory_courses", [{**ENTRY, "programme_code": "CITIZEN-RIGHTS"}], {"value[0]"}),
        ("compulsory_courses", [{"course_code": "CR-01", "for": "some", "since": "1397"}], None),
        ("due_warn_days", [60, 0], {"value[1]"}),
        ("due_warn_days", [], set()),
        ("induction_since", "1403/01/01", {"value"}),
        ("pre_appointment_programmes", [{"post_level": "top", "programme_codes": []}], {"value[0].post_level"}),
    ],
)
def test_wrong_values_of_policies_are_named_part_by_part(key: str, value: Any, paths: set[str] | None) -> None:
    expected = {"value[0].for", "value[0].since", "value[0].source"} if paths is None else paths
    assert set(KEYS[key]("value", value)) == expected
