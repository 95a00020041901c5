"""Offerings: opened, read by those they concern, cancelled."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.events import AgencyRegisteredV1, LocalizedText, OfferingCancelledV1, OfferingOpenedV1
from shared.events.catalog import CompletionRule

READER = ("auditor",)


def uuid_of(offering: dict[str, Any]) -> UUID:
    return UUID(str(offering["offering_id"]))


def test_an_opened_offering_tells_enrollment_all_it_needs(catalog: Any) -> None:
    catalog.publish_new("OC-01")
    catalog.publish_new(prerequisites=["OC-01"], refresh_every_months=24, completion_rule={"pass_mark": 70})
    reply = catalog.open(waitlist_limit=5, approval="supervisor", open_to="all")
    assert reply["status"] == "open"
    assert catalog.harness.outbox(OfferingOpenedV1) == [
        OfferingOpenedV1(
            offering_id=uuid_of(reply),
            agency_code="MOH",
            course_code="RD-01",
            course_version=1,
            course_title=LocalizedText(fa="تکالیف اداری", en="Duties"),
            course_type="job",
            hours=4.0,
            delivery_mode="in_person",
            completion_rule=CompletionRule(min_attendance=0.8, pass_mark=70.0),
            languages=["fa"],
            prerequisites=["OC-01"],
            refresh_every_months=24,
            starts_on=date(2027, 1, 10),
            ends_on=date(2027, 1, 12),
            enrollment_closes_on=date(2027, 1, 10),
            capacity=20,
            min_seats=1,
            waitlist_limit=5,
            open_to="all",
            approval="supervisor",
            approval_route=["supervisor"],
        )
    ]


@pytest.mark.parametrize(
    ("approval", "told", "route"),
    [
        ("none", "none", []),
        ("training_officer", "supervisor", ["training_officer"]),
        ("both", "supervisor", ["supervisor", "training_officer"]),
    ],
)
def test_a_route_is_told_with_its_steps_and_as_the_first_release_knew_it(
    catalog: Any, approval: str, told: str, route: list[str]
) -> None:
    catalog.publish_new()
    catalog.open(approval=approval)
    (event,) = catalog.harness.outbox(OfferingOpenedV1)
    assert (event.approval, event.approval_route) == (told, route)


def test_an_offering_says_whether_its_certificate_waits_for_the_reaction_form(catalog: Any) -> None:
    catalog.publish_new()
    waits = [catalog.open(**more)["form_before_certificate"] for more in ({}, {"form_before_certificate": True})]
    assert waits == [False, True]
    assert [event.form_before_certificate for event in catalog.harness.outbox(OfferingOpenedV1)] == waits


def test_the_latest_published_version_is_offered_unless_one_is_named(catalog: Any) -> None:
    catalog.publish_new(hours=4)
    catalog.publish_new(hours=6)
    catalog.define(hours=8)
    assert catalog.open()["course_version"] == 2
    assert catalog.open(version=1)["course_version"] == 1
    assert [event.hours for event in catalog.harness.outbox(OfferingOpenedV1)] == [6.0, 4.0]


@pytest.mark.parametrize("version", [None, 1])
def test_a_draft_cannot_be_offered(catalog: Any, version: int | None) -> None:
    catalog.define()
    with pytest.raises(Conflict) as refused:
        catalog.open(version=version)
    assert refused.value.code == "course_not_published"


def test_an_unknown_course_is_not_found(catalog: Any) -> None:
    with pytest.raises(NotFound) as refused:
        catalog.open(course_code="RD-99")
    assert refused.value.code == "course_not_found"


def test_an_agency_that_was_not_heard_of_yet_is_worth_another_try(catalog: Any) -> None:
    catalog.publish_new()
    with pytest.raises(Unavailable) as refused:
        catalog.open("NEW")
    assert refused.value.code == "agency_not_known_yet"
    catalog.hear_of("NEW")
    assert catalog.open("NEW")["agency_code"] == "NEW"


def test_every_agency_an_offering_is_open_to_must_be_known(catalog: Any) -> None:
    catalog.publish_new()
    with pytest.raises(Unavailable) as refused:
        catalog.open(open_to=["MOE", "NONE"])
    assert refused.value.details == {"agencies": ["NONE"]}


def test_another_agency_is_not_found_even_if_it_exists(catalog: Any) -> None:
    catalog.publish_new()
    with pytest.raises(NotFound) as refused:
        catalog.open("MOH", agency_code="MOE")
    assert refused.value.code == "agency_not_found"
    assert catalog.harness.outbox(OfferingOpenedV1) == []


def test_the_national_body_opens_offerings_for_any_agency(catalog: Any) -> None:
    catalog.publish_new()
    arguments = {"course_code": "RD-01", "agency_code": "MOE", "starts_on": "2027-01-10", "ends_on": "2027-01-12"}
    reply = catalog.call("open_offering", roles=("national",), agency="ORG", capacity=20, **arguments)
    assert reply["agency_code"] == "MOE"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"ends_on": "2027-01-09", "min_seats": 21}, {"ends_on", "min_seats", "enrollment_closes_on"}),
        ({"enrollment_closes_on": "2027-01-13"}, {"enrollment_closes_on"}),
        ({"capacity": 0, "open_to": [], "starts_on": "1405-10-20"}, {"capacity", "open_to", "starts_on"}),
    ],
)
def test_every_wrong_field_of_an_offering_is_named(catalog: Any, changes: dict[str, Any], fields: set[str]) -> None:
    catalog.publish_new()
    with pytest.raises(Invalid) as refused:
        catalog.open(**changes)
    assert set(refused.value.details["fields"]) == fields
    assert catalog.harness.outbox(OfferingOpenedV1) == []


def test_only_training_officers_open_and_cancel_offerings(catalog: Any) -> None:
    catalog.publish_new()
    offering_id = str(catalog.open()["offering_id"])
    with pytest.raises(Forbidden):
        catalog.call("cancel_offering", roles=("catalog_admin", "auditor"), offering_id=offering_id, reason="نمونه")


def test_an_agency_sees_its_own_offerings_and_those_open_to_it(catalog: Any) -> None:
    catalog.publish_new()
    own = uuid_of(catalog.open("MOH"))
    for_all = uuid_of(catalog.open("MOE", open_to="all"))
    listed = uuid_of(catalog.open("MOE", open_to=["TAX", "MOH"]))
    foreign = uuid_of(catalog.open("MOE"))
    assert catalog.offerings_seen_by("MOH") == [own, for_all, listed]
    assert catalog.offerings_seen_by("TAX") == [for_all, listed]
    assert catalog.offerings_seen_by("ORG", roles=("national",)) == [own, for_all, listed, foreign]
    shown = catalog.call("get_offering", roles=READER, agency="TAX", offering_id=str(listed))
    assert shown["open_to"] == ["MOH", "TAX"]


def test_an_offering_of_another_agency_looks_like_one_that_is_not_there(catalog: Any) -> None:
    catalog.publish_new()
    foreign = str(catalog.open("MOE", open_to=["TAX"])["offering_id"])
    for offering_id in (foreign, str(uuid4())):
        for method, more in (("get_offering", {}), ("cancel_offering", {"reason": "نمونه"})):
            with pytest.raises(NotFound) as refused:
                catalog.call(method, roles=("training_officer",), agency="MOH", offering_id=offering_id, **more)
            assert refused.value.code == "offering_not_found"


def test_an_offering_open_to_an_agency_is_still_not_its_to_cancel(catalog: Any) -> None:
    catalog.publish_new()
    offering_id = str(catalog.open("MOE", open_to="all")["offering_id"])
    with pytest.raises(NotFound):
        catalog.call("cancel_offering", roles=("training_officer",), offering_id=offering_id, reason="نمونه")


def test_a_list_of_offerings_goes_on_where_it_stopped(catalog: Any) -> None:
    catalog.publish_new()
    opened = [uuid_of(catalog.open()) for _offering in range(5)]
    pages = catalog.pages("list_offerings", 2, roles=READER, agency="MOH")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [uuid_of(item) for page in pages for item in page] == opened


def test_a_cancelled_offering_says_so_once(catalog: Any) -> None:
    catalog.publish_new()
    offering_id = str(catalog.open(open_to=["MOE"])["offering_id"])
    officer = {"roles": ("training_officer",), "agency": "MOH"}
    reply = catalog.call("cancel_offering", **officer, offering_id=offering_id, reason=" به حد نصاب نرسيد ")
    assert (reply["status"], reply["cancel_reason"], reply["open_to"]) == ("cancelled", "به حد نصاب نرسید", ["MOE"])
    with pytest.raises(Conflict) as refused:
        catalog.call("cancel_offering", **officer, offering_id=offering_id, reason="باز هم")
    assert refused.value.code == "already_cancelled"
    assert catalog.harness.outbox(OfferingCancelledV1) == [
        OfferingCancelledV1(offering_id=UUID(offering_id), reason="به حد نصاب نرسید")
    ]


def test_an_agency_heard_of_twice_is_remembered_once(catalog: Any) -> None:
    for name in ("نام نخست", "نام دوم"):
        catalog.harness.deliver(AgencyRegisteredV1(code="NEW", name=LocalizedText(fa=name)))
    catalog.publish_new()
    assert catalog.open("NEW")["status"] == "open"
