"""Types of courses as people write them, those of today and those of the system of 1380, and how courses are given.

The mapping of old types is inferred (domain: confidence I). What was said stays beside the type of today.
"""

from typing import Any

from marshmallow import ValidationError

from shared.persian import search_form
from shared.schemas import PersianText

# 1 induction; 2 and 3 job, common and special; 4-1 cultural; 4-2 and 4-3 general abilities, computing; 5 managers.
TYPES = {
    "induction": ("توجیهی", "توجیهی بدو خدمت", "آماده‌سازی", "1"),
    "job": ("شغلی", "شغلی عمومی", "شغلی مشترک", "شغلی عمومی/مشترک", "شغلی تخصصی", "شغلی اختصاصی", "2", "3"),
    "cultural": ("فرهنگی و اجتماعی", "4-1"),
    "general_ability": (
        "توانمندی‌های عمومی",
        "توانایی‌های عمومی",
        "توانمندی‌های اداری",
        "فناوری اطلاعات",
        "4-2",
        "4-3",
    ),
    "managerial": ("بهبود مدیریت", "آموزش مدیران", "5"),
}
TYPE_NAMES = {
    "induction": {"fa": "توجیهی بدو خدمت", "en": "induction"},
    "job": {"fa": "شغلی", "en": "job"},
    "general_ability": {"fa": "توانایی‌های عمومی", "en": "general abilities"},
    "cultural": {"fa": "فرهنگی و اجتماعی", "en": "cultural and social"},
    "managerial": {"fa": "آموزش مدیران", "en": "managers"},
}
MODE_NAMES = {
    "in_person": {"fa": "حضوری", "en": "in person"},
    "lms": {"fa": "غیرحضوری", "en": "distance learning"},
    "online_class": {"fa": "کلاس برخط", "en": "online class"},
    "webinar": {"fa": "وبینار", "en": "webinar"},
    "correspondence": {"fa": "مکاتبه‌ای", "en": "correspondence"},
}
DELIVERY_MODES = tuple(MODE_NAMES)
# Three types of today in one word.
AMBIGUOUS = ("عمومی", "4")
_TYPE_OF = {search_form(word): type_ for type_, words in TYPES.items() for word in (type_, *words)}
_AMBIGUOUS = {search_form(word) for word in AMBIGUOUS}


class OldCourseType(PersianText):
    """A type of course of today, in Persian or English, or one of the system of 1380 by its name or number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(str(value) if isinstance(value, int) else value, attr, data, **kwargs)
        if search_form(text) in _AMBIGUOUS:
            raise ValidationError("may be 4-1 (cultural), 4-2 or 4-3 (general abilities); say which")
        if search_form(text) not in _TYPE_OF:
            raise ValidationError(f"must be one of {', '.join(TYPES)}, or a type of the system of 1380")
        return text


def with_todays_type(said: str) -> dict[str, str | None]:
    """`course_type` of today for what was said, and that itself as `original_type` where it is an old one."""
    today = _TYPE_OF[search_form(said)]
    return {"course_type": today, "original_type": None if said == today else said}
