"""Figures of agencies by Jalali year, against sums made by hand; who sees them, and how they are kept up."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.enrollment.models import compliance as models
from services.enrollment.models import compliance_counts as counts
from services.enrollment.models import employees
from services.enrollment.models.hours import set_asked
from services.enrollment.models.ranks import rank_decisions
from services.enrollment.models.record import add_entries, person_years
from services.enrollment.models.type2 import applications
from shared import migrate
from shared.database import Database
from shared.errors import NotFound
from shared.events import PlanApprovedV1
from shared.events.catalog import PlannedType
from shared.ids import new_id
from shared.persian import jalali_year
from tests.harness import Databases, Harness
from tests.integration.enrollment.conftest import World
from tests.integration.enrollment.forms import answer_all, join, over, taken
from tests.integration.enrollment.test_enrollment_upgrade import (
    AGENCY,
    EMPLOYEE,
    ENROLLMENT,
    HELD,
    MOMENT,
    OFFERING,
    PERSON,
    SEAT,
    insert,
)

DAY = date(2025, 9, 1)
YEAR = 1404  # 2025-03-21 to 2026-03-20, 365 days; the tests run in 1405/09
AUDITOR = ("auditor",)


class Figures:
    """People of AG-A (a ministry), AG-B below it, and AG-C beside them, with hours of a year that is over."""

    def __init__(self, world: World) -> None:
        self.world, self.harness = world, world.harness
        world.call("change_agency", code="AG-B", parent_code="AG-A")

    def asked(self, agency: str, group: str, hours: float, days: int = 365, year: int = YEAR) -> UUID:
        """Somebody who was employed in the year, and what it asks of them."""
        person = UUID(self.world.employee(agency_code=agency))
        self.asks(person, agency, group, hours, days, year)
        return person

    def asks(self, person: UUID, agency: str, group: str, hours: float, days: int = 365, year: int = YEAR) -> None:
        row = {"employee_id": person, "jalali_year": year, "agency_code": agency, "staff_group": group, "days": days}
        with self.harness.db.transaction() as tx:
            set_asked(tx, [row | {"required_hours": hours}])

    def does(self, person: UUID, agency: str, kind: str, hours: float, **changes: Any) -> dict[str, Any]:
        """A line of somebody's record; the entry."""
        made = new_id()
        entry = {
            "id": made,
            "employee_id": person,
            "line_id": made,
            "source": "own",
            "reverses": None,
            "counted": True,
            "recorded_at": datetime.now(UTC),
            "recorded_by": "test",
            "agency_code": agency,
            "course_title": {"fa": "دوره نمونه"},
            "course_type": kind,
            "hours": hours,
            "completed_on": DAY,
            "jalali_year": YEAR,
        } | changes
        with self.harness.db.transaction() as tx:
            add_entries(tx, [entry])
        return entry

    def count(self) -> None:
        self.harness.service.count_agency_years()
        self.harness.service.count_agency_answers()

    def of(self, agency: str, *, caller: str | None = None, year: int = YEAR, **asked: Any) -> Any:
        whose: dict[str, Any] = {"roles": AUDITOR, "agency": caller} if caller else {}
        return self.world.call("agency_compliance", agency_code=agency, jalali_year=year, **whose, **asked)

    def listed(self, **asked: Any) -> Any:
        return self.world.call("list_agency_compliance", **{"jalali_year": YEAR} | asked)


@pytest.fixture
def figures(world: World) -> Iterator[Figures]:
    with time_machine.travel(datetime(2026, 11, 24, 8, tzinfo=UTC), tick=True):
        yield Figures(world)


def plan(agency: str = "AG-A", revision: int = 1, **changes: Any) -> PlanApprovedV1:
    said: dict[str, Any] = {
        "approval_id": uuid4(),
        "agency_code": agency,
        "jalali_year": YEAR,
        "revision": revision,
        "headcount": 3,
        "offerings": 2,
        "people": 10,
        "hours": 80.0,
        "by_type": [
            PlannedType(course_type="job", people=6, hours=60.0),
            PlannedType(course_type="cultural", people=4, hours=20.0),
        ],
        "budget": 500,
        "minutes_number": f"{revision}/الف",
        "approved_on": date(2025, 3, 1),
        "approved_at": datetime(2025, 3, 1, 8, tzinfo=UTC),
    }
    return PlanApprovedV1(**said | changes)


