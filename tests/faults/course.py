"""Five hundred people of two agencies in one offering, their results recorded while things break; the final count."""

import re
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.persian import tehran_date
from tests.support.cluster import PATIENCE_SECONDS, Cluster
from tests.support.leash import wait_for
from tests.support.postgres import SERVICES

PEOPLE = 500
AGENCIES = {"TEST-A": 300, "TEST-B": 200}
SERIAL = re.compile(r"(?P<agency>[A-Z0-9_-]+)-(?P<year>\d{4})-(?P<number>\d{6})")
LEASE_SECONDS = 4.0
WINDOW = 50  # registrations on their way at once


def national_code(number: int) -> str:
    """A code with a right check digit that nobody has: the prefix 999 is not given out."""
    digits = [9, 9, 9, *(int(digit) for digit in f"{number:06d}")]
    rest = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return "".join(map(str, digits)) + str(rest if rest < 2 else 11 - rest)


def person(number: int, agency: str) -> dict[str, Any]:
    return {
        "agency_code": agency,
        "national_code": national_code(number),
        "personnel_number": f"P{number}",
        "full_name": f"کارمند آزمایشی {number}",
        "email": f"employee-{number}@agency.example",
        "language": "fa" if number % 2 else "en",
    }


def open_offering(cluster: Cluster, code: str = "TEST-COURSE", capacity: int = PEOPLE) -> str:
    """Define and publish a course and open an offering of it for everybody; returns the offering's id."""
    defined = cluster.call(
        "catalog.define_course",
        code=code,
        title={"fa": "دورهٔ آزمایشی", "en": "Test course"},
        course_type="job",
        hours=8,
    )
    cluster.call("catalog.publish_course", course_code=code, version=defined["version"])
    today = tehran_date(datetime.now(UTC))
    offering = cluster.call(
        "catalog.open_offering",
        course_code=code,
        agency_code="TEST-A",
        starts_on=(today + timedelta(days=1)).isoformat(),
        ends_on=(today + timedelta(days=2)).isoformat(),
        capacity=capacity,
        open_to="all",
    )
    return str(offering["offering_id"])


def register_agencies(cluster: Cluster) -> None:
    for code in AGENCIES:
        cluster.call("enrollment.register_agency", code=code, name={"fa": f"سازمان آزمایشی {code}"})


def register(cluster: Cluster, people: list[dict[str, Any]]) -> list[str]:
    """Register people, many calls at once; returns their ids."""
    ids = []
    with cluster.client() as client:
        for start in range(0, len(people), WINDOW):
            sent = [client.send("enrollment", "register_employee", one) for one in people[start : start + WINDOW]]
            ids += [client.wait(correlation_id)["employee_id"] for correlation_id in sent]
    return ids


def prepare(cluster: Cluster) -> None:
    """Everybody registered and seated, and every event of it handled.

    Mails go without the certificate as a file: mails are counted here, and 500 pages would take most of the time.
    """
    register_agencies(cluster)
    ours = {"source": "tests", "confidence": "policy_default", "reason": "mails are counted, not pages"}
    today = tehran_date(datetime.now(UTC)).isoformat()
    cluster.call("notification.record_policy", key="attach_certificates", value=False, effective_from=today, **ours)
    agencies = [agency for agency, count in AGENCIES.items() for _ in range(count)]
    ids = register(cluster, [person(number, agency) for number, agency in enumerate(agencies)])
    nominated = cluster.call("enrollment.nominate", offering_id=open_offering(cluster), employee_ids=ids)
    assert {row["status"] for row in nominated["results"]} == {"confirmed"}
    wait_for(lambda: sent(cluster, "enrollment_confirmed"), PEOPLE, PATIENCE_SECONDS)
    wait_for(lambda: unpublished(cluster), 0, PATIENCE_SECONDS)
    wait_for(cluster.depths, {}, PATIENCE_SECONDS)


