"""A year is closed by a process that dies again and again in the middle of it."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from shared.persian import jalali_year, jalali_year_bounds, tehran_date
from tests.faults.course import person, register, register_agencies, unpublished
from tests.support.cluster import PATIENCE_SECONDS, Cluster
from tests.support.leash import wait_for, wait_until

PEOPLE = 1_200  # three pages of people, and two parts of the event
LAST_YEAR = jalali_year(tehran_date(datetime.now(UTC))) - 1
# Each is the lot of one life; after these the process goes on undisturbed.
WINDOWS = (
    "before_commit:6",
    "committed_before_publish:1",
    "published_before_confirm:1",
)
# As many as are wanted from one who is there: the same row under another id, code and number.
CLONES = """
    WITH made AS (
        INSERT INTO employees
        SELECT (jsonb_populate_record(one, jsonb_build_object(
            'id', gen_random_uuid(), 'national_code', 'X' || n, 'personnel_number', 'C' || n))).*
        FROM employees one, generate_series(2, %s) n WHERE one.id = %s
        RETURNING id, personnel_number
    )
    INSERT INTO employment_periods
    SELECT (jsonb_populate_record(period, jsonb_build_object(
        'id', gen_random_uuid(), 'employee_id', made.id, 'personnel_number', made.personnel_number))).*
    FROM made, employment_periods period WHERE period.employee_id = %s
    RETURNING 1
"""


def test_kill_9_while_a_year_is_closed_loses_and_doubles_nobody(empty_cluster: Cluster) -> None:
    cluster = empty_cluster
    lives = [{}, *({"TRAINING_CRASH_AT": window} for window in WINDOWS)]
    cluster.start("enrollment", "notification", lives={"enrollment": lives})
    officer = staffed(cluster)
    # The agency was there when the last year ended, so whoever starts next closes that year.
    cluster.rows("enrollment", "UPDATE agencies SET registered_at = registered_at - interval '2 years' RETURNING 1")
    cluster.service("enrollment").kill9()
    wait_for(
        lambda: cluster.one("enrollment", "SELECT count(*) FROM year_closings WHERE done_at IS NOT NULL"),
        2,
        PATIENCE_SECONDS,
    )
    wait_for(lambda: unpublished(cluster), 0, PATIENCE_SECONDS)
    wait_until(lambda: told(cluster) == [officer], PATIENCE_SECONDS, "the officer is told")
    assert cluster.supervisor.exits["enrollment"].count(137) == len(WINDOWS)
    assert cluster.one("enrollment", "SELECT count(*) FROM closed_hours") == PEOPLE
    parts = said(cluster)
    assert sorted((part["agency_code"], part["part"], part["parts"]) for part in parts) == [
        ("TEST-A", 1, 2),
        ("TEST-A", 2, 2),
        ("TEST-B", 1, 1),
    ]
    assert {part["jalali_year"] for part in parts} == {LAST_YEAR}
    people = Counter(item["employee_id"] for part in parts for item in part["items"])
    assert (len(people), set(people.values())) == (PEOPLE, {1})


def staffed(cluster: Cluster) -> str:
    """An agency with many people who were there all of last year, and its officer's id."""
    register_agencies(cluster)
    hired_on = jalali_year_bounds(LAST_YEAR)[0].isoformat()
    (officer,) = register(cluster, [person(1, "TEST-A") | {"hired_on": hired_on}])
    cluster.call("enrollment.appoint_officer", agency_code="TEST-A", employee_id=officer, role="training_officer")
    assert len(cluster.rows("enrollment", CLONES, PEOPLE, officer, officer)) == PEOPLE - 1
    wait_for(lambda: cluster.one("notification", "SELECT count(*) FROM recipients"), 1, PATIENCE_SECONDS)
    return officer


def said(cluster: Cluster) -> list[dict[str, Any]]:
    """The events of closed years, as they went out."""
    event = "training.enrollment.annual_training_hours_closed.v1"
    rows = cluster.rows("enrollment", "SELECT body FROM outbox WHERE type = %s", event)
    return [json.loads(body) for (body,) in rows]


def told(cluster: Cluster) -> list[str]:
    """Who was queued a mail about a closed year."""
    rows = cluster.rows("notification", "SELECT employee_id FROM notifications WHERE template = 'year_closed'")
    return [str(employee_id) for (employee_id,) in rows]
