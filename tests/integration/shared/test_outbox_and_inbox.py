"""The outbox in its order and the inbox without repeats, on both databases."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared import inbox, outbox
from shared.database import Database
from shared.events import AgencyRegisteredV1, EmployeeRegisteredV1, Event, LocalizedText
from shared.ids import new_id
from shared.messages import Message

DAY = timedelta(days=1)


def agency(code: str) -> AgencyRegisteredV1:
    return AgencyRegisteredV1(code=code, name=LocalizedText("نمونه"))


def employee() -> EmployeeRegisteredV1:
    return EmployeeRegisteredV1(
        employee_id=new_id(), agency_code="A", full_name="نمونه", email="sample@example.ir", language="fa"
    )


def table(db: Database, name: str = "outbox") -> sa.Table:
    return db.metadata.tables[name]


def say(db: Database, *events: Event) -> None:
    with db.transaction() as tx:
        for event in events:
            tx.publish(event)


def taken(db: Database, limit: int = 100, without: tuple[str, ...] = ()) -> list[Any]:
    with db.reading() as tx:
        return list(outbox.take_unpublished(tx, table(db), limit, without))


def mark(db: Database, rows: list[Any]) -> None:
    with db.transaction() as tx:
        outbox.mark_published(tx, table(db), [row.position for row in rows])


def subjects(rows: list[Any]) -> list[str]:
    return [row.subject for row in rows]


def test_rows_come_out_in_the_order_they_were_said(db: Database) -> None:
    for start in range(0, 9, 3):
        say(db, *(agency(f"A{number}") for number in range(start, start + 3)))
    assert subjects(taken(db)) == [f"A{number}" for number in range(9)]
    assert subjects(taken(db, limit=4)) == ["A0", "A1", "A2", "A3"]


def test_an_event_has_the_time_of_its_telling(db: Database) -> None:
    """Who waited for a lock began earlier and speaks later; readers believe the later one."""
    with db.transaction() as tx:
        time.sleep(0.02)
        waited_until = datetime.now(UTC)
        tx.publish(agency("A"))
    assert taken(db)[0].occurred_at >= waited_until


def test_only_what_is_marked_is_gone(db: Database) -> None:
    say(db, *(agency(f"A{number}") for number in range(4)))
    mark(db, taken(db)[1:3])
    assert subjects(taken(db)) == ["A0", "A3"]
    mark(db, [])
    assert len(taken(db)) == 2


def test_a_type_without_a_queue_does_not_stand_in_the_way(db: Database) -> None:
    say(db, agency("A"), employee(), agency("B"))
    assert [row.type for row in taken(db, 1, (AgencyRegisteredV1.TYPE,))] == [EmployeeRegisteredV1.TYPE]


def test_the_backlog_tells_number_and_age(db: Database) -> None:
    with db.reading() as tx:
        assert outbox.backlog(tx, table(db)) == (0, 0.0)
    say(db, agency("A"), agency("B"))
    with db.transaction() as tx:
        tx.execute(sa.update(table(db)).values(occurred_at=tx.now - timedelta(seconds=30)))
    with db.reading() as tx:
        number, age = outbox.backlog(tx, table(db))
    assert number == 2
    assert 30 <= age < 40


def test_past_events_go_out_again_within_their_bounds(db: Database) -> None:
    say(db, agency("A"), employee(), agency("B"))
    rows = taken(db)
    mark(db, rows)
    now = datetime.now(UTC)

    def again(*bounds: Any) -> int:
        with db.transaction() as tx:
            number = outbox.publish_again(tx, table(db), *bounds)
            tx.execute(sa.update(table(db)).values(published_at=tx.now))
            return number

    assert again(now - DAY) == 3
    assert again(now + DAY) == 0
    assert again(now - DAY, now - DAY / 2) == 0
    assert again(now - DAY, None, AgencyRegisteredV1.TYPE) == 2


def test_what_was_never_published_is_not_published_again(db: Database) -> None:
    say(db, agency("A"))
    with db.transaction() as tx:
        assert outbox.publish_again(tx, table(db), tx.now - DAY) == 0


def test_only_old_published_rows_are_forgotten_and_a_few_at_a_time(db: Database) -> None:
    say(db, *(agency(f"A{number}") for number in range(5)))
    mark(db, taken(db)[:4])
    with db.transaction() as tx:
        assert outbox.prune(tx, table(db), tx.now - DAY) == 0
        assert outbox.prune(tx, table(db), tx.now + DAY, limit=3) == 3
        assert outbox.prune(tx, table(db), tx.now + DAY, limit=3) == 1
        assert outbox.prune(tx, table(db), tx.now + DAY) == 0
    assert subjects(taken(db)) == ["A4"]


def test_published_events_that_no_inbox_knows_are_found(db: Database) -> None:
    say(db, agency("A"), agency("B"), employee(), agency("C"))
    rows = taken(db)
    mark(db, rows[:3])
    with db.transaction() as tx:
        lost = outbox.unknown_to(tx, table(db), {rows[0].event_id}, AgencyRegisteredV1.TYPE)
        assert lost == [rows[1].position]
        assert outbox.mark_unpublished(tx, table(db), lost) == 1
    assert subjects(taken(db)) == ["B", "C"]


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)  # SQLite has no row locks: one process, one relay
def test_a_second_relay_takes_other_rows(db: Database) -> None:
    say(db, *(agency(f"A{number}") for number in range(4)))
    with db.transaction() as first, db.transaction() as second:
        mine = outbox.take_unpublished(first, table(db), 2)
        others = outbox.take_unpublished(second, table(db), 10)
        assert subjects(list(mine)) == ["A0", "A1"]
        assert subjects(list(others)) == ["A2", "A3"]


def message(code: str) -> Message[AgencyRegisteredV1]:
    return Message(new_id(), agency(code), datetime.now(UTC), "sample")


def seen(db: Database, messages: list[Message[Any]], handler: str = "on_agency") -> list[str]:
    with db.transaction() as tx:
        fresh = inbox.first_seen(tx, table(db, "inbox"), handler, messages)
    return [each.event.code for each in fresh]


def test_a_message_is_new_once_for_each_handler(db: Database) -> None:
    a, b, c = message("A"), message("B"), message("C")
    assert seen(db, [a, b]) == ["A", "B"]
    assert seen(db, [b, c, a]) == ["C"]
    assert seen(db, [a], "another_handler") == ["A"]
    with db.reading() as tx:
        assert inbox.seen_by(tx, table(db, "inbox"), "on_agency") == {a.id, b.id, c.id}


def test_a_batch_keeps_its_order_and_loses_its_repeats(db: Database) -> None:
    messages = [message(f"A{number}") for number in range(5)]
    shuffled = [messages[index] for index in (3, 1, 4, 1, 0, 3, 2)]
    assert seen(db, shuffled) == ["A3", "A1", "A4", "A0", "A2"]


def test_a_handler_that_fails_has_not_seen_its_messages(db: Database) -> None:
    a = message("A")
    with pytest.raises(KeyError), db.transaction() as tx:
        inbox.first_seen(tx, table(db, "inbox"), "on_agency", [a])
        raise KeyError("poison")
    assert seen(db, [a]) == ["A"]


def test_a_thousand_messages_are_remembered_together(db: Database) -> None:
    messages = [message(f"A{number}") for number in range(1000)]
    assert len(seen(db, messages)) == 1000
    assert seen(db, messages) == []
