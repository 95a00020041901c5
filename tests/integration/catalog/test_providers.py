"""Providers with their accreditation, instructors with what they may teach, rooms."""

from datetime import date
from typing import Any

import pytest

from shared import metrics
from shared.errors import Conflict, Invalid, NotFound

ADMIN = ("catalog_admin",)
OFFICER = ("training_officer",)


def test_a_provider_is_registered_with_its_kind_and_reworded(catalog: Any) -> None:
    unit = {"provider_code": "MOH-UNIT", "kind": "agency_unit", "agency_code": "MOH"}
    catalog.call("register_provider", roles=ADMIN, **unit, title={"fa": "واحد آموزش"})
    reply = catalog.call("register_provider", roles=ADMIN, **unit, title={"fa": "واحد آموزش نمونه"})
    assert (reply["title"], reply["accreditations"]) == ({"fa": "واحد آموزش نمونه"}, [])
    with pytest.raises(Conflict) as refused:
        catalog.call("register_provider", roles=ADMIN, **unit | {"agency_code": "MOE"}, title={"fa": "دیگری"})
    assert refused.value.code == "provider_exists"


@pytest.mark.parametrize(("kind", "agency"), [("agency_unit", None), ("national_centre", "MOH")])
def test_only_units_belong_to_an_agency(catalog: Any, kind: str, agency: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        catalog.call(
            "register_provider", roles=ADMIN, provider_code="P-1", title={"fa": "ن"}, kind=kind, agency_code=agency
        )
    assert list(refused.value.details["fields"]) == ["agency_code"]


def test_an_accredited_centre_gives_what_it_is_accredited_for_on_every_day(centre: Any) -> None:
    reply = centre.open(provider_code="C-1", starts_on="2027-02-27", ends_on="2027-03-01")
    assert (reply["provider_code"], reply["provider_name"]) == ("C-1", {"fa": "مرکز نمونه"})
    with pytest.raises(Conflict) as refused:
        centre.open(provider_code="C-1", starts_on="2027-02-27", ends_on="2027-03-02")
    assert refused.value.code == "provider_not_accredited"
    assert refused.value.details == {"provider_code": "C-1", "uncovered_on": "2027-03-02"}
    centre.publish_new("OC-01", course_type="cultural")
    with pytest.raises(Conflict):
        centre.open(course_code="OC-01", provider_code="C-1")


def test_the_unit_of_another_agency_and_an_unknown_provider_are_refused(centre: Any) -> None:
    unit = {"provider_code": "MOE-UNIT", "kind": "agency_unit", "agency_code": "MOE", "title": {"fa": "واحد"}}
    centre.call("register_provider", roles=ADMIN, **unit)
    for code in ("MOE-UNIT", "NOBODY"):
        with pytest.raises(Invalid) as refused:
            centre.open(provider_code=code)
        assert list(refused.value.details["fields"]) == ["provider_code"]


def test_a_lapse_is_reported_for_the_offerings_ahead(centre: Any) -> None:
    covered = centre.open(provider_code="C-1", starts_on="2027-01-10", ends_on="2027-01-12")
    lapsed = centre.open(provider_code="C-1", starts_on="2027-01-20", ends_on="2027-01-22")
    cancelled = centre.open(provider_code="C-1", starts_on="2027-01-20", ends_on="2027-01-22")
    centre.call("cancel_offering", offering_id=cancelled["offering_id"], reason="نمونه")
    withdrawal = {"accreditation_id": centre.accreditation["accreditation_id"], "withdrawn_on": "2027-01-21"}
    reply = centre.call("withdraw_accreditation", roles=ADMIN, **withdrawal, reason="نمونه")
    found = [(each["offering_id"], each["uncovered_on"]) for each in reply["lapses"]]
    assert found == [(lapsed["offering_id"], "2027-01-21")]
    assert centre.call("get_offering", offering_id=covered["offering_id"])["status"] == "open"
    listed = centre.call("list_provider_lapses", roles=OFFICER, agency="MOH")["items"]
    assert [each["offering_id"] for each in listed] == [lapsed["offering_id"]]
    assert centre.call("list_provider_lapses", roles=OFFICER, agency="TAX")["items"] == []
    centre.harness.service.count_provider_lapses()
    assert metrics.UNACCREDITED_OFFERINGS._value.get() == 1
    with pytest.raises(Conflict) as refused:
        centre.call("withdraw_accreditation", roles=ADMIN, **withdrawal, reason="باز هم")
    assert refused.value.code == "already_withdrawn"


def test_an_accreditation_number_is_recorded_once(centre: Any) -> None:
    with pytest.raises(Conflict) as refused:
        centre.call("record_accreditation", roles=ADMIN, provider_code="C-1", number="۱۲/۳", valid_from="2027-01-01")
    assert refused.value.code == "accreditation_exists"


def test_providers_are_listed_by_what_holds_on_a_day(centre: Any) -> None:
    centre.call("register_provider", roles=ADMIN, provider_code="A-1", title={"fa": "ملی"}, kind="national_centre")
    pages = centre.pages("list_providers", 1, roles=OFFICER)
    assert [[each["provider_code"] for each in page] for page in pages] == [["A-1"], ["C-1"]]
    on = {"accredited_on": "2027-01-01"}
    assert [each["provider_code"] for each in centre.call("list_providers", roles=OFFICER, **on)["items"]] == ["C-1"]
    assert centre.call("list_providers", roles=OFFICER, accredited_on="2027-03-02")["items"] == []


def session(day: str = "2027-01-10", begins: str = "08:00", ends: str = "10:00", **codes: str) -> dict[str, Any]:
    return {"day": day, "begins": begins, "ends": ends, **codes}


def test_an_instructor_teaches_what_they_are_qualified_for(centre: Any) -> None:
    centre.call("register_instructor", roles=OFFICER, instructor_code="I-1", full_name="مدرس نمونه")
    with pytest.raises(Invalid) as refused:
        centre.open(sessions=[session(instructor_code="I-1")])
    assert list(refused.value.details["fields"]) == ["sessions[0].instructor_code"]
    qualification = {"instructor_code": "I-1", "course_code": "RD-01", "valid_from": "2027-01-01"}
    record = centre.call("record_qualification", roles=OFFICER, **qualification)
    reply = centre.open(sessions=[session(instructor_code="I-1")])
    assert reply["sessions"][0]["instructor_name"] == "مدرس نمونه"
    centre.call(
        "withdraw_qualification",
        roles=OFFICER,
        qualification_id=record["qualification_id"],
        withdrawn_on="2027-01-11",
    )
    with pytest.raises(Invalid):
        centre.open(sessions=[session("2027-01-11", instructor_code="I-1")])


def test_another_agency_s_officer_does_not_keep_an_instructor_s_entry(centre: Any) -> None:
    centre.call("register_instructor", roles=OFFICER, instructor_code="I-1", full_name="مدرس نمونه")
    with pytest.raises(Conflict) as refused:
        centre.call("register_instructor", roles=OFFICER, agency="MOE", instructor_code="I-1", full_name="دیگری")
    assert refused.value.code == "instructor_exists"
    with pytest.raises(NotFound):
        centre.call(
            "record_qualification",
            roles=OFFICER,
            agency="MOE",
            instructor_code="I-1",
            course_type="job",
            valid_from="2027-01-01",
        )
    assert centre.call("get_instructor", roles=OFFICER, agency="MOE", instructor_code="I-1")["qualifications"] == []


def test_rooms_are_seen_by_those_who_may_book_them(catalog: Any) -> None:
    own = {"title": {"fa": "سالن"}, "capacity": 30}
    catalog.call("define_room", roles=OFFICER, room_code="MOH-1", agency_code="MOH", **own)
    catalog.call("define_room", roles=OFFICER, room_code="MOH-2", agency_code="MOH", shared=True, **own)
    catalog.call("define_room", roles=OFFICER, agency="TAX", room_code="TAX-1", agency_code="TAX", **own)
    codes = [each["room_code"] for each in catalog.call("list_rooms", roles=OFFICER, agency="TAX")["items"]]
    assert codes == ["MOH-2", "TAX-1"]
    with pytest.raises(Conflict):
        catalog.call("define_room", roles=OFFICER, agency="TAX", room_code="MOH-2", agency_code="TAX", **own)
    assert catalog.call("list_rooms", roles=OFFICER, min_capacity=31)["items"] == []


def test_a_room_with_sessions_ahead_stays_in_use(centre: Any) -> None:
    centre.call("define_room", roles=OFFICER, room_code="R-1", agency_code="MOH", title={"fa": "سالن"}, capacity=20)
    offering = centre.open(sessions=[session(room_code="R-1")])
    with pytest.raises(Conflict) as refused:
        centre.call("retire_room", roles=OFFICER, room_code="R-1")
    assert (refused.value.code, refused.value.details) == ("room_in_use", {"sessions": 1})
    centre.call("cancel_offering", offering_id=offering["offering_id"], reason="نمونه")
    assert centre.call("retire_room", roles=OFFICER, room_code="R-1")["retired_at"] is not None
    with pytest.raises(Invalid) as wrong:
        centre.open(sessions=[session(room_code="R-1")])
    assert list(wrong.value.details["fields"]) == ["sessions[0].room_code"]
    assert date.fromisoformat(offering["starts_on"]) == date(2027, 1, 10)
