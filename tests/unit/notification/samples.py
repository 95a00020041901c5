"""What the mails of the tests say. All people and agencies are invented."""

from datetime import UTC, datetime
from email.message import Message
from typing import Any
from uuid import UUID

from services.notification import rendering
from services.notification.channels import Delivery

NOTIFICATION_ID = UUID("01930000-0000-7000-8000-000000000001")
SENDER = "no-reply@training.example"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TITLE = {"fa": "آشنایی با قانون مدیریت خدمات کشوری", "en": "The Civil Service Management Law"}
NAMES = {"fa": "نمونهٔ یکم آزمایشی", "en": "Sample Employee One"}

CONTEXTS: dict[str, dict[str, Any]] = {
    "enrollment_confirmed": {
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "delivery_mode": "in_person",
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-25",
    },
    "result_failed": {
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "attended_hours": 8.5,
        "score": 57.25,
        "min_attendance": 0.8,
        "pass_mark": 60.0,
        "reasons": ["attendance", "score"],
        "no_show": False,
    },
    "certificate_issued": {
        "serial": "SAMPLE-1405-000123",
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "completed_on": "2026-11-25",
        "completed_at": "2026-11-25T09:30:00Z",
        "issued_at": "2026-11-25T09:30:01Z",
        "verification_code": "K7QW-3MZP-9RTX",
        "verification_url": "https://certificates.example.gov/verify/K7QW-3MZP-9RTX",
    },
    "enrollment_cancelled": {
        "course_code": "RD-01",
        "course_title": TITLE,
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-25",
        "state": "confirmed",
        "cause": "agency",
        "reason": "مدرس بیمار است",
    },
    "schedule_changed": {
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "delivery_mode": "in_person",
        "state": "confirmed",
        "changed": ["starts_on", "sessions"],
        "reason": "سالن در دست تعمیر است",
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-25",
        "sessions": [
            {
                "number": 1,
                "starts_at": "2026-11-22T20:30:00Z",
                "ends_at": "2026-11-22T22:15:00Z",
                "room_code": "R-1",
                "room_title": {"fa": "سالن نمونه", "en": "Sample hall"},
                "room_address": "خیابان نمونه، شمارهٔ ۱",
                "instructor_code": "I-1",
                "instructor_name": "مدرس نمونه",
            },
            {
                "number": 2,
                "starts_at": "2026-11-24T04:30:00Z",
                "ends_at": "2026-11-24T06:00:00Z",
                "room_code": None,
                "room_title": None,
                "room_address": None,
                "instructor_code": None,
                "instructor_name": None,
            },
        ],
    },
    "programme_completed": {
        "programme_title": {"fa": "برنامهٔ نمونهٔ بدو خدمت", "en": "Sample induction programme"},
        "hours": 66.0,
        "course_codes": ["RD-01", "RD-02", "SS-01"],
        "completed_on": "2026-11-25",
    },
    "enrollment_requested": {"steps": ["supervisor", "training_officer"], "decide_by": "2026-11-23T20:29:59.999999Z"},
    "enrollment_invited": {"answer_by": "2026-11-23T20:29:59.999999Z", "reason": "دوره برای واحد شما الزامی است"},
    "enrollment_waitlisted": {"place": 3},
    "seat_offered": {"answer_by": "2026-11-22T11:00:00Z"},
    "enrollment_rejected": {"step": "supervisor", "reason": "هم‌زمان با مأموریت شماست"},
    "enrollment_lapsed": {"state": "offered"},
    "resit_due": {"score": 57.25, "pass_mark": 60.0, "sittings_left": 1},
    "certificate_revoked": {
        "serial": "SAMPLE-1405-000123",
        "revoked_on": "2026-11-25",
        "reason": "نمره نادرست ثبت شده بود",
    },
    "certificate_corrected": {
        "serial": "SAMPLE-1405-000124",
        "replaces_serial": "SAMPLE-1405-000123",
        "reason": "نام نادرست ثبت شده بود",
        "hours": 12.0,
        "completed_on": "2026-11-25",
        "valid_until": "2028-11-24",
        "verification_code": "K7QW-3MZP-9RTX",
        "verification_url": "https://certificates.example.gov/verify/K7QW-3MZP-9RTX",
    },
    "certificate_suspended": {
        "serial": "SAMPLE-1405-000123",
        "suspended_on": "2026-11-25",
        "reason": "اصالت مدرک در دست بررسی است",
    },
    "certificate_reinstated": {
        "serial": "SAMPLE-1405-000123",
        "reinstated_on": "2026-11-25",
        "reason": "بررسی پایان یافت",
        "verification_url": "https://certificates.example.gov/verify/K7QW-3MZP-9RTX",
    },
    "certificate_expiring": {"serial": "SAMPLE-1405-000123", "valid_until": "2026-12-25", "days_left": 30},
    "certificate_expired": {"serial": "SAMPLE-1405-000123", "valid_until": "2026-11-24"},
    "enrollment_withdrawn": {"state": "confirmed", "reason": "به درخواست خود فرد"},
    "form_due": {
        "kind": "behaviour",
        "participant_name": "نمونه شماره ۲",
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "ends_on": "2026-11-25",
        "due_on": "2026-12-09",
        "certificate_waits": False,
    },
}
_COURSE = {
    "course_code": "RD-01",
    "course_title": TITLE,
    "hours": 12.0,
    "starts_on": "2026-11-23",
    "ends_on": "2026-11-25",
}
for _name in [*CONTEXTS][6:]:
    CONTEXTS[_name] = _COURSE | CONTEXTS[_name]

LEVEL = {"fa": "تخصصی", "en": "Specialist"}
CONTEXTS |= {
    "hours_shortfall": {
        "jalali_year": 1405,
        "occasion": "half",
        "hours": 14.5,
        "required_hours": 40.0,
        "missing_hours": 25.5,
        "ends_on": "2027-03-20",
    },
    "course_due": {
        "cause": "induction",
        "code": "INDUCTION",
        "title": {"fa": "برنامهٔ نمونهٔ بدو خدمت", "en": "Sample induction programme"},
        "is_programme": True,
        "due_on": "2026-12-25",
        "is_overdue": False,
    },
    "year_closed": {
        "agency_code": "AG-A",
        "jalali_year": 1404,
        "revision": 1,
        "people": 1250,
        "closed_at": "2026-03-20T20:45:00Z",
    },
    "type2_moved": {"level_title": LEVEL, "state": "returned", "reason": "مدرک پایه خوانا نیست"},
}


def addressed(template: str = "certificate_issued", language: str = "fa", **changes: Any) -> Delivery:
    fields: dict[str, Any] = {
        "notification_id": NOTIFICATION_ID,
        "event_id": UUID(int=1),
        "employee_id": UUID(int=2),
        "agency_code": "AG-A",
        "created_at": NOW,
        "mobile": None,
        "template": template,
        "context": CONTEXTS[template],
        "correlation_id": "sample-correlation",
        "full_name": NAMES[language],
        "email": "sample1@example.ir",
        "language": language,
    }
    return Delivery(**fields | changes)


def composed(**changes: Any) -> Message:
    """A whole mail: of `addressed(**changes)`, in the name of SENDER."""
    delivery = addressed(**changes)
    letter = rendering.render(delivery.template, delivery.language, delivery.full_name, delivery.context)
    return rendering.compose(delivery, letter, SENDER, NOW)
