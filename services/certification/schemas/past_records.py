"""Shapes of records of the past, and the columns that they have in a file."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load, validate

from shared.course_types import DELIVERY_MODES, OldCourseType, with_todays_type
from shared.files import Columns
from shared.schemas import (
    AgencyCode,
    Code,
    IsoDate,
    LocalizedTextField,
    NationalCode,
    Number,
    PersianText,
    Shape,
)

MAX_ROWS = 1000
OUTCOMES = ("issued", "exists", "refused")


class PastRecord(Shape):
    """A course that somebody has passed, as the agency's own books have it."""

    reference = PersianText(max=60, required=True)
    employee_id = fields.UUID(required=True)
    full_name = PersianText(max=200, required=True)
    national_code = NationalCode(required=True)
    personnel_number = PersianText(max=30, required=True)
    course_code = Code(required=True)
    course_title = LocalizedTextField(required=True)
    course_type = OldCourseType(max=100, required=True)
    hours = Number(min=0, max=1000, required=True)
    delivery_mode = fields.String(required=True, validate=validate.OneOf(DELIVERY_MODES))
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    score = Number(min=0, max=100, load_default=None, allow_none=True)
    provider_code = AgencyCode(load_default=None, allow_none=True)
    provider_name = LocalizedTextField(load_default=None, allow_none=True)
    original_serial = PersianText(max=100, load_default=None, allow_none=True)
    original_date = IsoDate(load_default=None, allow_none=True)

    @post_load
    def _with_todays_type(self, loaded: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """An old type stays beside the one of today, so that the certificate says both."""
        return loaded | with_todays_type(loaded["course_type"])


class ImportCertificates(Shape):
    """Up to 1 000 `rows`, each an object of

    `reference` (the agency's own id of the record, 1 to 60 characters), `employee_id`, `full_name`, `national_code`,
    `personnel_number`, `course_code`, `course_title` (`{"fa": "…", "en": "…"}`), `course_type`, `hours`,
    `delivery_mode`, `starts_on`, `ends_on`, and where they are known `score` (of 100), `provider_code` and
    `provider_name` (without both the agency itself taught), `original_serial` and `original_date` of the old
    certificate. `course_type` is one of today or of the system of 1380: 1, 2, 3, 4-1, 4-2, 4-3, 5 or its name.
    """

    agency_code = AgencyCode(required=True)
    rows = fields.List(fields.Dict(), required=True, validate=validate.Length(1, MAX_ROWS))
    mail = fields.Boolean(load_default=False)
    dry_run = fields.Boolean(load_default=False)


class ImportedRow(Shape):
    """What came of a row, in the order they were sent. `reasons`: what is wrong, by field."""

    reference = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    certificate_id = fields.UUID(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    reasons = fields.Dict(required=True, allow_none=True)


class Imported(Shape):
    dry_run = fields.Boolean(required=True)
    issued = fields.Integer(required=True)
    exists = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    rows = fields.List(fields.Nested(ImportedRow), required=True)


_MODE_WORDS: Mapping[str, Any] = {
    "حضوری": "in_person",
    "مجازی": "lms",
    "کلاس برخط": "online_class",
    "وبینار": "webinar",
    "مکاتبه‌ای": "correspondence",
}

COLUMNS = Columns(
    headers={
        "reference": ("شناسه سابقه", "ردیف سابقه"),
        "employee_id": ("شناسه کارمند",),
        "full_name": ("نام و نام خانوادگی", "نام کامل"),
        "national_code": ("کد ملی", "کدملی", "شماره ملی"),
        "personnel_number": ("شماره پرسنلی", "کد پرسنلی", "شماره کارمندی"),
        "course_code": ("کد دوره",),
        "course_title": ("عنوان دوره", "نام دوره"),
        "course_title_en": ("عنوان انگلیسی دوره",),
        "course_type": ("نوع دوره",),
        "hours": ("ساعت", "مدت دوره"),
        "delivery_mode": ("شیوه برگزاری", "نحوه برگزاری"),
        "starts_on": ("تاریخ شروع",),
        "ends_on": ("تاریخ پایان",),
        "score": ("نمره", "امتیاز"),
        "provider_code": ("کد مجری",),
        "provider_name": ("مجری", "برگزارکننده"),
        "original_serial": ("شماره گواهینامه",),
        "original_date": ("تاریخ گواهینامه",),
    },
    required=tuple(
        frozenset({name})
        for name in (
            "reference",
            "employee_id",
            "full_name",
            "national_code",
            "personnel_number",
            "course_code",
            "course_title",
            "course_type",
            "hours",
            "delivery_mode",
            "starts_on",
            "ends_on",
        )
    ),
    words={"delivery_mode": _MODE_WORDS},
    dates=frozenset({"starts_on", "ends_on", "original_date"}),
)


def row_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a file as `import_certificates` takes it: titles and names become texts in languages."""
    row = dict(values)
    english = row.pop("course_title_en", None)
    for name in ("course_title", "provider_name"):
        if isinstance(row.get(name), str):
            row[name] = {"fa": row[name]}
    if english is not None and isinstance(row.get("course_title"), dict):
        row["course_title"] = row["course_title"] | {"en": english}
    return row
