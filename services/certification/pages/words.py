"""The words of the public pages in Persian and in English; kinds and types have those of the document."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from werkzeug.wrappers import Request

from services.certification.document import words
from services.certification.pages.bidi import code
from shared.persian import TEHRAN, digits_fa, format_jalali

_Refusal = tuple[str, str]


@dataclass(frozen=True)
class Words:
    """What the pages say in one language; braces are filled where it is said."""

    language: str
    direction: str
    heading: str
    labels: dict[str, str]
    statuses: dict[str, str]
    refusals: dict[str, _Refusal]
    kinds: dict[str, str]
    course_types: dict[str, str]
    delivery_modes: dict[str, str]
    policies: dict[str, str]
    degrees: dict[str, str]
    how_sure: Callable[[str | None], str]

    def __getitem__(self, name: str) -> str:
        return self.labels[name]

    def number(self, value: Any) -> str:
        """A whole or decimal number as people read it, without zeros behind it."""
        plain = format(Decimal(repr(value)).normalize(), "f") if isinstance(value, float) else str(value)
        return digits_fa(plain).replace(".", "٫") if self.language == "fa" else plain

    def digits(self, text: str) -> str:
        """A number that is a name, such as that of a permit."""
        return digits_fa(text) if self.language == "fa" else text

    def day(self, day: date) -> str:
        """A day in the calendar of this language, the other beside it."""
        if self.language == "fa":
            return f"{format_jalali(day)} ({code(day.isoformat())})"
        return f"{code(day.isoformat())} ({format_jalali(day, 'en')})"

    def moment(self, moment: datetime) -> str:
        """A moment as the clocks of Tehran show it."""
        there = moment.astimezone(TEHRAN)
        return self["moment"].format(self.day(there.date()), self.digits(f"{there:%H:%M}"))


FA = Words(
    language="fa",
    direction="rtl",
    heading="استعلام گواهینامهٔ آموزشی",
    labels={
        "main": "نتیجهٔ استعلام",
        "signed": "آنچه امضا شده است",
        "chain": "جایگزینی‌ها",
        "check": "دربارهٔ این استعلام",
        "holder": "دارنده",
        "erased": "داده‌های دارنده به درخواست او پاک شده است.",
        "serial": "شمارهٔ گواهینامه",
        "kind": "نوع گواهینامه",
        "basis": "مبنا",
        "past_record": "سابقهٔ آموزشی پیشین دستگاه",
        "past_record_of": "سابقهٔ آموزشی پیشین دستگاه، گواهینامهٔ {}",
        "past_type": "نوع دوره در آن سابقه: {}",
        "course": "دوره",
        "course_code": "کد دوره",
        "course_version": "{} (نسخهٔ {})",
        "course_type": "نوع دوره",
        "delivery_mode": "شیوهٔ اجرا",
        "duration": "مدت",
        "hours": "{} ساعت",
        "held": "زمان برگزاری",
        "from_to": "از {} تا {}",
        "completed_on": "تاریخ قبولی",
        "score": "نمره",
        "of_100": "{} از ۱۰۰",
        "issuer": "صادرکننده",
        "issued_on": "تاریخ صدور",
        "valid_until": "اعتبار تا پایان روز",
        "provider": "مرجع برگزارکننده",
        "accreditation": "شمارهٔ اعتبارنامه: {}، از {}",
        "accredited_to": "شمارهٔ اعتبارنامه: {}، از {} تا {}",
        "permit": "مجوز دوره",
        "dated": "{} مورخ {}",
        "signatories": "امضاکنندگان",
        "code": "کد استعلام",
        "revoked_on": "تاریخ ابطال",
        "since": "از تاریخ",
        "reason": "دلیل",
        "replaced": "گواهینامهٔ شمارهٔ {new} در تاریخ {day} جای آن را گرفت.",
        "because": "دلیل: {}",
        "this_one": "همین گواهینامه",
        "open_newer": "دیدن گواهینامهٔ جایگزین",
        "newest_is": "گواهینامهٔ امروز آن: {}",
        "checked_at": "زمان استعلام",
        "moment": "{} ساعت {} به وقت تهران",
        "signature": "امضای الکترونیکی",
        "signed_by": "همین حالا بررسی شد و درست است؛ شناسهٔ کلید: {}",
        "erased_signature": "شناسهٔ کلید: {}؛ پس از پاک شدن داده‌های دارنده دیگر در این‌جا بررسی‌شدنی نیست.",
        "cosigned_by": "امضای همراه برگزارکننده",
        "cosigned_for": "امضای همراه برای سازمان",
        "level": "سطح گواهینامهٔ نوع دوم",
        "benefit": "مزایای استخدامی همانند",
        "no_degree": "این گواهینامه مدرک تحصیلی نیست (ضوابط گواهینامه‌های نوع دوم، به نقل از education.erqz-mporg.ir).",
        "base_degree": "مدرک پایه",
        "counted": "ساعات پذیرفته‌شده",
        "job_share": "سهم شغلی و مدیریتی",
        "hours_share": "{} ساعت ({}٪)",
        "counted_from": "زمان آموزش‌ها",
        "exam": "نمرهٔ آزمون جامع",
        "research": "طرح تحقیقی",
        "committee": "تصمیم کمیتهٔ دستگاه",
        "organisation": "تأیید {}",
        "awarded_on": "تاریخ اعطا",
        "rests_on": "مقادیری که در متن مقررات جاری یافت نشده است",
        "policy_from": "{} از {}",
        "key_id": "شناسهٔ کلید: {}",
        "log": "دفتر عمومی",
        "in_log": "صدور آن سطر {} از {} سطر دفتر است؛ دفتر چیزی را پاک یا عوض نمی‌کند.",
        "compare": "اگر نوشتهٔ برگه با این صفحه یکی نیست، به برگه اعتماد نکنید.",
        "pdf": "دریافت گواهینامه (PDF)",
        "form": "استعلام با کد",
        "form_label": "کد استعلام",
        "form_hint": "۲۶ حرف و رقم لاتین که روی گواهینامه چاپ شده است؛ بزرگی و کوچکی حروف و خط تیره‌ها فرقی ندارد.",
        "form_button": "استعلام",
        "intro": "با کدی که روی گواهینامه چاپ شده است، درستی و وضعیت امروز آن را ببینید.",
        "skip": "رفتن به متن صفحه",
        "languages": "زبان",
    },
    statuses={
        "valid": "این گواهینامه معتبر است.",
        "suspended": "اعتبار این گواهینامه معلق شده است.",
        "superseded": "این گواهینامه جایگزین شده است و دیگر معتبر نیست.",
        "revoked": "این گواهینامه باطل شده است.",
        "expired": "زمان اعتبار این گواهینامه گذشته است.",
    },
    refusals={
        "unknown": (
            "گواهینامه‌ای با این کد پیدا نشد.",
            "کد را دوباره با آنچه روی گواهینامه چاپ شده است بسنجید. حرف‌های I، L، O و U در آن به کار نمی‌رود.",
        ),
        "damaged": (
            "این گواهینامه تأیید نشد.",
            "آنچه نگهداری می‌شود با امضای آن نمی‌خواند، یا کلید آن امضا پذیرفته نیست. به این گواهینامه تکیه نکنید "
            "و موضوع را به صادرکننده خبر دهید.",
        ),
        "erased": (
            "سند این گواهینامه دیگر نیست.",
            "داده‌های دارنده به درخواست او پاک شده است؛ درستی گواهینامه را صفحهٔ آن نشان می‌دهد.",
        ),
        "limited": (
            "در این چند لحظه استعلام‌های زیادی از نشانی شما رسیده است.",
            "کمی بعد دوباره تلاش کنید.",
        ),
    },
    kinds=words.FA.kinds,
    course_types=words.FA.course_types,
    delivery_modes=words.FA.delivery_modes,
    policies=words.FA.policies,
    degrees=words.FA.degrees,
    how_sure=words.FA.how_sure,
)

EN = Words(
    language="en",
    direction="ltr",
    heading="Verification of a training certificate",
    labels={
        "main": "Result",
        "signed": "What was signed",
        "chain": "Replacements",
        "check": "About this check",
        "holder": "Holder",
        "erased": "The holder’s data was erased on request.",
        "serial": "Certificate no.",
        "kind": "Kind",
        "basis": "Basis",
        "past_record": "An earlier training record of the agency",
        "past_record_of": "An earlier training record of the agency, certificate {}",
        "past_type": "Type of course in that record: {}",
        "course": "Course",
        "course_code": "Course code",
        "course_version": "{} (version {})",
        "course_type": "Course type",
        "delivery_mode": "Mode",
        "duration": "Duration",
        "hours": "{} hours",
        "held": "Held",
        "from_to": "{} to {}",
        "completed_on": "Passed on",
        "score": "Score",
        "of_100": "{} of 100",
        "issuer": "Issued by",
        "issued_on": "Issued on",
        "valid_until": "Valid until the end of",
        "provider": "Provided by",
        "accreditation": "Accreditation no. {}, from {}",
        "accredited_to": "Accreditation no. {}, {} to {}",
        "permit": "Course permit",
        "dated": "{} of {}",
        "signatories": "Signatories",
        "code": "Verification code",
        "revoked_on": "Revoked on",
        "since": "Since",
        "reason": "Reason",
        "replaced": "Certificate no. {new} took its place on {day}.",
        "because": "Reason: {}",
        "this_one": "this certificate",
        "open_newer": "See the certificate that replaced it",
        "newest_is": "The certificate of today: {}",
        "checked_at": "Checked",
        "moment": "{} at {}, Tehran time",
        "signature": "Electronic signature",
        "signed_by": "Checked just now, and it fits; key id {}",
        "erased_signature": "Key id {}; since the holder’s data was erased it cannot be checked here any more.",
        "cosigned_by": "Co-signature of the provider",
        "cosigned_for": "Co-signature for the Organisation",
        "level": "Level of the type-2 certificate",
        "benefit": "Employment benefits like those of",
        "no_degree": "It is not an academic degree (rules of type-2 certificates, as restated at "
        "education.erqz-mporg.ir).",
        "base_degree": "Base degree",
        "counted": "Counted hours",
        "job_share": "Of the job or management",
        "hours_share": "{} hours ({} %)",
        "counted_from": "Time of the training",
        "exam": "Comprehensive exam",
        "research": "Research project",
        "committee": "Decision of the agency's committee",
        "organisation": "Confirmed by {}",
        "awarded_on": "Awarded on",
        "rests_on": "Values that were not found in the regulation in force",
        "policy_from": "{} from {}",
        "key_id": "Key id {}",
        "log": "Public log",
        "in_log": "Its issue is entry {} of {}; nothing in the log is ever changed or taken away.",
        "compare": "If a printed certificate says anything else, do not rely on it.",
        "pdf": "Get the certificate (PDF)",
        "form": "Check a code",
        "form_label": "Verification code",
        "form_hint": "The 26 Latin letters and digits printed on the certificate; case and hyphens do not matter.",
        "form_button": "Check",
        "intro": "With the code that is printed on a certificate you see whether it is genuine and holds today.",
        "skip": "Skip to the content",
        "languages": "Language",
    },
    statuses={
        "valid": "This certificate is valid.",
        "suspended": "This certificate is suspended.",
        "superseded": "This certificate was replaced and is not valid any more.",
        "revoked": "This certificate was revoked.",
        "expired": "This certificate has expired.",
    },
    refusals={
        "unknown": (
            "No certificate has this code.",
            "Compare the code with the printed one. The letters I, L, O and U are not used in it.",
        ),
        "damaged": (
            "This certificate could not be confirmed.",
            "What is stored does not match its signature, or the key that signed it is not accepted. Do not rely on "
            "this certificate, and tell its issuer.",
        ),
        "erased": (
            "There is no document of this certificate any more.",
            "The holder’s data was erased on request. The page of the certificate says whether it holds.",
        ),
        "limited": (
            "Too many checks came from your address within moments.",
            "Please try again a little later.",
        ),
    },
    kinds=words.EN.kinds,
    course_types=words.EN.course_types,
    delivery_modes=words.EN.delivery_modes,
    policies=words.EN.policies,
    degrees=words.EN.degrees,
    how_sure=words.EN.how_sure,
)

LANGUAGES = {"fa": FA, "en": EN}
# The link to the page in the other language.
OTHER = {"fa": ("en", "English"), "en": ("fa", "فارسی")}


def language_of(request: Request) -> Words:
    """`?lang=`, else what the browser prefers, else Persian."""
    asked = request.args.get("lang")
    if asked not in LANGUAGES:
        asked = request.accept_languages.best_match(list(LANGUAGES), "fa")
    return LANGUAGES[asked or "fa"]
