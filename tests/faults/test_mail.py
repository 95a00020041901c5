"""A sender that is ended in the middle of a batch of mails; those that are killed are in test_kills."""

import email
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from services.notification.models import notifications, recipients
from services.notification.rendering.samples import CONTEXTS
from shared.ids import new_id
from tests.support.cluster import PATIENCE_SECONDS, Cluster
from tests.support.leash import wait_for, wait_until

MAILS = 240
# Eight connections hand over forty a second: enough time to be ended in the middle.
SLOW = ("--stall", "0.2", "--pipelining")


@contextmanager
def mail_server(cluster: Cluster) -> Iterator[Path]:
    """A slow one, in whose folder its mails lie; the services are told of it."""
    folder = cluster.folder / "sink"
    folder.mkdir()
    command = [sys.executable, "-W", "ignore", "-m", "tests.integration.notification.smtp_sink", str(folder), *SLOW]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        cluster.env["TRAINING_SMTP_URL"] = f"smtp://127.0.0.1:{int(process.stdout.readline())}?starttls=none"
        try:
            yield folder
        finally:
            process.kill()


def queue(cluster: Cluster) -> None:
    """One mail for each of many people."""
    now = datetime.now(UTC)
    people = [
        {"employee_id": UUID(int=n), "agency_code": "TEST-A", "full_name": f"نمونه شماره {n}", "language": "fa"}
        | {"email": f"sample{n}@example.ir", "heard_at": now}
        for n in range(1, MAILS + 1)
    ]
    said = {"agency_code": "TEST-A", "template": "result_failed", "channel": "email", "status": "pending"}
    said |= {"context": CONTEXTS["result_failed"], "correlation_id": "tests", "created_at": now, "due_at": now}
    rows = [
        said
        | {"notification_id": new_id(), "event_id": new_id(), "subject_id": new_id()}
        | {"employee_id": person["employee_id"]}
        for person in people
    ]
    engine = sa.create_engine(cluster.databases.url_of("notification"))
    with engine.begin() as connection:
        connection.execute(sa.insert(recipients), people)
        connection.execute(sa.insert(notifications), rows)
    engine.dispose()


def statuses(cluster: Cluster) -> dict[str, int]:
    found = cluster.rows("notification", "SELECT status, count(*) FROM notifications GROUP BY status")
    return {str(status): int(count) for status, count in found}


def message_ids(folder: Path) -> list[str]:
    return [str(email.message_from_bytes(file.read_bytes())["Message-ID"]) for file in folder.glob("*.eml")]


def test_a_deploy_in_the_middle_of_a_batch_sends_no_mail_twice(empty_cluster: Cluster) -> None:
    cluster = empty_cluster
    queue(cluster)
    with mail_server(cluster) as folder:
        cluster.start("notification")
        wait_until(lambda: len(message_ids(folder)) >= 5, PATIENCE_SECONDS, "the first mails", 0.02)
        cluster.stop("notification")
        taken = len(message_ids(folder))
        assert taken < MAILS, "it was ended in the middle"
        assert statuses(cluster) == {"sent": taken, "pending": MAILS - taken}, "what was taken is written down"
        assert cluster.one("notification", "SELECT count(*) FROM attempts") == taken
        cluster.resume("notification")
        wait_for(lambda: statuses(cluster), {"sent": MAILS}, PATIENCE_SECONDS)
        ids = message_ids(folder)
        assert len(ids) == len(set(ids)) == MAILS
