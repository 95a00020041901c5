"""The printed form of a certificate: one A4 page in Persian as PDF, made from the snapshot alone.

What people wrote travels as data and never as markup. The time in the file is the time of issue, fonts come from the
package and never from the machine, so the same snapshot gives the same bytes everywhere.
"""

import io
import json
import threading
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_noto_sans_arabic
import segno
import typst

from services.certification.domain.codes import grouped
from shared.persian import digits_fa, format_jalali, tehran_date

TEMPLATE = Path(__file__).parent / "templates" / "certificate.typ"

KINDS = {"type1": "نوع اول", "type2": "نوع دوم"}
COURSE_TYPES = {
    "induction": "توجیهی بدو خدمت",
    "job": "شغلی",
    "general_ability": "توانایی‌های عمومی",
    "cultural": "فرهنگی و اجتماعی",
    "managerial": "مدیریتی",
}
DELIVERY_MODES = {
    "in_person": "حضوری",
    "online": "برخط",
    "online_class": "کلاس برخط",
    "webinar": "وبینار",
    "lms": "غیرحضوری",
    "self_study": "خودآموز",
    "blended": "ترکیبی",
}

# A compiler is not re-entrant: a second thread would be told "Already borrowed".
_one_at_a_time = threading.Lock()


def certificate(snapshot: Mapping[str, Any], verification_url: str) -> bytes:
    """The PDF of a certificate, some 30 ms of work after the first."""
    data = json.dumps(page(snapshot, verification_url), ensure_ascii=False)
    issued_at = datetime.fromisoformat(snapshot["issued_at"]).replace(microsecond=0)
    with _one_at_a_time:
        pdf: bytes = _compiler().compile(sys_inputs={"data": data}, format="pdf", timestamp=issued_at)
    return pdf


def page(snapshot: Mapping[str, Any], verification_url: str) -> dict[str, Any]:
    """What is printed where: texts with Persian digits and Jalali days, ready to be placed."""
    title = snapshot["course_title"]
    mode = DELIVERY_MODES.get(snapshot["delivery_mode"], snapshot["delivery_mode"])
    return {
        "heading": "گواهینامهٔ آموزشی",
        "kind": KINDS[snapshot["kind"]],
        "issuer": _rtl(snapshot["issuer"]["name"]["fa"]),
        "certifies": "گواهی می‌شود",
        "holder": snapshot["holder_name"],
        "about_holder": _about(snapshot),
        "passed": "دورهٔ آموزشی",
        "title": _rtl(title["fa"]),
        "title_en": title.get("en", ""),
        "duration": f"را به مدت {_number(snapshot['hours'])} ساعت به شیوهٔ {mode} با موفقیت گذرانده است.",
        "facts": _facts(snapshot),
        "serial_label": "شمارهٔ گواهینامه:",
        "serial": snapshot["serial"],
        "code_label": "کد استعلام:",
        "code": grouped(snapshot["verification_code"]),
        "proof": "این گواهینامه به‌صورت الکترونیکی امضا شده است؛ درستی و وضعیت آن را در این نشانی ببینید:",
        "url": verification_url,
        "qr": _qr(verification_url),
    }


def _about(snapshot: Mapping[str, Any]) -> str:
    number = snapshot["personnel_number"]
    said = [f"شمارهٔ پرسنلی: {digits_fa(number) if number.isdigit() else number}"]
    if snapshot["job_title"]:
        said.append(f"عنوان شغل: {_rtl(snapshot['job_title'])}")
    return "  –  ".join(said)


def _facts(snapshot: Mapping[str, Any]) -> list[list[str]]:
    issued_on = tehran_date(datetime.fromisoformat(snapshot["issued_at"]))
    return [
        ["کد دوره", snapshot["course_code"]],
        ["نسخهٔ دوره", digits_fa(snapshot["course_version"])],
        ["نوع دوره", COURSE_TYPES.get(snapshot["course_type"], snapshot["course_type"])],
        ["تاریخ شروع", _day(snapshot["starts_on"])],
        ["تاریخ پایان", _day(snapshot["ends_on"])],
        ["تاریخ قبولی", _day(snapshot["completed_on"])],
        ["امتیاز از ۱۰۰", _number(snapshot["score"]) if snapshot["score"] else "ثبت نشده"],
        ["برگزارکننده", _rtl(snapshot["provider"]["name"]["fa"])],
        ["تاریخ صدور", format_jalali(issued_on)],
    ]


def _day(text: str) -> str:
    return format_jalali(date.fromisoformat(text))


def _number(text: str) -> str:
    return digits_fa(text).replace(".", "٫")


def _rtl(text: str) -> str:
    """A Persian text whose quotation marks stay around a Latin word: a mark of direction holds them."""
    return text.replace("«", "\u200f«").replace("»", "»\u200f")


def _qr(url: str) -> str:
    """A QR code as SVG text, with its quiet zone."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=4, xmldecl=False)
    return out.getvalue().decode()


@cache
def _compiler() -> Any:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(fontpkg_noto_sans_arabic.ROOT / "files")],
    )
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)