def ministry(figures: Figures) -> list[UUID]:
    """AG-A: a manager (60 asked, 24 + 6 done), staff (40, 50 done), staff (40, nothing), a contract (0, 4 done)."""
    manager, eager, idle, contract = (
        figures.asked("AG-A", group, hours)
        for group, hours in (("manager", 60), ("staff", 40), ("staff", 40), ("contract", 0))
    )
    figures.does(manager, "AG-A", "managerial", 24)
    figures.does(manager, "AG-A", "induction", 6)
    figures.does(eager, "AG-A", "job", 50)
    figures.does(contract, "AG-A", "cultural", 4)
    return [manager, eager, idle, contract]


def test_coverage_hours_and_what_is_missing_by_person_and_on_average(figures: Figures) -> None:
    ministry(figures)
    figures.count()
    reply = figures.of("AG-A")
    # 3 of 4 trained by 4 lines. 24 + 6 + 50 + 4 = 84 hours, job side 24 + 50 = 74, induction counts as general: 10.
    # The minimum is asked of three: 60 + 40 + 40 = 140, and they did 80. Persons: the manager misses 30, the idle one
    # 40. Average: 140 - 80 = 60, 20 a head.
    assert reply["total"] == {
        "people": 4,
        "trained": 3,
        "coverage": 0.75,
        "completions": 4,
        "hours": 84.0,
        "job_hours": 74.0,
        "general_hours": 10.0,
        "hours_per_head": 21.0,
        "person": {"people": 3, "people_short": 2, "share_short": 0.6667, "missing_hours": 70.0},
        "average": {
            "people": 3,
            "hours": 80.0,
            "hours_per_head": 26.67,
            "required_hours": 140.0,
            "required_per_head": 46.67,
            "reached": 0.5714,
            "missing_hours": 60.0,
            "missing_per_head": 20.0,
        },
    }
    by_group = {group["staff_group"]: group for group in reply["groups"]}
    assert list(by_group) == ["manager", "staff", "contract"]
    staff = by_group["staff"]
    # Staff: 50 of 80 hours, 25 a head, one of two short by 40; on average they miss 30.
    assert (staff["people"], staff["coverage"], staff["hours_per_head"]) == (2, 0.5, 25)
    assert staff["person"] == {"people": 2, "people_short": 1, "share_short": 0.5, "missing_hours": 40.0}
    assert (staff["average"]["required_per_head"], staff["average"]["missing_hours"]) == (40, 30.0)
    assert by_group["contract"]["average"]["reached"] is None  # nothing is asked of them
    assert (reply["state"], reply["days_gone"], reply["required_hours_so_far"]) == ("over", 365, 140.0)
    assert (reply["plan"], reply["has_data"], reply["beside"]["people"]) == (None, True, 0)
    minimum = next(one for one in reply["policies"] if one["key"] == "annual_minimum_hours")
    assert (minimum["value"], minimum["confidence"]) == ({"manager": 60, "staff": 40}, "F")
    binds = next(one for one in reply["policies"] if one["key"] == "minimum_binds")
    assert (binds["value"], binds["confidence"], binds["basis"]) == ("both", "X", "default")


