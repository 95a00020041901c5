"""The life of an application for a type-2 certificate, from the check to the award."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import Type2AwardedV1, Type2MovedV1
from shared.persian import add_jalali_months, jalali_year, jalali_year_bounds
from tests.integration.enrollment.type2 import (
    NATIONAL,
    OFFICER,
    add_line,
    applicant,
    apply,
    awarded,
    lines_of,
    passed,
    review,
    sign,
    sit,
    whole,
)


def check(world: Any, employee_id: str, **changes: Any) -> Any:
    return world.call("check_type2_eligibility", ("auditor",), employee_id=employee_id, **changes)


def unmet(level: Any) -> set[str]:
    return {each["code"] for each in level["criteria"] if not each["met"]}


def record(world: Any, key: str, value: Any, **changes: Any) -> None:
    said = {"source": "نمونه", "confidence": "policy_default", "reason": "آزمون", "effective_from": world.today}
    world.call("record_policy", **({"key": key, "value": value} | said | changes))


def thresholds(world: Any, **skill: Any) -> Any:
    now = world.call("get_policy", key="type2_thresholds")["in_force"][-1]["value"]
    return now | {"skill": now["skill"] | skill}


def test_the_check_explains_every_criterion_and_names_its_numbers(world: Any) -> None:
    employee_id = applicant(world)
    reply = check(world, employee_id)
    skill, specialist, research = reply["levels"]
    assert (skill["may_apply"], skill["eligible"], unmet(skill)) == (True, False, {"exam_score"})
    assert unmet(specialist) == {"base_degree", "exam_score"}
    assert unmet(research) == {"base_degree", "exam_score", "research_hours"}
    assert [sum(year["counted_hours"] for year in each["years"]) for each in reply["levels"]] == [1200] * 3
    named = {each["key"]: each for each in reply["policies"]}
    assert named["type2_thresholds"]["confidence"] == "I"
    assert "R-1380" in named["type2_thresholds"]["source"]
    assert {each["basis"] for each in reply["policies"]} == {"default"}
    assert reply["notes"]
    one = check(world, employee_id, level="specialist_research_2")["levels"][0]
    assert "level_enabled" in unmet(one)
    assert one["lines"][0]["course_title"] == {"fa": "دوره نمونه"}
    before = check(world, employee_id, on="2002-03-18")["levels"]
    assert [unmet(each) for each in before] == [{"level_enabled"}] * 3
    with pytest.raises(Invalid):
        check(world, employee_id, on="2001-03-20")
    with pytest.raises(NotFound):
        check(world, employee_id, agency="AG-B")


def test_what_is_not_known_of_somebody_is_said_with_what_to_do(world: Any) -> None:
    employee_id = applicant(world, education="سیکل", education_status=None, hired_on=world.today)
    (level,) = check(world, employee_id, level="skill")["levels"]
    criteria = {each["code"]: each for each in level["criteria"]}
    assert unmet(level) == {"base_degree", "degree_status", "service_years", "exam_score"}
    assert criteria["base_degree"]["actual"] == criteria["degree_status"]["actual"] == "unknown"
    assert "change_employee" in criteria["base_degree"]["advice"]["en"]
    assert criteria["service_years"]["met_on"] == str(add_jalali_months(world.today, 120))
    world.call("change_employee", employee_id=employee_id, education="ديپلم", education_status="equivalent")
    (level,) = check(world, employee_id, level="skill")["levels"]
    assert unmet(level) == {"degree_status", "service_years", "exam_score"}


def test_from_the_application_to_the_award(world: Any) -> None:
    employee_id = applicant(world, father_name="نمونه", job_title="کارشناس")
    application = apply(world, employee_id)
    application_id = application["application_id"]
    assert (application["state"], application["level_title"]["fa"]) == ("applied", "مهارتی")
    assert review(world, application_id)["state"] == "accepted"
    assert sit(world, application_id, 60)["state"] == "exam_passed"
    half = sign(world, application_id, "committee")
    assert (half["state"], half["committee"]["title"]["en"]) == (
        "exam_passed",
        "Head of the agency's training committee",
    )
    assert check(world, employee_id, level="skill")["levels"][0]["eligible"]
    done = sign(world, application_id, "organisation")
    assert (done["state"], done["counted_hours"], done["job_side_hours"]) == ("awarded", 1200, 800)
    (event,) = world.said(Type2AwardedV1)
    assert (str(event.award_id), str(event.employee_id)) == (done["award_id"], employee_id)
    assert (event.base_degree, event.benefit.fa, event.exam_score) == ("دیپلم", "فوق‌دیپلم", 60)
    assert (event.committee.number, event.organisation.name) == ("committee/1", "نماینده نمونه")
    assert (event.full_name, event.father_name, event.agency_name.en) == ("نمونه شماره 1", "نمونه", "Agency A")
    assert event.policy["type2_thresholds"].isoformat() == "2002-03-19"
    assert {each.key: each.confidence for each in event.policies}["type2_thresholds"] == "I"
    states = [each.state for each in world.said(Type2MovedV1)]
    assert states == ["applied", "accepted", "exam_passed", "awarded"]
    shown = whole(world, application_id)
    assert [(each["action"], each["after"], each["system"]) for each in shown["moves"]] == [
        ("apply", "applied", "test"),
        ("review", "accepted", "test"),
        ("record_exam", "exam_passed", "test"),
        ("sign", "exam_passed", "training-desk"),
        ("sign", "awarded", "national-desk"),
    ]
    assert (shown["missing"], shown["differences"]) == ([], [])
    lines = lines_of(world, employee_id)
    assert {(each["why_not"], *each["uses"]) for each in lines} == {("used", "type2:skill")}
    (level,) = check(world, employee_id, level="skill")["levels"]
    assert {"awards", "counted_hours"} <= unmet(level)
    with pytest.raises(Conflict) as again:
        apply(world, employee_id)
    assert {each["code"] for each in again.value.details["missing"]} == {"awards", "counted_hours", "job_side_hours"}


def test_a_second_click_changes_nothing(world: Any) -> None:
    employee_id = applicant(world)
    application = apply(world, employee_id)
    application_id = application["application_id"]
    assert apply(world, employee_id) == application
    assert review(world, application_id) == review(world, application_id)
    assert sit(world, application_id, 70) == sit(world, application_id, 70)
    assert sign(world, application_id, "organisation") == sign(world, application_id, "organisation")
    done = sign(world, application_id, "committee")
    assert done["state"] == "awarded"
    assert [sign(world, application_id, side) for side in ("committee", "organisation")] == [done, done]
    assert len(world.said(Type2AwardedV1)) == 1
    assert len(whole(world, application_id)["moves"]) == 5
    other = apply(world, applicant(world))["application_id"]
    for _click in range(2):
        assert world.call("withdraw_type2_application", application_id=other, reason="انصراف")["state"] == "withdrawn"
    assert len(whole(world, other)["moves"]) == 2


def test_who_is_not_eligible_is_told_all_that_is_missing(world: Any) -> None:
    employee_id = applicant(world, job=79, general=40, education_status="equivalent")
    with pytest.raises(Conflict) as refused:
        apply(world, employee_id)
    assert refused.value.code == "not_eligible"
    missing = {each["code"]: each["missing"] for each in refused.value.details["missing"]}
    assert missing == {"degree_status": None, "counted_hours": 10, "job_side_hours": 10}


def test_one_application_of_a_person_runs_at_a_time(world: Any) -> None:
    employee_id = applicant(world)
    application_id = apply(world, employee_id)["application_id"]
    review(world, application_id)
    with pytest.raises(Conflict) as running:
        apply(world, employee_id)
    assert running.value.details == {"application_id": application_id, "level": "skill", "state": "accepted"}
    world.call("withdraw_type2_application", application_id=application_id)
    assert apply(world, employee_id)["application_id"] != application_id


def test_what_is_returned_is_made_again_by_the_regulation_of_its_day(world: Any) -> None:
    employee_id = applicant(world)
    first = apply(world, employee_id)
    with pytest.raises(Invalid) as without:
        review(world, first["application_id"], "returned")
    assert without.value.details["fields"].keys() == {"reason"}
    review(world, first["application_id"], "returned", reason="مدرک ناقص", minutes_number=None, minutes_on=None)
    record(world, "type2_thresholds", thresholds(world, hours=1300), effective_from=world.today + timedelta(days=1))
    again = apply(world, employee_id)
    assert (again["application_id"], again["state"]) == (first["application_id"], "applied")
    assert again["applied_on"] == str(world.today)
    assert [each.state for each in world.said(Type2MovedV1)] == ["applied", "returned", "applied"]
    refused = review(world, first["application_id"], "refused", reason="مغایرت")
    assert refused["state"] == "refused"
    with pytest.raises(Conflict) as late:
        review(world, first["application_id"])
    assert late.value.details == {"state": "refused", "possible": []}


def test_the_exam_may_be_sat_again_after_some_days_and_not_for_ever(world: Any) -> None:
    application_id = apply(world, applicant(world))["application_id"]
    review(world, application_id, minutes_on=world.today - timedelta(days=300))
    for back in (-1, 301):
        with pytest.raises(Invalid):
            sit(world, application_id, 80, back)
    assert sit(world, application_id, 59.5, 200)["state"] == "exam_failed"
    with pytest.raises(Conflict) as early:
        sit(world, application_id, 80, 111)
    assert early.value.details == {"from_day": str(world.today - timedelta(days=110))}
    sit(world, application_id, 50, 110)
    with pytest.raises(Conflict) as recorded:
        sit(world, application_id, 60, 110)
    assert recorded.value.code == "exam_recorded"
    assert sit(world, application_id, 60, 110, reason="اشتباه در ورود")["state"] == "exam_passed"
    assert sit(world, application_id, 55, 110, reason="اشتباه در تصحیح")["state"] == "exam_failed"
    assert sit(world, application_id, 10, 20)["state"] == "exam_failed"
    with pytest.raises(Conflict) as out:
        sit(world, application_id, 80)
    assert out.value.code == "no_attempt_left"
    assert [each["score"] for each in whole(world, application_id)["sittings"]] == [59.5, 55, 10]


def test_the_third_level_asks_for_a_project(world: Any) -> None:
    employee_id = applicant(world, education="کارشناسی")
    application_id = passed(world, employee_id, level="specialist_research")
    with pytest.raises(Conflict) as missing:
        sign(world, application_id, "committee")
    assert [each["code"] for each in missing.value.details["missing"]] == ["research_hours"]

    def project(hours: float) -> Any:
        said = {"title": "طرح نمونه", "hours": hours, "approved_on": world.today}
        return world.call("record_type2_research", OFFICER, application_id=application_id, **said)

    assert project(99)["research_hours"] == 99
    with pytest.raises(Conflict):
        sign(world, application_id, "committee")
    assert project(100) == project(100)
    sign(world, application_id, "committee")
    with pytest.raises(Conflict) as signed:
        project(120)
    assert signed.value.code == "already_signed"
    sign(world, application_id, "organisation")
    (event,) = world.said(Type2AwardedV1)
    assert (event.research_title, event.research_hours, event.counted_hours) == ("طرح نمونه", 100, 700)
    skill = passed(world, applicant(world))
    with pytest.raises(Conflict) as unasked:
        world.call("record_type2_research", application_id=skill, title="طرح", hours=100, approved_on=world.today)
    assert unasked.value.code == "no_research_asked"


def test_two_sign_and_never_one_for_both(world: Any) -> None:
    application_id = passed(world, applicant(world))
    for side, roles in (("organisation", OFFICER), ("committee", NATIONAL)):
        with pytest.raises(Forbidden) as role:
            sign(world, application_id, side, roles=roles)
        assert role.value.code == "role_missing"
    with pytest.raises(NotFound):
        sign(world, application_id, "committee", agency="AG-B")
    sign(world, application_id, "committee", roles=("certification_officer",))
    with pytest.raises(Forbidden) as system:
        sign(world, application_id, "organisation", system="training-desk")
    assert system.value.code == "four_eyes"
    said = {"number": "1", "decided_on": str(world.today), "name": "رئيس نمونه"}
    with pytest.raises(Forbidden) as name:
        sign(world, application_id, "organisation", decision=said)
    assert name.value.code == "four_eyes"
    with pytest.raises(Conflict) as signed:
        sign(world, application_id, "committee", decision=said)
    assert signed.value.code == "already_signed"
    with pytest.raises(Conflict):
        sit(world, application_id, 10, reason="تصحیح")
    early = said | {"name": "دیگری", "decided_on": str(world.today - timedelta(days=1))}
    with pytest.raises(Invalid):
        sign(world, application_id, "organisation", decision=early)
    assert sign(world, application_id, "organisation")["state"] == "awarded"


def test_nobody_decides_about_themselves(world: Any) -> None:
    employee_id = applicant(world)
    application_id = apply(world, employee_id, officer_id=world.employee())["application_id"]
    with pytest.raises(Forbidden) as own:
        review(world, application_id, officer_id=employee_id)
    assert own.value.code == "own_application"
    with pytest.raises(NotFound):
        review(world, application_id, officer_id=world.employee(agency_code="AG-B"))


def test_two_regimes_in_one_career_and_a_change_in_mid_year(world: Any) -> None:
    employee_id = applicant(world)
    year = jalali_year(world.today)
    first_day = jalali_year_bounds(year - 5)[0]
    # From the middle of that year on 60 hours count of a year: of this year and those after it, of none before.
    record(
        world, "type2_thresholds", thresholds(world, hours_per_year=60), effective_from=first_day + timedelta(days=90)
    )
    reply = check(world, employee_id, level="skill")
    (level,) = reply["levels"]
    assert [each["cap"] for each in level["years"]] == [120] * 6 + [60] * 4
    assert sum(each["counted_hours"] for each in level["years"]) == 6 * 120 + 4 * 60
    assert [each["key"] for each in reply["policies"]].count("type2_thresholds") == 2
    # On a day before the change, nothing is known of it.
    before = check(world, employee_id, level="skill", on=first_day)["levels"][0]
    assert {each["cap"] for each in before["years"]} == {120}
    assert sum(each["counted_hours"] for each in before["years"]) == 6 * 120
    add_line(world, employee_id, first_day, 500)
    assert check(world, employee_id, level="skill")["levels"][0]["years"][6]["counted_hours"] == 60


def test_caps_of_an_earlier_regime_are_said_where_the_latest_is_the_regulation(world: Any) -> None:
    employee_id = applicant(world)
    since = jalali_year_bounds(jalali_year(world.today) - 5)[0]
    record(world, "type2_thresholds", thresholds(world, hours_per_year=130), effective_from=since, confidence="F")
    reply = check(world, employee_id, level="skill")
    assert {each["cap"] for each in reply["levels"][0]["years"]} == {120, 130}
    assert "not the regulation" in reply["notes"][0]["en"]
    awarded(world, employee_id)
    said = [each for each in world.said(Type2AwardedV1)[0].policies if each.key == "type2_thresholds"]
    assert [(each.confidence, each.effective_from == since) for each in said] == [("I", False), ("F", True)]


def test_lists_show_what_the_caller_may_see_page_by_page(world: Any) -> None:
    mine = [apply(world, applicant(world))["application_id"] for _person in range(3)]
    theirs = apply(world, applicant(world, agency_code="AG-B"), agency="AG-B")["application_id"]
    first = world.call("list_type2_applications", OFFICER, limit=2)
    second = world.call("list_type2_applications", OFFICER, limit=2, cursor=first["next"])
    assert [each["application_id"] for each in first["items"] + second["items"]] == mine
    assert second["next"] is None
    everything = world.call("list_type2_applications", state="applied", level="skill")["items"]
    assert [each["application_id"] for each in everything] == [*mine, theirs]
    with pytest.raises(NotFound):
        world.call("list_type2_applications", OFFICER, agency_code="AG-B")
    with pytest.raises(NotFound):
        whole(world, theirs, roles=OFFICER)
    world.call("change_agency", code="AG-B", parent_code="AG-A")
    assert whole(world, theirs, roles=OFFICER)["application_id"] == theirs
    assert UUID(theirs)


def test_hours_of_an_early_step_count_no_more_and_are_free_when_it_is_taken_back(world: Any) -> None:
    employee_id = applicant(world)
    line_id = lines_of(world, employee_id)[0]["line_id"]
    step = {"employee_id": employee_id, "decision_number": "۱۷", "used_on": world.today}

    def use(**changes: Any) -> Any:
        return world.call("record_early_step", OFFICER, **(step | {"line_ids": [line_id]} | changes))

    assert use() == use()
    assert lines_of(world, employee_id)[0]["why_not"] == "used"
    with pytest.raises(Conflict) as refused:
        apply(world, employee_id)
    assert {each["code"]: each["missing"] for each in refused.value.details["missing"]} == {
        "counted_hours": 80,
        "job_side_hours": 80,
    }
    with pytest.raises(Conflict) as used:
        use(decision_number="۱۸")
    assert used.value.details == {"lines": [line_id]}
    with pytest.raises(Invalid):
        use(line_ids=[str(UUID(int=7))])
    back = {"employee_id": employee_id, "decision_number": "۱۷", "reason": "لغو حکم"}
    for _click in range(2):
        assert world.call("withdraw_early_step", OFFICER, **back)["lines"] == []
    with pytest.raises(NotFound):
        world.call("withdraw_early_step", OFFICER, **(back | {"decision_number": "۹۹"}))
    awarded(world, employee_id)
    with pytest.raises(Conflict) as spent:
        use()
    assert spent.value.code == "hours_used"


def test_an_award_is_in_the_record_of_what_hours_were_used_for(world: Any) -> None:
    employee_id = applicant(world, job=100, general=20)
    year = jalali_year(world.today)
    extra = add_line(world, employee_id, jalali_year_bounds(year - 1)[0], 50)
    awarded(world, employee_id)
    free = {each["line_id"] for each in lines_of(world, employee_id) if not each["uses"]}
    assert free == {str(extra)}
