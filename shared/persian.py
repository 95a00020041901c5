"""Persian text, digits, dates and national codes: normalised once at the door, dressed once at the way out.

Inside the system digits are ASCII, letters are Persian, dates are Gregorian and moments are UTC.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# For the calendar only: its table of leap years agrees with a second library on every day from 1300 to 1500.
from persiantools.jdatetime import JalaliDate

TEHRAN = ZoneInfo("Asia/Tehran")

_ZWNJ = "\u200c"
_TATWEEL = "\u0640"
_PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
_TO_ASCII = str.maketrans(_PERSIAN_DIGITS + "٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)
_TO_PERSIAN = str.maketrans("0123456789" + "٠١٢٣٤٥٦٧٨٩", _PERSIAN_DIGITS * 2)
_LETTERS = str.maketrans({"\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9"})
_HALF_SPACES = re.compile(f"{_ZWNJ}+")
# Teh marbuta and other forms of heh are heh; a hamza of its own and tatweel go.
_ALIKE = str.maketrans(dict.fromkeys("\u0629\u06c0\u06d5\u06c1", "\u0647")) | str.maketrans("", "", f"\u0621{_TATWEEL}")
_NO_LETTER = re.compile(r"[\W_]")


def normalise(text: str) -> str:
    """One form of a text, so that equal words are equal strings; calling it twice changes nothing.

    NFC; Arabic yeh and kaf become Persian; tatweel, control characters, bidi overrides, lone surrogates and every other
    invisible character go; white space is collapsed and trimmed. A half-space (ZWNJ) stays, once, inside a word
    only. Digits are left as they are: "منشور ۱۳۹۵" is text. Hamza above heh (هٔ) is a letter and stays.
    """
    visible = "".join(kept for character in text if (kept := _visible(character)))
    letters = unicodedata.normalize("NFC", visible).translate(_LETTERS)
    joined = _HALF_SPACES.sub(_inside_a_word, letters)
    return unicodedata.normalize("NFC", " ".join(joined.split()))


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    if character == _ZWNJ:
        return character
    if character == _TATWEEL or unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    return character


def _inside_a_word(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    if not before or not after:
        return ""
    # A mark (fathatan, hamza above) belongs to the letter before it: a word may end in one, never begin.
    inside = unicodedata.category(before)[0] in "LMN" and unicodedata.category(after)[0] in "LN"
    return _ZWNJ if inside else ""


def digits_fa(value: str | int) -> str:
    """The text with its ASCII and Arabic digits as Persian ones, for people to read."""
    return str(value).translate(_TO_PERSIAN)


def digits_ascii(text: str) -> str:
    """The text with its Persian and Arabic digits as ASCII ones, for programs to read."""
    return text.translate(_TO_ASCII)


def national_code(text: str) -> str:
    """The ten ASCII digits of a national code (کد ملی); ValueError with the reason when it cannot be one.

    Eight or nine digits are padded on the left, since spreadsheets drop leading zeros. The last digit is checked:
    weights 10 to 2 over the first nine, modulo 11. Ten equal digits pass that sum but are nobody's code.
    """
    code = digits_ascii(normalise(text))
    if not (code.isascii() and code.isdigit() and 8 <= len(code) <= 10):
        raise ValueError("must have 10 digits")
    code = code.zfill(10)
    if len(set(code)) == 1:
        raise ValueError("must not be one digit ten times")
    if int(code[9]) != _check_digit(code):
        raise ValueError("is not a valid national code: the check digit does not fit")
    return code


def _check_digit(code: str) -> int:
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) % 11
    return remainder if remainder < 2 else 11 - remainder


def jalali(day: date) -> tuple[int, int, int]:
    """Year, month and day in the Jalali calendar (from 622-03-22 on)."""
    if isinstance(day, datetime):
        raise TypeError("a moment has no calendar day until its zone is chosen: use tehran_date first")
    shown = JalaliDate.to_jalali(day)
    return shown.year, shown.month, shown.day


def jalali_year(day: date) -> int:
    """The Jalali year, which is the training year (domain: 1 Farvardin to the end of Esfand)."""
    return jalali(day)[0]


def jalali_year_bounds(year: int) -> tuple[date, date]:
    """The first and the last day of a Jalali year, 1 Farvardin and 29 or 30 Esfand."""
    return _first_day(year, 1), _first_day(year + 1, 1) - timedelta(days=1)


def jalali_months_bounds(year: int, first: int, last: int) -> tuple[date, date]:
    """The first day of one month of a Jalali year (1 to 12) and the last day of the same or a later one."""
    if not 1 <= first <= last <= 12:
        raise ValueError(f"there are no months {first} to {last}")
    after = _first_day(year + 1, 1) if last == 12 else _first_day(year, last + 1)
    return _first_day(year, first), after - timedelta(days=1)


def add_jalali_months(day: date, months: int) -> date:
    """The same day some months later (or earlier) in the Jalali calendar; a day that the month lacks is its last."""
    year, month, day_of_month = jalali(day)
    years, place = divmod(month - 1 + months, 12)
    first, last = jalali_months_bounds(year + years, place + 1, place + 1)
    return min(first + timedelta(days=day_of_month - 1), last)


def whole_jalali_years(first: date, last: date) -> int:
    """How many whole Jalali years lie between two days: as many as can be added to the first one until the last."""
    years = jalali_year(last) - jalali_year(first)
    return max(0, years if add_jalali_months(first, 12 * years) <= last else years - 1)


def last_jalali_day(month: int, day_of_month: int, until: date) -> date:
    """The last such day of a Jalali year that is not after `until`; a day that the month lacks is its last."""
    year = jalali_year(until)
    first, last = jalali_months_bounds(year, month, month)
    day = min(first + timedelta(days=day_of_month - 1), last)
    if day <= until:
        return day
    first, last = jalali_months_bounds(year - 1, month, month)
    return min(first + timedelta(days=day_of_month - 1), last)


def _first_day(year: int, month: int) -> date:
    day: date = JalaliDate(year, month, 1).to_gregorian()
    return day


def format_jalali(day: date, digits: str = "fa") -> str:
    """A day as `۱۴۰۵/۰۹/۰۲`, or as `1405/09/02` with digits="en"."""
    year, month, day_of_month = jalali(day)
    shown = f"{year:04d}/{month:02d}/{day_of_month:02d}"
    return digits_fa(shown) if digits == "fa" else shown


def tehran_date(moment: datetime) -> date:
    """The calendar day in Tehran at an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime names no moment")
    return moment.astimezone(TEHRAN).date()


def end_of_day(day: date) -> datetime:
    """The last microsecond of a day in Tehran, in UTC: a deadline day is wholly inside the deadline."""
    # fold=1: in the years of summer time the last hour of one autumn day came twice; the later one ends the day.
    return datetime.combine(day, time.max.replace(fold=1), tzinfo=TEHRAN).astimezone(UTC)


def search_form(text: str) -> str:
    """Letters and digits alone, in one form: two spellings of a word that people take for the same are equal here.

    Beyond `normalise`: no case, marks, punctuation, spaces or half-spaces; hamza seats are their letters (أ is ا, ؤ is
    و, ئ is ی, a hamza of its own goes), teh marbuta is heh, digits are ASCII. For looking up only, never for showing.
    """
    letters = "".join(each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each) != "Mn")
    return _NO_LETTER.sub("", letters.casefold().translate(_TO_ASCII).translate(_LETTERS | _ALIKE))
