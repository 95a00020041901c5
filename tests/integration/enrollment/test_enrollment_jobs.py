"""Files of many rows: imported, nominated, recorded; as jobs that survive crashes and know what they did."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.models import employees, enrollments
from services.enrollment.models.jobs import job_chunks, job_rows, jobs
from services.enrollment.service import batches, working
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import EmployeeRegisteredV1, EnrollmentCompletedV1, EnrollmentConfirmedV1
from tests.integration.enrollment.conftest import national_code

HR, OFFICER = ("agency_system",), ("training_officer",)
HEADER = "کد ملی;شماره پرسنلی;نام;نام خانوادگی;ایمیل;سمت مدیریتی;نوع استخدام;تاریخ استخدام\n"


def person(place: int, /, **changes: str) -> str:
    cells = {
        "code": national_code(5000 + place),
        "number": f"J{place}",
        "first": "نمونه",
        "last": f"شماره\u200cی {place}",
        "email": f"job{place}@example.ir",
        "manager": "خیر",
        "employment": "رسمی",
        "hired": "1390/01/30",
    } | changes
    return ";".join(cells.values()) + "\n"


def upload(world: Any, method: str, content: str, roles: tuple[str, ...] = HR, **more: Any) -> Any:
    return world.call(method, roles, content=content, **more)


def run(world: Any, method: str, content: str, roles: tuple[str, ...] = HR, **more: Any) -> Any:
    """Send a file, let the timer run, and read how it ended."""
    job = upload(world, method, content, roles, **more)
    world.harness.service.run_jobs()
    return world.call("get_job", job_id=job["job_id"])


def imported(world: Any, content: str, **more: Any) -> Any:
    return run(world, "import_employees", content, agency_code="AG-A", **more)


def counts(job: Any) -> tuple[Any, ...]:
    return tuple(job[name] for name in ("status", "total", "processed", "accepted", "unchanged", "refused"))


def rows(world: Any, job: Any, **more: Any) -> list[Any]:
    found: list[Any] = world.call("list_job_rows", job_id=job["job_id"], **more)["items"]
    return found


def how_many(world: Any, table: Any) -> int:
    with world.harness.db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def test_a_spreadsheets_file_is_imported_as_people_know_it(world: Any) -> None:
    content = "\ufeff" + HEADER + person(1, manager="بله") + "\n" + person(2).replace("\n", "\r\n")
    job = imported(world, content)
    assert counts(job) == ("done", 2, 2, 2, 0, 0)
    people = world.call("list_employees", agency_code="AG-A")["items"]
    people.sort(key=lambda one: one["personnel_number"])
    assert [(one["full_name"], one["is_manager"], one["hired_on"]) for one in people] == [
        ("نمونه شماره\u200cی 1", True, "2011-04-19"),
        ("نمونه شماره\u200cی 2", False, "2011-04-19"),
    ]
    assert [row["line"] for row in rows(world, job)] == [2, 4]
    assert {row["subject_id"] for row in rows(world, job)} == {one["employee_id"] for one in people}
    assert len(world.said(EmployeeRegisteredV1)) == 2
    history = world.call("list_employment", employee_id=people[0]["employee_id"])["periods"]
    assert [row["from_day"] for row in history] == ["2011-04-19"]
    assert how_many(world, job_chunks) == 0


@pytest.mark.parametrize("form", ["comma", "tab", "jsonl", "hint", "english"])
def test_every_form_of_a_file_says_the_same(world: Any, form: str) -> None:
    code, name = national_code(7), 'نمونه، با "ویرگول" و; نقطه'
    english = ["national_code", "personnel_number", "full_name", "email"]
    values = [code, "J-7", name, "job7@example.ir"]
    made = io.StringIO()
    delimiter = {"comma": ",", "tab": "\t", "hint": ";", "english": ","}.get(form, ",")
    writer = csv.writer(made, delimiter=delimiter)
    writer.writerow(english if form == "english" else ["کد ملی", "شماره‌ پرسنلی", "نام و نام خانوادگی", "رایانامه"])
    writer.writerow(values)
    content = ("sep=;\r\n" if form == "hint" else "") + made.getvalue()
    if form == "jsonl":
        content = json.dumps(dict(zip(english, values, strict=True)), ensure_ascii=False) + "\n"
    assert counts(imported(world, content)) == ("done", 1, 1, 1, 0, 0)
    (shown,) = world.call("list_employees", agency_code="AG-A")["items"]
    assert (shown["full_name"], shown["personnel_number"]) == (name, "J-7")


def test_every_row_has_its_outcome_and_no_row_stops_another(world: Any) -> None:
    other = world.employee(personnel_number="TAKEN")
    elsewhere = world.person(agency_code="AG-B", national_code=national_code(5090))
    world.call("register_employee", **elsewhere)
    left = world.call("register_employee", **world.person(hired_on=world.today - timedelta(days=99)))
    world.call("end_employment", employee_id=left["employee_id"], on=world.today - timedelta(days=5), reason="other")
    content = HEADER + "".join(
        [
            person(1),
            person(2, code="0932833811"),
            person(3, email="no address", manager="شاید"),
            "فقط;دو\n",
            person(4, number="TAKEN"),
            person(90),
            person(5, code=left["national_code"]),
            person(1),
            person(1, email="other@example.ir"),
            person(6, number="J1"),
        ]
    )
    job = imported(world, content)
    assert counts(job) == ("done", 10, 10, 1, 1, 8)
    assert [row["code"] for row in rows(world, job)] == [
        None,
        "invalid_arguments",
        "invalid_arguments",
        "unreadable_row",
        "personnel_number_taken",
        "already_employed",
        "former_employee",
        None,
        "differs",
        "personnel_number_taken",
    ]
    said = [row["message"] for row in rows(world, job, outcome="refused")]
    assert "national_code: " in said[0]
    assert "email: " in said[1]
    assert "is_manager: " in said[1]
    assert "email" in said[6]
    assert world.call("get_employee", employee_id=other)["personnel_number"] == "TAKEN"


def test_the_same_file_again_is_the_same_job_and_another_cut_of_it_too(world: Any) -> None:
    content = HEADER + person(1) + person(2)
    first = imported(world, content)
    again = upload(world, "import_employees", content, agency_code="AG-A")
    assert (again["job_id"], again["repeated"]) == (first["job_id"], True)
    half = len(content) // 2
    begun = upload(world, "import_employees", content[:half], agency_code="AG-A", last=False)
    assert begun["status"] == "uploading"
    more = {"agency_code": "AG-A", "job_id": begun["job_id"], "chunk": 2}
    assert upload(world, "import_employees", content[half:], **more)["job_id"] == first["job_id"]
    assert (how_many(world, employees), how_many(world, jobs)) == (2, 1)
    changed = imported(world, content + person(3))
    assert counts(changed) == ("done", 3, 3, 1, 2, 0)


def test_pieces_come_in_order_and_may_be_sent_again(world: Any) -> None:
    content = HEADER + person(1) + person(2)
    cut = [content[:40], content[40:41], content[41:]]
    job = upload(world, "import_employees", cut[0], agency_code="AG-A", last=False)
    same = {"agency_code": "AG-A", "job_id": job["job_id"]}
    with pytest.raises(Conflict) as gap:
        upload(world, "import_employees", cut[2], chunk=3, **same)
    assert (gap.value.code, gap.value.details["expected"]) == ("chunk_missing", 2)
    for _time in range(2):
        upload(world, "import_employees", cut[1], chunk=2, last=False, **same)
    with pytest.raises(Conflict) as other:
        upload(world, "import_employees", "x", chunk=2, last=False, **same)
    assert other.value.code == "chunk_differs"
    with pytest.raises(NotFound):
        upload(world, "import_employees", cut[2], chunk=3, dry_run=True, **same)
    upload(world, "import_employees", cut[2], chunk=3, **same)
    world.harness.service.run_jobs()
    assert counts(world.call("get_job", job_id=job["job_id"])) == ("done", 2, 2, 2, 0, 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("کد ملی;رنگ\n1;2\n", "unknown columns: رنگ"),
        ("کد ملی;شماره پرسنلی\n1;2\n", "missing columns"),
        ("کد ملی;کدملی;شماره پرسنلی;نام کامل;ایمیل\n", "twice"),
        (HEADER + '"open', "cannot be read as CSV"),
        ("P\ufffdK\x03", "not text"),
    ],
)
def test_a_file_that_is_none_fails_at_once_and_changes_nothing(world: Any, content: str, words: str) -> None:
    job = imported(world, content)
    assert (job["status"], job["processed"]) == ("failed", 0)
    assert words in job["error"]["fields"]["content"][0]
    assert how_many(world, employees) == 0


def test_what_no_database_keeps_is_refused_at_the_door(world: Any) -> None:
    with pytest.raises(Invalid) as wrong:
        upload(world, "import_employees", "P\x00K", agency_code="AG-A")
    assert set(wrong.value.details["fields"]) == {"content"}


def test_a_trial_run_answers_row_by_row_and_writes_nothing(world: Any) -> None:
    content = HEADER + person(1) + person(2, code="1111111111")
    job = imported(world, content, dry_run=True)
    assert counts(job) == ("done", 2, 2, 1, 0, 1)
    assert (how_many(world, employees), world.said(EmployeeRegisteredV1)) == (0, [])
    assert counts(imported(world, content)) == ("done", 2, 2, 1, 0, 1)


def test_what_a_dead_runner_left_goes_on_where_it_was(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 3)
    content = HEADER + "".join(person(number) for number in range(10))
    job = upload(world, "import_employees", content, agency_code="AG-A")
    real, done = batches.register_many, []

    def dies(*arguments: Any, **more: Any) -> Any:
        done.append(1)
        if len(done) == 3:
            real(*arguments, **more)
            raise KeyboardInterrupt
        return real(*arguments, **more)

    monkeypatch.setattr(batches, "register_many", dies)
    with pytest.raises(KeyboardInterrupt):
        world.harness.service.run_jobs()
    left = world.call("get_job", job_id=job["job_id"])
    assert counts(left)[:3] == ("running", 10, 6)
    assert how_many(world, employees) == how_many(world, job_rows) == 6
    world.harness.service.run_jobs()
    assert world.call("get_job", job_id=job["job_id"])["processed"] == 6
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(jobs).values(leased_until=datetime.now(UTC) - timedelta(seconds=1)))
    world.harness.service.run_jobs()
    assert counts(world.call("get_job", job_id=job["job_id"])) == ("done", 10, 10, 10, 0, 0)
    assert how_many(world, employees) == how_many(world, job_rows) == 10
    assert len(world.said(EmployeeRegisteredV1)) == 10


def test_a_job_is_cancelled_between_its_batches(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 2)
    job = upload(world, "import_employees", HEADER + "".join(map(person, range(6))), agency_code="AG-A")
    real = batches.register_many

    def cancels(tx: Any, *arguments: Any, **more: Any) -> Any:
        found = real(tx, *arguments, **more)
        tx.after_commit(lambda: world.call("cancel_job", job_id=job["job_id"]))
        return found

    monkeypatch.setattr(batches, "register_many", cancels)
    world.harness.service.run_jobs()
    assert counts(world.call("get_job", job_id=job["job_id"]))[:3] == ("cancelled", 6, 2)
    assert how_many(world, employees) == 2
    done = imported(world, HEADER + person(9))
    with pytest.raises(Conflict) as over:
        world.call("cancel_job", job_id=done["job_id"])
    assert over.value.code == "job_over"


def test_people_are_nominated_in_the_files_order_by_whatever_names_them(world: Any) -> None:
    later = {name: world.today + timedelta(days=9) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    offering_id = world.offering(capacity=2, waitlist_limit=1, open_to="all", **later)
    people = [world.call("register_employee", **world.person()) for _one in range(4)]
    stranger = world.employee(agency_code="AG-B")
    content = "employee_id,کد ملی,شماره پرسنلی\n" + "".join(
        [
            f",{people[0]['national_code']},\n",
            f",,{people[1]['personnel_number']}\n",
            f"{people[2]['employee_id']},,\n",
            f"{people[3]['employee_id']},,\n",
            f"{stranger},,\n",
            f",{people[0]['national_code']},\n",
            "nonsense,,\n",
            ",,\n",
        ]
    )
    asked = {"offering_id": offering_id, "roles": OFFICER}
    trial = run(world, "nominate_many", content, dry_run=True, **asked)
    real = run(world, "nominate_many", content, **asked)
    for job in (trial, real):
        assert counts(job) == ("done", 7, 7, 3, 0, 4)
        assert [row["status"] or row["code"] for row in rows(world, job)] == [
            "confirmed",
            "confirmed",
            "waitlisted",
            "offering_full",
            "employee_not_found",
            "duplicate_row",
            "employee_not_found",
        ]
    assert len(world.said(EnrollmentConfirmedV1)) == 2
    assert world.counters(offering_id) == (2, 1)
    again = run(world, "nominate_many", content + "\n", **asked)
    assert counts(again)[2:] == (7, 0, 3, 4)


def test_results_are_recorded_from_a_file(world: Any) -> None:
    offering_id = world.offering(capacity=5)
    people = [world.call("register_employee", **world.person()) for _one in range(4)]
    ids = [world.enroll(one["employee_id"], offering_id)["enrollment_id"] for one in people]
    content = "کد ملی;شناسه ثبت نام;ساعت حضور;نمره\n" + "".join(
        [
            f"{people[0]['national_code']};;۱۰;۸۷٫۵\n",
            f";{ids[1]};9;40\n",
            f";{ids[2]};11;90\n",
            f";{ids[3]};x;101\n",
            f"{people[0]['national_code']};;10;90\n",
            f";{uuid4()};10;90\n",
        ]
    )
    asked = {"offering_id": offering_id, "roles": OFFICER}
    assert counts(run(world, "record_results_many", content, dry_run=True, **asked)) == ("done", 6, 6, 2, 0, 4)
    assert world.said(EnrollmentCompletedV1) == []
    job = run(world, "record_results_many", content, **asked)
    assert counts(job) == ("done", 6, 6, 2, 0, 4)
    assert [row["status"] or row["code"] for row in rows(world, job)] == [
        "completed",
        "failed",
        "too_many_hours",
        "invalid_arguments",
        "duplicate_row",
        "employee_not_found",
    ]
    (event,) = world.said(EnrollmentCompletedV1)
    assert (event.attended_hours, event.score) == (10, 87.5)
    again = run(world, "record_results_many", content + "\n", **asked)
    assert counts(again)[2:] == (6, 0, 2, 4)


def test_the_result_file_is_for_spreadsheets_and_harms_none(world: Any) -> None:
    job = imported(world, HEADER + person(1) + person(2, code="=1+1"))
    reply = world.call("get_job_file", job_id=job["job_id"])
    assert (reply["part"], reply["parts"], reply["content"][0]) == (1, 1, "\ufeff")
    header, first, second = csv.reader(io.StringIO(reply["content"].removeprefix("\ufeff")))
    assert (header[1], first[0], first[1]) == ("نتیجه outcome", "۲", "پذیرفته")
    assert (second[1], second[4]) == ("رد شده", "invalid_arguments")
    with pytest.raises(NotFound) as none:
        world.call("get_job_file", job_id=job["job_id"], part=2)
    assert none.value.code == "part_not_found"


def test_jobs_of_others_are_not_found(world: Any) -> None:
    job = imported(world, HEADER + person(1))
    for method in ("get_job", "list_job_rows", "get_job_file", "cancel_job"):
        with pytest.raises(NotFound) as hidden:
            world.call(method, HR, "AG-B", job_id=job["job_id"])
        assert hidden.value.code == "job_not_found"
    assert world.call("list_jobs", HR, "AG-B")["items"] == []
    assert [row["job_id"] for row in world.call("list_jobs", HR)["items"]] == [job["job_id"]]
    with pytest.raises(NotFound):
        upload(world, "import_employees", HEADER, agency="AG-B", agency_code="AG-A")
    with pytest.raises(Forbidden):
        upload(world, "nominate_many", HEADER, HR, offering_id=world.offering())
    with pytest.raises(NotFound):
        upload(world, "record_results_many", HEADER, OFFICER, agency="AG-B", offering_id=world.offering())


def test_old_jobs_are_forgotten(world: Any) -> None:
    job = imported(world, HEADER + person(1))
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(jobs).values(created_at=datetime.now(UTC) - timedelta(days=91)))
    world.harness.service.prune_jobs()
    with pytest.raises(NotFound):
        world.call("get_job", job_id=job["job_id"])
    assert how_many(world, job_rows) == 0
    assert how_many(world, employees) == 1


def test_a_thousand_rows_take_as_many_statements_as_ten(world: Any) -> None:
    taken = []
    for first, count in ((0, 10), (100, 300)):
        content = HEADER + "".join(person(number) for number in range(first, first + count))
        upload(world, "import_employees", content, agency_code="AG-A")
        with world.statements() as statements:
            world.harness.service.run_jobs()
        taken.append(len(statements))
    assert taken[0] == taken[1]
    assert how_many(world, employees) == 310
    assert how_many(world, enrollments) == 0
