"""A snapshot of nobody's certificate."""

from typing import Any

import pytest

from services.certification.domain import codes, snapshots


@pytest.fixture
def facts() -> dict[str, Any]:
    """A completion as plain values."""
    return {
        "full_name": "نمونه آزمون‌پور",
        "national_code": "9990000018",
        "personnel_number": "10023",
        "job_title": "کارشناس آزمون",
        "agency_code": "AG-A",
        "agency_name": {"fa": "دستگاه نمونه", "en": "Sample Agency"},
        "provider_code": "AG-B",
        "provider_name": {"fa": "مرکز آموزش نمونه"},
        "course_code": "RD-01",
        "course_version": 2,
        "course_title": {"fa": "تکالیف و مسئولیت‌های اداری کارکنان", "en": "Duties and responsibilities"},
        "course_type": "induction",
        "delivery_mode": "in_person",
        "hours": 4.0,
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-05",
        "completed_on": "2026-11-23",
        "score": 87.5,
    }


@pytest.fixture
def snapshot(facts: dict[str, Any]) -> dict[str, Any]:
    return made(facts)


def made(facts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The snapshot of these facts; `changes` are of what its issue adds."""
    issue = {
        "certificate_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "serial": "AG-A-1405-000123",
        "verification_code": codes.verification_code(bytes(range(16))),
        "national_code_hash": snapshots.hashed_national_code("00ff" * 8, facts["national_code"]),
        "issued_at": "2026-11-23T20:45:00.123456Z",
        "key_id": "0123456789abcdef",
    }
    return snapshots.snapshot(facts, **issue | changes)
