"""Candidates for posts of management: what is foreseen for them, and whether they may be appointed."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.persian import add_jalali_months
from tests.integration.enrollment.foreseen import due, foreseen, keep, on_record, programme, record


def may(world: Any, employee_id: str, **more: Any) -> tuple[str, list[str]]:
    reply = world.call("may_be_appointed", employee_id=employee_id, **more)
    return reply["answer"], [reason["code"] for reason in reply["reasons"]]


def test_nobody_may_be_appointed_without_the_programme(world: Any) -> None:
    employee_id = world.employee(is_veteran=True)
    assert may(world, employee_id) == ("no", ["no_programme_published"])
    programme(world, "PRE", "RD-01", "RD-02", purpose="pre_appointment")
    world.complete(employee_id, "RD-01")
    reply = world.call("may_be_appointed", employee_id=employee_id)
    (reason,) = reply["reasons"]
    assert (reason["code"], reason["details"]) == (
        "programme_not_completed",
        {"programme_code": "PRE", "missing": ["RD-02"]},
    )
    (shown,) = reply["programmes"]
    assert [(item["course_code"], item["status"]) for item in shown["courses"]] == [
        ("RD-01", "done"),
        ("RD-02", "missing"),
    ]
    on_record(world, employee_id, "RD-02", world.today)
    assert may(world, employee_id) == ("yes", [])
    assert may(world, employee_id, on=world.today - timedelta(days=1)) == ("no", ["programme_not_completed"])
    with pytest.raises(NotFound):
        world.call("may_be_appointed", ("auditor",), "AG-B", employee_id=employee_id)


def test_a_programme_holds_as_long_as_the_policy_says(world: Any) -> None:
    programme(world, "PRE", "RD-01", purpose="pre_appointment")
    employee_id = world.employee()
    on_record(world, employee_id, "RD-01", add_jalali_months(world.today, -24))
    record(world, "pre_appointment_valid_months", 24)
    assert may(world, employee_id) == ("yes", [])
    assert may(world, employee_id, on=world.today + timedelta(days=1)) == ("no", ["programme_expired"])


def test_a_level_may_ask_for_programmes_of_its_own(world: Any) -> None:
    programme(world, "PRE", "RD-01", purpose="pre_appointment")
    programme(world, "SENIOR", "RD-02", purpose="pre_appointment")
    employee_id = world.employee()
    world.complete(employee_id, "RD-01")
    value = [{"post_level": "senior", "programme_codes": ["PRE", "SENIOR", "NEVER"]}]
    record(world, "pre_appointment_programmes", value)
    assert may(world, employee_id, post_level="base") == ("yes", [])
    assert may(world, employee_id, post_level="senior") == ("no", ["no_programme_published", "programme_not_completed"])
    assert may(world, employee_id) == ("no", ["post_level_needed"])


def test_of_a_candidate_the_programme_is_foreseen_until_the_candidacy_is_over(world: Any) -> None:
    programme(world, "PRE", "RD-01", purpose="pre_appointment")
    employee_id = world.employee()
    post = {"employee_id": employee_id, "post_title": "مدیر کل نمونه", "from_day": world.today}
    appoint_on = world.today + timedelta(days=90)
    candidacy = world.call("record_candidacy", **post, appoint_on=appoint_on)
    assert world.call("record_candidacy", **post, appoint_on=appoint_on) == candidacy
    with pytest.raises(Conflict) as refused:
        world.call("record_candidacy", **post)
    assert refused.value.code == "candidacy_running"
    with pytest.raises(Invalid):
        world.call("record_candidacy", **post, appoint_on=world.today - timedelta(days=1))
    reply = foreseen(world, employee_id)
    assert [one["candidacy_id"] for one in reply["candidacies"]] == [candidacy["candidacy_id"]]
    (item,) = reply["compulsory"]
    assert (item["cause"], item["code"], item["due_on"]) == ("pre_appointment", "PRE", str(appoint_on))
    keep(world)
    assert due(world) == [(employee_id, "pre_appointment", "PRE", "due")]
    over = {"candidacy_id": candidacy["candidacy_id"]}
    with pytest.raises(NotFound) as unseen:
        world.call("end_candidacy", ("training_officer",), "AG-B", **over)
    assert unseen.value.code == "candidacy_not_found"
    assert world.call("end_candidacy", **over) == world.call("end_candidacy", **over)
    keep(world)
    assert due(world) == []


def test_a_candidate_is_told_that_a_programme_is_not_published(world: Any) -> None:
    employee_id = world.employee()
    post = {"employee_id": employee_id, "post_title": "مدیر کل نمونه", "from_day": world.today}
    assert foreseen(world, employee_id)["unpublished"] == ["CR-01"]
    world.call("record_candidacy", **post, post_level="senior")
    assert foreseen(world, employee_id)["unpublished"] == ["CR-01", "pre_appointment"]
    programme(world, "PRE", "RD-01", purpose="pre_appointment")
    assert foreseen(world, employee_id)["unpublished"] == ["CR-01"]
    named = [{"post_level": "senior", "programme_codes": ["PRE", "PRE-SENIOR"]}]
    said = {"source": "نمونه", "confidence": "policy_default", "reason": "آزمون", "effective_from": world.today}
    world.call("record_policy", key="pre_appointment_programmes", value=named, **said)
    assert foreseen(world, employee_id)["unpublished"] == ["CR-01", "PRE-SENIOR"]


def test_whoever_has_left_is_no_candidate(world: Any) -> None:
    employee_id = world.employee()
    world.call("end_employment", employee_id=employee_id, on=world.today, reason="resigned")
    with pytest.raises(Conflict) as refused:
        world.call("record_candidacy", employee_id=employee_id, post_title="نمونه", from_day=world.today)
    assert refused.value.code == "not_employed"
    assert "not_employed" in may(world, employee_id, on=world.today + timedelta(days=1))[1]
