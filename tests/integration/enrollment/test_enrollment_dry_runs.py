"""Trial runs: every call that takes many at once says what would happen, and leaves every table as it was."""

import json
from typing import Any

import sqlalchemy as sa

from services.cli.composition import service_class
from shared.entrypoints.operations import operations_of
from shared.persian import jalali_year

BOOKKEEPING = {"jobs", "job_rows", "job_chunks"}  # a job and the outcomes that its sender asked for


def everything(world: Any) -> dict[str, list[Any]]:
    """All rows of all tables but those in which a job keeps its own outcome."""
    tables = world.harness.service.metadata.sorted_tables
    with world.harness.db.reading() as tx:
        return {
            table.name: sorted(map(repr, tx.execute(sa.select(table)).all()))
            for table in tables
            if table.name not in BOOKKEEPING
        }


class Stage:
    """An offering that is over today, with somebody in it, one who asks to come in, and one who is not in it."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.offering_id = world.offering(capacity=3, waitlist_limit=1, ends_on=world.today)
        self.asked = world.offering(course_code="RD-02", approval="supervisor", ends_on=world.today)
        self.seated, self.new, self.double = world.employees(3)
        self.enrollment_id = world.enroll(self.seated, self.offering_id)["enrollment_id"]
        self.request_id = world.enroll(self.seated, self.asked)["enrollment_id"]

    def calls(self) -> dict[str, dict[str, Any]]:
        result = {"enrollment_id": self.enrollment_id, "attended_hours": 10, "score": 90}
        return {
            "nominate": {"offering_id": self.offering_id, "employee_ids": [self.new, self.seated]},
            "invite": {"offering_id": self.offering_id, "employee_ids": [self.new, self.seated]},
            "decide_enrollments": {"enrollment_ids": [self.request_id], "approve": True},
            "record_results": {"offering_id": self.offering_id, "results": [result]},
            "record_attendance": {
                "offering_id": self.offering_id,
                "rows": [{"enrollment_id": self.enrollment_id, "hours": 3}],
            },
            "record_assessment": {
                "offering_id": self.offering_id,
                "rows": [{"enrollment_id": self.enrollment_id, "score": 90}],
            },
            "close_offering": {"offering_id": self.offering_id},
            "request_recognitions": {"agency_code": "AG-A", "rows": [self._elsewhere()]},
            "recompute_hours": {"jalali_year": jalali_year(self.world.today), "reason": "سیاست تازه"},
            "merge_employees": {"employee_id": self.new, "duplicate_id": self.double, "reason": "تکراری"},
        }

    def _elsewhere(self) -> dict[str, Any]:
        day = self.world.today.isoformat()
        return {
            "employee_id": self.new,
            "title": {"fa": "آموزش جای دیگر"},
            "kind": "course",
            "amount": 8,
            "course_type": "job",
            "provider_name": {"fa": "مرکز نمونه"},
            "starts_on": day,
            "ends_on": day,
            "evidence": {"kind": "certificate", "number": f"A-{self.new}", "issuer": "مرکز نمونه"},
        }

    def files(self) -> dict[str, dict[str, Any]]:
        person = self.world.person()
        del person["agency_code"]
        row = {"enrollment_id": self.enrollment_id, "attended_hours": 10, "score": 90}
        return {
            "import_employees": {"agency_code": "AG-A", "content": json.dumps(person)},
            "nominate_many": {"offering_id": self.offering_id, "content": json.dumps({"employee_id": self.new})},
            "record_results_many": {"offering_id": self.offering_id, "content": json.dumps(row)},
        }


def test_a_trial_of_any_call_leaves_every_table_as_it_was_and_the_call_itself_does_not(world: Any) -> None:
    for method in Stage(world).calls():
        stage = Stage(world)
        arguments, before = stage.calls()[method], everything(world)
        tried = world.call(method, **arguments, dry_run=True)
        assert everything(world) == before, method
        assert world.harness.wakes == [], method
        done = world.call(method, **arguments, dry_run=False)
        assert everything(world) != before, method
        assert _shape(tried) == _shape(done), method


def test_a_trial_of_a_file_leaves_every_table_as_it_was_and_the_file_itself_does_not(world: Any) -> None:
    for method in Stage(world).files():
        stage = Stage(world)
        arguments, before = stage.files()[method], everything(world)
        outcomes = []
        for dry_run in (True, False):
            job = world.call(method, **arguments, format="jsonl", dry_run=dry_run)
            world.harness.service.run_jobs()
            (row,) = world.call("list_job_rows", job_id=job["job_id"])["items"]
            outcomes.append((row["outcome"], row["status"], row["code"]))
            assert (everything(world) == before) is dry_run, method
        assert outcomes[0] == outcomes[1], method


def test_every_call_with_a_trial_run_is_tried_here(world: Any) -> None:
    stage = Stage(world)
    operations = operations_of(service_class("enrollment"))
    offered = {name for name, one in operations.items() if "dry_run" in one.shape().fields}
    # What is looked at of a closed year is kept, so that it is what is written later: see the tests of closings.
    assert offered - {"recompute_year"} == stage.calls().keys() | stage.files().keys()


_NOT_YET = ("enrollment_id", "recognition_id", "recomputation_id", "closed_at", "people", "dry_run")


def _shape(reply: Any) -> Any:
    """A reply without what a trial does not have: ids, the moment of closing, and who is in which state after it."""
    if isinstance(reply, list):
        return [_shape(one) for one in reply]
    if isinstance(reply, dict):
        return {name: _shape(value) for name, value in reply.items() if name not in _NOT_YET}
    return reply
