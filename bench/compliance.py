"""Figures of agencies with 1 000 000 completions: milliseconds from call to reply over RabbitMQ.

100 000 people in twenty agencies, one of which has half of them, in five Jalali years; a sixteenth of completions has a
form with nine answers. The rows are written as sets straight into the tables; marks are left and figures counted by the
service itself. Beside it the plain way: the same sums straight over the completions and people, as one statement each,
without what the answers and plans add.
"""

import contextlib
import random
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psutil

from bench.costs import wait_for_calm
from bench.imports import peak_of
from bench.lab import Lab, Place, vacuum
from bench.rest import percentiles
from shared.auth import Tokens
from shared.persian import jalali_year_bounds
from tests.harness import Harness
from tests.support.client import RpcClient
from tests.support.leash import wait_until
from tests.support.processes import ServiceProcess, run_training

PEOPLE, COMPLETIONS, AGENCIES = 100_000, 1_000_000, 20
YEARS = range(1400, 1405)
SAMPLES, PLAIN_SAMPLES, COUNTS = 200, 20, 10
TARGET_P95_MS = 100.0
LARGEST = "AG-01"

# Half of the people in the first agency, the others spread evenly; every agency is below the first but the last ten.
PEOPLE_SQL = """
    INSERT INTO agencies (code, name, registered_at, parent_code)
    SELECT 'AG-' || lpad(n::text, 2, '0'), '{"fa": "دستگاه نمونه"}', now(),
        CASE WHEN n BETWEEN 2 AND 10 THEN 'AG-01' END
    FROM generate_series(1, %(agencies)s) n;
    INSERT INTO employees (id, agency_code, personnel_number, full_name, language, is_manager, employment,
        registered_at, hours_year)
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        'AG-' || lpad((CASE WHEN n <= %(people)s / 2 THEN 1 ELSE 2 + n %% (%(agencies)s - 1) END)::text, 2, '0'),
        'P' || n, 'کارمند آزمایشی ' || n, 'fa', n %% 10 = 0,
        CASE WHEN n %% 10 = 1 THEN 'fixed_term' ELSE 'official' END, now(), 9999
    FROM generate_series(1, %(people)s) n;
    INSERT INTO offerings (id, agency_code, course_code, course_version, course_title, course_type, hours,
        delivery_mode, min_attendance, pass_mark, prerequisites, leads_to_degree, starts_on, ends_on,
        enrollment_closes_on, capacity, min_seats, waitlist_limit, open_to, approval, status, seats_taken, waiting,
        last_waiting_number)
    SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'AG-01', 'BENCH-' || n, 1,
        '{"fa": "دوره نمونه"}', 'job', 8, 'in_person', 0.8, 60, '[]', false, day, day, day, 1, 1, 0, '"all"', 'none',
        'open', 0, 0, 0
    FROM (SELECT n, %(first)s::date + (n * (%(last)s::date - %(first)s::date) / 5000)::int AS day
          FROM generate_series(1, 5000) n) days;
"""
YEAR_SQL = """
    INSERT INTO training_entries (id, employee_id, line_id, source, counted, recorded_at, recorded_by, agency_code,
        course_code, course_version, course_title, course_type, delivery_mode, hours, score, starts_on, completed_on,
        jalali_year)
    SELECT made.id, e.id, made.id, 'own', true, now(), 'bench', e.agency_code,
        'BENCH-' || (n %% 500), 1, '{"fa": "دوره نمونه"}',
        (ARRAY['job', 'job', 'general_ability', 'cultural', 'managerial', 'induction'])[1 + n %% 6], 'in_person',
        4 * (1 + n %% 5), 90, day, day, %(year)s
    FROM (SELECT n, (lpad(to_hex(%(year)s), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
                 1 + floor(random() * %(people)s)::int AS number,
                 %(first)s::date + floor(random() * (%(last)s::date - %(first)s::date))::int AS day
          FROM generate_series(1, %(completions)s) n) made
    JOIN employees e ON e.id = ('00000000-0000-7000-8000-' || lpad(to_hex(made.number), 12, '0'))::uuid;
    INSERT INTO person_years (employee_id, jalali_year, agency_code, lines, induction_hours, job_hours,
        general_ability_hours, cultural_hours, managerial_hours, staff_group, days, required_hours)
    SELECT e.id, %(year)s, e.agency_code, coalesce(d.lines, 0), coalesce(d.induction, 0), coalesce(d.job, 0),
        coalesce(d.general, 0), coalesce(d.cultural, 0), coalesce(d.managerial, 0),
        CASE WHEN e.is_manager THEN 'manager' WHEN e.employment = 'fixed_term' THEN 'contract' ELSE 'staff' END, 365,
        CASE WHEN e.is_manager THEN 60 WHEN e.employment = 'fixed_term' THEN 0 ELSE 40 END
    FROM employees e LEFT JOIN (
        SELECT employee_id, count(*) AS lines,
            sum(hours) FILTER (WHERE course_type = 'induction') AS induction,
            sum(hours) FILTER (WHERE course_type = 'job') AS job,
            sum(hours) FILTER (WHERE course_type = 'general_ability') AS general,
            sum(hours) FILTER (WHERE course_type = 'cultural') AS cultural,
            sum(hours) FILTER (WHERE course_type = 'managerial') AS managerial
        FROM training_entries WHERE jalali_year = %(year)s GROUP BY employee_id) d ON d.employee_id = e.id
    ORDER BY random();
    INSERT INTO agency_plans (agency_code, jalali_year, revision, headcount, offerings, people, hours, by_type, budget,
        approved_on, approved_at)
    SELECT code, %(year)s, 1, 5000, 100, 2000, 20000,
        '[{"course_type": "job", "people": 2000, "hours": 20000}]', 1000000000, %(first)s, now() FROM agencies;
"""
FORMS_SQL = """
    INSERT INTO form_requests (id, kind, about_id, offering_id, agency_code, questionnaire_agency, questionnaire_code,
        questionnaire_version, opened_on, due_on, answered_at)
    SELECT t.id, 'reaction', t.id,
        ('00000000-0000-7000-9000-' || lpad(to_hex(1 + floor(random() * 4999)::int), 12, '0'))::uuid, t.agency_code,
        '', 'REACTION', 1, t.completed_on, t.completed_on, now()
    FROM training_entries t WHERE right(t.id::text, 1) = '0';
    INSERT INTO form_answers (form_id, item, number, place)
    SELECT f.id, item, 1 + floor(random() * 5)::int, f.id
    FROM form_requests f, unnest(ARRAY['goals_clear', 'content_useful', 'content_current', 'instructor_knowledge',
        'instructor_teaching', 'materials', 'time', 'place', 'overall']) item;
"""
# What the figures rest on, with the sums of each person made when they are asked for.
PLAIN_SQL = """
    SELECT p.agency_code, p.is_manager, p.employment, count(*), count(d.lines), sum(d.lines), sum(d.job),
        sum(d.general), sum(p.asked), count(*) FILTER (WHERE coalesce(d.hours, 0) < p.asked),
        sum(greatest(p.asked - coalesce(d.hours, 0), 0))
    FROM (SELECT id, agency_code, is_manager, employment,
              CASE WHEN is_manager THEN 60 WHEN employment = 'fixed_term' THEN 0 ELSE 40 END AS asked
          FROM employees WHERE agency_code = ANY(%(codes)s)) p
    LEFT JOIN (
        SELECT employee_id, count(*) AS lines, sum(hours) AS hours,
            sum(hours) FILTER (WHERE course_type IN ('job', 'managerial')) AS job,
            sum(hours) FILTER (WHERE course_type NOT IN ('job', 'managerial')) AS general
        FROM training_entries t
        WHERE agency_code = ANY(%(codes)s) AND jalali_year = %(year)s AND counted AND reverses IS NULL
            AND NOT EXISTS (SELECT FROM training_entries c WHERE c.reverses = t.id)
        GROUP BY employee_id) d ON d.employee_id = p.id
    GROUP BY 1, 2, 3
"""


