"""Promotion in rank: what is met, the hours that a rank uses up, and a decision that is taken back."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from services.enrollment.models.record import hour_uses
from shared.errors import TrainingError
from tests.integration.enrollment.conftest import World
from tests.integration.enrollment.hours import add, at, day, entry


def met(reply: dict[str, Any]) -> dict[str, bool | None]:
    return {each["name"]: each["met"] for each in reply["criteria"]}


def test_a_rank_uses_the_hours_between_it_and_the_one_before(world: World) -> None:
    with at(day(1404, 1, 10)):
        one = world.employee(hired_on=day(1398, 1, 1))
        # 200 + 90 of job and management; general hours serve no rank, and neither do those after the day.
        known = [
            entry(one, day(1399, 2, 1), 200),
            entry(one, day(1400, 2, 1), 90, "managerial"),
            entry(one, day(1400, 3, 1), 100, "cultural"),
        ]
        add(world, *known, entry(one, day(1404, 1, 5), 50))
        asked: dict[str, Any] = {"employee_id": one, "rank": "basic", "average_appraisal": 72}
        early = world.call("check_rank", **asked, effective_on=day(1403, 12, 29))
        # From 1398/01/01 to 29 Esfand 1403, which has 30 days: a day is missing of six years; 10 of 300 hours are.
        assert met(early) == {
            "scheme": True,
            "previous_rank": True,
            "years_of_service": False,
            "hours": False,
            "appraisal": True,
        }
        assert {each["name"]: each["missing"] for each in early["criteria"]}["hours"] == 10
        whole = world.call("check_rank", **asked, effective_on=day(1403, 12, 30))
        assert met(whole)["years_of_service"] is True
        decision: dict[str, Any] = {**asked, "effective_on": day(1403, 12, 30), "decision_number": "۱۲/۱۴۰۳"}
        with pytest.raises(TrainingError, match="rank_not_met") as refused:
            world.call("record_rank", **decision)
        assert refused.value.details == {"criteria": ["hours"]}
        done = world.call("record_rank", **decision, override_reason="رأی هیئت")
        assert (done["hours"], done["before"], done["rank"]) == (290, None, "basic")
        assert world.call("record_rank", **decision)["decision_id"] == done["decision_id"]
        assert world.call("get_employee", employee_id=one)["rank"] == "basic"
        with pytest.raises(TrainingError, match="rank_recorded"):
            world.call("record_rank", **decision | {"decision_number": "13"})
        # Of the next rank only what came after it counts: 50 of 250.
        following = world.call("check_rank", employee_id=one, rank="senior")
        assert following["hours_since"] == str(day(1403, 12, 30))
        facts = {each["name"]: (each["met"], each["actual"]) for each in following["criteria"]}
        assert facts["hours"] == (False, 50)
        assert facts["appraisal"] == (None, None)
        back = world.call("withdraw_rank", decision_id=done["decision_id"], reason="اشتباه")
        assert back["withdrawn_at"] is not None
        assert world.call("get_employee", employee_id=one)["rank"] is None
        assert sum(line["hours"] for line in world.call("check_rank", **asked)["lines"]) == 340
        assert world.call("record_rank", **decision, override_reason="رأی")["hours"] == 290
        assert len(world.call("list_ranks", employee_id=one)["items"]) == 2


def test_schemes_have_ranks_and_hours_of_their_own(world: World) -> None:
    with at(day(1404, 1, 10)):
        one = world.employee(hired_on=day(1397, 1, 1))
        add(world, entry(one, day(1399, 2, 1), 180))
        asked: dict[str, Any] = {"employee_id": one, "rank": "basic", "average_appraisal": 76}
        # 7 years, 180 hours: enough of a teacher, and neither years nor hours of an associate post.
        assert world.call("check_rank", **asked, scheme="teachers")["eligible"] is True
        assert [
            met(world.call("check_rank", **asked, scheme="associate_posts"))[name]
            for name in ("years_of_service", "hours")
        ] == [False, False]
        expert = world.call("check_rank", employee_id=one, rank="expert", scheme="associate_posts")
        assert (met(expert), expert["eligible"]) == ({"scheme": False}, False)
        assert met(world.call("check_rank", employee_id=one, rank="expert"))["documented_experience"] is None


def test_a_rank_of_a_duplicate_is_the_kept_persons(world: World) -> None:
    with at(day(1404, 1, 10)):
        one, two = (world.employee(hired_on=day(1390, 1, 1)) for _person in range(2))
        said = {"effective_on": day(1403, 1, 1), "decision_number": "5", "override_reason": "سابقه"}
        for person in (one, two):
            world.call("record_rank", employee_id=person, rank="basic", **said)
        world.call("record_rank", employee_id=two, rank="senior", **said | {"effective_on": day(1404, 1, 5)})
        world.call("merge_employees", employee_id=one, duplicate_id=two, reason="ثبت دوباره")
        ranks = world.call("list_ranks", employee_id=one)["items"]
        assert [each["rank"] for each in ranks] == ["basic", "senior"]


def test_two_who_record_a_rank_at_once(world: World) -> None:
    with at(day(1404, 1, 10)):
        one = world.employee(hired_on=day(1390, 1, 1))
        add(world, entry(one, day(1399, 2, 1), 300))
        said: list[str] = []

        def record(number: int) -> None:
            decision: dict[str, Any] = {"employee_id": one, "rank": "basic", "effective_on": day(1403, 1, 1)}
            try:
                world.call("record_rank", **decision, average_appraisal=70, decision_number=str(number))
                said.append("recorded")
            except TrainingError as error:
                said.append(error.code)

        threads = [threading.Thread(target=record, args=(number,)) for number in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(said) == ["rank_recorded", "rank_recorded", "recorded"]
        used = sa.select(sa.func.count()).select_from(hour_uses).where(hour_uses.c.withdrawn_at.is_(None))
        with world.harness.db.reading() as tx:
            assert tx.scalar(used) == 1
