"""Persian text, digits, dates and national codes."""

from datetime import UTC, date, datetime, timedelta, timezone

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import persian

ANY_CHARACTER = st.integers(0, 0x10FFFF).map(chr)  # st.characters() would first build a table for some seconds

DAYS = [
    ((1380, 12, 28), date(2002, 3, 19)),
    ((1390, 1, 30), date(2011, 4, 19)),
    ((1390, 12, 4), date(2012, 2, 23)),
    ((1392, 11, 14), date(2014, 2, 3)),
    ((1402, 9, 8), date(2023, 11, 29)),
    ((1403, 1, 1), date(2024, 3, 20)),
    ((1405, 9, 2), date(2026, 11, 23)),
]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("كارمند", "کارمند"),
        ("مسئول", "مسئول"),
        ("مسي\u0654ول", "مسئول"),
        ("خانهٔ ما", "خانهٔ ما"),
        ("نامۀ اداری", "نامۀ اداری"),
        ("رحمة", "رحمة"),
        ("کـــارمند", "کارمند"),
        ("می\u200cشود", "می\u200cشود"),
        ("می\u200c\u200cشود", "می\u200cشود"),
        ("\u200cمی شود\u200c", "می شود"),
        ("می\u200c شود", "می شود"),
        ("اتفاقاً\u200cهم", "اتفاقاً\u200cهم"),
        ("(الف)\u200cها", "(الف)ها"),
        ("\u202eabc\u202c", "abc"),
        ("\u2066الف\u2069 \u200eب\u200f", "الف ب"),
        ("الف\x00ب", "الفب"),
        ("الف\ud800", "الف"),
        ("  یک \t دو\u00a0سه\r\nچهار ", "یک دو سه چهار"),
        ("a \u200e b", "a b"),
        ("سال ۱۳۹۵", "سال ۱۳۹۵"),
        ("Cafe\u0301", "Café"),
        ("\u200c\u200e \u202e", ""),
    ],
)
def test_a_text_has_one_form(typed: str, kept: str) -> None:
    assert persian.normalise(typed) == kept


@given(st.text(st.sampled_from("آایيىكک هٔۀةًـ\u200c\u200d\u200e\u202e\u2066\x00\ud800 \t\n۱1a\u0301\u0653")))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = persian.normalise(text)
    assert persian.normalise(once) == once
    once.encode()


@given(st.text(ANY_CHARACTER))
def test_any_text_can_be_normalised_and_stored(text: str) -> None:
    once = persian.normalise(text)
    assert persian.normalise(once) == once
    assert "\x00" not in once


def test_digits_of_three_scripts_are_brought_to_one() -> None:
    assert persian.digits_ascii("۱۲٣٤5") == "12345"
    assert persian.digits_fa("12٣۴") == "۱۲۳۴"
    assert persian.digits_fa(1405) == "۱۴۰۵"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0932833810", "0932833810"),
        ("932833810", "0932833810"),
        (" ۰۹۳۲۸۳۳۸۱۰ ", "0932833810"),
        ("٩٩٩٠٠٠٠٠١٨", "9990000018"),
        ("9990000026", "9990000026"),
        ("9990000034", "9990000034"),
        ("9990000042", "9990000042"),
        ("9990000174", "9990000174"),
    ],
)
def test_a_valid_national_code_is_ten_ascii_digits(typed: str, code: str) -> None:
    assert persian.national_code(typed) == code


@pytest.mark.parametrize(
    "typed", ["0932833811", "1111111111", "", "1234567", "09328338100", "093283381x", "०९३२८३३८१०", "-932833810"]
)
def test_a_wrong_national_code_is_refused_with_the_reason(typed: str) -> None:
    with pytest.raises(ValueError, match=r"must|check digit"):
        persian.national_code(typed)


@given(st.integers(0, 999_999_999))
def test_exactly_one_last_digit_makes_a_national_code(person: int) -> None:
    accepted = [f"{person:09d}{last}" for last in range(10) if _is_national_code(f"{person:09d}{last}")]
    expected = f"{person:09d}{_second_opinion(person)}"
    assert accepted == ([expected] if len(set(expected)) > 1 else [])


def _is_national_code(text: str) -> bool:
    try:
        return persian.national_code(text) == text
    except ValueError:
        return False


def _second_opinion(person: int) -> int:
    """The digit that makes the weighted sum of all ten divisible by 11, where a 10 is written as 1."""
    weighted = 0
    for weight in range(2, 11):
        person, digit = divmod(person, 10)
        weighted += weight * digit
    return {10: 1}.get(-weighted % 11, -weighted % 11)


@pytest.mark.parametrize(("parts", "day"), DAYS)
def test_published_dates_agree_in_both_calendars(parts: tuple[int, int, int], day: date) -> None:
    assert persian.jalali(day) == parts
    assert persian.jalali_year(day) == parts[0]


@given(st.dates(date(1900, 1, 1), date(2120, 12, 31)))
def test_the_calendar_agrees_with_a_second_library(day: date) -> None:
    other = jdatetime.date.fromgregorian(date=day)
    assert persian.jalali(day) == (other.year, other.month, other.day)


@pytest.mark.parametrize(
    ("year", "first", "last", "days"),
    [
        (1399, date(2020, 3, 20), date(2021, 3, 20), 366),
        (1403, date(2024, 3, 20), date(2025, 3, 20), 366),
        (1404, date(2025, 3, 21), date(2026, 3, 20), 365),
        (1405, date(2026, 3, 21), date(2027, 3, 20), 365),
        (1408, date(2029, 3, 20), date(2030, 3, 20), 366),
    ],
)
def test_a_jalali_year_runs_from_farvardin_to_the_end_of_esfand(year: int, first: date, last: date, days: int) -> None:
    assert persian.jalali_year_bounds(year) == (first, last)
    assert (last - first).days + 1 == days


