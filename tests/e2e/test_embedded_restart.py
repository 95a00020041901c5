"""The embedded platform killed in the middle of its work: what the broker forgot is found again at the next start."""

import json
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.persian import tehran_date
from tests.e2e.platform import ROLES, national_code
from tests.support import leash
from tests.support.postgres import SERVICES
from tests.support.processes import PROJECT, run_training

PEOPLE = 100
SLICE = 20
# What `training up` does on embedded defaults, on ports that are free.
PROGRAM = """
import json, sys
from shared import green
green.patch()
from services.cli import running
from shared.config import Config
config = Config.from_environment()
running.prepare_embedded(config)
sys.exit(running.run_until_signal(config, list(json.loads(sys.argv[1])), json.loads(sys.argv[1])))
"""


class Embedded:
    """All four services in one process, with files for databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: leash.free_port() for name in SERVICES}
        self.env = {
            "PYTHONPATH": str(PROJECT),
            "TRAINING_DATABASE_URL": f"sqlite:///{folder}/{{service}}.db",
            "TRAINING_SMTP_URL": f"maildir://{folder}/mail",
            "TRAINING_KEYS_DIR": str(folder / "keys"),
            "TRAINING_RETRY_DELAYS": "0.2,0.5,1,2,4",
        }
        roles = [word for role in ROLES for word in ("--role", role)]
        self.token = run_training("token", "--agency", "EMB", "--system", "e2e", *roles, env=self.env).strip()

    def start(self) -> None:
        command = [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps(self.ports)]
        self.child = leash.spawn(command, self.folder / "log", self.env, cwd=self.folder)
        leash.wait_until(self._ready, 40, "the embedded platform")

    def kill(self) -> None:
        leash.kill_group(self.child)

    def call(self, operation: str, **arguments: Any) -> Any:
        """One call over HTTP, repeated while it is not answered or something is not known yet."""

        def answered() -> list[Any]:
            try:
                return [self._post(*operation.split("."), arguments)]
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise AssertionError(error.read().decode()) from error
                return []

        return leash.wait_until(answered, 30, operation, pause=0.05)[0]

    def _post(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[service]}/rpc/{method}",
            json.dumps(arguments).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def _ready(self) -> bool:
        assert self.child.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            for port in self.ports.values():
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        except OSError:
            return False
        return True

    def rows(self, service: str, statement: str) -> list[Any]:
        connection = sqlite3.connect(self.folder / f"{service}.db", timeout=20)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    made = Embedded(tmp_path)
    made.start()
    yield made
    made.kill()


def prepare(embedded: Embedded) -> list[dict[str, Any]]:
    """Everybody has a seat; arguments that let them all pass, in slices."""
    embedded.call("enrollment.register_agency", code="EMB", name={"fa": "سازمان نمونه"})
    course = {"code": "EMB-1", "title": {"fa": "دورهٔ نمونه"}, "course_type": "job", "hours": 8}
    embedded.call("catalog.define_course", **course)
    embedded.call("catalog.publish_course", course_code="EMB-1", version=1)
    today = tehran_date(datetime.now(UTC))
    days = {"starts_on": str(today + timedelta(days=1)), "ends_on": str(today + timedelta(days=2))}
    offering = embedded.call("catalog.open_offering", course_code="EMB-1", agency_code="EMB", capacity=PEOPLE, **days)[
        "offering_id"
    ]
    people = [
        embedded.call(
            "enrollment.register_employee",
            agency_code="EMB",
            national_code=national_code(number),
            personnel_number=str(number),
            full_name=f"نمونهٔ {number}",
            email=f"person-{number}@agency.example",
        )["employee_id"]
        for number in range(PEOPLE)
    ]
    seats = embedded.call("enrollment.nominate", offering_id=offering, employee_ids=people)["results"]
    rows = [{"enrollment_id": seat["enrollment_id"], "attended_hours": 8, "score": 90} for seat in seats]
    return [
        {"offering_id": offering, "results": rows[at : at + SLICE], "idempotency_key": f"slice-{at}"}
        for at in range(0, PEOPLE, SLICE)
    ]


def issued(embedded: Embedded) -> int:
    return int(embedded.rows("certification", "SELECT count(*) FROM certificates")[0][0])


def told(embedded: Embedded) -> list[Any]:
    return embedded.rows(
        "notification",
        "SELECT notification_id, employee_id, status FROM notifications WHERE template = 'certificate_issued'",
    )


def test_a_platform_that_is_killed_loses_and_doubles_nothing(embedded: Embedded) -> None:
    completions = prepare(embedded)
    for number, arguments in enumerate(completions):
        assert embedded.call("enrollment.record_results", **arguments)["completed"] == SLICE
        if number in (2, 5, 7):
            embedded.kill()
            embedded.start()
            assert embedded.call("enrollment.record_results", **arguments)["completed"] == SLICE, "the first reply"
    leash.wait_until(lambda: issued(embedded) >= PEOPLE, 40, "the certificates")
    leash.wait_until(lambda: len(told(embedded)) >= PEOPLE, 40, "the notifications")
    # What a sender had in hand when it died is due again after its lease, which is not waited for here.
    embedded.rows("notification", "UPDATE notifications SET due_at = '2020-01-01 00:00:00' WHERE status = 'sending'")
    leash.wait_until(lambda: {row[2] for row in told(embedded)} == {"sent"}, 40, "the mails")
    assert issued(embedded) == PEOPLE
    assert len({row[1] for row in told(embedded)}) == len(told(embedded)) == PEOPLE
    serials = [row[0] for row in embedded.rows("certification", "SELECT serial FROM certificates ORDER BY serial")]
    assert [int(serial[-6:]) for serial in serials] == list(range(1, PEOPLE + 1))
    mails = list((embedded.folder / "mail" / "new").iterdir())
    assert len(mails) == 2 * PEOPLE, "one of the seat and one of the certificate for everybody"
