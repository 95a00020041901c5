"""CSV for spreadsheets, as long as it may be: a query gives it in parts, and HTTP streams the parts as one file
(`shared.entrypoints.streamed`).

UTF-8 with a mark of byte order, headers in Persian or English, each day in both calendars, and no cell that a
spreadsheet takes for a formula.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from marshmallow import fields, validate

from shared.files import harmless_cell
from shared.persian import format_jalali
from shared.schemas import Integer, Shape

PART = 2_000  # rows of one part
_BOOLEANS = {"fa": ("خیر", "بله"), "en": ("no", "yes")}


class Column(NamedTuple):
    """A column with its headers, and the value that a row has in it: text, a number, a day, yes or no, nothing, or a
    text in two languages (`{"fa": "…", "en": "…"}`)."""

    fa: str
    en: str
    of: Callable[[Any], Any]


def days(fa: str, en: str, of: Callable[[Any], date | None]) -> tuple[Column, Column]:
    """Two columns of one day: in the Jalali calendar, and by ISO 8601. Digits are ASCII, so that both sort."""

    def jalali(row: Any) -> str | None:
        day = of(row)
        return None if day is None else format_jalali(day, "en")

    return Column(fa, f"{en} (Jalali)", jalali), Column(f"{fa} (میلادی)", en, of)


class ExportCsv(Shape):
    """Arguments of every export: `language` of headers and titles, rows of a part, and where the next one begins."""

    language = fields.String(load_default="fa", validate=validate.OneOf(("fa", "en")))
    limit = Integer(min=1, max=PART, load_default=PART)
    cursor = fields.String(load_default=None, allow_none=True)


class CsvPart(Shape):
    """A part of a file; the first one has the mark of byte order and the header. `next` null: it was the last."""

    filename = fields.String(required=True)
    content = fields.String(required=True)
    rows = fields.Integer(required=True)
    next = fields.String(required=True, allow_none=True)


def text(columns: Sequence[Column], rows: Iterable[Any], language: str, *, with_header: bool) -> str:
    """Rows as lines of CSV, below the header where it is the first part."""
    made = io.StringIO()
    writer = csv.writer(made)
    if with_header:
        made.write("\ufeff")  # so that spreadsheets read it as UTF-8
        writer.writerow([column.fa if language == "fa" else column.en for column in columns])
    for row in rows:
        writer.writerow([_cell(column.of(row), language) for column in columns])
    return made.getvalue()


def _cell(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _BOOLEANS[language][value]
    if isinstance(value, int | float):
        return f"{value:.10g}"  # a number is no formula, whatever its sign
    if isinstance(value, Mapping):
        value = value.get(language) or value.get("fa") or ""
    return harmless_cell(value.isoformat() if isinstance(value, date) else str(value))
