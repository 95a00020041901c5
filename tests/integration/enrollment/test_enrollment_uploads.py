"""Sending files and running their jobs when something goes wrong: twice at once, half sent, a bug, a busy database."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from services.enrollment.models import employees
from services.enrollment.models.jobs import job_chunks, jobs
from services.enrollment.service import batches, uploads, working
from shared.errors import Conflict, NotFound
from shared.events import EmployeeRegisteredV1
from tests.integration.enrollment.test_enrollment_jobs import HEADER, counts, how_many, imported, person, upload


def test_the_same_file_sent_twice_at_once_is_one_job(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content, together, real = HEADER + person(1), threading.Barrier(2, timeout=2), uploads._digest

    def meets(*arguments: Any) -> Any:
        found = real(*arguments)
        with contextlib.suppress(threading.BrokenBarrierError):  # SQLite has one writer: they never meet
            together.wait()
        return found

    monkeypatch.setattr(uploads, "_digest", meets)
    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(lambda _n: upload(world, "import_employees", content, agency_code="AG-A"), range(2)))
    assert sent[0]["job_id"] == sent[1]["job_id"]
    assert [one.get("repeated", False) for one in sent].count(True) == 1
    assert how_many(world, jobs) == 1


def test_what_is_over_takes_no_more_pieces(world: Any) -> None:
    same = {"agency_code": "AG-A"}
    job = upload(world, "import_employees", HEADER, last=False, **same)
    last = {"content": person(1), "job_id": job["job_id"], "chunk": 2, **same}
    first_reply = upload(world, "import_employees", **last)
    assert upload(world, "import_employees", **last) == first_reply
    with pytest.raises(Conflict) as other:
        upload(world, "import_employees", **last | {"content": person(2)})
    assert other.value.code == "chunk_differs"
    for status in ("queued", "done"):
        with pytest.raises(Conflict) as over:
            upload(world, "import_employees", person(3), job_id=job["job_id"], chunk=3, **same)
        assert (over.value.code, over.value.details) == ("upload_over", {"status": status})
        world.harness.service.run_jobs()
    assert upload(world, "import_employees", **last)["status"] == "done"


def test_what_was_half_sent_is_forgotten_after_a_day(world: Any) -> None:
    old = upload(world, "import_employees", HEADER + person(1), agency_code="AG-A", last=False)
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(jobs).values(created_at=datetime.now(UTC) - timedelta(hours=25)))
    new = upload(world, "import_employees", HEADER + person(2), agency_code="AG-A", last=False)
    done = imported(world, HEADER + person(3))
    world.harness.service.prune_jobs()
    with pytest.raises(NotFound):
        world.call("get_job", job_id=old["job_id"])
    assert {row["job_id"] for row in world.call("list_jobs")["items"]} == {new["job_id"], done["job_id"]}
    assert how_many(world, job_chunks) == 1


def test_a_bug_ends_its_job_and_no_other(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(world, "import_employees", HEADER + person(1), agency_code="AG-A")
    with monkeypatch.context() as broken:
        broken.setattr(batches, "register_many", lambda *_all, **_more: 1 / 0)
        world.harness.service.run_jobs()
    ended = world.call("get_job", job_id=job["job_id"])
    assert (ended["status"], ended["error"]["code"]) == ("failed", "internal")
    assert ended["error"]["reference"]
    assert counts(imported(world, HEADER + person(1)))[:4] == ("done", 1, 1, 1)


def test_a_job_waits_for_a_database_that_is_away(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(world, "import_employees", HEADER + person(1), agency_code="AG-A")

    def away(*_all: Any, **_more: Any) -> Any:
        raise OperationalError("select", {}, Exception("away"), connection_invalidated=True)

    with monkeypatch.context() as broken:
        broken.setattr(batches, "register_many", away)
        with pytest.raises(OperationalError):
            world.harness.service.run_jobs()
    assert world.call("get_job", job_id=job["job_id"])["status"] == "running"
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(jobs).values(leased_until=datetime.now(UTC) - timedelta(seconds=1)))
    world.harness.service.run_jobs()
    assert counts(world.call("get_job", job_id=job["job_id"]))[:4] == ("done", 1, 1, 1)


def test_two_runners_with_the_same_people_register_everybody_once(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 50)
    people = [person(number) for number in range(400)]
    for content in (HEADER + "".join(people), HEADER + "".join(reversed(people))):
        upload(world, "import_employees", content, agency_code="AG-A")
    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(world.harness.service.run_jobs) for _runner in range(2)]:
            run.result()
    ended = world.call("list_jobs")["items"]
    assert [job["status"] for job in ended] == ["done", "done"]
    assert sum(job["accepted"] for job in ended) == sum(job["unchanged"] for job in ended) == 400
    assert how_many(world, employees) == len(world.said(EmployeeRegisteredV1)) == 400


def test_a_service_that_ends_hands_its_job_over(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 2)
    job = upload(world, "import_employees", HEADER + "".join(map(person, range(6))), agency_code="AG-A")
    answers = iter([False, False, True, True])
    with monkeypatch.context() as ending:
        ending.setattr(world.harness.service, "ending", lambda: next(answers))
        world.harness.service.run_jobs()
    assert counts(world.call("get_job", job_id=job["job_id"]))[:3] == ("running", 6, 2)
    world.harness.service.run_jobs()
    assert counts(world.call("get_job", job_id=job["job_id"]))[:4] == ("done", 6, 6, 6)
