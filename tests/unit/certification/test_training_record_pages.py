"""What the printed training record and its public page say."""

from typing import Any

import pytest

from services.certification.document import record
from services.certification.document.printing import RecordCopy, make_record
from services.certification.domain import codes, extracts

LINK = "https://certificates.example/verify/00041061050R3GG28A1C60T3GF"
LRM = "\u200e"


def line(place: int, **changes: Any) -> dict[str, Any]:
    return {
        "line_id": f"{place:08}-0000-7000-8000-000000000000",
        "source": "own",
        "agency_code": "AG-A",
        "agency_name": {"fa": "دستگاه نمونه", "en": "Sample Agency"},
        "course_code": f"RD-{place:02}",
        "course_title": {"fa": "اخلاق حرفه‌ای", "en": "Professional ethics"},
        "course_type": "general_ability",
        "original_type": None,
        "delivery_mode": "in_person",
        "provider_name": {"fa": "مرکز نمونه"},
        "permit_number": "22/ت/7",
        "permit_on": "2026-06-01",
        "certificate_serial": None,
        "certificate_on": None,
        "hours": 7.5,
        "counts": True,
        "score": 87.5,
        "starts_on": "2026-11-01",
        "completed_on": "2026-11-23",
        "jalali_year": 1405,
        "uses": ["minimum", "pay", "rank:basic"],
        "evidence": None,
        **changes,
    }


def snapshot(lines: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    figures = {"job_hours": 0.0, "general_hours": 7.5, "required_hours": 40.0, "pay_hours": 7.5, "pay_points": 3.75}
    facts = {
        "extract_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "agency_code": "AG-A",
        "agency_name": {"fa": "دستگاه نمونه", "en": "Sample Agency"},
        "full_name": "نمونه آزمون‌پور",
        "father_name": None,
        "national_code": "9990000018",
        "personnel_number": "10023",
        "person": {"rank": "expert", "employment": "official", "birth_date": "1980-05-01", "is_manager": "false"},
        "as_of": "2026-11-22T20:29:59.999999Z",
        "extracted_at": "2026-11-23T20:45:00Z",
        "requested_by": "hr",
        "lines": lines,
        "years": [{"jalali_year": 1405, "hours": 7.5, **figures}] if lines else [],
        "hours": 7.5 * len(lines),
        "job_hours": 0.0,
        "general_hours": 7.5,
        "notes": [{"fa": "سرانه مقدار پیش‌فرض سامانه است.", "en": "The minimum is a default."}],
    }
    issue = {
        "serial": "AG-A-1405-R000001",
        "verification_code": codes.verification_code(bytes(range(16))),
        "national_code_hash": "sha256$00",
        "issued_at": "2026-11-23T20:45:00.123456Z",
        "key_id": "0123456789abcdef",
        "logo": None,
    }
    return extracts.snapshot(facts, **issue | changes)


def test_the_form_is_persian_with_jalali_days() -> None:
    page = record.page(
        snapshot([line(1, certificate_serial="AG-A-1405-000007", certificate_on="2026-11-24")]), "fa", LINK
    )
    person, job, study = (dict(part["facts"]) for part in page["facts"])
    assert (person["تاریخ تولد"], person["کد ملی"]) == ("۱۳۵۹/۰۲/۱۱", f"{LRM}۹۹۹۰۰۰۰۰۱۸{LRM}")
    assert (job["رتبه"], job["سمت مدیریتی"], study["مدرک تحصیلی"]) == ("خبره", "ندارد", "—")
    assert dict(page["number"])["وضعیت تا"] == f"۱۴۰۵/۰۹/۰۱ ساعت {LRM}۲۳:۵۹{LRM}"
    (cells,) = page["rows"]
    assert len(cells) == len(page["columns"]) == 13
    assert cells[1] == {"code": f"{LRM}RD-01{LRM}", "title": "اخلاق حرفه‌ای", "note": ""}
    assert (cells[4], cells[6], cells[10]) == (["۷٫۵"], ["۱۴۰۵/۰۹/۰۲"], ["۸۷٫۵"])
    assert cells[8][1] == "مورخ ۱۴۰۵/۰۳/۱۱"
    assert "AG-\u200bA-\u200b1405-\u200b000007" in cells[9][0]
    assert cells[12] == ["سرانه", "حق شاغل", "رتبه (پایه)"]
    assert page["years"]["rows"] == [["۱۴۰۵", "۷٫۵", "۰", "۷٫۵", "۴۰", "۳۲٫۵", "۷٫۵", "۳٫۷۵"]]
    assert "برای رتبه ۷٫۵" in page["counters"][1]


def test_where_and_how_training_was_recognised_is_said_in_english_too() -> None:
    elsewhere = {"source": "recognised", "agency_code": "AG-B", "evidence": "نامهٔ ۱۲", "counts": False, "score": None}
    (cells,) = record.page(snapshot([line(1, **elsewhere)]), "en", LINK)["rows"]
    assert cells[1]["note"] == "While employed at Sample Agency · By evidence: نامهٔ ۱۲"
    assert cells[11] == ["passed elsewhere", "repeated, not counted"]
    assert (cells[6], cells[7], cells[10]) == (["2026-11-23"], ["مرکز نمونه"], ["—"])


def test_a_word_that_is_longer_than_its_column_may_break() -> None:
    long = {
        "course_title": {"fa": "W" * 40},
        "certificate_serial": "9" * 30,
        "provider_name": {"fa": "سازمان برنامه‌ریزی"},
    }
    (cells,) = record.page(snapshot([line(1, **long)]), "fa", LINK)["rows"]
    assert [len(part) for part in cells[1]["title"].split("\u200b")] == [16, 16, 8]
    assert [len(part.strip(LRM)) for part in cells[9][0].split("\u200b")] == [13, 13, 4]
    assert cells[7] == ["سازمان برنامه‌ریزی"]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_same_record_is_the_same_file(language: str) -> None:
    said = snapshot([line(place, course_title={"fa": "#strong[x] *" * 30}) for place in range(12)])
    copy = RecordCopy(said, LINK, language, credential="a.b.c")
    first = make_record(copy)
    assert first == make_record(copy)
    assert first.startswith(b"%PDF-")
    assert b"<pdfaid:part>" in first


def test_what_is_left_of_an_erased_record_is_how_much_it_was() -> None:
    left = extracts.erased(snapshot([line(1)]))
    assert (left["line_count"], left["hours"], left["lines"]) == (1, "7.5", None)
    for personal in ("آزمون‌پور", "9990000018", "10023", "اخلاق", "1980-05-01"):
        assert personal not in str(left)