def test_figures_follow_corrections_moves_and_merged_rows(figures: Figures) -> None:
    manager, eager, *_others = ministry(figures)
    figures.count()
    first = figures.does(eager, "AG-A", "job", 10, counted=False)
    figures.does(eager, "AG-A", "job", 50, id=new_id(), reverses=first["id"])
    assert figures.of("AG-A")["total"]["hours"] == 84.0
    figures.asks(manager, "AG-A", "manager", 30, days=180)
    figures.asks(manager, "AG-C", "staff", 20, days=185)
    figures.does(manager, "AG-C", "job", 25)
    before = figures.of("AG-A")
    # Not counted again yet: the figures are those of the moment of the first change since then, and say so.
    with figures.harness.db.reading() as tx:
        since = models.marked_since(tx, ["AG-A"], YEAR)
    assert since is not None
    assert (before["total"]["average"]["required_hours"], before["as_of"]) == (140.0, f"{since:%Y-%m-%dT%H:%M:%S.%f}Z")
    figures.count()
    here, there = figures.of("AG-A")["total"], figures.of("AG-C")["total"]
    # The eager one: 50 - 50 = 0. The manager's 30 hours stay in AG-A, where half a year asks 30; AG-C has the other 25.
    assert (here["hours"], here["average"]["required_hours"], here["trained"]) == (34.0, 110.0, 2)
    assert (here["person"]["people_short"], here["person"]["missing_hours"]) == (2, 80.0)
    assert (there["people"], there["hours"], there["person"]["people_short"]) == (1, 25.0, 0)
    assert there["average"]["required_hours"] == 20.0
    with figures.harness.db.transaction() as tx:  # as a merge of registrations does it
        tx.execute(sa.delete(person_years).where(person_years.c.employee_id == manager))
    figures.count()
    assert (figures.of("AG-A")["total"]["people"], figures.of("AG-C")["total"]["people"]) == (3, 0)


def test_a_completion_is_in_the_figures_once_it_was_counted(figures: Figures) -> None:
    world = figures.world
    done, idle = world.employees(2)
    enrollment_id = world.complete(done)
    figures.harness.service.work_out_years()
    figures.count()
    reply = figures.of("AG-A", year=1405)["total"]
    assert (reply["people"], reply["trained"], reply["hours"], reply["person"]["people_short"]) == (2, 1, 10.0, 2)
    world.call("correct_result", enrollment_id=enrollment_id, attended_hours=1, score=0, reason="ثبت نادرست")
    figures.count()
    reply = figures.of("AG-A", year=1405)["total"]
    assert (reply["people"], reply["trained"], reply["completions"], reply["hours"]) == (2, 0, 0, 0.0)
    # After a merge of registrations there is one person.
    world.call("merge_employees", employee_id=done, duplicate_id=idle, reason="ثبت دوباره", dry_run=False)
    figures.harness.service.work_out_years()
    figures.count()
    assert figures.of("AG-A", year=1405)["total"]["people"] == 1


def test_a_ministry_reads_its_tree_and_nobody_elses(figures: Figures) -> None:
    ministry(figures)
    below = figures.asked("AG-B", "staff", 40)
    figures.does(below, "AG-B", "job", 40)
    other = figures.asked("AG-C", "staff", 40)
    figures.does(other, "AG-C", "job", 1)
    figures.count()
    tree = figures.of("AG-A", caller="AG-A")
    assert (tree["agencies"], tree["total"]["people"], tree["total"]["hours"]) == (2, 5, 124.0)
    assert figures.of("AG-A", caller="AG-A", with_below=False)["total"]["people"] == 4
    assert figures.of("AG-B", caller="AG-A")["total"]["person"]["people_short"] == 0
    for agency, caller in (("AG-A", "AG-B"), ("AG-C", "AG-A"), ("AG-X", "AG-A")):
        with pytest.raises(NotFound) as refused:
            figures.of(agency, caller=caller)
        assert refused.value.code == "agency_not_found"
    for call in (figures.of, lambda code: figures.listed(agency_code=code, roles=AUDITOR, agency="AG-A")):
        with pytest.raises(NotFound):
            call("AG-X")
    mine = figures.listed(roles=AUDITOR, agency="AG-A")
    assert [item["agency_code"] for item in mine["items"]] == ["AG-A", "AG-B"]
    assert (mine["total"]["agencies"], mine["total"]["people"], mine["total"]["hours"]) == (2, 5, 124.0)
    # From the day that it is moved in the tree, another agency above reads it.
    figures.world.call("change_agency", code="AG-B", parent_code="AG-C")
    assert figures.of("AG-A", caller="AG-A")["total"]["people"] == 4
    assert figures.of("AG-C", caller="AG-C")["total"]["people"] == 2


