"""Letters that waited: they tell what holds when they go, or they do not go."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

import icalendar
import pytest
import sqlalchemy as sa

from shared.events import EnrollmentCancelledV1, OfferingCancelledV1, ScheduleChangedV1
from tests.integration.notification.conftest import Ledger, message
from tests.integration.notification.test_reminders import (
    EARLY,
    FIRST,
    MOMENT,
    OFFERING,
    at,
    changed,
    confirmed,
    days,
    hear,
    opened,
    person,
    remind,
    withdrawn,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AFTERNOON = FIRST + 6 * HOUR  # 14:00 in Tehran
OVERTAKEN = ("suppressed", "overtaken")


def told(change: Any, number: int = 1, **changes: Any) -> Any:
    """What enrollment tells somebody of a change."""
    held = change.event.sessions
    who = person(number, OFFERING, None) | days(held) | {"delivery_mode": "in_person", "state": "confirmed"}
    what = {"revision": change.event.revision, "changed": ["sessions"], "reason": "تعمیر سالن", "sessions": held}
    return message(ScheduleChangedV1(**who | what | changes, schedule_id=uuid4()), time=change.time + HOUR / 60)


def cancelled(number: int, time: datetime) -> Any:
    event = EnrollmentCancelledV1(**person(number, OFFERING, None), state="confirmed", cause="agency", reason="sample")
    return message(event, time=time)


def shown(ledger: Ledger) -> list[tuple[str, str, str | None]]:
    return [(row.template, row.status, row.reason) for row in ledger.rows()]


def mails(ledger: Ledger) -> list[Any]:
    return [message_from_bytes(file.read_bytes(), policy=default) for file in ledger.files]


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def entries_of(mail: Any) -> list[Any]:
    (file,) = mail.iter_attachments()
    return list(icalendar.Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT"))


def changed_to(ledger: Ledger, revision: int, *starts: datetime, time: datetime, state: str = "confirmed") -> Any:
    """The schedule mail of a change waits, and the change is known."""
    change = changed(revision, *starts, time=time)
    with at(time + HOUR / 60):
        ledger.service.on_schedule_changed([told(change, state=state)])
    hear(ledger, change)
    return change


@pytest.mark.parametrize("end", ["withdrawn", "cancelled", "offering"])
def test_another_schedule_is_not_told_after_the_end_of_the_seat(ledger: Ledger, end: str) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    changed_to(ledger, 2, AFTERNOON, time=EARLY + HOUR)
    ends = {
        "withdrawn": withdrawn(1, EARLY + 2 * HOUR),
        "cancelled": cancelled(1, EARLY + 2 * HOUR),
        "offering": message(OfferingCancelledV1(offering_id=OFFERING, reason="sample"), time=EARLY + 2 * HOUR),
    }
    hear(ledger, ends[end])
    with at(EARLY + 3 * HOUR):
        ledger.send()
    assert shown(ledger) == [("schedule_changed", *OVERTAKEN)]


def test_a_seat_is_not_confirmed_after_its_offering_was_cancelled(ledger: Ledger) -> None:
    ledger.people(1)
    taken = confirmed(1)
    hear(
        ledger, opened(), taken, message(OfferingCancelledV1(offering_id=OFFERING, reason="sample"), time=EARLY + HOUR)
    )
    with at(EARLY + HOUR):
        ledger.service.on_enrollment_confirmed([taken])
        ledger.send()
    assert shown(ledger) == [("enrollment_confirmed", *OVERTAKEN)]


def test_of_two_schedules_the_later_one_is_told_whatever_waited(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    changed_to(ledger, 2, AFTERNOON, time=EARLY + HOUR)
    changed_to(ledger, 3, FIRST + DAY, time=EARLY + 2 * HOUR)
    with at(EARLY + 3 * HOUR):
        ledger.send()
    assert shown(ledger) == [("schedule_changed", *OVERTAKEN), ("schedule_changed", "sent", None)]


def test_a_revision_that_changes_no_schedule_overtakes_none(ledger: Ledger) -> None:
    """Of more seats nobody is told: the schedule before it would be lost."""
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    changed_to(ledger, 2, AFTERNOON, time=EARLY + HOUR)
    hear(ledger, changed(3, AFTERNOON, time=EARLY + 2 * HOUR))
    with at(EARLY + 3 * HOUR):
        ledger.send()
    assert shown(ledger) == [("schedule_changed", "sent", None)]


def test_a_schedule_is_told_who_entered_again_by_their_confirmation(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    changed_to(ledger, 2, AFTERNOON, time=EARLY + HOUR)
    again = confirmed(1, EARLY + 3 * HOUR)
    hear(ledger, withdrawn(1, EARLY + 2 * HOUR), again)
    with at(EARLY + 3 * HOUR):
        ledger.service.on_enrollment_confirmed([again])
        ledger.send()
    assert shown(ledger) == [("schedule_changed", *OVERTAKEN), ("enrollment_confirmed", "sent", None)]


def test_what_is_told_before_the_seat_or_the_offering_is_heard_of_goes(ledger: Ledger) -> None:
    ledger.people(1)
    change = changed(2, AFTERNOON, time=EARLY)
    with at(EARLY + HOUR):
        ledger.service.on_schedule_changed([told(change)])
        ledger.send()
        hear(ledger, confirmed(1))
        ledger.service.on_enrollment_confirmed([confirmed(1)])
        ledger.send()
    assert [row.status for row in ledger.rows()] == ["sent", "sent"]


def test_a_reminder_tells_the_hour_to_which_the_session_was_moved_while_it_waited(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    (before,) = remind(ledger, MOMENT)
    hear(ledger, changed(2, AFTERNOON, time=MOMENT + HOUR))
    with at(MOMENT + 2 * HOUR):
        ledger.send()
    (row,), (mail,) = ledger.rows(), mails(ledger)
    assert (row.status, row.context["revision"], row.subject_id) == ("sent", 2, before.subject_id)
    assert "ساعت ۱۴:۰۰" in text_of(mail)
    assert "۰۸:۰۰" not in text_of(mail)
    first, second = entries_of(mail)
    assert (first["status"], first.decoded("dtstart")) == ("CONFIRMED", AFTERNOON)
    assert (second["status"], second.decoded("dtstart")) == ("CANCELLED", FIRST + DAY)
    assert first.decoded("dtstamp") == MOMENT + HOUR


def test_a_confirmation_tells_the_present_sessions_and_keeps_when_the_seat_was_given(ledger: Ledger) -> None:
    ledger.people(1)
    taken = confirmed(1)
    with at(EARLY):
        ledger.service.on_enrollment_confirmed([taken])
        hear(ledger, opened(), taken, changed(2, AFTERNOON + DAY, time=EARLY + HOUR))
    with at(EARLY + 2 * HOUR):
        ledger.send()
    (row,), (mail,) = ledger.rows(), mails(ledger)
    day = (AFTERNOON + DAY).date().isoformat()
    assert (row.context["starts_on"], row.context["ends_on"]) == (day, day)
    assert row.context["calendar"] == {
        "enrollment_id": str(UUID(int=1001)),
        "revision": 2,
        "said_at": EARLY.isoformat(),
        "gone": [],
    }
    (entry,) = entries_of(mail)
    assert entry.decoded("dtstart") == AFTERNOON + DAY


def test_a_batch_is_looked_after_in_one_statement_and_in_few_when_its_offering_was_changed(ledger: Ledger) -> None:
    asked: list[str] = []
    sa.event.listen(ledger.db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    ledger.people(20)
    taken = [confirmed(number) for number in range(1, 21)]
    hear(ledger, opened())
    ledger.service.learn_seat_taken(taken)

    def reads(count: int) -> int:
        asked.clear()
        with at(EARLY + 2 * HOUR):
            ledger.service.on_enrollment_confirmed([message(each.event, time=EARLY) for each in taken[:count]])
            asked.clear()
            ledger.send()
        ours = ("SELECT seats.", "SELECT offerings.", "SELECT offering_revisions.")
        return sum(statement.startswith(ours) for statement in asked)

    assert reads(5) == 1
    hear(ledger, changed(2, AFTERNOON, time=EARLY + HOUR))
    taken = [confirmed(number) for number in range(6, 21)]
    assert reads(5) == 3
