"""What the page of a training record says: who gave it to whom, and how much it was then; no line of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.certification.domain.codes import grouped
from services.certification.pages.bidi import code, written
from services.certification.pages.content import Fact, both, check
from services.certification.pages.words import Words
from shared.persian import tehran_date

_Found = Mapping[str, Any]

LABELS = {
    "fa": {
        "status": "این شناسنامهٔ آموزشی اصل است.",
        "erased": "این شناسنامهٔ آموزشی صادر شده است؛ داده‌های دارنده به درخواست او پاک شده است.",
        "says": "این دستگاه می‌گوید",
        "as_of": "وضعیت تا",
        "lines": "شمار ردیف‌ها",
        "hours": "ساعت‌های آموزش",
        "sides": "{}؛ شغلی {}، عمومی {}",
        "serial": "شمارهٔ شناسنامه",
        "file": "SHA-256 فایل PDF ({})",
        "languages": {"fa": "فارسی", "en": "انگلیسی"},
        "note": "ردیف‌ها برای حفظ حریم دارنده این‌جا نشان داده نمی‌شود. فایلی که SHA-256 آن در این فهرست است همان است که "
        "صادر شد؛ شمار ردیف‌ها و ساعت‌های برگهٔ چاپی باید با این صفحه یکی باشد. آنچه پس از زمان بالا ثبت یا اصلاح "
        "شده است در آن نیست.",
    },
    "en": {
        "status": "This training record is genuine.",
        "erased": "This training record was issued; the holder’s data was erased on request.",
        "says": "Said by",
        "as_of": "As known on",
        "lines": "Lines",
        "hours": "Hours of training",
        "sides": "{}; {} of the job’s side, {} of the general side",
        "serial": "Number of the record",
        "file": "SHA-256 of the PDF ({})",
        "languages": {"fa": "Persian", "en": "English"},
        "note": "Its lines are not shown here, for the holder’s privacy. A file whose SHA-256 is in this list is "
        "the one that was issued; lines and hours of a printed copy must be those of this page. What was recorded or "
        "corrected later is not in it.",
    },
}


def content(found: _Found, words: Words) -> dict[str, Any]:
    """The page of what `certification.verify` found for the code of a record; the template is that of certificates."""
    labels: Mapping[str, Any] = LABELS[words.language]
    status = labels["erased" if found.get("erased_at") else "status"]
    return {
        "title": f"{found['serial']} – {status}",
        "tone": "good",
        "status": status,
        "since": [],
        "newer": None,
        "signed": list(_signed(found, words, labels)),
        "note": labels["note"],
        "chain": [],
        "check": list(check(found, words)),
        "document": None,
    }


def _signed(found: _Found, words: Words, labels: Mapping[str, Any]) -> Iterator[Fact]:
    record = found["record"]
    hours = (words.number(record[name]) for name in ("hours", "job_hours", "general_hours"))
    yield Fact(labels["says"], both(found["issuer"]["name"], words))
    yield Fact(words["holder"], (written(found["holder_name"]) if found.get("holder_name") else words["erased"],))
    yield Fact(labels["as_of"], (words.moment(record["as_of"]),))
    yield Fact(labels["lines"], (words.number(record["lines"]),))
    yield Fact(labels["hours"], (labels["sides"].format(*hours),))
    yield Fact(words["issued_on"], (words.day(tehran_date(found["issued_at"])),))
    yield Fact(labels["serial"], (code(found["serial"]),))
    yield Fact(words["code"], (code(grouped(found["verification_code"])),))
    for file in record["files"]:
        name = labels["languages"].get(file["language"], file["language"])
        yield Fact(labels["file"].format(name), (code(file["sha256"]),))