def test_all_agencies_page_by_page_with_the_total_of_all(figures: Figures) -> None:
    ministry(figures)
    figures.asked("AG-C", "staff", 40)
    figures.harness.deliver(plan("AG-C"))
    figures.count()
    first = figures.listed(limit=2)
    assert [item["agency_code"] for item in first["items"]] == ["AG-A", "AG-B"]
    rest = figures.listed(limit=2, cursor=first["next"])
    (last,) = rest["items"]
    assert (last["agency_code"], last["coverage"], last["planned_hours"], rest["next"]) == ("AG-C", 0.0, 80.0, None)
    empty = first["items"][1]
    assert (empty["people"], empty["coverage"], empty["hours_per_head"], empty["planned_hours"]) == (
        0,
        None,
        None,
        None,
    )
    assert (empty["parent_code"], empty["average"]["reached"]) == ("AG-A", None)
    assert first["total"] == rest["total"]
    # Asked are 140 of AG-A and 40 of AG-C; short are two of AG-A by 70 and one of AG-C by 40, of four.
    total = first["total"]
    assert (total["agencies"], total["agencies_with_plan"], total["planned_hours"]) == (3, 1, 80.0)
    assert (total["people"], total["hours"], total["average"]["required_hours"]) == (5, 84.0, 180.0)
    assert total["person"] == {"people": 4, "people_short": 3, "share_short": 0.75, "missing_hours": 110.0}


def test_a_plan_against_what_was_done(figures: Figures) -> None:
    manager, *_others = ministry(figures)
    figures.harness.deliver(plan(revision=2, hours=80.0))
    figures.harness.deliver(plan(revision=1, hours=1.0, by_type=[]))
    figures.harness.deliver(plan("AG-B"))
    taken_back = figures.does(manager, "AG-A", "job", 8)
    figures.does(manager, "AG-A", "job", 8, id=new_id(), line_id=taken_back["line_id"], reverses=taken_back["id"])
    figures.count()
    reply = figures.of("AG-A", with_below=False)["plan"]
    assert (reply["revision"], reply["minutes_number"], reply["budget"], reply["agencies"]) == (2, "2/الف", 500, 1)
    rows = {row.pop("course_type"): tuple(row.values()) for row in reply["by_type"]}
    # (planned people and hours, done people and hours, share): managers' and induction courses were not planned.
    assert rows == {
        "job": (6, 60.0, 1, 50.0, 0.8333),
        "cultural": (4, 20.0, 1, 4.0, 0.2),
        "managerial": (0, 0.0, 1, 24.0, None),
        "induction": (0, 0.0, 1, 6.0, None),
    }
    assert (reply["planned_hours"], reply["done_hours"], reply["hours_share"]) == (80.0, 84.0, 1.05)
    tree = figures.of("AG-A")["plan"]
    assert (tree["agencies"], tree["revision"], tree["budget"], tree["planned_people"]) == (2, 2, 1000, 20)
    assert figures.of("AG-C")["plan"] is None


def test_years_without_data_ahead_and_running(figures: Figures) -> None:
    person = figures.asked("AG-A", "staff", 40, year=1405)
    figures.does(person, "AG-A", "job", 10, jalali_year=1405, completed_on=date(2026, 5, 1))
    figures.count()
    running = figures.of("AG-A", year=1405)
    # 1405 began on 2026-03-21: 248 whole days before 2026-11-24, of 365. 40 x 248 / 365 = 27.178.
    assert (running["state"], running["days_gone"], running["required_hours_so_far"]) == ("running", 248, 27.18)
    assert running["total"]["person"]["missing_hours"] == 30.0
    for year, state in ((1350, "over"), (1403, "over"), (1406, "ahead")):
        reply = figures.of("AG-A", year=year)
        assert (reply["state"], reply["has_data"], reply["total"]["people"]) == (state, False, 0)
        assert (reply["total"]["coverage"], reply["total"]["average"]["reached"]) == (None, None)
    assert figures.of("AG-A", year=1350)["policies"][-1]["key"] == "min_answers_shown"