class Completions:
    """Records everybody's results in slices, a pause between them, while the test breaks something.

    Each slice is repeated with its idempotency key until it is answered.
    """

    def __init__(self, cluster: Cluster, slices: int = 10, pause: float = 0.3) -> None:
        self._cluster = cluster
        self._slices = slices
        self._pause = pause
        self._error: BaseException | None = None
        self.completed = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Completions":
        self._thread.start()
        return self

    def finish(self) -> None:
        """Wait until every slice is recorded."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self.completed == PEOPLE

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            for arguments in slices(self._cluster, self._slices):
                self.completed += self._cluster.call("enrollment.record_results", **arguments)["completed"]
                time.sleep(self._pause)
        except BaseException as error:  # noqa: BLE001 - raised again by `finish` in the test's own thread
            self._error = error


def slices(cluster: Cluster, number: int) -> list[dict[str, Any]]:
    """Arguments for `record_results` that together let everybody pass."""
    rows = cluster.rows("enrollment", "SELECT id, offering_id FROM enrollments WHERE status = 'confirmed' ORDER BY id")
    results = [{"enrollment_id": str(row[0]), "attended_hours": 8, "score": 90} for row in rows]
    size = -(-len(results) // number)
    return [
        {"offering_id": str(rows[0][1]), "results": results[at : at + size], "idempotency_key": f"slice-{at}"}
        for at in range(0, len(results), size)
    ]


def record_all(cluster: Cluster, number: int = 1) -> None:
    for arguments in slices(cluster, number):
        cluster.call("enrollment.record_results", **arguments)


def certificates(cluster: Cluster) -> int | None:
    return cluster.one("certification", "SELECT count(*) FROM certificates")


def sent(cluster: Cluster, template: str = "certificate_issued") -> int | None:
    statement = "SELECT count(*) FROM notifications WHERE template = %s AND status = 'sent'"
    return cluster.one("notification", statement, template)


def queued(cluster: Cluster) -> int | None:
    statement = "SELECT count(*) FROM notifications WHERE template = 'certificate_issued'"
    return cluster.one("notification", statement)


def unpublished(cluster: Cluster) -> int | None:
    counts = [cluster.one(service, "SELECT count(*) FROM outbox WHERE published_at IS NULL") for service in SERVICES]
    return None if None in counts else sum(counts)


def settled(cluster: Cluster, people: int = PEOPLE, parked: int = 0, timeout: float = PATIENCE_SECONDS) -> None:
    """Wait for the end and count: nothing lost, nothing doubled, nothing left over but what certification parked."""
    goal = (people, people, 0)
    wait_for(lambda: (certificates(cluster), queued(cluster), unpublished(cluster)), goal, timeout)
    end_leases(cluster)
    wait_for(lambda: sent(cluster), people, timeout)
    wait_for(
        cluster.depths, {"training.dead-letters.certification": parked} if parked else {}, PATIENCE_SECONDS, pause=0.5
    )
    assert (certificates(cluster), queued(cluster), unpublished(cluster)) == goal
    assert cluster.one("certification", "SELECT count(DISTINCT enrollment_id) FROM certificates") == people
    check_mails(cluster, people)
    check_serials(cluster)
    check_once(cluster, people)


def end_leases(cluster: Cluster) -> None:
    """Let a lease of a sender that died run out now, instead of waiting for it: what was being sent is due again."""
    try:
        wait_for(lambda: sent(cluster), queued(cluster), LEASE_SECONDS)
    except TimeoutError:
        statement = "UPDATE notifications SET due_at = now() WHERE status = 'sending' RETURNING 1"
        cluster.rows("notification", statement)


def check_mails(cluster: Cluster, people: int) -> None:
    """Everybody has one notification of their certificate, and a mail of it lies in the folder."""
    told = "SELECT notification_id, employee_id FROM notifications WHERE template = 'certificate_issued'"
    notifications = cluster.rows("notification", told)
    assert (len(notifications), len({employee_id for _, employee_id in notifications})) == (people, people)
    mails = {mail.stem for mail in (cluster.mail / "new").iterdir()}
    assert {str(notification_id) for notification_id, _ in notifications} <= mails


def check_serials(cluster: Cluster) -> None:
    """The serials of each agency and year are 1, 2, 3 … without a gap."""
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for (serial,) in cluster.rows("certification", "SELECT serial FROM certificates"):
        match = SERIAL.fullmatch(serial)
        assert match, serial
        numbers[match["agency"], match["year"]].append(int(match["number"]))
    for key, found in numbers.items():
        assert sorted(found) == list(range(1, len(found) + 1)), key


def check_once(cluster: Cluster, people: int = PEOPLE) -> None:
    """Each handler of the main path has handled each of its events once: inbox rows equal events."""
    handled = "SELECT count(*) FROM inbox WHERE handler = %s"
    assert cluster.one("certification", handled, "on_enrollment_completed") == people
    assert cluster.one("notification", handled, "on_certificate_issued") == people
