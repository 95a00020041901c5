"""Files as people send them: CSV of any spreadsheet or JSON lines, in Persian or English, made into plain rows.

Nothing here decides about a row; a value that cannot be read is handed on as it is, and its field refuses it by name.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from persiantools.jdatetime import JalaliDate

from shared import persian
from shared.errors import Invalid

MAX_CELL, MAX_LINE = 10_000, 100_000  # characters
_DELIMITERS = ",;\t|"
_DATE = re.compile(r"([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})")


class Row(NamedTuple):
    """A row of a file: its line, and its values by field; or the problem that keeps it from being read."""

    line: int
    values: dict[str, Any]
    problem: str | None = None


class Columns(NamedTuple):
    """The fields that a kind of file may have, by their headers, and which of them it must have.

    Of each set in `required` one is enough.
    """

    headers: Mapping[str, tuple[str, ...]]
    required: tuple[frozenset[str], ...]
    words: Mapping[str, Mapping[str, Any]]
    dates: frozenset[str] = frozenset()


_YES: dict[str, Any] = dict.fromkeys(("بله", "بلی", "آری", "دارد", "هست", "yes", "true", "1"), True)
_YES |= dict.fromkeys(("خیر", "نه", "ندارد", "نیست", "no", "false", "0"), False)

_WHO = {
    "employee_id": ("شناسه کارمند",),
    "national_code": ("کد ملی", "کدملی", "شماره ملی"),
    "personnel_number": ("شماره پرسنلی", "کد پرسنلی", "شماره کارمندی"),
}

EMPLOYEES = Columns(
    headers={
        "national_code": _WHO["national_code"],
        "personnel_number": _WHO["personnel_number"],
        "full_name": ("نام و نام خانوادگی", "نام کامل"),
        "first_name": ("نام",),
        "last_name": ("نام خانوادگی",),
        "email": ("پست الکترونیک", "پست الکترونیکی", "ایمیل", "رایانامه"),
        "language": ("زبان",),
        "is_manager": ("سمت مدیریتی", "مدیر"),
        "is_veteran": ("ایثارگر", "ایثارگری"),
        "employment": ("نوع استخدام",),
        "hired_on": ("تاریخ استخدام",),
        "job_title": ("پست سازمانی", "شغل", "عنوان شغل"),
        "education": ("مدرک تحصیلی", "تحصیلات"),
        "father_name": ("نام پدر",),
        "birth_date": ("تاریخ تولد",),
        "gender": ("جنسیت",),
        "unit": ("واحد", "واحد سازمانی"),
        "job_family": ("رشته شغلی",),
        "job_class": ("طبقه", "طبقه شغلی"),
        "rank": ("رتبه", "رتبه شغلی"),
        "education_field": ("رشته تحصیلی",),
        "education_status": ("وضعیت مدرک",),
    },
    required=(
        frozenset({"national_code"}),
        frozenset({"personnel_number"}),
        frozenset({"full_name", "last_name"}),
        frozenset({"email"}),
    ),
    words={
        "is_manager": _YES,
        "is_veteran": _YES,
        "employment": {
            "رسمی": "official",
            "پیمانی": "contractual",
            "قراردادی": "fixed_term",
            "قرارداد کار معین": "fixed_term",
            "کار معین": "fixed_term",
        },
        "gender": {"زن": "female", "مرد": "male", "خانم": "female", "آقا": "male"},
        "language": {"فارسی": "fa", "انگلیسی": "en"},
        "rank": {
            "مقدماتی": "beginner",
            "پایه": "basic",
            "ارشد": "senior",
            "خبره": "expert",
            "عالی": "excellent",
        },
        "education_status": {"معتبر": "valid", "معادل": "equivalent"},
    },
    dates=frozenset({"hired_on", "birth_date"}),
)
NOMINATIONS = Columns(headers=_WHO, required=(frozenset(_WHO),), words={})
RESULTS = Columns(
    headers={
        "enrollment_id": ("شناسه ثبت نام",),
        **_WHO,
        "attended_hours": ("ساعت حضور", "ساعات حضور", "حضور"),
        "score": ("نمره", "امتیاز"),
    },
    required=(frozenset({"enrollment_id", *_WHO}), frozenset({"attended_hours"}), frozenset({"score"})),
    words={},
)


def read(chunks: Iterable[str], form: str, columns: Columns) -> Iterator[Row]:
    """The rows of a file that comes in pieces of text; Invalid (field `content`) when it is none of this kind.

    `form`: csv, jsonl, or auto. A mark of byte order is skipped. Blank lines are no rows.
    """
    lines = _lines(chunks)
    blank, first = next(((number, line) for number, line in enumerate(lines) if line.strip()), (0, ""))
    if not first:
        raise Invalid.field("content", "the file is empty")
    if form == "auto":
        form = "jsonl" if first.lstrip().startswith("{") else "csv"
    everything = chain((first,), lines)
    return _json_rows(everything, columns, blank) if form == "jsonl" else _csv_rows(everything, columns, blank)


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends; a chunk may end anywhere."""
    rest, number, is_first = "", 0, True
    for chunk in chunks:
        text = rest + (chunk.removeprefix("\ufeff") if is_first else chunk)
        is_first = False
        pieces = list(io.StringIO(text, newline=""))  # splits at line feeds and carriage returns alone
        # A chunk may end between the two characters of one line end, or in the middle of a line.
        rest = pieces.pop() if pieces else ""
        for line in pieces:
            number += 1
            yield _sound(line, number)
        _sound(rest, number + 1)
    if rest:
        yield rest