def run(lab: Lab, completions: int = COMPLETIONS, samples: int = SAMPLES) -> dict[str, Any]:
    """Percentiles of the answers and of the plain way, and what counting again costs."""
    with enrollment(lab, completions) as (place, service, token, first_count):
        client = RpcClient(place.amqp_url, "bench", token)
        codes = [f"AG-{number:02d}" for number in range(1, AGENCIES + 1)]
        chosen = random.Random(1405)

        def asked(method: str, **arguments: Any) -> Callable[[], Any]:
            return lambda: client.call("enrollment", method, {"jalali_year": YEARS[-1]} | arguments)

        def any_agency() -> Any:
            return asked("agency_compliance", agency_code=chosen.choice(codes), jalali_year=chosen.choice(YEARS))()

        wait_for_calm()
        answers = {
            "largest agency": measured(asked("agency_compliance", agency_code=LARGEST, with_below=False), samples),
            "… with those below": measured(asked("agency_compliance", agency_code=LARGEST), samples),
            "any agency and year": measured(any_agency, samples),
            "all agencies": measured(asked("list_agency_compliance"), samples),
        }
        plain = {
            "largest agency": measured(plain_way(place, [LARGEST]), PLAIN_SAMPLES),
            "… with those below": measured(plain_way(place, codes[:10]), PLAIN_SAMPLES),
            "all agencies": measured(plain_way(place, codes), PLAIN_SAMPLES),
        }
        client.close()
        counts = counting(place)
        exported = export(place, service, token)
    return {
        "people": PEOPLE,
        "completions": completions,
        "samples": samples,
        "answers_ms": answers,
        "plain_ms": plain,
        "ratio_p95": {name: plain[name]["p95"] / answers[name]["p95"] for name in plain},
        "first_count_seconds": first_count,
        "count_ms": counts,
        "export": exported,
        "target_p95_ms": TARGET_P95_MS,
    }