def test_of_a_year_long_before_an_agency_came_it_is_said_that_figures_are_not_complete(figures: Figures) -> None:
    # The agencies came in 1405. Of two people there since 2015, one has a record of 1400: all that year knows of.
    people = [UUID(figures.world.employee(hired_on=date(2015, 1, 1))) for _person in range(2)]
    figures.does(people[0], "AG-A", "job", 50, jalali_year=1400, completed_on=date(2021, 9, 1))
    figures.harness.service.work_out_years()
    figures.count()
    for year, people_then, complete in ((1404, 2, True), (1400, 1, False)):
        reply = figures.of("AG-A", year=year, with_below=False)
        assert (reply["total"]["people"], reply["agencies"], reply["complete_agencies"]) == (people_then, 1, complete)
        listed = figures.listed(jalali_year=year)
        assert {item["is_complete"] for item in listed["items"]} == {complete}
        assert listed["total"]["complete_agencies"] == 3 * complete


def test_hours_of_people_whose_employment_is_not_known_are_beside_the_others(figures: Figures) -> None:
    stranger = UUID(figures.world.employee(agency_code="AG-B"))
    figures.does(stranger, "AG-A", "job", 12)
    figures.count()
    reply = figures.of("AG-A", with_below=False)
    assert reply["beside"] == {"people": 1, "completions": 1, "hours": 12.0}
    assert (reply["total"]["people"], reply["total"]["hours"]) == (0, 0.0)


def test_sums_are_those_of_a_recount_however_many_write_and_count_at_once(figures: Figures) -> None:
    people = ministry(figures)

    def write(place: int) -> None:
        for number in range(8):
            figures.does(people[place], "AG-A", ("job", "cultural", "general_ability")[number % 3], 0.1 + number)

    def count(_place: int) -> None:
        for _ in range(6):
            figures.harness.service.count_agency_years()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, place) for place in (0, 1) for work in (write, count)]:
            done.result()
    figures.count()
    with figures.harness.db.transaction() as tx:
        kept = {row.staff_group: row for row in models.sums_by_agency(tx, ["AG-A"], YEAR)}
        own = person_years.c
        counted = tx.execute(
            sa.select(own.staff_group, sa.func.count(), sa.func.sum(own.lines), sa.func.sum(own.job_hours))
            .where(own.agency_code == "AG-A")
            .group_by(own.staff_group)
        ).all()
        assert len(counted) == 3
        for group, number, lines, hours in counted:
            row = kept[group]
            assert (row.people, row.lines, row.job_hours) == (number, lines, pytest.approx(hours))
        by_type = models.lines_by_type(tx, ["AG-A"], YEAR)
        assert sum(by_type.values()) == sum(row.lines for row in kept.values()) == 4 + 16
        assert models.marked_since(tx) is None
        assert list(counts.take_marks(tx, 10)) == []


def test_certificates_and_ranks_of_the_year_are_counted(figures: Figures) -> None:
    person = figures.asked("AG-B", "staff", 40)
    rank: dict[str, Any] = {"employee_id": person, "agency_code": "AG-B", "rank": "base", "scheme": "expert"}
    rank |= {"decision_number": "1", "criteria": [], "policies": [], "hours": 300, "recorded_by": "test"}
    award: dict[str, Any] = {"employee_id": person, "agency_code": "AG-B", "level": "SKILL", "applied_on": DAY}
    with figures.harness.db.transaction() as tx:
        same = {"recorded_at": tx.now, "effective_on": DAY}
        tx.execute(sa.insert(rank_decisions).values(id=new_id(), **rank, **same))
        tx.execute(sa.insert(rank_decisions).values(id=new_id(), **rank, **same | {"withdrawn_at": tx.now}))
        earlier = same | {"effective_on": date(2025, 3, 20), "rank": "senior"}
        tx.execute(sa.insert(rank_decisions).values(id=new_id(), **rank | earlier))
        won = {"state": "awarded", "award_id": new_id(), "awarded_on": DAY, "changed_at": tx.now}
        tx.execute(sa.insert(applications).values(id=new_id(), **award, **won))
        lost = won | {"state": "revoked", "award_id": new_id()}
        tx.execute(sa.insert(applications).values(id=new_id(), **award, **lost))
    assert figures.of("AG-A")["advancement"] == {"type2_awarded": 1, "ranks_reached": 1}
    assert figures.of("AG-A", with_below=False)["advancement"] == {"type2_awarded": 0, "ranks_reached": 0}


