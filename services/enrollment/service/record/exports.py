"""The training records of an agency's whole staff, as CSV that is read part by part."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Request, Response

from services.enrollment.models import exports as models
from services.enrollment.models.exports import Place
from services.enrollment.schemas import record as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.hours.serving import serving_of
from services.enrollment.service.record.reading import lines_of, moment_of
from shared import green
from shared.auth import Caller
from shared.course_types import MODE_NAMES, TYPE_NAMES
from shared.csv_export import Column, CsvPart, days, text
from shared.database import Transaction
from shared.entrypoints import http, query, streamed
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date

PEOPLE = 200  # whose lines are looked for in one statement
_SOURCES = {
    "own": {"fa": "دوره سامانه", "en": "own course"},
    "recognised": {"fa": "آموزش پذیرفته‌شده", "en": "recognised training"},
    "past": {"fa": "سابقه پیشین", "en": "past record"},
}

_PURPOSES = {
    "minimum": {"fa": "سرانه", "en": "minimum"},
    "pay": {"fa": "حق شاغل", "en": "pay"},
    "rank": {"fa": "رتبه", "en": "rank"},
    "type2": {"fa": "نوع دوم", "en": "type 2"},
    "early_step": {"fa": "تعجیل در ارتقا", "en": "early step"},
}


def _purposes(uses: Sequence[str]) -> dict[str, str]:
    """What a line was used for; a line serves a purpose once."""
    names = [_PURPOSES[use.partition(":")[0]] for use in uses]
    return {"fa": "، ".join(name["fa"] for name in names), "en": ", ".join(name["en"] for name in names)}


COLUMNS = (
    Column("کد ملی", "national code", itemgetter("national_code")),
    Column("شماره پرسنلی", "personnel number", itemgetter("personnel_number")),
    Column("نام و نام خانوادگی", "full name", itemgetter("full_name")),
    Column("واحد", "unit", itemgetter("unit")),
    Column("عنوان شغل", "job title", itemgetter("job_title")),
    Column("ردیف", "line", itemgetter("number")),
    Column("کد دوره", "course code", itemgetter("course_code")),
    Column("عنوان دوره", "course title", itemgetter("course_title")),
    Column("نوع آموزش", "type of training", lambda row: TYPE_NAMES[row["course_type"]]),
    Column("نوع پیشین", "old type", itemgetter("original_type")),
    Column("شیوه اجرا", "mode", lambda row: MODE_NAMES.get(row["delivery_mode"], row["delivery_mode"])),
    Column("ساعت", "hours", itemgetter("hours")),
    Column("محاسبه می‌شود", "counts", itemgetter("counts")),
    Column("نمره", "score", itemgetter("score")),
    *days("تاریخ شروع", "start", itemgetter("starts_on")),
    *days("تاریخ پایان", "end", itemgetter("completed_on")),
    Column("سال", "Jalali year", itemgetter("jalali_year")),
    Column("کد دستگاه در آن زمان", "agency code at the time", itemgetter("agency_code")),
    Column("دستگاه در آن زمان", "agency at the time", itemgetter("agency_name")),
    Column("برگزارکننده", "provider", itemgetter("provider_name")),
    Column("شماره مجوز", "permit number", itemgetter("permit_number")),
    *days("تاریخ مجوز", "permit date", lambda row: _day(row["permit_on"])),
    Column("شماره گواهینامه", "certificate number", itemgetter("certificate_serial")),
    *days("تاریخ گواهینامه", "certificate date", itemgetter("certificate_on")),
    Column("منبع", "source", lambda row: _SOURCES[row["source"]]),
    Column("مستند", "evidence", itemgetter("evidence")),
    Column("مورد استفاده", "used for", lambda row: _purposes(row["uses"])),
)


class ExportQueries:
    @query(schemas.ExportTrainingRecords, reply=CsvPart, roles=roles.READERS)
    def export_training_records(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        as_of: date | datetime | None,
        language: str,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """All lines of the training records of those whom an agency employs, or employed on a day, as CSV in parts.

        By person and day, up to 2 000 lines a part; `GET /exports/training-records.csv` has all parts as one file. Of
        people without a line there is none. With `as_of` what was known then, of those who were employed then; the
        first part fixes the moment for all. NotFound `agency_not_found`; Invalid for a day or moment to come.
        """
        scope.must_see(tx, caller, agency_code)
        moment, after, number = moment_of(tx, as_of), None, 0
        if cursor is not None:
            key = decode_cursor(cursor, _KEY)
            moment, after, number = key["as_of"], Place(*(key[name] for name in Place._fields)), key["number"]
        rows = _lines(tx, agency_code, moment, after, limit + 1)
        green.pause()  # two thousand lines are half a second of work
        entries = [entry for _person, entry in rows[:limit]]
        serving = serving_of(tx, {entry.employee_id for entry in entries}, moment)
        found = _numbered(rows[:limit], lines_of(tx, entries, moment, serving), after, number)
        green.pause()
        following = None
        if len(rows) > limit:
            last = rows[limit - 1][1]
            place = Place(last.employee_id, last.completed_on, last.id)
            following = encode_cursor({"as_of": moment.isoformat(), **place._asdict(), "number": found[-1]["number"]})
        content = text(COLUMNS, found, language, with_header=cursor is None)
        filename = f"training-records-{agency_code}-{tehran_date(moment)}.csv"
        return {"filename": filename, "content": content, "rows": len(found), "next": following}

    @http("GET", "/exports/training-records.csv")
    def training_records_csv(self: Any, request: Request) -> Response:
        """The whole of `export_training_records` as one file, with its arguments in the address; the token comes in
        the header `Authorization`."""
        return streamed(self, "export_training_records", request)


def _lines(
    tx: Transaction, agency_code: str, moment: datetime, after: Place | None, limit: int
) -> list[tuple[Any, Any]]:
    """The next lines with their people: people are taken by the hundred until there are enough lines."""
    found: list[tuple[Any, Any]] = []
    since, day = after and after.employee_id, tehran_date(moment)
    while len(found) < limit:
        staff = models.staff_of(tx, agency_code, moment, day, since, PEOPLE)
        people = {person.id: person for person in staff}
        entries = models.lines_after(tx, people.keys(), moment, after, limit - len(found)) if people else ()
        found += [(people[entry.employee_id], entry) for entry in entries]
        if len(staff) < PEOPLE:
            break
        # The last one of these is the first of the next, whose lines begin behind those that are here.
        since = staff[-1].id
        if entries and entries[-1].employee_id == since:
            after = Place(since, entries[-1].completed_on, entries[-1].id)
    return found


def _numbered(
    rows: Sequence[tuple[Any, Any]], lines: Sequence[dict[str, Any]], after: Place | None, number: int
) -> list[dict[str, Any]]:
    """Lines with their people, counted within each person from where the part before ended."""
    found, person_id = [], after and after.employee_id
    for (person, _entry), line in zip(rows, lines, strict=True):
        number = number + 1 if person.id == person_id else 1
        person_id = person.id
        found.append({**person._mapping, **line, "number": number})
    return found


def _day(day: str | None) -> date | None:
    return None if day is None else date.fromisoformat(day)


def _moment(given: str) -> datetime:
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise ValueError("names no zone")
    return moment


_KEY: dict[str, Callable[[Any], Any]] = {
    "as_of": _moment,
    "employee_id": UUID,
    "completed_on": date.fromisoformat,
    "entry_id": UUID,
    "number": int,
}
