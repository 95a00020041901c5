"""The files that enrollment takes: their columns in Persian and English, and the words that may stand in them."""

from typing import Any

from shared.files import Columns

_YES: dict[str, Any] = dict.fromkeys(("بله", "بلی", "آری", "دارد", "هست", "yes", "true", "1"), True)
_YES |= dict.fromkeys(("خیر", "نه", "ندارد", "نیست", "no", "false", "0"), False)

_WHO = {
    "employee_id": ("شناسه کارمند",),
    "national_code": ("کد ملی", "کدملی", "شماره ملی"),
    "personnel_number": ("شماره پرسنلی", "کد پرسنلی", "شماره کارمندی"),
}

EMPLOYEES = Columns(
    headers={
        "national_code": _WHO["national_code"],
        "personnel_number": _WHO["personnel_number"],
        "full_name": ("نام و نام خانوادگی", "نام کامل"),
        "first_name": ("نام",),
        "last_name": ("نام خانوادگی",),
        "email": ("پست الکترونیک", "پست الکترونیکی", "ایمیل", "رایانامه"),
        "language": ("زبان",),
        "is_manager": ("سمت مدیریتی", "مدیر"),
        "is_veteran": ("ایثارگر", "ایثارگری"),
        "employment": ("نوع استخدام",),
        "hired_on": ("تاریخ استخدام",),
        "job_title": ("پست سازمانی", "شغل", "عنوان شغل"),
        "education": ("مدرک تحصیلی", "تحصیلات"),
        "father_name": ("نام پدر",),
        "birth_date": ("تاریخ تولد",),
        "gender": ("جنسیت",),
        "unit": ("واحد", "واحد سازمانی"),
        "job_family": ("رشته شغلی",),
        "job_class": ("طبقه", "طبقه شغلی"),
        "rank": ("رتبه", "رتبه شغلی"),
        "education_field": ("رشته تحصیلی",),
        "education_status": ("وضعیت مدرک",),
    },
    required=(
        frozenset({"national_code"}),
        frozenset({"personnel_number"}),
        frozenset({"full_name", "last_name"}),
        frozenset({"email"}),
    ),
    words={
        "is_manager": _YES,
        "is_veteran": _YES,
        "employment": {
            "رسمی": "official",
            "پیمانی": "contractual",
            "قراردادی": "fixed_term",
            "قرارداد کار معین": "fixed_term",
            "کار معین": "fixed_term",
        },
        "gender": {"زن": "female", "مرد": "male", "خانم": "female", "آقا": "male"},
        "language": {"فارسی": "fa", "انگلیسی": "en"},
        "rank": {
            "مقدماتی": "beginner",
            "پایه": "basic",
            "ارشد": "senior",
            "خبره": "expert",
            "عالی": "excellent",
        },
        "education_status": {"معتبر": "valid", "معادل": "equivalent"},
    },
    dates=frozenset({"hired_on", "birth_date"}),
)
NOMINATIONS = Columns(headers=_WHO, required=(frozenset(_WHO),), words={})
RESULTS = Columns(
    headers={
        "enrollment_id": ("شناسه ثبت نام",),
        **_WHO,
        "attended_hours": ("ساعت حضور", "ساعات حضور", "حضور"),
        "score": ("نمره", "امتیاز"),
    },
    required=(frozenset({"enrollment_id", *_WHO}), frozenset({"attended_hours"}), frozenset({"score"})),
    words={},
)