def test_effectiveness_is_that_of_the_agencys_own_people_and_never_of_a_few(figures: Figures) -> None:
    world = figures.world
    days = over(world)
    year = jalali_year(days["ends_on"])
    offering_id, people = taken(world, 5, open_to="all", **days)
    join(world, offering_id, 1, "AG-C")
    answer_all(world, offering_id, 1, 2, 3, 4)
    figures.count()
    few = figures.of("AG-A", year=year)["effectiveness"]["reaction"]
    assert (few["asked"], few["answered"], {item["mean"] for item in few["items"]}) == (5, 4, {None})
    answer_all(world, offering_id, 5, 1)
    for kind, scores in (("pre", (40, 40, 40, 40, 100)), ("post", (70, 70, 70, 70, 100))):
        rows = [{"enrollment_id": one, "score": score} for one, score in zip(people, scores, strict=True)]
        world.call("record_tests", offering_id=offering_id, kind=kind, rows=rows)
    figures.count()
    reply = figures.of("AG-A", year=year)["effectiveness"]
    overall = next(item for item in reply["reaction"]["items"] if item["item"] == "overall")
    # 1 + 2 + 3 + 4 + 5 of five people; that AG-C's one said 1 is not among it. Gain: 4 x 30 of five.
    assert (overall["n"], overall["mean"], reply["learning"]["gain"]) == (5, 3.0, 24.0)
    assert reply == world.call("effectiveness", agency_code="AG-A", jalali_year=year)
    with figures.harness.db.reading() as tx:
        assert list(tx.scalars(sa.select(models.answer_marks.c.id))) == []


def test_scores_move_with_who_is_transferred_while_the_course_runs(figures: Figures) -> None:
    world = figures.world
    person = world.person(hired_on=DAY)
    offering_id = world.offering(open_to="all")
    enrollment_id = world.enroll(world.employee(**person), offering_id)["enrollment_id"]
    for kind in ("pre", "post"):
        rows = [{"enrollment_id": enrollment_id, "score": 50}]
        world.call("record_tests", offering_id=offering_id, kind=kind, rows=rows)
    figures.count()
    asked = {"agency_code": "AG-C", "personnel_number": "C-1", "effective_on": world.today, "reason": "انتقال"}
    by = {"roles": ("agency_system",), "agency": "AG-C", "national_code": person["national_code"]}
    moving = world.call("transfer_employee", **by, **asked)
    world.call("decide_transfer", transfer_id=moving["transfer_id"], approve=True)
    figures.count()
    with figures.harness.db.reading() as tx:
        kept = {code: models.answers_of(tx, [code], jalali_year(world.today)) for code in ("AG-A", "AG-C")}
    assert [len(kept[code][0]["pairs"]) for code in ("AG-A", "AG-C")] == [0, 1]


def lines_of(figures: Figures, call: str, **asked: Any) -> list[list[str]]:
    """The cells of a whole export, whose parts have two rows each."""
    content, cursor, rows = "", None, 0
    while True:
        part = figures.world.call(call, jalali_year=YEAR, limit=2, cursor=cursor, **asked)
        content, cursor, rows = content + part["content"], part["next"], rows + part["rows"]
        if cursor is None:
            lines = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))
            assert len(lines) == rows + 1
            return lines