@contextlib.contextmanager
def enrollment(lab: Lab, completions: int) -> Iterator[tuple[Place, ServiceProcess, str, float]]:
    """A running service with everything counted, a national token, and the seconds that the first count took."""
    with lab.place() as place, contextlib.ExitStack() as stack:
        environment = place.environment()
        run_training("migrate", env=environment)
        run_training("topology", env=environment)
        fill(place, completions)
        started = time.perf_counter()
        service = ServiceProcess("enrollment", environment, log_dir=place.folder)
        stack.callback(service.kill9)
        service.start()
        service.wait_ready()
        wait_until(lambda: not place.count("enrollment", "count_marks"), 120, "figures counted", pause=0.1)
        wait_until(lambda: not place.count("enrollment", "answer_marks"), 120, "answers counted", pause=0.1)
        seconds = time.perf_counter() - started
        assert place.count("enrollment", "training_entries") == completions
        token = Tokens(place.folder / "keys").issue("bench", LARGEST, ["national"], timedelta(hours=1))
        yield place, service, token, seconds


def fill(place: Place, completions: int) -> None:
    """Write people and what they completed, a Jalali year at a time."""
    same: dict[str, Any] = {"people": PEOPLE, "agencies": AGENCIES, "completions": completions // len(YEARS)}
    bounds = {year: dict(zip(("first", "last"), jalali_year_bounds(year), strict=True)) for year in YEARS}
    whole = {"first": bounds[YEARS[0]]["first"], "last": bounds[YEARS[-1]]["last"]}
    with place.engine("enrollment").connect() as connection:
        connection.exec_driver_sql(PEOPLE_SQL, same | whole)
        for year in YEARS:
            connection.exec_driver_sql(YEAR_SQL, same | bounds[year] | {"year": year})
        connection.exec_driver_sql(FORMS_SQL)
    vacuum(place, ["enrollment"])


def plain_way(place: Place, codes: list[str]) -> Callable[[], Any]:
    def ask() -> Any:
        with place.engine("enrollment").connect() as connection:
            return connection.exec_driver_sql(PLAIN_SQL, {"codes": codes, "year": YEARS[-1]}).all()

    return ask


def measured(ask: Callable[[], Any], samples: int) -> dict[str, float]:
    spent: list[float] = []
    for number in range(samples + 3):
        started = time.perf_counter()
        assert ask()
        if number >= 3:  # the first ones warm up
            spent.append(1000 * (time.perf_counter() - started))
    return percentiles(spent)


def counting(place: Place) -> dict[str, float]:
    """What it costs the clock to count the largest agency's year and its answers again: median milliseconds."""
    marks = {
        "hours": (
            "count_agency_years",
            "INSERT INTO count_marks (agency_code, jalali_year) VALUES (%(code)s, %(year)s)",
        ),
        "answers": (
            "count_agency_answers",
            "INSERT INTO answer_marks (agency_code, offering_id) SELECT %(code)s, id FROM offerings "
            "WHERE ends_on = %(day)s LIMIT 1",
        ),
    }
    harness = Harness("enrollment", place.databases.url_of("enrollment"), place.folder)
    day = jalali_year_bounds(YEARS[-1])[0] + timedelta(days=100)
    values = {"code": LARGEST, "year": YEARS[-1], "day": day}
    found = {}
    try:
        for name, (timer, statement) in marks.items():
            spent = []
            for _ in range(COUNTS):
                with harness.db.engine.begin() as connection:
                    connection.exec_driver_sql(statement, values)
                started = time.perf_counter()
                getattr(harness.service, timer)()
                spent.append(1000 * (time.perf_counter() - started))
            found[name] = percentiles(spent)["p50"]
    finally:
        harness.db.engine.dispose()
    return found


def export(place: Place, service: ServiceProcess, token: str) -> dict[str, float]:
    """Everybody's year as one agency's file over HTTP: its rows, seconds, and MiB that the service grew by."""
    with place.engine("enrollment").connect() as connection:
        moved = "UPDATE person_years SET agency_code = %(code)s WHERE jalali_year = %(year)s"
        connection.exec_driver_sql(moved, {"code": LARGEST, "year": YEARS[-1]})
    address = f"http://127.0.0.1:{service.port}/exports/agency-compliance.csv"
    request = urllib.request.Request(
        f"{address}?agency_code={LARGEST}&jalali_year={YEARS[-1]}", headers={"Authorization": f"Bearer {token}"}
    )
    started, lines = time.perf_counter(), 0
    with peak_of(psutil.Process(service.pid)) as memory, urllib.request.urlopen(request, timeout=120) as reply:
        while piece := reply.read(65_536):
            lines += piece.count(b"\n")
    return {"rows": lines - 1, "seconds": time.perf_counter() - started, "memory_mib": memory["peak"]}
