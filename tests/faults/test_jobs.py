"""A bulk job whose process is killed in the middle of it."""

from datetime import timedelta
from typing import Any

from tests.faults.course import national_code, register_agencies
from tests.support.cluster import PATIENCE_SECONDS, Cluster
from tests.support.leash import wait_for, wait_until

PEOPLE, PIECE, KILLS = 12_000, 150_000, 3


def test_kill_9_in_the_middle_of_an_import_loses_and_doubles_nobody(empty_cluster: Cluster) -> None:
    cluster = empty_cluster
    cluster.start("enrollment")
    register_agencies(cluster)
    job_id = str(sent(cluster, file())["job_id"])
    for kill in range(1, KILLS + 1):
        wait_until(
            lambda kill=kill: processed(cluster) > kill * PEOPLE // 8, PATIENCE_SECONDS, "part of the job is done"
        )
        cluster.service("enrollment").kill9()
        # The lease of the dead runner would be over in a minute; here it is over now.
        cluster.rows("enrollment", "UPDATE jobs SET leased_until = leased_until - %s RETURNING 1", timedelta(minutes=1))
        assert processed(cluster) < PEOPLE, "it was killed in the middle"
        assert cluster.one("enrollment", "SELECT count(*) FROM job_rows") == processed(cluster)
    wait_for(lambda: cluster.one("enrollment", "SELECT status FROM jobs"), "done", PATIENCE_SECONDS)
    job = cluster.call("enrollment.get_job", job_id=job_id)
    assert (job["accepted"], job["unchanged"], job["refused"]) == (PEOPLE, 0, 0)
    for table in ("employees", "job_rows", "employment_periods"):
        assert cluster.one("enrollment", f"SELECT count(*) FROM {table}") == PEOPLE
    registered = "SELECT count(DISTINCT subject) FROM outbox WHERE type = 'training.enrollment.employee_registered.v1'"
    assert cluster.one("enrollment", registered) == PEOPLE
    assert sent(cluster, file())["repeated"]


def test_a_deploy_in_the_middle_of_an_import_goes_on_at_once(empty_cluster: Cluster) -> None:
    cluster = empty_cluster
    cluster.start("enrollment")
    register_agencies(cluster)
    sent(cluster, file())
    wait_until(lambda: processed(cluster) > PEOPLE // 8, PATIENCE_SECONDS, "part of the job is done")
    cluster.stop("enrollment")
    left = processed(cluster)
    assert left < PEOPLE, "it was ended in the middle"
    cluster.resume("enrollment")
    wait_until(lambda: processed(cluster) > left, 20, "the job goes on before its lease would be over")
    wait_for(lambda: cluster.one("enrollment", "SELECT status FROM jobs"), "done", PATIENCE_SECONDS)
    assert cluster.one("enrollment", "SELECT count(*) FROM employees") == PEOPLE


def processed(cluster: Cluster) -> int:
    return int(cluster.one("enrollment", "SELECT processed FROM jobs") or 0)


def file() -> str:
    head = "کد ملی;شماره پرسنلی;نام کامل;ایمیل\n"
    return head + "".join(f"{national_code(n)};J{n};کارمند آزمایشی {n};j{n}@agency.example\n" for n in range(PEOPLE))


def sent(cluster: Cluster, content: str) -> Any:
    job: Any = None
    for number, start in enumerate(range(0, len(content), PIECE), 1):
        piece = {"content": content[start : start + PIECE], "chunk": number, "last": start + PIECE >= len(content)}
        more = {"job_id": job["job_id"]} if job else {}
        job = cluster.call("enrollment.import_employees", agency_code="TEST-A", **piece, **more)
    return job
