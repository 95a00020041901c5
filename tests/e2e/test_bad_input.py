"""What callers get wrong: a clear typed error or the parking place, and everything goes on as before."""

import json
from typing import Any

import pytest

from tests.e2e.platform import AGENCY, OTHER, Platform, national_code
from tests.support.client import RemoteError
from tests.support.leash import wait_until

NOBODY = "01890000-0000-7000-8000-000000000000"
QUEUE = "training.certification.on_enrollment_completed"


@pytest.fixture(autouse=True)
def all_goes_on(platform: Platform) -> Any:
    """After each wrong thing the services are the same processes, and answer."""
    before = {name: service.pid for name, service in platform.services.items()}
    yield
    assert {name: service.pid for name, service in platform.services.items() if service.alive} == before
    assert platform.call("enrollment.get_agency", code=AGENCY)["code"] == AGENCY


def fields(error: RemoteError) -> dict[str, list[str]]:
    assert (error.kind, error.code) == ("Invalid", "invalid_arguments")
    named: dict[str, list[str]] = error.details["fields"]
    assert all(reason for reasons in named.values() for reason in reasons)
    return named


def test_every_wrong_field_is_named_with_its_reason(platform: Platform) -> None:
    wrong = {"national_code": 5, "email": "no-address", "language": "de", "hired_on": "1405/01/01", "unknown": True}
    person = platform.person(**wrong)
    del person["full_name"]
    assert set(fields(platform.refusal("enrollment.register_employee", **person))) == {*wrong, "full_name"}


def test_a_wrong_field_in_a_list_is_named_by_its_path(platform: Platform) -> None:
    rows = [{"enrollment_id": NOBODY, "attended_hours": 1, "score": 1}, {"enrollment_id": "x", "attended_hours": -1}]
    named = fields(platform.refusal("enrollment.record_results", offering_id=NOBODY, results=rows))
    assert set(named) == {"results[1].enrollment_id", "results[1].attended_hours", "results[1].score"}


def test_letters_and_digits_are_taken_as_they_are_typed(platform: Platform) -> None:
    person = platform.person()
    persian = person["national_code"].translate({ord(str(digit)): chr(0x6F0 + digit) for digit in range(10)})
    reply = platform.call(
        "enrollment.register_employee",
        **person | {"national_code": persian, "personnel_number": "٩٩۱۲", "full_name": " علي  نمونه‌كار "},
    )
    assert reply["national_code"] == person["national_code"]
    assert reply["personnel_number"] == "9912"
    assert reply["full_name"].split() == ["علی", "نمونه‌کار"]


@pytest.mark.parametrize("wrong", ["9990000019", "1111111111", "123", "99900000181", "abcdefghij", ""])
def test_a_wrong_national_code_is_refused(platform: Platform, wrong: str) -> None:
    assert wrong != national_code(1)
    assert "national_code" in fields(
        platform.refusal("enrollment.register_employee", **platform.person(national_code=wrong))
    )


def test_an_unknown_id_and_another_agencys_look_alike(platform: Platform) -> None:
    theirs = platform.employee(OTHER)["employee_id"]
    token = platform.token(AGENCY, "agency_system", "training_officer")
    offering = platform.offering()
    for person in (theirs, NOBODY):
        refused = platform.refusal("enrollment.enroll", token, employee_id=person, offering_id=offering)
        assert (refused.kind, refused.code) == ("NotFound", "employee_not_found")


def test_a_full_offering_is_refused(platform: Platform) -> None:
    offering = platform.offering(capacity=1)
    platform.enrolled(offering)
    person = platform.employee()["employee_id"]
    refused = platform.refusal("enrollment.enroll", employee_id=person, offering_id=offering)
    assert (refused.kind, refused.code) == ("Conflict", "offering_full")


def test_a_closed_offering_is_refused(platform: Platform) -> None:
    offering = platform.offering()
    entered = platform.enrolled(offering)
    closed = "UPDATE offerings SET enrollment_closes_on = current_date - 3 WHERE id = %s"
    assert platform.change("enrollment", closed, offering) == 1
    person = platform.employee()["employee_id"]
    refused = platform.refusal("enrollment.enroll", employee_id=person, offering_id=offering)
    assert (refused.kind, refused.code) == ("Conflict", "enrollment_closed")
    assert platform.call("enrollment.get_enrollment", enrollment_id=entered)["status"] == "confirmed"


def test_a_cancelled_offering_is_refused(platform: Platform) -> None:
    offering = platform.offering()
    entered = platform.enrolled(offering)
    platform.call("catalog.cancel_offering", offering_id=offering, reason="نبود استاد")

    def status() -> bool:
        return bool(platform.call("enrollment.get_enrollment", enrollment_id=entered)["status"] == "cancelled")

    wait_until(status, 20, "the cancellation")
    person = platform.employee()["employee_id"]
    refused = platform.refusal("enrollment.enroll", employee_id=person, offering_id=offering)
    assert (refused.kind, refused.code) == ("Conflict", "offering_cancelled")


