"""Agencies and their staff."""

from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import AgencyRegisteredV1, EmployeeRegisteredV1
from shared.paging import encode_cursor

HR = ("agency_system",)


def test_registering_an_agency_again_answers_the_same_and_says_nothing_new(world: Any) -> None:
    name = {"fa": "دستگاه نمونه A", "en": "Agency A"}
    assert world.call("register_agency", code="ag-a", name=name) == {"code": "AG-A", "name": name}
    assert [event.code for event in world.said(AgencyRegisteredV1)] == ["AG-A", "AG-B", "AG-C"]


def test_a_code_is_not_given_a_second_name(world: Any) -> None:
    with pytest.raises(Conflict) as refused:
        world.call("register_agency", code="AG-A", name={"fa": "نام دیگر"})
    assert refused.value.code == "agency_exists"


def test_only_national_callers_register_agencies(world: Any) -> None:
    with pytest.raises(Forbidden):
        world.call("register_agency", roles=HR, code="AG-D", name={"fa": "نمونه"})


def test_agencies_are_read_one_by_one_and_in_pages(world: Any) -> None:
    assert world.call("get_agency", roles=("auditor",), code="AG-B")["name"]["en"] == "Agency B"
    first = world.call("list_agencies", limit=2)
    assert [item["code"] for item in first["items"]] == ["AG-A", "AG-B"]
    rest = world.call("list_agencies", limit=2, cursor=first["next"])
    assert [item["code"] for item in rest["items"]] == ["AG-C"]
    assert rest["next"] is None
    with pytest.raises(NotFound) as refused:
        world.call("get_agency", code="AG-X")
    assert refused.value.code == "agency_not_found"


def test_a_registered_employee_is_shown_and_announced_without_the_national_code(world: Any) -> None:
    person = world.person(hired_on="2020-03-20", job_title="کارشناس", language="en")
    reply = world.call("register_employee", roles=HR, **person)
    assert reply.items() >= person.items()
    assert world.call("get_employee", roles=HR, employee_id=reply["employee_id"]) == reply
    (event,) = world.said(EmployeeRegisteredV1)
    assert str(event.employee_id) == reply["employee_id"]
    assert (event.agency_code, event.email, event.language) == ("AG-A", person["email"], "en")
    assert not hasattr(event, "national_code")


def test_the_very_same_registration_names_the_employee(world: Any) -> None:
    person = world.person()
    employee_id = world.call("register_employee", **person)["employee_id"]
    with pytest.raises(Conflict) as refused:
        world.call("register_employee", **person | {"full_name": "نام دیگر"})
    assert refused.value.code == "already_registered"
    assert refused.value.details == {"employee_id": employee_id}


def test_a_person_employed_elsewhere_is_refused_without_naming_the_agency(world: Any) -> None:
    person = world.person()
    world.call("register_employee", **person)
    with pytest.raises(Conflict) as refused:
        world.call(
            "register_employee", roles=HR, agency="AG-B", **person | {"agency_code": "AG-B", "personnel_number": "9"}
        )
    assert refused.value.code == "already_employed"
    assert refused.value.details == {}
    assert "AG-A" not in refused.value.message


def test_a_personnel_number_is_unique_in_its_agency_only(world: Any) -> None:
    world.employee(personnel_number="77")
    with pytest.raises(Conflict) as refused:
        world.employee(personnel_number="۷۷")
    assert refused.value.code == "personnel_number_taken"
    world.employee(personnel_number="77", agency_code="AG-B")


@pytest.mark.parametrize("code", ["AG-B", "AG-X"])
def test_another_agency_and_an_unknown_one_look_alike(world: Any, code: str) -> None:
    for call in (
        lambda: world.call("register_employee", roles=HR, **world.person(agency_code=code)),
        lambda: world.call("list_employees", roles=HR, agency_code=code),
    ):
        with pytest.raises(NotFound) as refused:
            call()
        assert refused.value.code == "agency_not_found"


def test_a_national_caller_cannot_register_staff_of_an_unknown_agency(world: Any) -> None:
    with pytest.raises(NotFound) as refused:
        world.employee(agency_code="AG-X")
    assert refused.value.code == "agency_not_found"


def test_a_wrong_national_code_is_named(world: Any) -> None:
    with pytest.raises(Invalid) as refused:
        world.employee(national_code="9990000019")
    assert list(refused.value.details["fields"]) == ["national_code"]


def test_staff_are_listed_in_pages_and_by_agency(world: Any) -> None:
    own = world.employees(3)
    other = world.employee(agency_code="AG-B")
    first = world.call("list_employees", roles=HR, limit=2)
    second = world.call("list_employees", roles=HR, limit=2, cursor=first["next"])
    assert [item["employee_id"] for item in first["items"] + second["items"]] == own
    assert second["next"] is None
    assert [item["employee_id"] for item in world.call("list_employees")["items"]] == [*own, other]
    assert [item["employee_id"] for item in world.call("list_employees", agency_code="AG-B")["items"]] == [other]


def test_an_employee_of_another_agency_does_not_exist(world: Any) -> None:
    employee_id = world.employee()
    with pytest.raises(NotFound) as refused:
        world.call("get_employee", roles=HR, agency="AG-B", employee_id=employee_id)
    assert refused.value.code == "employee_not_found"


MADE_UP = ["e30", encode_cursor({"id": "x"}), encode_cursor({"at": "0001-01-01T00:00:00+14:00", "id": uuid4()})]


@pytest.mark.parametrize("cursor", MADE_UP)
def test_a_made_up_cursor_is_invalid(world: Any, cursor: str) -> None:
    for method in ("list_agencies", "list_employees", "list_enrollments", "list_completions"):
        with pytest.raises(Invalid) as refused:
            world.call(method, cursor=cursor)
        assert list(refused.value.details["fields"]) == ["cursor"]
