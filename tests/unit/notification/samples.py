"""What the mails of the tests say. All people and agencies are invented."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.notification.rendering import Addressed

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
}


def addressed(template: str = "certificate_issued", language: str = "fa", **changes: Any) -> Addressed:
    fields: dict[str, Any] = {
        "notification_id": NOTIFICATION_ID,
        "template": template,
        "context": CONTEXTS[template],
        "correlation_id": "sample-correlation",
        "full_name": NAMES[language],
        "email": "sample1@example.ir",
        "language": language,
    }
    return Addressed(**fields | changes)
