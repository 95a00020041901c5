"""Shapes of the catalog: defaults, forms and refusals at the door."""

import json
from typing import Any, get_args

import pytest
from marshmallow import ValidationError

from services.catalog.domain.courses import MAX_HOURS, MAX_REFRESH_MONTHS
from services.catalog.domain.offerings import MAX_CAPACITY
from services.catalog.schemas import courses, offerings
from shared.events.catalog import CourseType

SMALLEST = {"code": "rd-۰۱", "title": {"fa": "تكاليف"}, "course_type": "job", "hours": "۴"}
OFFERING = {
    "course_code": "RD-01",
    "agency_code": "a-1",
    "starts_on": "۲۰۲۷-۰۱-۱۰",
    "ends_on": "2027-01-12",
    "capacity": "۲۰",
}


def test_the_smallest_definition_is_filled_with_the_policy_defaults() -> None:
    assert courses.DefineCourse().load(SMALLEST) == {
        "code": "RD-01",
        "title": {"fa": "تکالیف"},
        "course_type": "job",
        "hours": 4.0,
        "practical_hours": 0.0,
        "hours_source": None,
        "objectives": [],
        "delivery_mode": "in_person",
        "group_sizes": {},
        "audience": {"job_families": [], "employments": [], "managers": "any"},
        "completion_rule": {"assessments": [], "resits": None},
        "prerequisites": [],
        "prerequisite_versions": {},
        "topics": [],
        "legal_references": [],
        "languages": ["fa"],
        "competences": [],
        "gains": [],
        "certificate_template": None,
        "external_code": None,
        "origin": None,
        "after_version": None,
        "veterans_exception": False,
        "leads_to_degree": False,
        "refresh_every_months": None,
    }


def test_half_a_completion_rule_leaves_the_other_half_to_the_policies() -> None:
    loaded = courses.DefineCourse().load(SMALLEST | {"completion_rule": {"pass_mark": 70}})
    assert loaded["completion_rule"] == {"pass_mark": 70.0, "assessments": [], "resits": None}


def test_two_definitions_do_not_share_their_defaults() -> None:
    first, second = courses.DefineCourse().load(SMALLEST), courses.DefineCourse().load(SMALLEST)
    first["prerequisites"].append("RD-02")
    first["completion_rule"]["pass_mark"] = 1
    assert second["prerequisites"] == []
    assert "pass_mark" not in second["completion_rule"]


def test_a_loaded_definition_can_be_stored_as_json() -> None:
    law = {"law": "قانون مديريت", "article": "۸۴", "as_of": "۲۰۱۸-۰۵-۱۵", "note": None}
    loaded = courses.DefineCourse().load(SMALLEST | {"legal_references": [law], "topics": [{"fa": "مرخصی"}]})
    stored = json.loads(json.dumps(loaded))
    assert stored["legal_references"] == [{"law": "قانون مدیریت", "article": "84", "as_of": "2018-05-15"}]
    assert courses.Course().dump(stored)["legal_references"] == stored["legal_references"]


def test_every_wrong_field_of_a_definition_is_named() -> None:
    wrong = {
        "code": "RD 01",
        "title": {"en": "Duties"},
        "course_type": "holiday",
        "hours": -1,
        "completion_rule": {"min_attendance": 80, "pass_mark": 101},
        "prerequisites": ["RD-01", "R"],
        "topics": [{"fa": ""}],
        "legal_references": [{"article": "1"}],
        "refresh_every_months": 0,
        "colour": "red",
    }
    with pytest.raises(ValidationError) as refused:
        courses.DefineCourse().load(wrong)
    assert set(refused.value.normalized_messages()) == set(wrong)


def test_the_words_of_the_shape_are_those_of_the_event() -> None:
    assert get_args(CourseType) == courses.COURSE_TYPES


@pytest.mark.parametrize(
    ("shape", "field", "limit"),
    [
        (courses.DefineCourse, "hours", MAX_HOURS),
        (courses.DefineCourse, "refresh_every_months", MAX_REFRESH_MONTHS),
        (offerings.OpenOffering, "capacity", MAX_CAPACITY),
    ],
)
def test_the_ranges_of_the_shapes_are_those_of_the_rules(shape: Any, field: str, limit: int) -> None:
    assert shape().fields[field].max == limit


def test_the_smallest_offering_is_filled_with_defaults() -> None:
    loaded = offerings.OpenOffering().load(OFFERING)
    assert loaded["agency_code"] == "A-1"
    assert loaded["capacity"] == 20
    assert {name: loaded[name] for name in ("version", "min_seats", "waitlist_limit", "enrollment_closes_on")} == {
        "version": None,
        "min_seats": 1,
        "waitlist_limit": 0,
        "enrollment_closes_on": None,
    }
    assert (loaded["open_to"], loaded["approval"]) == ("agency", "none")


@pytest.mark.parametrize(
    ("open_to", "loaded"),
    [("agency", "agency"), ("all", "all"), (["moh", "MOE-2", "MOH"], ["MOH", "MOE-2"])],
)
def test_an_offering_is_open_to_its_agency_to_all_or_to_a_list(open_to: Any, loaded: Any) -> None:
    assert offerings.OpenOffering().load(OFFERING | {"open_to": open_to})["open_to"] == loaded


@pytest.mark.parametrize(
    ("open_to", "messages"),
    [
        ([], ["must name at least one agency"]),
        ("everyone", ['must be "agency", "all" or a list of agency codes']),
        (None, ["must not be null"]),
        ({"B1": 1}, ['must be "agency", "all" or a list of agency codes']),
        (["B1", 3], {1: ["must be text"]}),
        (["B1"] * 501, ["must name at most 500 agencies"]),
    ],
)
def test_whom_an_offering_is_open_to_is_never_a_guess(open_to: Any, messages: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        offerings.OpenOffering().load(OFFERING | {"open_to": open_to})
    assert refused.value.normalized_messages() == {"open_to": messages}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("۰۹۵", "95"), ("مادهٔ ۹۵", "95"), ("ماده 95", "95"), ("Article 95", "95"), ("5-1", "5-1"), ("تبصره ۱", "تبصره 1")],
)
def test_an_article_has_one_form_however_it_is_typed(typed: str, kept: str) -> None:
    assert courses.Article(max=50).deserialize(typed) == kept


def test_a_template_is_a_name_of_plain_letters() -> None:
    loaded = courses.DefineCourse().load(SMALLEST | {"certificate_template": " Formal-۲ "})
    assert loaded["certificate_template"] == "formal-2"
    for wrong in ("", "رسمی", "a/b", "../a", "a b", "a" * 51):
        with pytest.raises(ValidationError) as refused:
            courses.DefineCourse().load(SMALLEST | {"certificate_template": wrong})
        assert set(refused.value.normalized_messages()) == {"certificate_template"}


def test_a_permit_is_loaded_as_it_is_stored() -> None:
    permit = {"number": "۱۲۰/۴۵", "issued_on": "۲۰۲۶-۱۱-۰۱"}
    loaded = offerings.OpenOffering().load(OFFERING | {"permit": permit})["permit"]
    assert json.loads(json.dumps(loaded)) == {"number": "120/45", "issued_on": "2026-11-01"}
    assert offerings.ChangeOffering().load({"permit": loaded}, partial=True)["permit"] == loaded
