"""Invented data for every template: what previews show, and what an agency's wording has to hold for.

A template has several samples: with and without what may be missing, of every kind it tells of. All people, agencies
and courses are invented.
"""

from collections.abc import Mapping
from typing import Any

from services.notification.domain.templates import TYPE2_TOLD, Template

Context = dict[str, Any]

NAMES = {"fa": "نمونهٔ یکم آزمایشی", "en": "Sample Employee One"}
# A name with half-spaces, one of a single letter, a long one, and what must stay text.
MORE_NAMES = ("مهنّاز نمونه‌نژادِ آزمایشی‌پور", "ن", "نمونهٔ‌ بسیار بلند " * 9 + "ن", "<b>Sample</b> {{ 7 * 7 }} & Co")
AGENCY_NAME = {"fa": "سازمان نمونهٔ آموزش", "en": "Sample Training Organisation"}

TITLE = {"fa": "آشنایی با قانون مدیریت خدمات کشوری", "en": "The Civil Service Management Law"}
_VERIFIED = {
    "verification_code": "K7QW-3MZP-9RTX",
    "verification_url": "https://certificates.example.gov/verify/K7QW-3MZP-9RTX",
}
_NAMED = {"course_code": "RD-01", "course_title": TITLE}
_COURSE = {**_NAMED, "hours": 12.0, "starts_on": "2026-11-23", "ends_on": "2026-11-25"}
_SERIAL = {**_NAMED, "serial": "SAMPLE-1405-000123"}
_SESSIONS = [
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
]

CONTEXTS: Mapping[str, Context] = {
    "enrollment_confirmed": {**_COURSE, "delivery_mode": "in_person"},
    "result_failed": {
        **_NAMED,
        "hours": 12.0,
        "attended_hours": 8.5,
        "score": 57.25,
        "min_attendance": 0.8,
        "pass_mark": 60.0,
        "reasons": ["attendance", "score"],
        "no_show": False,
    },
    "certificate_issued": {
        **_SERIAL,
        "hours": 12.0,
        "completed_on": "2026-11-25",
        "completed_at": "2026-11-25T09:30:00Z",
        "issued_at": "2026-11-25T09:30:01Z",
        **_VERIFIED,
        "valid_until": None,
        "kind": "type1",
    },
    "enrollment_cancelled": {
        **_NAMED,
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-25",
        "state": "confirmed",
        "cause": "agency",
        "reason": "مدرس بیمار است",
    },
    "schedule_changed": {
        **_COURSE,
        "delivery_mode": "in_person",
        "state": "confirmed",
        "changed": ["starts_on", "sessions"],
        "reason": "سالن در دست تعمیر است",
        "sessions": _SESSIONS,
    },
    "programme_completed": {
        "programme_title": {"fa": "برنامهٔ نمونهٔ بدو خدمت", "en": "Sample induction programme"},
        "hours": 66.0,
        "course_codes": ["RD-01", "RD-02", "SS-01"],
        "completed_on": "2026-11-25",
    },
    "enrollment_requested": {
        **_COURSE,
        "steps": ["supervisor", "training_officer"],
        "decide_by": "2026-11-23T20:29:59.999999Z",
    },
    "enrollment_invited": {
        **_COURSE,
        "answer_by": "2026-11-23T20:29:59.999999Z",
        "reason": "دوره برای واحد شما الزامی است",
    },
    "enrollment_waitlisted": {**_COURSE, "place": 3},
    "seat_offered": {**_COURSE, "answer_by": "2026-11-22T11:00:00Z"},
    "enrollment_rejected": {**_COURSE, "step": "supervisor", "reason": "هم‌زمان با مأموریت شماست"},
    "enrollment_lapsed": {**_COURSE, "state": "offered"},
    "enrollment_withdrawn": {**_COURSE, "state": "confirmed", "reason": "به درخواست خود فرد"},
    "resit_due": {**_NAMED, "score": 57.25, "pass_mark": 60.0, "sittings_left": 1},
    "certificate_revoked": {
        **_SERIAL,
        "kind": "type1",
        "revoked_on": "2026-11-25",
        "reason": "نمره نادرست ثبت شده بود",
        "reason_title": None,
    },
    "certificate_corrected": {
        **_SERIAL,
        "serial": "SAMPLE-1405-000124",
        "replaces_serial": "SAMPLE-1405-000123",
        "reason": "نام نادرست ثبت شده بود",
        "hours": 12.0,
        "completed_on": "2026-11-25",
        "valid_until": "2028-11-24",
        **_VERIFIED,
        "kind": "type1",
    },
    "certificate_suspended": {
        **_SERIAL,
        "kind": "type1",
        "suspended_on": "2026-11-25",
        "reason": "اصالت مدرک در دست بررسی است",
    },
    "certificate_reinstated": {
        **_SERIAL,
        "kind": "type1",
        "reinstated_on": "2026-11-25",
        "reason": "بررسی پایان یافت",
        "verification_url": _VERIFIED["verification_url"],
    },
    "certificate_expiring": {**_SERIAL, "valid_until": "2026-12-25", "days_left": 30},
    "certificate_expired": {**_SERIAL, "valid_until": "2026-11-24"},
    "form_due": {
        **_NAMED,
        "kind": "behaviour",
        "participant_name": "نمونه شماره ۲",
        "hours": 12.0,
        "ends_on": "2026-11-25",
        "due_on": "2026-12-09",
        "certificate_waits": False,
    },
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
    "type2_moved": {
        "level_title": {"fa": "تخصصی", "en": "Specialist"},
        "state": "returned",
        "reason": "مدرک پایه خوانا نیست",
    },
    "session_reminder": {
        "offering_id": "01930000-0000-7000-8000-000000000011",
        "enrollment_id": "01930000-0000-7000-8000-000000000012",
        "revision": 1,
        **_COURSE,
        "delivery_mode": "in_person",
        "sessions": _SESSIONS,
    },
    "approval_due": {
        **_COURSE,
        "participant_name": "نمونه‌ای دوم آزمایشی",
        "step": "supervisor",
        "decide_by": "2026-11-23T20:29:59.999999Z",
    },
    "welcome": {"agency_name": AGENCY_NAME},
    "address_failed": {
        "participant_name": "نمونه‌ای دوم آزمایشی",
        "address": "sample2@example.ir",
        "answer": "550 5.1.1 <sample2@example.ir>: Recipient address rejected: User unknown",
        "failed_on": "2026-11-23",
    },
}
CONTEXTS = {
    **CONTEXTS,
    "digest": {
        "cadence": "daily",
        "items": [
            {"template": name, "context": CONTEXTS[name], "at": "2026-11-22T20:45:00+00:00"}
            for name in ("enrollment_requested", "certificate_issued", "form_due")
        ],
    },
}

