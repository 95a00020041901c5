"""The rules of what becomes of a certificate: states, cycles, last days, requests."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from persiantools.jdatetime import JalaliDate

from services.certification.domain import cycles, requests, states, validity
from services.certification.domain.cycles import Begins, Covered, Held
from services.certification.domain.requests import Asker
from services.certification.domain.validity import Term
from services.certification.policies import KEYS, POLICIES
from shared.errors import Conflict, Forbidden, Invalid
from shared.persian import add_jalali_months, format_jalali, last_jalali_day

TODAY = date(2026, 11, 25)


def jalali(text: str) -> date:
    year, month, day = (int(part) for part in text.split("/"))
    found: date = JalaliDate(year, month, day).to_gregorian()
    return found


@pytest.mark.parametrize(
    ("action", "after"), [("suspend", "suspended"), ("correct", "superseded"), ("expire", "expired")]
)
def test_a_valid_certificate_moves(action: str, after: str) -> None:
    assert states.after("valid", action) == after


@pytest.mark.parametrize(
    ("state", "possible"), [("revoked", []), ("superseded", []), ("expired", ["correct", "revoke"])]
)
def test_a_refused_move_says_what_is_possible(state: str, possible: list[str]) -> None:
    with pytest.raises(Conflict) as refused:
        states.after(state, "suspend")
    assert (refused.value.code, refused.value.details) == ("illegal_state", {"state": state, "possible": possible})


def test_the_last_day_is_wholly_inside() -> None:
    assert states.status_on("valid", TODAY, TODAY) == "valid"
    assert states.status_on("suspended", TODAY, date(2026, 11, 26)) == "expired"
    assert states.status_on("revoked", TODAY, date(2027, 1, 1)) == "revoked"


@pytest.mark.parametrize(
    ("status", "until", "expected"),
    [
        ("valid", None, "valid"),
        ("suspended", None, "suspended"),
        ("expired", date(2026, 1, 1), "expired"),
        ("revoked", None, "valid"),
        ("expired", date(2027, 1, 1), "valid"),
    ],
)
def test_a_corrected_one_holds_as_the_old_one_did(status: str, until: date | None, expected: str) -> None:
    assert states.of_replacement(status, until, TODAY) == expected


ONE = UUID(int=1)


def held(version: int = 1, status: str = "valid", until: date | None = None, cycle: int = 1) -> Held:
    return Held(ONE, version, cycle, status, until)


def opens_on(day: date) -> date:
    return add_jalali_months(day, -3)


@pytest.mark.parametrize(
    ("mine", "version", "completed_on", "expected"),
    [
        ([], 1, TODAY, Begins(1, None)),
        ([held()], 1, TODAY, Covered(ONE)),
        ([held(version=2)], 1, TODAY, Covered(ONE)),
        ([held(status="suspended")], 1, TODAY, Covered(ONE)),
        ([held()], 2, TODAY, Begins(2, None)),
        ([held(status="revoked")], 1, TODAY, Begins(2, None)),
        ([held(status="superseded")], 1, TODAY, Begins(2, None)),
        ([held(until=date(2026, 11, 24))], 1, TODAY, Begins(2, None)),
        ([held(until=date(2027, 11, 24))], 1, TODAY, Covered(ONE)),
        ([held(until=date(2027, 2, 1))], 1, TODAY, Begins(2, date(2027, 2, 1))),
        ([held(until=date(2026, 1, 1), cycle=4), held(status="revoked", cycle=5)], 1, TODAY, Begins(6, None)),
    ],
)
def test_a_cycle_begins_where_nothing_holds_or_inside_the_window(
    mine: list[Held], version: int, completed_on: date, expected: Any
) -> None:
    assert cycles.place(mine, version, completed_on, opens_on) == expected


def test_the_window_opens_on_its_first_day() -> None:
    until = jalali("1406/03/31")
    mine = [held(until=until)]
    assert cycles.place(mine, 1, jalali("1405/12/28"), opens_on) == Covered(ONE)
    assert cycles.place(mine, 1, jalali("1405/12/29"), opens_on) == Begins(2, until)  # Esfand of 1405 has no 31st


@pytest.mark.parametrize(
    ("term", "completed_on", "months", "renews", "expected"),
    [
        (Term(3, "completion"), "1405/06/31", 6, None, "1405/12/29"),  # a day that Esfand lacks is its last
        (Term(3, "completion"), "1403/12/30", 12, None, "1404/12/29"),  # of a leap year to a common one
        (Term(3, "completion"), "1403/12/29", 48, None, "1407/12/29"),
        (Term(3, "completion"), "1405/01/31", 24, "1405/03/10", "1407/01/31"),
        (Term(3, "expiry"), "1405/01/15", 24, "1405/03/10", "1407/03/10"),  # early, and no time is lost
        (Term(3, "expiry"), "1405/05/15", 24, None, "1407/05/15"),  # late, so from the completion
        (Term(3, "fixed", (12, 30)), "1404/06/10", 24, None, "1405/12/29"),
        (Term(3, "fixed", (12, 30)), "1402/06/10", 24, None, "1403/12/30"),  # a leap year's Esfand
        (Term(3, "fixed", (12, 29)), "1404/12/29", 12, None, "1405/12/29"),
        (Term(3, "fixed", (12, 29)), "1405/02/01", 6, None, "1405/08/01"),  # no fixed day between: the months count
    ],
)
def test_the_last_day_by_each_base(
    term: Term, completed_on: str, months: int, renews: str | None, expected: str
) -> None:
    until = validity.valid_until(
        term,
        jalali(completed_on),
        months,
        renews and jalali(renews),
        add_months=add_jalali_months,
        last_day=last_jalali_day,
    )
    assert until is not None
    assert format_jalali(until, "en") == expected


def test_a_course_that_is_never_refreshed_has_no_last_day() -> None:
    term = Term(3, "completion")
    no_end = validity.valid_until(term, TODAY, None, None, add_months=add_jalali_months, last_day=last_jalali_day)
    assert no_end is None


@pytest.mark.parametrize(("left", "occasion"), [(91, None), (90, 90), (31, 90), (30, 30), (7, 7), (0, 7)])
def test_of_missed_reminders_the_last_is_said(left: int, occasion: int | None) -> None:
    assert validity.reminder_due(left, [90, 30, 7]) == occasion


@pytest.mark.parametrize(
    ("asked", "decides"),
    [
        (Asker("hr"), Asker("hr")),
        (Asker("hr", ONE), Asker("hr")),
        (Asker("hr", ONE), Asker("hr", ONE)),
        (Asker("hr", ONE), Asker("portal", ONE)),
    ],
)
def test_one_person_cannot_be_both(asked: Asker, decides: Asker) -> None:
    with pytest.raises(Forbidden, match="four_eyes"):
        requests.check_four_eyes(asked, decides)


@pytest.mark.parametrize("decides", [Asker("hr", uuid4()), Asker("portal"), Asker("portal", uuid4())])
def test_another_person_decides(decides: Asker) -> None:
    requests.check_four_eyes(Asker("hr", ONE), decides)


SAID = {
    "holder_name": "نمونه",
    "score": "80",
    "pass_mark": "60",
    "starts_on": "2026-11-01",
    "ends_on": "2026-11-05",
    "completed_on": "2026-11-23",
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "changes"),
        ({"holder_name": "نمونه"}, "changes.holder_name"),
        ({"score": 80.0}, "changes.score"),
        ({"score": 59.5}, "changes.score"),
        ({"ends_on": "2026-10-01"}, "changes.ends_on"),
        ({"starts_on": "2026-11-06"}, "changes.starts_on"),
        ({"completed_on": "2026-11-26"}, "changes.completed_on"),
        ({"completed_on": "2026-10-01"}, "changes.completed_on"),
    ],
)
def test_a_change_that_cannot_be_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        requests.differences(SAID, changes, TODAY)
    assert list(refused.value.details["fields"]) == [field]


def test_a_change_is_kept_with_what_was_before() -> None:
    found = requests.differences(SAID, {"holder_name": "نمونه‌ای", "score": 90.0}, TODAY)
    assert found == {
        "holder_name": {"before": "نمونه", "after": "نمونه‌ای"},
        "score": {"before": 80.0, "after": 90.0},
    }


DEFAULT = {"window_months": 3, "base": "completion", "fixed_day": None}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("renewal", {"default": DEFAULT | {"base": "fixed"}, "courses": {}}),
        (
            "renewal",
            {"default": DEFAULT, "courses": {"RD-01": {"window_months": 1, "base": "fixed", "fixed_day": "13-01"}}},
        ),
        ("renewal", {"default": DEFAULT | {"fixed_day": "12-29"}, "courses": {}}),
        ("renewal", {"default": DEFAULT, "courses": []}),
        ("expiry_reminder_days", [0]),
        ("revocation_reasons", [{"code": "fraud", "title": {"fa": "تقلب"}}]),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(key: str, value: Any) -> None:
    assert KEYS[key]("value", value)


def test_the_shipped_policies_are_right() -> None:
    assert set(POLICIES.shipped()) == set(KEYS)