def test_an_agency_is_exported_person_by_person(figures: Figures) -> None:
    people = ministry(figures)
    figures.asked("AG-B", "staff", 40)
    gone = figures.asked("AG-A", "staff", 20, days=180)
    moved = sa.update(employees).where(employees.c.id == gone).values(agency_code="AG-C", personnel_number="NEW-1")
    with figures.harness.db.transaction() as tx:
        tx.execute(moved)
    header, *lines = lines_of(figures, "export_agency_compliance", agency_code="AG-A", language="en")
    assert header[:5] == ["personnel number", "full name", "group", "days employed", "courses"]
    # By id, which is the order of registration. The one who left has the number of then, and is asked half a year's.
    assert [(line[0], *line[2:]) for line in lines] == [
        ("P1", "manager", "365", "2", "30", "24", "6", "60", "30", "regulation"),
        ("P2", "staff", "365", "1", "50", "50", "0", "40", "0", "regulation"),
        ("P3", "staff", "365", "0", "0", "0", "0", "40", "40", "regulation"),
        ("P4", "contract", "365", "1", "4", "0", "4", "0", "0", "default of this system"),
        ("P6", "staff", "180", "0", "0", "0", "0", "20", "20", "regulation"),
    ]
    assert len(people) == 4
    query = {"agency_code": "AG-A", "jalali_year": str(YEAR), "language": "en", "limit": "2"}
    headers = [("Authorization", f"Bearer {figures.harness.token(AUDITOR)}")]
    request = Request(EnvironBuilder(query_string=query, headers=headers).get_environ())
    response = figures.harness.service.agency_compliance_csv(request)
    assert list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff")))) == [header, *lines]
    with pytest.raises(NotFound):
        lines_of(figures, "export_agency_compliance", agency_code="AG-C", roles=AUDITOR, agency="AG-A")


def test_all_agencies_are_exported(figures: Figures) -> None:
    ministry(figures)
    figures.harness.deliver(plan(budget=12_345_678_901_234))
    figures.count()
    header, *lines = lines_of(figures, "export_compliance")
    assert header[0] == "کد دستگاه"
    assert [line[0] for line in lines] == ["AG-A", "AG-B", "AG-C"]
    assert lines[0][3:9] == ["4", "3", "0.75", "4", "84", "21"]
    assert (lines[0][-2:], lines[1][-2:]) == (["80", "12345678901234"], ["", ""])
    assert lines[1][3:9] == ["0", "0", "", "0", "0", ""]
    assert [line[0] for line in lines_of(figures, "export_compliance", agency_code="AG-A")[1:]] == ["AG-A", "AG-B"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_there_before_an_upgrade_is_counted_at_the_first_start(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    held = HELD | {"ends_on": "2026-02-03"}
    asked: dict[str, Any] = {
        "kind": "reaction",
        "offering_id": OFFERING,
        "agency_code": "AG-A",
        "questionnaire_agency": "",
    }
    form = asked | {"id": UUID(int=7), "about_id": ENROLLMENT, "enrollment_id": ENROLLMENT, "questionnaire_version": 1}
    form |= {"questionnaire_code": "REACTION", "opened_on": "2026-02-04", "due_on": "2026-02-18"}
    score = {"enrollment_id": ENROLLMENT, "kind": "pre", "score": 40.0, "recorded_at": MOMENT}
    hours = {"employee_id": PERSON, "jalali_year": YEAR, "agency_code": "AG-A", "lines": 1, "job_hours": 6.0}

    def prepare(url: str) -> None:
        migrate.upgrade("enrollment", url, "0015")

    with databases.lend(kind, "enrollment-compliance", sa.MetaData(), prepare) as url:
        engine = Database(url).engine
        with engine.begin() as connection:
            for table, row in (
                ("agencies", AGENCY),
                ("employees", EMPLOYEE),
                ("offerings", held),
                ("enrollments", SEAT),
                ("form_requests", form),
                ("test_scores", score),
                ("person_years", hours),
            ):
                insert(connection, table, row)
        engine.dispose()
        migrate.upgrade("enrollment", url)
        harness = Harness("enrollment", url, tmp_path)
        try:
            harness.service.count_agency_years()
            harness.service.count_agency_answers()
            reply = harness.call("agency_compliance", agency_code="AG-A", jalali_year=YEAR)
            assert reply["beside"] == {"people": 1, "completions": 1, "hours": 6.0}
            assert (reply["effectiveness"]["reaction"]["asked"], reply["has_data"]) == (1, True)
        finally:
            harness.db.engine.dispose()
