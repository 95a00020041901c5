"""What comes in at the door of enrollment: normalised, or refused with the name of the field."""

from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from services.enrollment.schemas import enrollments as schemas
from services.enrollment.schemas import staff

PERSON: dict[str, Any] = {
    "agency_code": "moh",
    "national_code": "۹۹۹۰۰۰۰۰۱۸",
    "personnel_number": " ۱۲۳/٤ ",
    "full_name": "  نمونه يك  ",
    "email": "one@example.ir",
}


def test_an_employee_is_normalised_and_gets_the_defaults() -> None:
    assert staff.RegisterEmployee().load(PERSON) == {
        "agency_code": "MOH",
        "national_code": "9990000018",
        "personnel_number": "123/4",
        "full_name": "نمونه یک",
        "email": "one@example.ir",
        "language": "fa",
        "is_manager": False,
        "is_veteran": False,
        "employment": "official",
        "hired_on": None,
        "job_title": None,
        "education": None,
        **dict.fromkeys(("father_name", "birth_date", "gender", "unit", "job_family", "job_class", "rank")),
        **dict.fromkeys(("education_field", "education_status", "supervisor_id")),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("national_code", "9990000019"),
        ("national_code", "1111111111"),
        ("personnel_number", "9" * 21),
        ("email", "nobody"),
        ("language", "de"),
        ("employment", "pirate"),
        ("hired_on", "1405/01/01"),
        ("full_name", " "),
        ("nickname", "x"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        staff.RegisterEmployee().load(PERSON | {field: value})
    assert list(refused.value.messages_dict) == [field]


@pytest.mark.parametrize(
    ("field", "value"), [("score", 101), ("score", -1), ("attended_hours", -0.5), ("score", "NaN")]
)
def test_a_wrong_result_is_named_with_its_row(field: str, value: Any) -> None:
    rows = [{"enrollment_id": str(uuid4()), "attended_hours": 8, "score": 60} for _row in range(4)]
    rows[3][field] = value
    with pytest.raises(ValidationError) as refused:
        schemas.RecordResults().load({"offering_id": str(uuid4()), "results": rows})
    assert list(refused.value.messages_dict["results"][3]) == [field]


def test_bulk_calls_take_one_to_a_thousand_rows() -> None:
    nominate = schemas.Nominate()
    ids = [str(uuid4()) for _row in range(1001)]
    assert not nominate.validate({"offering_id": ids[0], "employee_ids": ids[:1000]})
    assert "employee_ids" in nominate.validate({"offering_id": ids[0], "employee_ids": ids})
    assert "employee_ids" in nominate.validate({"offering_id": ids[0], "employee_ids": []})
    assert "results" in schemas.RecordResults().validate({"offering_id": ids[0], "results": []})


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "2026-11-23T00:00:00", "yesterday"])
def test_completions_are_asked_for_from_a_moment_that_exists(since: str) -> None:
    assert list(schemas.ListCompletions().validate({"since": since})) == ["since"]