@given(st.integers(1300, 1500))
def test_the_last_day_of_a_jalali_year_agrees_with_a_second_library(year: int) -> None:
    last = persian.jalali_year_bounds(year)[1]
    other = jdatetime.date(year, 12, 30 if jdatetime.date(year, 1, 1).isleap() else 29)
    assert last == other.togregorian()


@pytest.mark.parametrize(
    ("months", "days"),
    [((1, 1), 31), ((6, 6), 31), ((7, 7), 30), ((12, 12), 29), ((1, 3), 93), ((7, 9), 90), ((10, 12), 89)],
)
def test_months_of_a_jalali_year_have_their_days(months: tuple[int, int], days: int) -> None:
    first, last = persian.jalali_months_bounds(1405, *months)
    assert (last - first).days + 1 == days


@given(st.integers(1300, 1500), st.integers(1, 12), st.integers(1, 12))
def test_every_day_of_a_month_lies_in_it_and_no_day_beside_it(year: int, one: int, other: int) -> None:
    first, last = persian.jalali_months_bounds(year, min(one, other), max(one, other))
    assert persian.jalali(first) == (year, min(one, other), 1)
    assert persian.jalali(last)[:2] == (year, max(one, other))
    assert persian.jalali(last + timedelta(days=1))[2] == 1


@pytest.mark.parametrize("months", [(0, 1), (12, 13), (3, 2)])
def test_months_that_do_not_exist_are_refused(months: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="months"):
        persian.jalali_months_bounds(1405, *months)


def test_a_jalali_date_is_shown_in_persian_or_english_digits() -> None:
    assert persian.format_jalali(date(2026, 11, 23)) == "۱۴۰۵/۰۹/۰۲"
    assert persian.format_jalali(date(2026, 11, 23), digits="en") == "1405/09/02"


def test_a_moment_has_no_jalali_day_of_its_own() -> None:
    with pytest.raises(TypeError, match="zone"):
        persian.jalali(datetime(2026, 11, 23, 22, tzinfo=UTC))


def test_late_evening_in_utc_is_already_tomorrow_in_tehran() -> None:
    assert persian.tehran_date(datetime(2026, 11, 23, 20, 29, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert persian.tehran_date(datetime(2026, 11, 23, 20, 30, tzinfo=UTC)) == date(2026, 11, 24)
    assert persian.tehran_date(datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=5)))) == date(2026, 11, 23)


def test_a_naive_time_names_no_moment() -> None:
    with pytest.raises(ValueError, match="naive"):
        persian.tehran_date(datetime(2026, 11, 23, 20))  # noqa: DTZ001 -- the point of the test


def test_a_deadline_day_is_wholly_inside() -> None:
    assert persian.end_of_day(date(2026, 11, 23)) == datetime(2026, 11, 23, 20, 29, 59, 999999, tzinfo=UTC)


@given(st.dates(date(1900, 1, 1), date(2120, 12, 31)))
def test_one_microsecond_after_the_end_of_a_day_is_another_day(day: date) -> None:
    end = persian.end_of_day(day)
    assert end.tzinfo is UTC
    assert persian.tehran_date(end) == day
    assert persian.tehran_date(end + timedelta(microseconds=1)) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("گواهی‌نامه", "گواهی نامه"),
        ("گواهینامه", "گواهی‌نامه"),
        ("كيفيت", "کیفیت"),
        ("مسئولیت", "مسیولیت"),
        ("تأمین", "تامین"),
        ("مؤسسه", "موسسه"),
        ("دورهٔ آموزشی", "دوره آموزشی"),
        ("خانۀ", "خانه"),
        ("ماده ۹۵", "ماده 95"),
        ("ماده ٩٥", "ماده 95"),
        ("قانونِ مدیریّت", "قانون مدیریت"),
        ("RD-01", "rd ۰۱"),
        ("Café", "cafe"),
        ("کشـــور", "کشور"),
        ("إجراء", "اجرا"),
    ],
)
def test_spellings_that_people_take_for_one_word_are_looked_up_alike(one: str, other: str) -> None:
    assert persian.search_form(one) == persian.search_form(other) != ""


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2020-03-20", "2021-03-20", 0),  # 1399/01/01 to 1399/12/30, the last day of a leap year
        ("2020-03-20", "2021-03-21", 1),
        ("2021-03-20", "2022-03-20", 1),  # 1399/12/30 to 1400/12/29, which is the last day of its month
        ("2021-03-20", "2025-03-19", 3),
        ("2021-03-20", "2025-03-20", 4),
        ("2021-03-21", "2021-03-20", 0),
    ],
)
def test_whole_years_end_with_the_same_day_of_the_jalali_calendar(first: str, last: str, years: int) -> None:
    assert persian.whole_jalali_years(date.fromisoformat(first), date.fromisoformat(last)) == years


def test_only_letters_and_digits_are_looked_up() -> None:
    assert persian.search_form(" _-،«»؟%\u200c ") == ""


@given(st.lists(ANY_CHARACTER, max_size=40).map("".join))
def test_the_form_that_is_looked_up_stays_as_it_is(text: str) -> None:
    form = persian.search_form(text)
    assert persian.search_form(form) == form
    assert persian.search_form(persian.normalise(text)) == form
