"""A snapshot of nobody's certificate."""

from typing import Any

import pytest

from services.certification.domain import awards, codes, snapshots


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


@pytest.fixture
def award() -> dict[str, Any]:
    """An award of the highest level, as plain values of Type2AwardedV1."""
    return {
        "level": "specialist_research",
        "base_degree": "لیسانس",
        "base_degree_field": "مدیریت دولتی",
        "benefit": {"fa": "فوق‌لیسانس", "en": "a master's degree"},
        "job_side_hours": 525.5,
        "exam_on": "2026-10-11",
        "research_title": "سامان‌دهی بایگانی در یک ادارهٔ نمونه",
        "research_hours": 100.0,
        "committee": {
            "number": "1405/12/ک",
            "decided_on": "2026-11-20",
            "name": "نمونهٔ نخست‌پور",
            "title": {"fa": "رئیس کمیتهٔ آموزش دستگاه", "en": "Head of the agency's committee"},
        },
        "organisation": {
            "number": "1405/3071",
            "decided_on": "2026-11-23",
            "name": "نمونهٔ دوم‌زاده",
            "title": {"fa": "نمایندهٔ سازمان", "en": "Representative of the Organisation"},
        },
        "policy": {"type2_thresholds": "2001-03-21", "type2_exam_pass_mark": "2001-03-21"},
        "policies": [
            {
                "key": "type2_thresholds",
                "effective_from": "2001-03-21",
                "source": "R-1380, last known thresholds",
                "confidence": "I",
            }
        ],
    }


@pytest.fixture
def type2(facts: dict[str, Any], award: dict[str, Any]) -> dict[str, Any]:
    """The snapshot of a type-2 certificate."""
    return awarded(facts, award)


def awarded(facts: dict[str, Any], award: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The snapshot of these facts and this award."""
    level = {
        "course_code": award["level"],
        "course_version": awards.NO_VERSION,
        "course_title": {"fa": "تخصصی ـ پژوهشی سطح ۱", "en": "Specialist with research, level 1"},
        "hours": 700.0,
        "starts_on": "2010-05-01",
        "ends_on": "2026-05-05",
        "score": 72.5,
        "pass_mark": 60.0,
        "provider_code": facts["agency_code"],
        "provider_name": facts["agency_name"],
    }
    said = awards.award(award, {"fa": "سازمان اداری و استخدامی کشور", "en": "The Organisation"})
    look = {"template": None, "variant": "fa", "signatories": awards.signatories(said), "logo": None}
    issue = {"cosigner_key_id": "fedcba9876543210", "design": look}
    return awards.said(made({**facts, **level}, **issue | changes), said)
