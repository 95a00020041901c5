"""Exports as CSV: what a spreadsheet makes of the cells."""

from datetime import date
from typing import Any

import pytest

from shared.csv_export import Column, days, text

COLUMNS = (
    Column("عنوان", "title", lambda row: row["title"]),
    Column("ساعت", "hours", lambda row: row["hours"]),
    Column("محاسبه", "counts", lambda row: row["counts"]),
    *days("پایان", "end", lambda row: row["day"]),
)
ROW: dict[str, Any] = {"title": {"fa": "می\u200cشود"}, "hours": -7.50, "counts": True, "day": date(2026, 3, 21)}


def test_cells_are_in_the_language_and_days_in_both_calendars() -> None:
    assert text(COLUMNS, [ROW], "fa", with_header=True).split("\r\n") == [
        "\ufeffعنوان,ساعت,محاسبه,پایان,پایان (میلادی)",
        "می\u200cشود,-7.5,بله,1405/01/01,2026-03-21",
        "",
    ]
    named = ROW | {"title": {"fa": "الف", "en": "A, B"}, "day": None}
    assert text(COLUMNS, [named], "en", with_header=True).split("\r\n") == [
        "\ufefftitle,hours,counts,end (Jalali),end",
        '"A, B",-7.5,yes,,',
        "",
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    made = text(COLUMNS[:1], [{"title": {"fa": cell}}], "fa", with_header=False)
    assert made.startswith(f"'{cell[0]}")
