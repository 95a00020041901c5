"""Many at once: in several processes at one offering, and one person at two of them."""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Conflict
from shared.events.catalog import Session
from shared.persian import end_of_day

PROJECT = Path(__file__).resolve().parents[3]
PROCESSES, PEOPLE, SEATS, PLACES = 4, 200, 30, 100
# A replica of the service in a process of its own: it says that it is ready, waits for the word, and enters its people,
# ten at a time; who got in on an even place leaves again, so that seats are freed and offered meanwhile.
REPLICA = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shared.errors import Conflict
from tests.harness import Harness

url, folder, offering_id, *people = sys.argv[1:]
harness = Harness("enrollment", url, Path(folder))

def live(numbered):
    number, person = numbered
    try:
        reply = harness.call("enroll", employee_id=person, offering_id=offering_id)
        if reply["status"] == "confirmed" and number % 2 == 0:
            reply = harness.call("withdraw", enrollment_id=reply["enrollment_id"], reason="مأموریت")
        return reply["status"]
    except Conflict as refused:
        return refused.code

harness.token(("national",))
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(10) as pool:
    print(*pool.map(live, enumerate(people)), flush=True)
"""


def later(world: Any, **changes: Any) -> dict[str, Any]:
    return dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), world.today + timedelta(days=20)) | changes


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)  # a SQLite file has one service, no replicas
def test_two_hundred_in_four_processes_get_exactly_the_seats_there_are(world: Any, tmp_path: Path) -> None:
    offering_id = world.offering(capacity=SEATS, waitlist_limit=PLACES, **later(world))
    people = world.employees(PEOPLE)
    url = world.harness.db.engine.url.render_as_string(hide_password=False)
    replicas = [
        subprocess.Popen(
            [sys.executable, "-c", REPLICA, url, str(tmp_path), offering_id, *people[number::PROCESSES]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
        )
        for number in range(PROCESSES)
    ]
    try:
        for one in replicas:
            assert one.stdout is not None
            while (line := one.stdout.readline()) != "ready\n":
                assert line, "the replica did not start"
        said = [one.communicate("go\n", timeout=120)[0].splitlines()[-1].split() for one in replicas]
    finally:
        for one in replicas:
            one.kill()
            one.wait()
    outcomes = Counter(outcome for each in said for outcome in each)
    assert sum(outcomes.values()) == PEOPLE
    assert outcomes.keys() <= {"confirmed", "withdrawn", "waitlisted", "offering_full"}
    given, waiting = world.counters(offering_id)
    # More came than there are seats and places, and nobody answered an offer: every seat is held, and each that was
    # freed went to somebody who had waited.
    assert given == SEATS
    ledger = world.call("get_ledger", offering_id=offering_id)
    assert (ledger["taken"], ledger["offered"], ledger["free"]) == (outcomes["confirmed"], SEATS - ledger["taken"], 0)
    assert waiting == outcomes["waitlisted"] - ledger["offered"] > 0


def test_nobody_gets_two_seats_for_the_same_hours(world: Any) -> None:
    """Somebody enters two offerings at once, and a request is approved while they book something else."""
    begin = end_of_day(world.today + timedelta(days=19)) + timedelta(hours=9)
    hours = [Session(number=1, starts_at=begin, ends_at=begin + timedelta(hours=2))]
    offerings = [
        world.offering(course_code=code, sessions=hours, capacity=100, **later(world)) for code in ("RD-1", "RD-2")
    ]
    people = world.employees(30)
    outcomes: dict[str, list[str]] = {person: [] for person in people}

    def enter(person: str, offering_id: str) -> None:
        try:
            outcomes[person].append(world.enroll(person, offering_id)["status"])
        except Conflict as refused:
            outcomes[person].append(refused.code)

    threads = [threading.Thread(target=enter, args=(person, one)) for person in people for one in offerings]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert [sorted(each) for each in outcomes.values()] == [["confirmed", "session_clash"]] * 30
