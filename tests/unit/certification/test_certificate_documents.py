"""What is printed, and that the same certificate is always the same file."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.certification.document import Copy, content, printed, typesetting
from services.certification.document.printing import make

LINK = "https://certificates.example/verify/00041061050R3GG28A1C60T3GF"
LRM, RLM = "\u200e", "\u200f"


def fresh(snapshot: dict[str, Any], **parts: Any) -> bytes:
    return make(Copy(snapshot, LINK, **parts))


def block(snapshot: dict[str, Any], variant: str = "fa") -> dict[str, Any]:
    found: dict[str, Any] = content.page(snapshot, variant, LINK)["blocks"][0]
    return found


def test_the_same_snapshot_gives_the_same_bytes(snapshot: dict[str, Any]) -> None:
    first = fresh(snapshot, credential="a.b.c")
    fresh({**snapshot, "holder_name": "کسی دیگر"})
    assert fresh(snapshot, credential="a.b.c") == first
    assert first.startswith(b"%PDF-")


def test_threads_may_print_at_the_same_time(snapshot: dict[str, Any]) -> None:
    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(lambda _: fresh(snapshot), range(4)))
    assert len(set(printed)) == 1


def test_persian_has_its_digits_days_and_words(snapshot: dict[str, Any]) -> None:
    said = block({**snapshot, "hours": "16.5", "grade": {"fa": "خوب"}})
    facts = dict(said["facts"])
    assert facts["تاریخ قبولی"] == "۱۴۰۵/۰۹/۰۲"
    assert facts["نمره"] == "۸۷٫۵ از ۱۰۰ (خوب)"
    assert facts["کد دوره"] == f"{LRM}RD-01{LRM} (نسخهٔ ۲)"
    assert dict(said["number"])["تاریخ صدور"] == "۱۴۰۵/۰۹/۰۳", "after midnight in Tehran"
    assert "۱۶٫۵ ساعت (شانزده و نیم ساعت)" in said["sentence"]
    assert "از تاریخ ۱۴۰۵/۰۸/۱۰ تا ۱۴۰۵/۰۸/۱۴" in said["sentence"]
    assert f"{LRM}*******۰۱۸{LRM}" in said["about"], "only the end of the national code"


def test_english_has_gregorian_days_and_keeps_a_persian_name(snapshot: dict[str, Any]) -> None:
    page = content.page(snapshot, "en", LINK)
    said = page["blocks"][0]
    assert (page["direction"], page["holder"]) == ("ltr", snapshot["holder_name"])
    assert dict(said["facts"])["Passed on"] == "23 November 2026"
    assert "4 hours (four), in person, from 1 November 2026 to 5 November 2026" in said["sentence"]
    assert said["course"] == "Duties and responsibilities"
    assert dict(said["facts"])["Provided by"] == "مرکز آموزش نمونه", "there is no English name"


def test_what_is_known_of_provider_permit_and_workplace_is_said(snapshot: dict[str, Any]) -> None:
    known = {
        "father_name": "پدر",
        "unit": "واحد آزمون",
        "permit": {"number": "22/ت", "issued_on": "2026-06-01"},
        "provider": {**snapshot["provider"], "accreditation": {"number": "A-7", "valid_from": "2024-01-01"}},
        "valid_until": "2029-11-22",
    }
    said = block({**snapshot, **known})
    facts = dict(said["facts"])
    assert "فرزند\u00a0پدر" in said["about"]
    assert "دستگاه\u00a0نمونه،\u00a0واحد\u00a0آزمون" in said["about"]
    assert facts["مجوز دوره"].endswith("مورخ ۱۴۰۵/۰۳/۱۱")
    assert facts["مرجع برگزارکننده"] == f"مرکز آموزش نمونه (شمارهٔ اعتبارنامه: {LRM}A-۷{LRM})"
    assert ["اعتبار تا پایان روز", "۱۴۰۸/۰۹/۰۲"] in said["number"]


def test_what_is_not_known_leaves_no_hole(snapshot: dict[str, Any]) -> None:
    said = block(snapshot)
    assert not {"مجوز دوره"} & set(dict(said["facts"]))
    assert "فرزند" not in said["about"]
    assert all(value for _, value in said["facts"])


def test_a_certificate_of_the_first_form_is_printed(snapshot: dict[str, Any]) -> None:
    later = ("father_name", "national_code_end", "unit", "valid_until", "pass_mark", "grade", "permit", "design")
    first = {name: value for name, value in snapshot.items() if name not in later} | {"form": 1}
    first["provider"] = {"code": "AG-B", "name": first["provider"]["name"]}
    assert content.page(first, "both", LINK)["signatories"] == []
    assert fresh(first, variant="both").startswith(b"%PDF-")


def test_a_number_with_persian_letters_is_read_from_right_to_left_in_english_too(snapshot: dict[str, Any]) -> None:
    facts = dict(block({**snapshot, "permit": {"number": "1405/ت/221"}}, "en")["facts"])
    assert facts["Course permit"] == f"{RLM}1405/ت/221{RLM}"


def test_an_unknown_delivery_mode_is_shown_as_it_is(snapshot: dict[str, Any]) -> None:
    assert "field_trip" in block({**snapshot, "delivery_mode": "field_trip"})["sentence"]


def test_an_unknown_template_falls_back_to_the_standard_one(snapshot: dict[str, Any]) -> None:
    def designed(template: str | None) -> bytes:
        return fresh({**snapshot, "design": {**snapshot["design"], "template": template}})

    with capture_logs() as logs:
        printed(Copy({**snapshot, "design": {"template": "no-such-template"}}, LINK))
    assert [each["event"] for each in logs] == ["unknown_template"]
    assert designed("no-such-template") == designed("standard") == designed(None)
    assert designed("formal") != designed("standard")


def test_names_are_never_read_as_markup(snapshot: dict[str, Any]) -> None:
    assert fresh({**snapshot, "holder_name": '#panic("x") $a$ *b* \\ @c <d>'}).startswith(b"%PDF-")


@pytest.mark.parametrize("name", sorted(typesetting.names()))
def test_every_template_has_every_variant(snapshot: dict[str, Any], name: str) -> None:
    designed = {**snapshot, "design": {**snapshot["design"], "template": name}}
    assert len({fresh(designed, variant=variant) for variant in ("fa", "en", "both")}) == 3