def _sound(line: str, number: int) -> str:
    """The line; Invalid for one that was in another encoding, and for one without an end, which would fill memory."""
    if "\ufffd" in line:
        raise Invalid.field("content", f"line {number} is not text in UTF-8")
    if len(line) > MAX_LINE:
        raise Invalid.field("content", f"line {number} is longer than {MAX_LINE} characters")
    return line


def _csv_rows(lines: Iterator[str], columns: Columns, skipped: int) -> Iterator[Row]:
    header = next(lines)
    if header.lower().startswith("sep="):  # a hint of spreadsheets to themselves
        header, skipped = next(lines, ""), skipped + 1
    delimiter = max(_DELIMITERS, key=header.count)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(chain((header,), lines), delimiter=delimiter, strict=True)
    try:
        fields = _fields(next(reader), columns)
        yield from _cells(reader, fields, columns, skipped)
    except csv.Error as error:
        line = reader.line_num + skipped
        raise Invalid.field("content", f"line {line} cannot be read as CSV: {error}") from error


def _cells(reader: Any, fields: list[str], columns: Columns, skipped: int) -> Iterator[Row]:
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = reader.line_num + skipped
        while len(cells) > len(fields) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(fields):
            yield Row(line, {}, f"has {len(cells)} cells where the header has {len(fields)}")
            continue
        given = {name: cell for name, cell in zip(fields, cells, strict=True) if cell.strip()}
        yield Row(line, _values(given, columns))


def _json_rows(lines: Iterator[str], columns: Columns, skipped: int) -> Iterator[Row]:
    known = _by_header(columns)
    for number, line in enumerate(lines, skipped + 1):
        if not line.strip():
            continue
        found = _object(line)
        if isinstance(found, str):
            yield Row(number, {}, found)
            continue
        named = {known.get(persian.search_form(name), name): value for name, value in found.items()}
        yield Row(number, _values({name: value for name, value in named.items() if value not in (None, "")}, columns))


def _object(line: str) -> dict[str, Any] | str:
    """The JSON object in a line, or why there is none."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return "is not JSON"
    if "\\u0000" in line:
        return "has a null character, which no database keeps"
    return found if isinstance(found, dict) else "is not a JSON object"


def _by_header(columns: Columns) -> dict[str, str]:
    """The fields by every name they may have in a file."""
    return {persian.search_form(name): field for field, names in columns.headers.items() for name in (field, *names)}


def _fields(header: list[str], columns: Columns) -> list[str]:
    """The field of each column; Invalid names the columns that are unknown, missing, or there twice."""
    known = _by_header(columns)
    while header and not header[-1].strip():
        header.pop()
    fields = [known.get(persian.search_form(name), "") for name in header]
    unknown = [name.strip() or "(no name)" for name, field in zip(header, fields, strict=True) if not field]
    if unknown:
        hint = ", ".join(f"{field} ({names[0]})" for field, names in columns.headers.items())
        raise Invalid.field("content", f"unknown columns: {', '.join(unknown)}; known are {hint}")
    twice = sorted({field for field in fields if fields.count(field) > 1})
    if twice:
        raise Invalid.field("content", f"columns that are there twice: {', '.join(twice)}")
    missing = [sorted(names) for names in columns.required if not names & set(fields)]
    if missing:
        said = ["/".join(f"{name} ({columns.headers[name][0]})" for name in names) for names in missing]
        raise Invalid.field("content", f"missing columns: {', '.join(said)}")
    return fields


def _values(given: dict[str, Any], columns: Columns) -> dict[str, Any]:
    for name in given.keys() & columns.words.keys():
        given[name] = _word(given[name], _folded(columns.words, name))
    for name in given.keys() & columns.dates:
        given[name] = _day(given[name])
    if "last_name" in given:
        parts = f"{given.pop('first_name', '')} {given.pop('last_name')}".strip()
        given.setdefault("full_name", parts)
    elif "full_name" in given:
        given.pop("first_name", None)
    return given


_FOLDED: dict[int, dict[str, dict[str, Any]]] = {}


def _folded(words: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """The words of a field as they are looked up, made once."""
    made = _FOLDED.setdefault(id(words), {})
    if name not in made:
        made[name] = {persian.search_form(word): value for word, value in words[name].items()}
    return made[name]


def _word(value: Any, words: Mapping[str, Any]) -> Any:
    return words.get(persian.search_form(value), value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    """A day as ISO text: Jalali years become Gregorian, slashes become hyphens; anything else stays as it is."""
    if not isinstance(value, str):
        return value
    found = _DATE.fullmatch(persian.digits_ascii(persian.normalise(value)))
    if found is None:
        return value
    year, month, day = (int(part) for part in found.groups())
    make: Callable[[int, int, int], Any] = JalaliDate if year < 1700 else date
    try:
        made = make(year, month, day)
    except ValueError:
        return value
    gregorian: date = made.to_gregorian() if year < 1700 else made
    return gregorian.isoformat()
