"""`training notify` against the service itself."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from rich.console import Console
from typer.testing import CliRunner

from services.cli import notify
from services.cli.app import app
from services.notification.models import notifications
from services.notification.models.tables import offerings, seats
from services.notification.service import releasing
from tests.harness import Harness
from tests.integration.cli.conftest import without_attachments
from tests.integration.notification.conftest import issued, registered


class Room:
    """Notification with six people: messages for three are due, one is deferred, one for a digest, one is old news."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        without_attachments(harness)
        people = [registered(number, agency_code="AG-B" if number == 1 else "AG-A") for number in range(1, 7)]
        harness.deliver(*people)
        for number in range(1, 6):
            harness.deliver(issued(number, agency_code="AG-B" if number == 1 else "AG-A"))
        self.old_news(6)
        later = datetime.now(UTC) + timedelta(hours=1)
        self.change(4, status="deferred", due_at=later)
        self.change(5, cadence="daily", due_at=later)

    def old_news(self, number: int) -> None:
        then = datetime.now(UTC) - timedelta(days=30)
        self.harness.deliver(self.harness.message(issued(number), time=then))

    def ask(self, method: str, sent: dict[str, Any]) -> Any:
        return self.harness.call(method, ("operator",), **sent)

    def change(self, number: int, **values: Any) -> None:
        with self.harness.db.transaction() as tx:
            own = notifications.c.employee_id == UUID(int=number)
            tx.execute(sa.update(notifications).where(own).values(**values))

    def statuses(self) -> list[str]:
        with self.harness.db.reading() as tx:
            return list(tx.scalars(sa.select(notifications.c.status).order_by(notifications.c.employee_id)))

    def seat(self, **changes: Any) -> None:
        """Somebody's seat in an offering that begins tomorrow."""
        now = datetime.now(UTC)
        with self.harness.db.transaction() as tx:
            key = UUID(int=len(self.statuses()) + tx.scalar(sa.select(sa.func.count()).select_from(seats)))  # type: ignore[operator]
            held = {"course_code": "RD-01", "course_title": {"fa": "نمونه"}, "sessions": [], "revision": 1}
            days = {"starts_on": now.date(), "ends_on": now.date(), "first_starts_at": now + timedelta(days=1)}
            tx.execute(sa.insert(offerings).values(offering_id=key, **held, **days))
            whose = {"employee_id": UUID(int=1), "agency_code": "AG-B", "taken_at": now}
            tx.execute(sa.insert(seats).values(enrollment_id=key, offering_id=key, **whose | changes))


@pytest.fixture
def room(harness: Callable[[str], Any]) -> Room:
    return Room(harness("notification"))


def printed(work: Callable[[Console], object]) -> str:
    text = io.StringIO()
    work(Console(file=text, width=200))
    return text.getvalue()


def test_a_dry_run_says_what_would_go_and_what_waits_for_what(room: Room) -> None:
    room.seat()
    room.seat(left_at=datetime.now(UTC) + timedelta(minutes=1))
    before = room.statuses()
    said = printed(lambda console: notify.foresee(room.ask, console, {}))
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines == [
        "3 messages would go now.",
        "messages template channel agency",
        "2 certificate_issued email AG-A",
        "1 certificate_issued email AG-B",
        "1 were not taken yet by their mail server and go again.",
        "1 wait for somebody's next digest.",
        "1 are held: stale.",
        "At most 1 are ahead: session_reminder.",
    ]
    assert room.statuses() == before
    chosen = {"template": "certificate_issued", "agency_code": "AG-B"}
    assert printed(lambda console: notify.foresee(room.ask, console, chosen)).startswith("1 messages would go now.")
    none = printed(lambda console: notify.foresee(room.ask, console, {"template": "welcome"}))
    assert none == "0 messages would go now.\n"


def test_what_is_due_is_sent_at_once(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    room.harness.wakes.clear()
    assert printed(lambda console: notify.send_now(room.ask, console)) == "3 messages were due; they go now.\n"
    assert room.harness.wakes == ["send_pending"]
    room.harness.service.send_pending()
    assert room.statuses() == ["sent", "sent", "sent", "deferred", "pending", "held"]
    assert printed(lambda console: notify.send_now(room.ask, console)) == "Nothing was due.\n"
    notify.foresee(room.ask, Console(), {}, as_json=True)
    printed_out = capsys.readouterr().out  # behind the log's lines
    assert json.loads(printed_out[printed_out.index("{\n") :])["waiting"] == {
        "sending": 0,
        "deferred": 1,
        "later": 0,
        "digest": 1,
    }


def test_what_is_held_is_shown_and_goes_when_that_is_agreed(room: Room) -> None:
    assert "1 are held" in printed(lambda console: notify.show(room.ask, console, {}))
    said = printed(lambda console: notify.decide(room.ask, console, "release_held", {}, lambda: False))
    assert "1 messages:" in said
    assert "stale" in said
    assert "Nothing was done" in said
    assert "1 released" in printed(
        lambda console: notify.decide(room.ask, console, "release_held", {"reason": "stale"})
    )
    room.harness.service.send_pending()
    assert room.statuses()[5] == "sent"
    assert "Nothing of that is held" in printed(lambda console: notify.show(room.ask, console, {}))
    assert "Nothing of that is held" in printed(lambda console: notify.decide(room.ask, console, "drop_held", {}))


def test_nothing_is_decided_that_was_not_shown(room: Room) -> None:
    def agreed() -> bool:
        room.old_news(1)  # one more is held while somebody thinks about it
        return True

    assert "1 dropped" in printed(lambda console: notify.decide(room.ask, console, "drop_held", {}, agreed))
    assert room.statuses().count("held") == 1


def test_many_are_decided_on_in_parts(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "PAGE", 2)
    for number in range(1, 5):
        room.old_news(number)
    said = printed(lambda console: notify.decide(room.ask, console, "release_held", {}))
    assert said.splitlines()[-3:] == ["2 of 5 …", "4 of 5 …", "5 released; they go now."]
    assert "held" not in room.statuses()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["release"], "say --yes"),
        (["drop", "--reason", "stale"], "say --yes"),
        (["--template", "welcome"], "go with --dry-run"),
        (["--dry-run", "held"], "go behind `held`"),
    ],
)
def test_a_script_that_nobody_watches_must_say_what_it_wants(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["notify", *arguments])
    assert (done.exit_code, said in done.output) == (2, True)
