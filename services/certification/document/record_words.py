"""The words of the training record (شناسنامهٔ آموزشی) in Persian and in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.certification.document import words


@dataclass(frozen=True)
class RecordWords:
    """What the form says in one language; types of courses and modes have the words of certificates."""

    page: words.Words
    labels: Mapping[str, str]
    columns: tuple[str, ...]
    year_columns: tuple[str, ...]
    approval: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]
    uses: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.labels[name]


FA = RecordWords(
    page=words.FA,
    labels={
        "heading": "شناسنامهٔ آموزشی کارکنان",
        "title": "شناسنامهٔ آموزشی {}",
        "serial": "شماره",
        "issued_on": "تاریخ صدور",
        "as_of": "وضعیت تا",
        "moment": "{} ساعت {}",
        "person": "مشخصات",
        "job": "شغل",
        "study": "تحصیل",
        "full_name": "نام و نام خانوادگی",
        "father_name": "نام پدر",
        "national_code": "کد ملی",
        "personnel_number": "شمارهٔ پرسنلی",
        "birth_date": "تاریخ تولد",
        "gender": "جنسیت",
        "is_veteran": "ایثارگر",
        "agency": "دستگاه",
        "unit": "واحد",
        "employment": "نوع استخدام",
        "hired_on": "تاریخ استخدام",
        "job_title": "پست سازمانی",
        "job_family": "رشتهٔ شغلی",
        "job_class": "طبقه",
        "rank": "رتبه",
        "is_manager": "سمت مدیریتی",
        "education": "مدرک تحصیلی",
        "education_field": "رشتهٔ تحصیلی",
        "education_status": "وضع مدرک",
        "empty": "تا این تاریخ آموزشی ثبت نشده است.",
        "at_agency": "هنگام خدمت در {}",
        "by_evidence": "به استناد {}",
        "dated": "مورخ {}",
        "not_counted": "تکراری، بی‌احتساب",
        "years": "ساعت‌های آموزش به تفکیک سال",
        "career": "جمع",
        "sides": "در مجموع {hours} ساعت در {lines} ردیف: {job} ساعت شغلی و {general} ساعت عمومی.",
        "served": "ساعت‌های به‌کاررفته، هر کدام یک بار: برای رتبه {rank}، برای گواهینامهٔ نوع دوم {type2}.",
        "notes": "یادداشت‌ها",
        "page_of": "صفحهٔ {} از {}",
        "code": "کد استعلام اصالت",
        "proof": "درستی این شناسنامه را با کد استعلام یا با پویش نماد، در نشانی پای صفحه ببینید. آنچه پس از تاریخ بالا "
        "ثبت یا اصلاح شده است در آن نیست.",
        "qr": "نماد QR برای استعلام این شناسنامه: {}",
        "logo": "نشان {}",
        "attachment": "خلاصهٔ همین شناسنامه به‌صورت داده با امضای الکترونیکی (Open Badges 3.0)",
    },
    columns=(
        "ردیف",
        "کد و عنوان دوره",
        "نوع آموزش",
        "شیوهٔ اجرا",
        "ساعت",
        "شروع",
        "پایان",
        "برگزارکننده",
        "شماره و تاریخ مجوز",
        "شماره و تاریخ گواهینامه",
        "نمره",
        "نتیجه",
        "مورد استفاده",
    ),
    year_columns=(
        "سال",
        "ساعت",
        "شغلی",
        "عمومی",
        "سرانهٔ لازم",
        "کسری سرانه",
        "ساعت در حق شاغل",
        "امتیاز حق شاغل",
    ),
    approval=("رابط آموزشی: نام و امضا", "مسئول آموزش: نام، امضا و مهر", "تاریخ تأیید"),
    values={
        "gender": {"female": "زن", "male": "مرد"},
        "is_veteran": {"true": "بله", "false": "خیر"},
        "is_manager": {"true": "دارد", "false": "ندارد"},
        "employment": {"official": "رسمی", "contractual": "پیمانی", "fixed_term": "قراردادی"},
        "rank": {
            "beginner": "مقدماتی",
            "basic": "پایه",
            "senior": "ارشد",
            "expert": "خبره",
            "excellent": "عالی",
        },
        "education_status": {"valid": "معتبر", "equivalent": "معادل"},
        "type2": {"skill": "مهارتی", "specialist": "تخصصی", "specialist_research": "تخصصی – پژوهشی"},
        "result": {"own": "قبول", "recognised": "قبول، آموزش بیرونی", "past": "قبول، سابقهٔ پیشین"},
    },
    uses={
        "minimum": "سرانه",
        "pay": "حق شاغل",
        "rank": "رتبه",
        "type2": "نوع دوم",
        "early_step": "تعجیل در ارتقا",
    },
)

EN = RecordWords(
    page=words.EN,
    labels={
        "heading": "Employee Training Record",
        "title": "Training record {}",
        "serial": "No.",
        "issued_on": "Issued on",
        "as_of": "As known on",
        "moment": "{} at {}",
        "person": "Person",
        "job": "Job",
        "study": "Education",
        "full_name": "Name",
        "father_name": "Father's name",
        "national_code": "National code",
        "personnel_number": "Personnel no.",
        "birth_date": "Born on",
        "gender": "Gender",
        "is_veteran": "Veteran",
        "agency": "Agency",
        "unit": "Unit",
        "employment": "Employment",
        "hired_on": "Employed since",
        "job_title": "Post",
        "job_family": "Job family",
        "job_class": "Class",
        "rank": "Rank",
        "is_manager": "Manager",
        "education": "Degree",
        "education_field": "Field",
        "education_status": "Degree counts as",
        "empty": "No training was on record by this day.",
        "at_agency": "While employed at {}",
        "by_evidence": "By evidence: {}",
        "dated": "of {}",
        "not_counted": "repeated, not counted",
        "years": "Hours of training by year",
        "career": "Total",
        "sides": "{hours} hours in all, in {lines} lines: {job} of the job's side and {general} of the general side.",
        "served": "Hours that served, each of them once: {rank} for rank, {type2} for a type-2 certificate.",
        "notes": "Notes",
        "page_of": "Page {} of {}",
        "code": "Verification code",
        "proof": "Whether this record is genuine can be seen with its code, or by scanning the symbol, at the address "
        "below. It does not say what was recorded or corrected after the day above.",
        "qr": "QR code to verify this record: {}",
        "logo": "Emblem of {}",
        "attachment": "A summary of this record as electronically signed data (Open Badges 3.0)",
    },
    columns=(
        "No.",
        "Course",
        "Type",
        "Mode",
        "Hours",
        "Start",
        "End",
        "Provided by",
        "Permit, date",
        "Certificate, date",
        "Score",
        "Result",
        "Served",
    ),
    year_columns=(
        "Jalali year",
        "Hours",
        "Job's side",
        "General side",
        "Minimum",
        "Missing",
        "Hours for pay",
        "Points for pay",
    ),
    approval=("Training liaison: name and signature", "Head of training: name, signature, seal", "Approved on"),
    values={
        "gender": {"female": "female", "male": "male"},
        "is_veteran": {"true": "yes", "false": "no"},
        "is_manager": {"true": "yes", "false": "no"},
        "employment": {"official": "official", "contractual": "contractual", "fixed_term": "fixed term"},
        "rank": {
            "beginner": "beginner",
            "basic": "basic",
            "senior": "senior",
            "expert": "expert",
            "excellent": "excellent",
        },
        "education_status": {"valid": "valid", "equivalent": "equivalent only"},
        "type2": {"skill": "skill", "specialist": "specialist", "specialist_research": "specialist, research"},
        "result": {"own": "passed", "recognised": "passed elsewhere", "past": "passed, earlier record"},
    },
    uses={
        "minimum": "yearly minimum",
        "pay": "pay",
        "rank": "rank",
        "type2": "type 2",
        "early_step": "early step",
    },
)

LANGUAGES = {"fa": FA, "en": EN}
