"""Sessions of offerings: rooms and people booked once, changes that reach the enrolled, the go/no-go day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.events import OfferingCancelledV1, OfferingChangedV1, OfferingDecidedV1, OfferingOpenedV1

OFFICER = ("training_officer",)


def session(day: str = "2027-01-10", begins: str = "08:00", ends: str = "10:00", **codes: str) -> dict[str, Any]:
    return {"day": day, "begins": begins, "ends": ends, **codes}


@pytest.fixture
def school(catalog: Any) -> Any:
    """A published course, two rooms and a qualified instructor."""
    catalog.publish_new()
    for code, places in (("R-1", 20), ("R-2", 19)):
        room = {"room_code": code, "agency_code": "MOH", "title": {"fa": f"سالن {code}"}, "address": "خیابان نمونه"}
        catalog.call("define_room", roles=OFFICER, **room, capacity=places, shared=True)
    catalog.call("register_instructor", roles=OFFICER, instructor_code="I-1", full_name="مدرس نمونه")
    catalog.call(
        "record_qualification", roles=OFFICER, instructor_code="I-1", course_type="job", valid_from="2026-01-01"
    )
    return catalog


def change(school: Any, offering: dict[str, Any], agency: str = "MOH", **changes: Any) -> dict[str, Any]:
    arguments = {"offering_id": offering["offering_id"], "reason": "تغییر برنامه"} | changes
    reply: dict[str, Any] = school.call("change_offering", roles=OFFICER, agency=agency, **arguments)
    return reply


def test_sessions_are_told_with_the_names_of_rooms_and_people(school: Any) -> None:
    reply = school.open(
        sessions=[session("2027-01-11"), session(begins="۰۸:۳۰", room_code="r-1", instructor_code="i-1")]
    )
    first, second = reply["sessions"]
    assert (first["number"], first["day"], first["begins"], first["ends"]) == (1, "2027-01-10", "08:30", "10:00")
    assert (first["starts_at"], first["room_title"]) == ("2027-01-10T05:00:00.000000Z", {"fa": "سالن R-1"})
    assert (second["number"], second["room_code"]) == (2, None)
    (event,) = school.harness.outbox(OfferingOpenedV1)
    told = event.sessions[0]
    assert (told.room_address, told.instructor_name) == ("خیابان نمونه", "مدرس نمونه")
    assert told.starts_at == datetime(2027, 1, 10, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sessions", "fields"),
    [
        ([session(), session(begins="09:59", ends="11:00")], {"sessions[1].begins"}),
        ([session(ends="08:00")], {"sessions[0].ends"}),
        ([session("2027-01-13")], {"sessions[0].day"}),
        ([session(begins="24:00")], {"sessions[0].begins"}),
        ([session(begins="8")], {"sessions[0].begins"}),
        ([session(room_code="R-9")], {"sessions[0].room_code"}),
        ([session(), session("2027-01-11", room_code="R-2")], {"sessions[1].room_code"}),
        ([session(instructor_code="I-9")], {"sessions[0].instructor_code"}),
    ],
)
def test_a_wrong_session_is_named_and_nothing_is_left_behind(
    school: Any, sessions: list[dict[str, Any]], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        school.open(sessions=sessions)
    assert set(refused.value.details["fields"]) == fields
    assert school.call("list_offerings")["items"] == []
    assert school.harness.outbox(OfferingOpenedV1) == []


@pytest.mark.parametrize(("code", "what"), [("room_code", "room"), ("instructor_code", "instructor")])
def test_a_room_or_person_is_booked_once_at_a_time(school: Any, code: str, what: str) -> None:
    value = {"room_code": "R-1", "instructor_code": "I-1"}[code]
    first = school.open(sessions=[session(begins="08:00", ends="12:00", **{code: value})])
    school.open(sessions=[session(begins="12:00", ends="13:00", **{code: value})])
    with pytest.raises(Conflict) as refused:
        school.open("TAX", sessions=[session(begins="09:00", ends="10:00", **{code: value})])
    assert refused.value.code == f"{what}_taken"
    assert refused.value.details == {
        "session": 1,
        code: value,
        "from": "2027-01-10T04:30:00+00:00",
        "to": "2027-01-10T08:30:00+00:00",
    }
    with pytest.raises(Conflict) as own:
        school.open(sessions=[session(begins="07:00", ends="13:00", **{code: value})])
    assert own.value.details["offering_id"] == first["offering_id"]


def test_a_cancelled_offering_frees_its_rooms(school: Any) -> None:
    first = school.open(sessions=[session(room_code="R-1")])
    school.call("cancel_offering", offering_id=first["offering_id"], reason="نمونه")
    assert school.open(sessions=[session(room_code="R-1")])["status"] == "open"


def test_of_many_officers_who_want_one_room_at_the_same_moment_one_gets_it(school: Any) -> None:
    def open_one(number: int) -> str:
        try:
            hours = {"begins": f"{8 + number % 3:02d}:00", "ends": "14:00"}
            return str(school.open(sessions=[session(**hours, room_code="R-1", instructor_code="I-1")])["status"])
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(open_one, range(16)))
    assert outcomes == ["open"] + ["room_taken"] * 15
    assert len(school.call("list_offerings")["items"]) == 1


def test_a_change_of_days_and_rooms_says_what_holds_now(school: Any) -> None:
    offering = school.open(sessions=[session(room_code="R-1")], waitlist_limit=2)
    days = {"starts_on": "2027-01-11", "ends_on": "2027-01-13"}
    reply = change(school, offering, **days, sessions=[session("2027-01-12", instructor_code="I-1")], capacity=25)
    assert (reply["revision"], reply["starts_on"], reply["capacity"]) == (2, "2027-01-11", 25)
    (event,) = school.harness.outbox(OfferingChangedV1)
    assert (event.revision, event.reason) == (2, "تغییر برنامه")
    assert event.changed == ["starts_on", "ends_on", "capacity", "sessions"]
    assert [(each.number, each.room_code, each.instructor_name) for each in event.sessions] == [(1, None, "مدرس نمونه")]
    assert school.open(sessions=[session(room_code="R-1")])["status"] == "open"


def test_a_change_that_changes_nothing_tells_nobody(school: Any) -> None:
    sessions = [session("2027-01-11"), session()]
    offering = school.open(sessions=sessions)
    assert change(school, offering, capacity=20, sessions=sessions[::-1])["revision"] == 1
    assert school.harness.outbox(OfferingChangedV1) == []


def test_days_that_leave_a_session_outside_are_refused(school: Any) -> None:
    offering = school.open(sessions=[session()])
    with pytest.raises(Invalid) as refused:
        change(school, offering, starts_on="2027-01-11")
    assert "sessions[0].day" in refused.value.details["fields"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": 19}, "capacity"),
        ({"waitlist_limit": 1}, "waitlist_limit"),
        ({"ends_on": "2027-01-09"}, "ends_on"),
        ({"provider_code": "NOBODY"}, "provider_code"),
    ],
)
def test_a_wrong_change_is_named_and_changes_nothing(school: Any, changes: dict[str, Any], field: str) -> None:
    offering = school.open(waitlist_limit=2)
    with pytest.raises(Invalid) as refused:
        change(school, offering, **changes)
    assert field in refused.value.details["fields"]
    assert school.call("get_offering", offering_id=offering["offering_id"]) == offering


def test_two_officers_who_change_the_same_revision_do_not_overwrite_each_other(school: Any) -> None:
    offering = school.open()
    assert change(school, offering, capacity=21, revision=1)["revision"] == 2
    with pytest.raises(Conflict) as refused:
        change(school, offering, capacity=22, revision=1)
    assert (refused.value.code, refused.value.details) == ("offering_changed", {"revision": 2})


def test_what_is_cancelled_or_another_agency_s_is_not_changed(school: Any) -> None:
    offering = school.open(open_to="all")
    with pytest.raises(NotFound):
        change(school, offering, agency="TAX", capacity=21)
    school.call("cancel_offering", offering_id=offering["offering_id"], reason="نمونه")
    with pytest.raises(Conflict) as refused:
        change(school, offering, capacity=21)
    assert refused.value.code == "already_cancelled"


def decided(offering: dict[str, Any], formed: bool) -> OfferingDecidedV1:
    at = datetime(2027, 1, 8, tzinfo=UTC)
    return OfferingDecidedV1(
        offering_id=UUID(offering["offering_id"]), formed=formed, seats_taken=3, min_seats=5, decided_at=at
    )


def test_an_offering_that_is_too_small_on_its_day_is_called_off(school: Any) -> None:
    offering = school.open(min_seats=5, decides_on="2027-01-08")
    school.harness.deliver(decided(offering, formed=False))
    found = school.call("get_offering", offering_id=offering["offering_id"])
    assert (found["status"], found["cancel_cause"]) == ("cancelled", "not_formed")
    assert found["cancel_reason"] == "دوره به حد نصاب نرسید: ۳ نفر از ۵ نفر"
    (event,) = school.harness.outbox(OfferingCancelledV1)
    assert event.cause == "not_formed"
    school.harness.deliver(decided(offering, formed=False))
    assert len(school.harness.outbox(OfferingCancelledV1)) == 1


def test_an_offering_that_is_large_enough_on_its_day_is_held(school: Any) -> None:
    offering = school.open(min_seats=5, decides_on="2027-01-08")
    school.harness.deliver(decided(offering, formed=True))
    found = school.call("get_offering", offering_id=offering["offering_id"])
    assert (found["status"], found["formed_at"]) == ("open", "2027-01-08T00:00:00.000000Z")
    assert school.harness.outbox(OfferingCancelledV1) == []


def test_prices_reservations_and_limits_are_told_to_enrollment(school: Any) -> None:
    school.publish_new("OC-01", group_sizes={"workshop": {"min": 15, "max": 20}}, audience={"managers": "only"})
    reply = school.open(
        course_code="OC-01",
        format="workshop",
        open_to=["MOE", "TAX"],
        enrollment_opens_on="2026-12-01",
        decides_on="2027-01-05",
        reserved_seats=[{"agency_code": "moe", "seats": 5, "until": "2027-01-01"}],
        pricing={"standard": 5_000_000_000, "agencies": {"tax": 0}},
    )
    assert reply["pricing"] == {"standard": 5_000_000_000, "agencies": {"TAX": 0}}
    event = school.harness.outbox(OfferingOpenedV1)[-1]
    assert (event.format, event.audience.managers, event.pricing.agencies) == ("workshop", "only", {"TAX": 0})
    assert [(each.agency_code, each.seats, each.until.isoformat()) for each in event.reserved_seats] == [
        ("MOE", 5, "2027-01-01")
    ]
    with pytest.raises(Invalid) as refused:
        school.open(course_code="OC-01", format="workshop", capacity=14)
    assert list(refused.value.details["fields"]) == ["capacity"]


def test_what_is_given_back_follows_the_table_kept_with_the_offering(school: Any) -> None:
    table = {"withdrawal": [{"min_days_before": 10, "share": 0.5}], "not_qualified": 0.25}
    offering = school.open(pricing={"standard": 1001}, refund_table=table)
    asked = {"offering_id": offering["offering_id"], "agency_code": "MOH"}
    reply = school.call("quote_refund", **asked, withdrawn_on="2026-12-31")
    assert reply == {"price": 1001, "share": 0.5, "refund": 501, "withdrawn_on": "2026-12-31"}
    assert school.call("quote_refund", **asked, withdrawn_on="2027-01-01")["refund"] == 0
    assert school.call("quote_refund", **asked, kind="not_formed")["refund"] == 1001


def test_offerings_are_listed_by_course_status_and_days(school: Any) -> None:
    school.publish_new("OC-01")
    first, second = school.open(), school.open(course_code="OC-01", starts_on="2027-01-12")
    school.call("cancel_offering", offering_id=first["offering_id"], reason="نمونه")
    for asked, expected in (
        ({"course_code": "OC-01"}, [second]),
        ({"status": "cancelled"}, [first]),
        ({"starts_from": "2027-01-11"}, [second]),
        ({"starts_to": "2027-01-10"}, [first]),
    ):
        items = school.call("list_offerings", **asked)["items"]
        assert [each["offering_id"] for each in items] == [each["offering_id"] for each in expected]
