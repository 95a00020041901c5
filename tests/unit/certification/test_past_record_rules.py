"""Records of the past: their types, their days, and how they stand in a file."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from services.certification.document import words
from services.certification.domain import past_records as rules
from services.certification.schemas.past_records import COLUMNS, PastRecord, row_of
from shared.course_types import DELIVERY_MODES
from shared.files import read

TODAY = date(2026, 11, 25)


def record(**changes: Any) -> dict[str, Any]:
    fields = {
        "reference": "1392/17",
        "employee_id": str(uuid4()),
        "full_name": "نمونه آزمون‌پور",
        "national_code": "9990000018",
        "personnel_number": "P-1",
        "course_code": "OLD-7",
        "course_title": {"fa": "دوره نمونه"},
        "course_type": "job",
        "hours": 12,
        "delivery_mode": "in_person",
        "starts_on": "2013-05-01",
        "ends_on": "2013-05-03",
    }
    return fields | changes


@pytest.mark.parametrize(
    ("said", "today", "kept"),
    [
        ("induction", "induction", None),
        ("توجيهي", "induction", "توجیهی"),
        ("۲", "job", "2"),
        (3, "job", "3"),
        ("شغلی تخصصی", "job", "شغلی تخصصی"),
        ("۴-۱", "cultural", "۴-۱"),
        ("4-3", "general_ability", "4-3"),
        ("فناوری اطلاعات", "general_ability", "فناوری اطلاعات"),
        ("5", "managerial", "5"),
    ],
)
def test_old_types_become_todays_and_stay_beside_them(said: Any, today: str, kept: str | None) -> None:
    loaded = PastRecord().load(record(course_type=said))
    assert loaded["course_type"] == today
    assert (loaded["original_type"] is None) == (kept is None)


@pytest.mark.parametrize("word", ["4", "عمومی", "6", "some course", ""])
def test_a_type_that_is_none_or_may_be_several_is_refused(word: str) -> None:
    with pytest.raises(ValidationError, match="course_type"):
        PastRecord().load(record(course_type=word))


def test_days_lie_in_order_and_in_the_past() -> None:
    def problems(**changes: Any) -> dict[str, list[str]]:
        return rules.problems(PastRecord().load(record(**changes)), TODAY)

    assert problems() == {}
    assert set(problems(ends_on="2013-04-01")) == {"ends_on"}
    assert set(problems(ends_on="2026-11-25", original_date="2026-11-25")) == {"ends_on", "original_date"}
    assert problems(ends_on="2026-11-24", original_date="2026-11-24") == {}


def test_a_record_has_one_id_however_often_it_is_sent() -> None:
    assert rules.enrollment_id("AG-A", "1") == rules.enrollment_id("AG-A", "1")
    assert len({rules.enrollment_id(agency, number) for agency in ("AG-A", "AG-B") for number in ("1", "2")}) == 4


def test_a_file_with_persian_headers_and_jalali_days_is_read() -> None:
    header = "شناسه سابقه,شناسه کارمند,نام و نام خانوادگی,کد ملی,شماره پرسنلی,کد دوره,عنوان دوره,نوع دوره,ساعت,"
    header += "شیوه برگزاری,تاریخ شروع,تاریخ پایان,مجری\n"
    line = f"17,{uuid4()},نمونه,۹۹۹۰۰۰۰۰۱۸,P-1,OLD-7,دوره نمونه,۲,۱۲,حضوری,۱۳۹۲/۰۲/۱۱,۱۳۹۲/۰۲/۱۳,مرکز نمونه\n"
    [row] = read([header + line], "auto", COLUMNS)
    loaded = PastRecord().load(row_of(row.values))
    assert (loaded["starts_on"], loaded["delivery_mode"], loaded["hours"]) == (date(2013, 5, 1), "in_person", 12)
    assert loaded["provider_name"] == {"fa": "مرکز نمونه"}


def test_every_way_of_learning_has_a_word_on_the_page() -> None:
    assert all(mode in page.delivery_modes for mode in DELIVERY_MODES for page in (words.FA, words.EN))
