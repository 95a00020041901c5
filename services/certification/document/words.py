"""The words of the page in Persian and in English."""

from dataclasses import dataclass

from services.certification.domain.numerals import words_en, words_fa


@dataclass(frozen=True)
class Words:
    """What the page says in one language; braces are filled by `content`."""

    language: str
    direction: str
    labels: dict[str, str]
    kinds: dict[str, str]
    course_types: dict[str, str]
    delivery_modes: dict[str, str]
    comma: str

    def __getitem__(self, name: str) -> str:
        return self.labels[name]

    def in_words(self, number: str) -> str:
        """A number in words, or "" where there are none for it."""
        return words_fa(number) if self.language == "fa" else words_en(number)


FA = Words(
    language="fa",
    direction="rtl",
    comma="،",
    labels={
        "heading": "گواهینامهٔ آموزشی",
        "certifies": "بدین‌وسیله گواهی می‌شود",
        "father_name": "فرزند {}",
        "national_code": "کد ملی: {}",
        "personnel_number": "شمارهٔ پرسنلی: {}",
        "job_title": "عنوان شغل: {}",
        "workplace": "محل خدمت: {}",
        "passed": "دورهٔ آموزشی",
        "sentence": "را به مدت {hours} ساعت{words} به شیوهٔ {mode} از تاریخ {start} تا {end} با موفقیت گذرانده است.",
        "sentence_one_day": "را به مدت {hours} ساعت{words} به شیوهٔ {mode} در تاریخ {start} با موفقیت گذرانده است.",
        "hours_in_words": " ({} ساعت)",
        "course_code": "کد دوره",
        "course_version": "{} (نسخهٔ {})",
        "course_type": "نوع دوره",
        "score": "نمره",
        "score_of": "{} از ۱۰۰",
        "completed_on": "تاریخ قبولی",
        "permit": "مجوز دوره",
        "dated": "{} مورخ {}",
        "provider": "مرجع برگزارکننده",
        "accreditation": "{} (شمارهٔ اعتبارنامه: {})",
        "valid_until": "اعتبار تا پایان روز",
        "serial": "شماره",
        "issued_on": "تاریخ صدور",
        "seal": "امضا و مهر",
        "code": "کد استعلام اصالت",
        "proof": "درستی و وضعیت امروز این گواهینامه را با این کد یا با پویش نماد، در این نشانی ببینید:",
        "title": "گواهینامهٔ آموزشی {}",
        "attachment": "همین گواهینامه به‌صورت داده با امضای الکترونیکی (Open Badges 3.0)",
        "qr": "نماد QR برای استعلام این گواهینامه: {}",
        "logo": "نشان {}",
    },
    kinds={"type1": "نوع اول", "type2": "نوع دوم"},
    course_types={
        "induction": "توجیهی بدو خدمت",
        "job": "شغلی",
        "general_ability": "توانایی‌های عمومی",
        "cultural": "فرهنگی و اجتماعی",
        "managerial": "مدیریتی",
    },
    delivery_modes={
        "in_person": "حضوری",
        "online": "برخط",
        "online_class": "کلاس برخط",
        "webinar": "وبینار",
        "lms": "غیرحضوری",
        "self_study": "خودآموز",
        "blended": "ترکیبی",
    },
)

EN = Words(
    language="en",
    direction="ltr",
    comma=",",
    labels={
        "heading": "Certificate of Training",
        "certifies": "This is to certify that",
        "father_name": "Father's name: {}",
        "national_code": "National code: {}",
        "personnel_number": "Personnel no.: {}",
        "job_title": "Post: {}",
        "workplace": "Employed at: {}",
        "passed": "has successfully completed the course",
        "sentence": "of {hours} hours{words}, {mode}, from {start} to {end}.",
        "sentence_one_day": "of {hours} hours{words}, {mode}, on {start}.",
        "hours_in_words": " ({})",
        "course_code": "Course code",
        "course_version": "{} (version {})",
        "course_type": "Course type",
        "score": "Score",
        "score_of": "{} of 100",
        "completed_on": "Passed on",
        "permit": "Course permit",
        "dated": "{} of {}",
        "provider": "Provided by",
        "accreditation": "{} (accreditation no. {})",
        "valid_until": "Valid until",
        "serial": "No.",
        "issued_on": "Issued on",
        "seal": "Signature and seal",
        "code": "Verification code",
        "proof": "Whether it is genuine and holds today can be seen with this code, or by scanning the symbol, at:",
        "title": "Certificate of Training {}",
        "attachment": "This certificate as electronically signed data (Open Badges 3.0)",
        "qr": "QR code to verify this certificate: {}",
        "logo": "Emblem of {}",
    },
    kinds={"type1": "Type 1", "type2": "Type 2"},
    course_types={
        "induction": "Induction",
        "job": "Job-related",
        "general_ability": "General abilities",
        "cultural": "Cultural and social",
        "managerial": "Managerial",
    },
    delivery_modes={
        "in_person": "in person",
        "online": "online",
        "online_class": "in an online class",
        "webinar": "as a webinar",
        "lms": "by distance learning",
        "self_study": "by self-study",
        "blended": "blended",
    },
)

# Not from `strftime`, which follows the locale of the machine.
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# The languages of each variant in the order they are read; the first is the language of the file.
VARIANTS = {"fa": (FA,), "en": (EN,), "both": (FA, EN)}