_TYPE2 = {"kind": "type2", "course_code": "skill", "course_title": {"fa": "مهارتی", "en": "Skill"}}
_STATES = ("requested", "invited", "offered", "waitlisted", "confirmed")

# What else each template may be told of: changes to its sample, each a sample of its own.
_CHANGES: Mapping[str, tuple[Context, ...]] = {
    "enrollment_confirmed": ({"delivery_mode": "lms"},),
    "result_failed": ({"reasons": ["score"]}, {"reasons": ["attendance"], "no_show": True}, {"reasons": []}),
    "certificate_issued": ({"valid_until": "2028-11-24"}, _TYPE2),
    "enrollment_cancelled": (
        {"cause": "not_formed", "reason": ""},
        *({"state": state} for state in ("waitlisted", "requested")),
    ),
    "schedule_changed": (
        {"sessions": [], "changed": ["ends_on"]},
        *({"state": state} for state in ("waitlisted", "requested")),
    ),
    "programme_completed": ({"course_codes": []},),
    "enrollment_requested": ({"steps": ["training_officer"]},),
    "enrollment_invited": ({"reason": None},),
    "enrollment_rejected": ({"reason": None, "step": "training_officer"},),
    "enrollment_lapsed": tuple({"state": state} for state in _STATES[:4]),
    "enrollment_withdrawn": tuple({"state": state} for state in _STATES),
    "certificate_revoked": ({"reason_title": {"fa": "اشتباه در صدور"}}, _TYPE2),
    "certificate_corrected": ({"valid_until": None}, _TYPE2),
    "certificate_suspended": (_TYPE2,),
    "certificate_reinstated": (_TYPE2,),
    "form_due": ({"kind": "reaction", "participant_name": None, "certificate_waits": True},),
    "hours_shortfall": tuple({"occasion": occasion} for occasion in ("three_quarters", "last_call")),
    "course_due": ({"cause": "compulsory", "is_programme": False}, {"cause": "pre_appointment", "is_overdue": True}),
    "year_closed": ({"revision": 2},),
    "type2_moved": ({"reason": None}, *({"state": state} for state in TYPE2_TOLD)),
    "session_reminder": ({"sessions": [], "hours": None, "delivery_mode": None},),
    "approval_due": ({"step": "training_officer"},),
    "welcome": ({"agency_name": None},),
    "address_failed": ({"answer": None},),
    "digest": ({"cadence": "weekly", "items": []},),
}


def samples(template: str) -> list[Context]:
    """The sample of a template, and then those that differ from it in what may differ."""
    first = CONTEXTS[Template(template).value]
    everywhere = [_persian_only(first), _long(first)]
    return [first, *(each for each in everywhere if each != first), *_changed(template, first)]


def _changed(template: str, first: Context) -> list[Context]:
    return [{**first, **change} for change in _CHANGES.get(template, ())]


def _persian_only(value: Any) -> Any:
    """Titles have an English form only where somebody wrote one."""
    if isinstance(value, dict):
        return {key: _persian_only(item) for key, item in value.items() if not (key == "en" and "fa" in value)}
    return [_persian_only(item) for item in value] if isinstance(value, list) else value


def _long(value: Any, name: str = "") -> Any:
    """Titles and reasons as long as they may be."""
    if isinstance(value, dict):
        return {key: _long(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_long(item) for item in value]
    longest = {"fa": 300, "en": 300, "reason": 500, "participant_name": 200, "answer": 500}.get(name)
    return (f"{value} " * longest)[:longest].strip() if longest and value else value
