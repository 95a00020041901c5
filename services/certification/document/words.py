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
    policies: dict[str, str]
    confidences: dict[str, str]
    degrees: dict[str, str]
    comma: str
    semicolon: str

    def __getitem__(self, name: str) -> str:
        return self.labels[name]

    def how_sure(self, confidence: str | None) -> str:
        """How sure a value of a policy is, or "" where that was not said."""
        return self.confidences.get(confidence or "", "")

    def in_words(self, number: str) -> str:
        """A number in words, or "" where there are none for it."""
        return words_fa(number) if self.language == "fa" else words_en(number)


FA = Words(
    language="fa",
    direction="rtl",
    comma="،",
    semicolon="؛",
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
        "basis": "مبنا",
        "past_record": "سابقهٔ آموزشی پیشین دستگاه",
        "past_certificate": "سابقهٔ آموزشی پیشین دستگاه، گواهینامهٔ {}",
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
        "type2_title": "گواهینامهٔ نوع دوم {}",
        "type2_heading": "گواهینامهٔ نوع دوم",
        "type2_system": "نظام آموزش کارمندان دستگاه‌های اجرایی",
        "type2_awarded": "گواهینامهٔ نوع دوم آموزشی را با عنوان",
        "type2_sentence": "با {hours} ساعت{words} آموزش پذیرفته‌شده از تاریخ {start} تا {end} و قبولی در آزمون جامع "
        "به دست آورده است.",
        "base_degree": "مدرک پایه",
        "job_share": "سهم شغلی و مدیریتی",
        "hours_share": "{} ساعت ({}٪)",
        "exam_score": "نمرهٔ آزمون جامع",
        "exam_passed": "{} از ۱۰۰ (حد قبولی {})، مورخ {}",
        "research": "طرح تحقیقی",
        "hours": "{} ساعت",
        "committee": "تصمیم کمیتهٔ دستگاه",
        "organisation": "تأیید {}",
        "decided": "شمارهٔ {} مورخ {}",
        "awarded_on": "تاریخ اعطا",
        "type2_no_degree": "این گواهینامه مدرک تحصیلی نیست؛ مزایای استخدامی آن همانند مزایای «{}» است "
        "(ضوابط گواهینامه‌های نوع دوم، به نقل از education.erqz-mporg.ir).",
        "type2_rests_on": "بر پایهٔ مقادیری که در متن مقررات جاری یافت نشده است: {}.",
        "type2_rests_on_more": "مقادیر دیگر در نشانی استعلام آمده است.",
        "type2_rests_on_some": "بر پایهٔ مقادیری که در متن مقررات جاری یافت نشده و در نشانی استعلام آمده است.",
        "since": "{} از {}",
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
        "correspondence": "مکاتبه‌ای",
        "lms": "غیرحضوری",
        "self_study": "خودآموز",
        "blended": "ترکیبی",
    },
    policies={
        "induction_side": "سوی ساعت‌های بدو خدمت",
        "type2_cap_order": "ترتیب پر شدن سقف سال",
        "type2_exam_pass_mark": "حد قبولی آزمون",
        "type2_excludes_uses": "ساعت‌هایی که به کار رفته‌اند",
        "type2_ict_floor_hours": "حداقل ساعت رایانه",
        "type2_levels": "سطح‌ها و مدرک‌های پایه",
        "type2_max_awards": "تعداد در طول خدمت",
        "type2_thresholds": "حد نصاب‌ها و سقف‌های ساعت",
    },
    confidences={
        "I": "استنباط",
        "G": "دانش عمومی",
        "X": "در مقررات یافت نشد",
        "policy_default": "سیاست پیش‌فرض",
    },
    degrees={},
)

EN = Words(
    language="en",
    direction="ltr",
    comma=",",
    semicolon=";",
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
        "basis": "Basis",
        "past_record": "An earlier training record of the agency",
        "past_certificate": "An earlier training record of the agency, certificate {}",
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
        "type2_title": "Type-2 Certificate {}",
        "type2_heading": "Type-2 Certificate",
        "type2_system": "Training system of the employees of executive agencies",
        "type2_awarded": "has been awarded the type-2 certificate of training",
        "type2_sentence": "for {hours} hours{words} of accepted training from {start} to {end}, and for passing the "
        "comprehensive exam.",
        "base_degree": "Base degree",
        "job_share": "Of the job or management",
        "hours_share": "{} hours ({} %)",
        "exam_score": "Comprehensive exam",
        "exam_passed": "{} of 100 (pass mark {}), {}",
        "research": "Research project",
        "hours": "{} hours",
        "committee": "Decision of the agency's committee",
        "organisation": "Confirmed by {}",
        "decided": "No. {} of {}",
        "awarded_on": "Awarded on",
        "type2_no_degree": "This certificate is not an academic degree; its employment benefits are like those of “{}” "
        "(rules of type-2 certificates, as restated at education.erqz-mporg.ir).",
        "type2_rests_on": "Decided by values that were not found in the regulation in force: {}.",
        "type2_rests_on_more": "The others are listed where it is verified.",
        "type2_rests_on_some": "Decided by values that were not found in the regulation in force; they are listed "
        "where it is verified.",
        "since": "{} from {}",
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
        "correspondence": "by correspondence",
        "lms": "by distance learning",
        "self_study": "by self-study",
        "blended": "blended",
    },
    policies={
        "induction_side": "side of hours of induction",
        "type2_cap_order": "order in which a year's cap is filled",
        "type2_exam_pass_mark": "pass mark of the exam",
        "type2_excludes_uses": "hours that served already",
        "type2_ict_floor_hours": "least hours of computing",
        "type2_levels": "levels and base degrees",
        "type2_max_awards": "certificates in a career",
        "type2_thresholds": "thresholds and caps of hours",
    },
    confidences={
        "I": "inferred",
        "G": "general knowledge",
        "X": "not found in a regulation",
        "policy_default": "policy default",
    },
    # Base degrees of type-2 certificates, as enrollment says them.
    degrees={
        "دیپلم": "Diploma",
        "کاردانی": "Associate degree",
        "کارشناسی": "Bachelor's degree",
        "کارشناسی ارشد": "Master's degree",
        "دکتری": "Doctorate",
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