def test_a_second_enrollment_is_refused_and_names_the_first(platform: Platform) -> None:
    offering, person = platform.offering(), platform.employee()["employee_id"]
    first = platform.enrolled(offering, person)
    refused = platform.refusal("enrollment.enroll", employee_id=person, offering_id=offering)
    assert (refused.kind, refused.code) == ("Conflict", "already_enrolled")
    assert refused.details["enrollment_id"] == first


def test_a_result_for_someone_who_withdrew_is_rejected_and_the_others_count(platform: Platform) -> None:
    offering = platform.offering()
    gone, stays = platform.enrolled(offering), platform.enrolled(offering)
    platform.call("enrollment.withdraw", enrollment_id=gone, reason="جابه‌جایی")
    rows = [{"enrollment_id": each, "attended_hours": 8, "score": 90} for each in (gone, stays)]
    reply = platform.call("enrollment.record_results", offering_id=offering, results=rows)
    assert (reply["completed"], reply["failed"]) == (1, 0)
    assert [(row["enrollment_id"], bool(row["message"])) for row in reply["rejected"]] == [(gone, True)]


@pytest.mark.parametrize("score", [101, -1, "۱۰۱", "many", None, True, 1e30, [90]])
def test_a_score_out_of_its_bounds_changes_nothing_at_all(platform: Platform, score: Any) -> None:
    offering = platform.offering()
    good, bad = platform.enrolled(offering), platform.enrolled(offering)
    rows = [
        {"enrollment_id": good, "attended_hours": 8, "score": 90},
        {"enrollment_id": bad, "attended_hours": 8, "score": score},
    ]
    refused = platform.refusal("enrollment.record_results", offering_id=offering, results=rows)
    assert set(fields(refused)) == {"results[1].score"}
    assert platform.call("enrollment.get_enrollment", enrollment_id=good)["status"] == "confirmed"


def test_too_many_rows_are_refused(platform: Platform) -> None:
    rows = [{"enrollment_id": NOBODY, "attended_hours": 1, "score": 1}] * 1001
    assert "results" in fields(platform.refusal("enrollment.record_results", offering_id=NOBODY, results=rows))


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("catalog.define_course", {"code": "HUGE", "title": {"fa": "x"}, "course_type": "job", "hours": 10**15}),
        ("catalog.get_course", {"course_code": "RD-01", "version": 10**15}),
        ("enrollment.get_employee", {"employee_id": "x" * 100_000}),
        ("enrollment.list_employees", {"limit": 10**9}),
        ("enrollment.list_employees", {"cursor": "not-a-cursor"}),
        ("certification.list_issued", {"since": "yesterday"}),
        ("certification.verify", {"code": ["x"]}),
        ("notification.list_queued", {"template": "no-such-template"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers_and_texts_beyond_all_measure_are_refused(
    platform: Platform, operation: str, arguments: dict[str, Any]
) -> None:
    assert platform.refusal(operation, **arguments).kind in ("Invalid", "NotFound")


def test_five_megabytes_are_refused_over_amqp(platform: Platform) -> None:
    body = json.dumps({"args": [], "kwargs": {"code": "x" * 5_000_000}}).encode()
    with pytest.raises(RemoteError) as refused:
        platform.call_raw("enrollment.get_agency", body)
    assert (refused.value.kind, refused.value.code) == ("Invalid", "too_large")


def test_five_megabytes_are_refused_over_http(platform: Platform) -> None:
    reply = platform.http("enrollment", "/rpc/get_agency", {"code": "x" * 5_000_000}, platform.all_token)
    assert (reply.status, reply.json["code"]) == (422, "too_large")


def test_arguments_by_position_are_refused(platform: Platform) -> None:
    with pytest.raises(RemoteError) as refused:
        platform.call_raw("enrollment.get_agency", json.dumps({"args": [AGENCY], "kwargs": {}}).encode())
    assert refused.value.code == "malformed_request"


@pytest.mark.parametrize("body", [b"no json at all", b"", b"\xff\xfe", b"[]", b'{"enrollment_id": 5}'], ids=str)
def test_what_is_no_event_on_an_event_queue_is_parked(platform: Platform, body: bytes) -> None:
    before = {letter["letter_id"] for letter in platform.letters("certification")}
    headers = {
        "cloudEvents_id": NOBODY,
        "cloudEvents_type": "training.enrollment.completed.v1",
        "cloudEvents_time": "2026-01-01T00:00:00Z",
        "cloudEvents_correlationid": "e2e-bad-event",
    }
    platform.client.publish_raw(body, QUEUE, "", headers)

    def parked() -> list[dict[str, Any]]:
        return [letter for letter in platform.letters("certification") if letter["letter_id"] not in before]

    (letter,) = wait_until(parked, 20, "the parked message")
    assert letter["queue"] == QUEUE
    assert letter["reason"].startswith("contract")
    platform.call("certification.drop_dead_letters", letter_ids=[letter["letter_id"]])
