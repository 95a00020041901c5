"""Annual plans: saved, submitted, decided on, revised; and who sees them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from services.catalog.domain import plans as domain
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

OFFICER, AUDITOR, NATIONAL = ("training_officer",), ("auditor",), ("national",)
NEED = {"number": 1, "job_family": "کارشناس", "people": 30, "hours": 4, "source": "appraisal", "course_code": "RD-01"}
LINE = {"course_code": "RD-01", "quarter": 1, "offerings": 2, "seats": 20, "cost": 30_000_000}
CONTENT = {
    "headcount": {"managers": 10, "staff": 90},
    "needs": [NEED],
    "planned_offerings": [LINE],
    "budget": 10**15,
}
MINUTES = {"minutes_number": "12/الف", "minutes_on": "2026-11-23"}


class Plans:
    """Calls about the plan of MOH for 1406, made on 1405/09/03; RD-01 is published, with 4 hours."""

    def __init__(self, catalog: Any) -> None:
        self.catalog = catalog
        catalog.publish_new()

    def call(self, method: str, **arguments: Any) -> Any:
        return self.catalog.call(method, **{"roles": OFFICER, "agency_code": "MOH", "jalali_year": 1406} | arguments)

    def save(self, edit: int = 0, **changes: Any) -> Any:
        return self.call("save_annual_plan", edit=edit, **CONTENT | changes)

    def submit(self, **arguments: Any) -> Any:
        return self.call("submit_annual_plan", **arguments)

    def decide(self, revision: int = 1, **arguments: Any) -> Any:
        """Approve as another system of the agency, unless something else is said."""
        said = {"system": "committee", "revision": revision, "approve": True} | MINUTES
        return self.call("decide_annual_plan", **said | arguments)

    def get(self, **arguments: Any) -> Any:
        return self.call("get_annual_plan", **{"roles": AUDITOR} | arguments)

    def approve(self) -> Any:
        self.save()
        self.submit()
        return self.decide()

    def listed(self, agency: str = "MOH", roles: tuple[str, ...] = AUDITOR, **asked: Any) -> list[tuple[str, int]]:
        pages = self.catalog.pages("list_annual_plans", 2, roles=roles, agency=agency, **asked)
        return [(item["agency_code"], item["jalali_year"]) for page in pages for item in page]


@pytest.fixture
def plans(catalog: Any) -> Iterator[Plans]:
    with time_machine.travel(datetime(2026, 11, 24, 8, tzinfo=UTC), tick=True):
        yield Plans(catalog)


def test_a_plan_says_what_it_comes_to(plans: Plans) -> None:
    plans.save(needs=[NEED, NEED | {"number": 2, "people": 15, "source": "law"}])
    reply = plans.get()
    assert (reply["revision"], reply["status"], reply["edit"], reply["approved_revision"]) == (1, "draft", 1, None)
    figures = reply["figures"]
    minimum = figures.pop("minimum_hours")
    assert (minimum["managers"], minimum["staff"], minimum["basis"]) == (60, 40, "regulation")
    assert "200/90/31146" in minimum["source"]
    # 10 x 60 + 90 x 40 are required; 2 x 20 seats x 4 hours are planned, 1.6 for each of 100 heads.
    assert figures == {
        "required_hours": 4200,
        "needed_hours": 180,
        "planned_hours": 160,
        "planned_seats": 40,
        "coverage": 0.0381,
        "shortfall_hours": 4040,
        "hours_per_head": {"managers": 1.6, "staff": 1.6},
        "planned_cost": 30_000_000,
        "budget_left": 10**15 - 30_000_000,
        "needs_not_covered": [{"number": 2, "people": 15, "seats": 10}],
    }
    assert reply["calendar"] == {
        "needs_from_on": "2026-11-22",
        "needs_until_on": "2027-02-19",
        "approve_until_on": "2027-03-20",
        "basis": "default",
    }


def test_the_minimum_is_that_of_the_first_day_of_the_year(plans: Plans) -> None:
    policy = {"key": "yearly_minimum_hours", "source": "نمونه", "confidence": "policy_default", "reason": "نمونه"}
    for day, managers in (("2027-03-21", 70), ("2027-03-22", 99)):
        value = {"managers": managers, "staff": 40}
        plans.catalog.call("record_policy", **policy, value=value, effective_from=day)
    assert plans.save()["figures"]["required_hours"] == 10 * 70 + 90 * 40
    assert plans.save(jalali_year=1405)["figures"]["required_hours"] == 4200


def test_a_year_before_the_circular_has_no_minimum(plans: Plans) -> None:
    figures = plans.save(jalali_year=1390)["figures"]
    assert (figures["minimum_hours"], figures["required_hours"], figures["coverage"]) == (None, None, None)


def test_hours_and_competences_are_kept_as_they_were_when_the_plan_was_saved(plans: Plans) -> None:
    levels = [{"fa": "پایه"}]
    plans.catalog.call("define_competence", roles=("catalog_admin",), code="COMM", title={"fa": "نمونه"}, levels=levels)
    plans.catalog.publish_new("OC-01", hours=6, competences=[{"code": "COMM", "level": 1}])
    need = {**NEED, "course_code": None, "competence": "comm", "people": 20}
    lines = [{**LINE, "course_code": "oc-01", "quarter": None, "month": 7}, {**LINE, "hours": 2.5}]
    plans.save(needs=[need], planned_offerings=lines)
    plans.catalog.publish_new("OC-01", hours=8)
    reply = plans.get()
    kept = [(line["course_version"], line["hours"], line["hours_given"]) for line in reply["planned_offerings"]]
    assert kept == [(1, 6.0, False), (1, 2.5, True)]
    assert reply["figures"]["needs_not_covered"] == []
    again = plans.save(edit=1, needs=[need], planned_offerings=lines)
    assert again["planned_offerings"][0]["hours"] == 8.0
    assert again["figures"]["needs_not_covered"] == [{"number": 1, "people": 20, "seats": 0}]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"planned_offerings": [LINE, LINE | {"course_code": "RD-99"}]}, {"planned_offerings[1].course_code"}),
        ({"planned_offerings": [LINE | {"month": 1}]}, {"planned_offerings[0].quarter"}),
        ({"planned_offerings": [LINE | {"cost": 1.5, "quarter": 5, "seats": 0}]},
         {f"planned_offerings[0].{name}" for name in ("cost", "quarter", "seats")}),
        ({"needs": [NEED | {"competence": "SING"}, NEED | {"course_code": "RD-99"}]},
         {"needs[0].competence", "needs[1].number", "needs[1].course_code"}),
        ({"needs": [NEED | {"source": "whim"}], "budget": 10**15 + 1}, {"needs[0].source", "budget"}),
        ({"jalali_year": 1379}, {"jalali_year"}),
        ({"jalali_year": 1411}, {"jalali_year"}),
    ],
)  # fmt: skip
def test_every_wrong_field_of_a_plan_is_named(plans: Plans, changes: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        plans.save(**changes)
    assert set(refused.value.details["fields"]) == fields
    assert plans.listed() == []


def test_a_draft_course_may_be_needed_but_not_planned(plans: Plans) -> None:
    plans.catalog.define("OC-01")
    assert plans.save(needs=[NEED | {"course_code": "OC-01"}])["edit"] == 1
    with pytest.raises(Invalid) as refused:
        plans.save(edit=1, planned_offerings=[LINE | {"course_code": "OC-01"}])
    assert set(refused.value.details["fields"]) == {"planned_offerings[0].course_code"}


def test_a_save_on_top_of_anothers_is_refused_with_the_current_number(plans: Plans) -> None:
    plans.save()
    plans.save(edit=1, budget=1)
    with pytest.raises(Conflict) as refused:
        plans.save(edit=1, budget=2)
    assert (refused.value.code, refused.value.details) == ("plan_changed", {"edit": 2})
    assert plans.get()["budget"] == 1


@pytest.mark.parametrize("edit", [0, 1])
def test_of_many_saves_with_the_same_number_one_wins(plans: Plans, edit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if edit:
        plans.save()
    check = domain.check_edit

    def check_at_leisure(current: int, given: int) -> None:
        check(current, given)
        time.sleep(0.05)  # long enough for all the others to come in between, if they could

    monkeypatch.setattr(domain, "check_edit", check_at_leisure)

    def save(budget: int) -> Any:
        try:
            return plans.save(edit=edit, budget=budget)["budget"]
        except Conflict as conflict:
            return conflict.code, conflict.details["edit"]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(save, range(4)))
    won = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert len(won) == 1
    assert outcomes.count(("plan_changed", edit + 1)) == 3
    assert plans.get()["budget"] == won[0]
    assert plans.get()["edit"] == edit + 1


def test_a_plan_goes_to_the_committee_comes_back_and_is_approved(plans: Plans) -> None:
    plans.save(reason="سال نو")
    assert plans.submit()["status"] == "submitted"
    returned = plans.decide(approve=False, reason="بودجه کم است")
    assert (returned["status"], returned["approved_revision"]) == ("returned", None)
    assert plans.save(edit=1, budget=5)["status"] == "returned"
    plans.submit(edit=2, reason="اصلاح شد")
    approved = plans.decide(minutes_number="13")
    assert (approved["status"], approved["approved_revision"]) == ("approved", 1)
    steps = [(each["action"], each["edit"], each["system"], each["reason"]) for each in approved["steps"]]
    assert steps == [
        ("begun", 1, "test", "سال نو"),
        ("submitted", 1, "test", None),
        ("returned", 1, "committee", "بودجه کم است"),
        ("submitted", 2, "test", "اصلاح شد"),
        ("approved", 2, "committee", None),
    ]
    assert [(each["minutes_number"], each["minutes_on"]) for each in approved["steps"][2::2]] == [
        ("12/الف", "2026-11-23"),
        ("13", "2026-11-23"),
    ]
    assert approved["steps"][0]["at"].startswith("2026-11-24T08:00")


def test_an_approved_plan_is_changed_only_by_a_revision_that_is_approved_in_turn(plans: Plans) -> None:
    plans.approve()
    second = plans.save(edit=1, budget=7, reason="بودجهٔ متمم")
    assert (second["revision"], second["status"], second["approved_revision"]) == (2, "draft", 1)
    first = plans.get(revision=1)
    assert (first["budget"], first["status"], first["newest_revision"]) == (10**15, "approved", 2)
    plans.submit()
    assert plans.decide(2, approve=False, reason="نمونه")["approved_revision"] == 1
    plans.submit()
    assert plans.decide(2)["approved_revision"] == 2
    assert plans.get()["budget"] == 7
    assert plans.get(revision=1)["budget"] == 10**15


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"needs": [], "planned_offerings": []}, {"needs", "planned_offerings"}),
        ({"needs": [NEED | {"people": 101}]}, {"needs[0].people"}),
        ({"headcount": {"managers": 0, "staff": 0}}, {"headcount", "needs[0].people"}),
    ],
)
def test_a_plan_that_nobody_could_decide_on_is_not_submitted(
    plans: Plans, changes: dict[str, Any], fields: set[str]
) -> None:
    plans.save(**changes)
    with pytest.raises(Invalid) as refused:
        plans.submit()
    assert set(refused.value.details["fields"]) == fields
    assert plans.get()["status"] == "draft"


def test_a_plan_whose_course_retired_meanwhile_is_not_submitted(plans: Plans) -> None:
    plans.save()
    plans.catalog.call("retire_course", roles=("catalog_admin",), course_code="RD-01", reason="نمونه")
    with pytest.raises(Invalid) as refused:
        plans.submit()
    assert set(refused.value.details["fields"]) == {"planned_offerings[0].course_code"}


def test_while_the_committee_has_a_plan_nobody_edits_it(plans: Plans) -> None:
    plans.save()
    plans.submit()
    for attempt in (lambda: plans.save(edit=1), plans.submit):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "plan_submitted"


def test_the_committee_decides_on_what_it_has_read(plans: Plans) -> None:
    plans.save()
    with pytest.raises(Conflict) as early:
        plans.decide()
    plans.save(edit=1)
    with pytest.raises(Conflict) as outdated:
        plans.submit(edit=1)
    plans.submit(edit=2)
    with pytest.raises(Conflict) as unread:
        plans.decide(edit=1)
    plans.decide(edit=2)
    with pytest.raises(Conflict) as late:
        plans.decide()
    codes = [refused.value.code for refused in (early, outdated, unread, late)]
    assert codes == ["plan_not_submitted", "plan_changed", "plan_changed", "plan_approved"]


def test_minutes_are_not_of_the_future_and_a_return_has_reasons(plans: Plans) -> None:
    plans.save()
    plans.submit()
    with pytest.raises(Invalid) as refused:
        plans.decide(approve=False, minutes_on="2026-11-25")
    assert set(refused.value.details["fields"]) == {"reason", "minutes_on"}


def test_the_system_that_submitted_a_plan_does_not_decide_on_it(plans: Plans) -> None:
    plans.save(system="planning")
    plans.submit(system="planning")
    with pytest.raises(Forbidden) as refused:
        plans.decide(system="planning")
    assert refused.value.code == "four_eyes"
    assert plans.get()["status"] == "submitted"
    assert plans.decide(system="planning", roles=NATIONAL, agency="ORG")["status"] == "approved"


def test_another_agencys_plan_is_not_there(plans: Plans) -> None:
    plans.approve()
    for call in (plans.get, plans.submit, plans.decide, lambda **caller: plans.call("follow_annual_plan", **caller)):
        with pytest.raises(NotFound) as refused:
            call(agency="MOE")
        assert refused.value.code == "plan_not_found"
    with pytest.raises(NotFound) as unsaved:
        plans.save(edit=1, agency="MOE")
    assert unsaved.value.code == "agency_not_found"


def test_an_agency_that_was_not_heard_of_yet_is_worth_another_try(plans: Plans) -> None:
    with pytest.raises(Unavailable) as refused:
        plans.save(agency_code="NEW", roles=NATIONAL)
    assert refused.value.code == "agency_not_known_yet"


@pytest.mark.parametrize(
    ("year", "revision"), [(1407, None), (1406, 2), (10**9, None), (-5, 1)]
)  # fmt: skip
def test_what_is_not_there_is_not_found(plans: Plans, year: int, revision: int | None) -> None:
    plans.save()
    with pytest.raises(NotFound) as refused:
        plans.get(jalali_year=year, revision=revision)
    assert refused.value.code == "plan_not_found"


def test_auditors_read_and_do_not_write(plans: Plans) -> None:
    plans.save()
    for call in (plans.save, plans.submit, plans.decide):
        with pytest.raises(Forbidden) as refused:
            call(roles=("auditor", "agency_system"))
        assert refused.value.code == "role_missing"


def test_plans_are_listed_by_agency_and_year_each_for_its_own(plans: Plans) -> None:
    for agency, year in (("TAX", 1406), ("MOH", 1405), ("MOE", 1406), ("MOH", 1406)):
        plans.save(agency_code=agency, jalali_year=year, agency=agency)
    assert plans.listed("MOH") == [("MOH", 1405), ("MOH", 1406)]
    everything = [("MOE", 1406), ("MOH", 1405), ("MOH", 1406), ("TAX", 1406)]
    assert plans.listed("ORG", NATIONAL) == everything
    assert plans.listed("ORG", NATIONAL, jalali_year=1406) == [("MOE", 1406), ("MOH", 1406), ("TAX", 1406)]
    plans.submit()
    assert plans.listed("ORG", NATIONAL, status="submitted") == [("MOH", 1406)]
    (item,) = plans.catalog.call("list_annual_plans", roles=AUDITOR, jalali_year=1405)["items"]
    assert (item["figures"]["coverage"], item["status"], item["saved_by"]) == (0.0381, "draft", "test")
    assert "needs" not in item


def test_a_cursor_of_another_list_is_refused(plans: Plans) -> None:
    with pytest.raises(Invalid) as refused:
        plans.catalog.call(
            "list_annual_plans", cursor="eyJhZ2VuY3lfY29kZSI6Ik1PSCIsImphbGFsaV95ZWFyIjoiOTk5OTk5OTk5OTkifQ"
        )
    assert set(refused.value.details["fields"]) == {"cursor"}
