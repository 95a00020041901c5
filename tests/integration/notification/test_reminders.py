"""Reminders: one for a seat and a first day, whatever order news come in and whatever clocks and replicas do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notification import models
from services.notification.models import tables
from services.notification.service import reminding
from shared.events import (
    EmployeeErasedV1,
    EmployeesMergedV1,
    EnrollmentCancelledV1,
    EnrollmentConfirmedV1,
    EnrollmentWithdrawnV1,
    OfferingCancelledV1,
    OfferingChangedV1,
    OfferingOpenedV1,
    ScheduleChangedV1,
)
from shared.events.catalog import CompletionRule, Session
from tests.integration.notification.conftest import TITLE, Ledger, agencies, message, registered

OFFERING = UUID(int=500)
EARLY = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIRST = datetime(2026, 12, 6, 4, 30, tzinfo=UTC)  # a Sunday
MOMENT = datetime(2026, 12, 3, 4, 30, tzinfo=UTC)  # two days before is a Friday, so the Thursday at 8:00
COURSE: dict[str, Any] = {"course_code": "RD-01", "course_title": TITLE}


def sessions(*starts: datetime) -> list[Session]:
    return [
        Session(number=number, starts_at=at, ends_at=at + timedelta(hours=4), room_title=TITLE)
        for number, at in enumerate(sorted(starts), start=1)
    ]


def days(held: list[Session]) -> dict[str, date]:
    return {"starts_on": held[0].starts_at.date(), "ends_on": held[-1].ends_at.date()}


def opened(*starts: datetime, offering_id: UUID = OFFERING, time: datetime = EARLY) -> Any:
    held = sessions(*(starts or (FIRST, FIRST + timedelta(days=1))))
    more = {"course_version": 1, "course_type": "job", "hours": 8.0, "delivery_mode": "in_person", "capacity": 30}
    rule = CompletionRule(min_attendance=0.8, pass_mark=60)
    event = OfferingOpenedV1(
        **COURSE,
        **days(held),
        **more,
        offering_id=offering_id,
        agency_code="AG-A",
        completion_rule=rule,
        enrollment_closes_on=date(2026, 12, 1),
        sessions=held,
    )
    return message(event, time=time)


def changed(revision: int, *starts: datetime, offering_id: UUID = OFFERING, time: datetime = EARLY) -> Any:
    held = sessions(*starts)
    event = OfferingChangedV1(
        **COURSE,
        **days(held),
        offering_id=offering_id,
        agency_code="AG-A",
        course_version=1,
        revision=revision,
        changed=["sessions"],
        reason="تعمیر سالن",
        enrollment_closes_on=date(2026, 12, 1),
        capacity=30,
        min_seats=1,
        waitlist_limit=0,
        sessions=held,
    )
    return message(event, time=time)


def person(number: int, offering_id: UUID, enrollment_id: UUID | None) -> dict[str, Any]:
    return {
        "enrollment_id": enrollment_id or UUID(int=1000 + number),
        "employee_id": UUID(int=number),
        "agency_code": "AG-A",
        "full_name": f"نمونه شماره {number}",
        "offering_id": offering_id,
        **COURSE,
        "hours": 8.0,
        "starts_on": FIRST.date(),
        "ends_on": FIRST.date() + timedelta(days=1),
    }


def confirmed(
    number: int = 1, time: datetime = EARLY, offering_id: UUID = OFFERING, enrollment_id: UUID | None = None
) -> Any:
    held = sessions(FIRST, FIRST + timedelta(days=1))
    who = person(number, offering_id, enrollment_id)
    event = EnrollmentConfirmedV1(**who, delivery_mode="in_person", move_id=uuid4(), revision=1, sessions=held)
    return message(event, time=time)


def withdrawn(
    number: int = 1, time: datetime = EARLY, offering_id: UUID = OFFERING, enrollment_id: UUID | None = None
) -> Any:
    who = person(number, offering_id, enrollment_id)
    more: dict[str, Any] = {"delivery_mode": "in_person", "state": "confirmed", "reason": "مأموریت"}
    return message(EnrollmentWithdrawnV1(**who, **more, move_id=uuid4()), time=time)


HANDLERS: dict[type, str] = {
    OfferingOpenedV1: "learn_offering_opened",
    OfferingChangedV1: "learn_offering_changed",
    OfferingCancelledV1: "learn_offering_cancelled",
    EnrollmentConfirmedV1: "learn_seat_taken",
    EnrollmentWithdrawnV1: "learn_seat_left",
    EnrollmentCancelledV1: "learn_seat_cancelled",
}


def hear(ledger: Ledger, *news: Any) -> None:
    for each in news:
        getattr(ledger.service, HANDLERS[type(each.event)])([each])


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=True):
        yield


def remind(ledger: Ledger, moment: datetime) -> list[Any]:
    """Run the timer at a moment; all reminders there are by then."""
    with at(moment):
        ledger.service.remind_of_sessions()
    return [row for row in ledger.rows() if row.template == "session_reminder"]


def calendars(ledger: Ledger) -> list[Any]:
    """The calendar files of the mails that were sent, in the order of their queueing."""
    order = {str(row.notification_id): place for place, row in enumerate(ledger.rows())}
    found = []
    for file in ledger.files:
        mail: Any = message_from_bytes(file.read_bytes(), policy=default)
        for part in mail.iter_attachments():
            place = order[mail["Message-ID"].strip("<>").partition("@")[0]]
            assert part.get_content_type() == "text/calendar"
            read = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            assert part.get_param("method") == read["method"]
            found.append((place, read))
    return [read for _, read in sorted(found, key=lambda one: one[0])]


def test_everybody_with_a_seat_is_reminded_once_whatever_the_clock_does(ledger: Ledger) -> None:
    ledger.people(2)
    hear(ledger, opened(), confirmed(1), confirmed(2))
    assert remind(ledger, MOMENT - timedelta(seconds=2)) == []
    rows = remind(ledger, MOMENT)
    assert {row.employee_id for row in rows} == {UUID(int=1), UUID(int=2)}
    assert rows[0].context["sessions"][0]["starts_at"] == "2026-12-06T04:30:00Z"
    assert rows[0].context["revision"] == 1
    for later in (MOMENT, MOMENT + timedelta(days=1), MOMENT - timedelta(days=30), FIRST + timedelta(days=400), MOMENT):
        with ledger.db.transaction() as tx:  # as after a restored backup of these columns alone
            tx.execute(sa.update(tables.seats).values(reminded_for=None))
            tx.execute(sa.update(tables.offerings).values(reminded_for=None))
        assert len(remind(ledger, later)) == 2


def test_a_reminder_carries_its_sessions_as_a_calendar_file(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    remind(ledger, MOMENT)
    with at(MOMENT + timedelta(minutes=1)):
        ledger.send()
    (read,) = calendars(ledger)
    assert read["method"] == "PUBLISH"
    uids = [str(event["uid"]) for event in read.walk("VEVENT")]
    assert uids == [f"{UUID(int=1001)}-{number}@training.example" for number in (1, 2)]


def test_who_is_not_reminded(ledger: Ledger) -> None:
    ledger.people(4)
    cancelled = message(OfferingCancelledV1(offering_id=UUID(int=501), reason="sample"), time=EARLY)
    hear(ledger, opened(), opened(offering_id=UUID(int=501)), cancelled)
    hear(ledger, confirmed(1, offering_id=UUID(int=501)), confirmed(2), withdrawn(2, EARLY + timedelta(hours=1)))
    hear(ledger, confirmed(3, MOMENT), confirmed(4, MOMENT - timedelta(seconds=1)))
    assert [row.employee_id for row in remind(ledger, MOMENT + timedelta(hours=1))] == [UUID(int=4)]


def test_nobody_is_reminded_of_what_has_begun_and_the_last_minute_counts(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    assert remind(ledger, FIRST) == []
    assert len(remind(ledger, FIRST - timedelta(seconds=10))) == 1


def test_a_reminder_moves_with_the_offering_and_a_new_day_is_a_new_occasion(ledger: Ledger) -> None:
    ledger.people(1)
    week = timedelta(days=7)
    hear(ledger, opened(), confirmed(1), changed(2, FIRST + week, time=EARLY + timedelta(hours=1)))
    assert remind(ledger, MOMENT + timedelta(days=1)) == []
    assert len(remind(ledger, MOMENT + week)) == 1
    hear(ledger, changed(3, FIRST + week + timedelta(hours=3), time=MOMENT + week + timedelta(hours=1)))
    assert len(remind(ledger, MOMENT + week + timedelta(hours=2))) == 1
    hear(ledger, changed(4, FIRST + 2 * week, time=MOMENT + week + timedelta(hours=3)))
    assert len(remind(ledger, MOMENT + week + timedelta(hours=4))) == 1
    assert len(remind(ledger, MOMENT + 2 * week)) == 2
    hear(ledger, changed(5, FIRST + week, time=MOMENT + 2 * week))
    assert len(remind(ledger, FIRST + week - timedelta(hours=1))) == 2


def test_a_day_that_was_said_after_its_moment_was_told_then(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(FIRST + timedelta(days=30)), confirmed(1), changed(2, FIRST, time=MOMENT + timedelta(hours=1)))
    assert remind(ledger, MOMENT + timedelta(hours=2)) == []


def test_a_reminder_that_was_overtaken_while_it_waited_is_not_sent(ledger: Ledger) -> None:
    ledger.people(4)
    other = UUID(int=501)
    hear(ledger, opened(), confirmed(1), confirmed(2), opened(offering_id=other))
    hear(ledger, confirmed(3, offering_id=other), confirmed(4, offering_id=other))
    remind(ledger, MOMENT)
    hear(ledger, withdrawn(1, MOMENT), changed(2, FIRST + timedelta(days=9), offering_id=other, time=MOMENT))
    with at(MOMENT + timedelta(minutes=1)):
        ledger.send()
    shown = {row.employee_id.int: (row.status, row.reason) for row in ledger.rows()}
    gone = ("suppressed", "overtaken")
    assert shown == {1: gone, 2: ("sent", None), 3: gone, 4: gone}


def test_a_seat_that_was_left_since_is_not_confirmed_any_more_and_one_taken_again_is(ledger: Ledger) -> None:
    ledger.people(1)
    hour = timedelta(hours=1)
    taken, left, again = confirmed(1), withdrawn(1, EARLY + hour), confirmed(1, EARLY + 2 * hour)
    with at(EARLY + hour):
        hear(ledger, opened(), taken, left)
        ledger.service.on_enrollment_confirmed([taken])
        ledger.service.on_enrollment_withdrawn([left])
        ledger.send()
    with at(EARLY + 2 * hour):  # the news for the mail may be heard before those for what is remembered
        ledger.service.on_enrollment_confirmed([again])
        ledger.send()
    shown = [(row.template, row.status, row.reason) for row in ledger.rows()]
    sent = [(each, "sent", None) for each in ("enrollment_withdrawn", "enrollment_confirmed")]
    assert shown == [("enrollment_confirmed", "suppressed", "overtaken"), *sent]


def test_a_reminder_is_not_sent_after_the_beginning(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(1))
    remind(ledger, MOMENT)
    with at(FIRST):
        ledger.send()
    assert (ledger.statuses(), ledger.files) == (["suppressed"], [])


def test_somebody_not_heard_of_yet_stops_nobody_and_is_reminded_when_they_are(ledger: Ledger) -> None:
    ledger.people(1)
    hear(ledger, opened(), confirmed(2), confirmed(1))
    assert [row.employee_id for row in remind(ledger, MOMENT)] == [UUID(int=1)]
    ledger.service.on_employee_registered([message(registered(2))])
    assert {row.employee_id for row in remind(ledger, MOMENT + timedelta(minutes=1))} == {UUID(int=1), UUID(int=2)}


def test_a_seat_heard_of_late_is_reminded_of_late_and_others_are_not_again(ledger: Ledger) -> None:
    ledger.people(2)
    hear(ledger, opened(), confirmed(1))
    remind(ledger, MOMENT)
    hear(ledger, confirmed(2))
    assert len(remind(ledger, MOMENT + timedelta(minutes=1))) == 2


def test_a_seat_heard_of_behind_the_page_at_hand_is_seen_to_next_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "SEATS_PAGE", 1)
    ledger.people(3)
    hear(ledger, opened(), confirmed(2), confirmed(3))
    turns = iter([lambda: None, lambda: None, lambda: hear(ledger, confirmed(1))])  # the run, page 1, page 2
    monkeypatch.setattr(ledger.service, "ending", lambda: bool(next(turns, lambda: None)()))
    assert {row.employee_id.int for row in remind(ledger, MOMENT)} == {2, 3}
    assert {row.employee_id.int for row in remind(ledger, MOMENT + timedelta(minutes=1))} == {1, 2, 3}


def test_an_offering_that_cannot_be_seen_to_stops_no_other(ledger: Ledger) -> None:
    ledger.people(2)
    broken = UUID(int=400)
    hear(ledger, opened(offering_id=broken), confirmed(1, offering_id=broken), opened(), confirmed(2))
    with ledger.db.transaction() as tx:
        gone = tables.offering_revisions.c.offering_id == broken
        tx.execute(sa.delete(tables.offering_revisions).where(gone))
    assert [row.employee_id.int for row in remind(ledger, MOMENT)] == [2]


def test_who_was_merged_is_reminded_as_who_they_are_and_who_was_erased_is_not(ledger: Ledger) -> None:
    ledger.people(3)
    hear(ledger, opened(), confirmed(2), confirmed(3))
    merged = EmployeesMergedV1(employee_id=UUID(int=1), duplicate_id=UUID(int=2), agency_code="AG-A", merged_at=EARLY)
    ledger.service.on_employees_merged([message(merged)])
    ledger.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=3), erased_at=EARLY))])
    assert [row.employee_id for row in remind(ledger, MOMENT)] == [UUID(int=1)]


def test_an_agency_with_a_weekend_of_its_own_and_those_below_it_are_reminded_before_it(ledger: Ledger) -> None:
    agencies(ledger, AG_B=None, UNIT="AG-B")
    ledger.people(2)
    ledger.service.on_employee_registered(
        [message(registered(number, agency_code=code)) for number, code in ((3, "AG-B"), (4, "UNIT"))]
    )
    own = {"agency_code": "AG-B", "weekend": [3, 4], "updated_at": EARLY, "updated_by": "tests"}
    with ledger.db.transaction() as tx:
        tx.execute(sa.insert(tables.agency_settings).values(**own))
    hear(ledger, opened(), confirmed(1), confirmed(3), confirmed(4))
    wednesday = MOMENT - timedelta(days=1)
    assert {row.employee_id.int for row in remind(ledger, wednesday)} == {3, 4}
    assert {row.employee_id.int for row in remind(ledger, MOMENT)} == {1, 3, 4}


def test_two_timers_beside_each_other_remind_each_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "SEATS_PAGE", 20)
    ledger.people(120)
    offerings = [UUID(int=600 + place) for place in range(4)]
    for place, offering_id in enumerate(offerings):
        hear(ledger, opened(offering_id=offering_id))
        mine = range(1 + place * 30, 31 + place * 30)
        ledger.service.learn_seat_taken([confirmed(number, offering_id=offering_id) for number in mine])
    with at(MOMENT):
        threads = [threading.Thread(target=ledger.service.remind_of_sessions) for _time in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rows = remind(ledger, MOMENT + timedelta(minutes=1))
    assert sorted(row.employee_id.int for row in rows) == list(range(1, 121))


SHUFFLED = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@SHUFFLED
@given(data=st.data())
def test_news_in_any_order_end_the_same(ledger: Ledger, data: st.DataObject) -> None:
    offering_id, enrollment_id = uuid4(), uuid4()
    ours: dict[str, Any] = {"offering_id": offering_id, "enrollment_id": enrollment_id}
    hour, day = timedelta(hours=1), timedelta(days=1)
    ledger.people(1)
    news = [
        opened(offering_id=offering_id),
        changed(2, FIRST + day, FIRST + 2 * day, FIRST + 3 * day, offering_id=offering_id, time=EARLY + hour),
        changed(3, FIRST + day, offering_id=offering_id, time=EARLY + 2 * hour),
        confirmed(1, EARLY, **ours),
        withdrawn(1, EARLY + hour, **ours),
        confirmed(1, EARLY + 2 * hour, **ours),
    ]
    ends: Callable[[], list[Any]] = lambda: [  # noqa: E731
        message(OfferingCancelledV1(offering_id=offering_id, reason="sample"), time=EARLY + 3 * hour)
    ]
    is_cancelled = data.draw(st.booleans())
    hear(ledger, *data.draw(st.permutations(news + (ends() if is_cancelled else []))))
    with ledger.db.reading() as tx:
        offering = tx.execute(sa.select(tables.offerings).where(tables.offerings.c.offering_id == offering_id)).one()
        seat = tx.execute(sa.select(tables.seats).where(tables.seats.c.enrollment_id == enrollment_id)).one()
        said = models.revisions_of(tx, [offering_id])[offering_id]
    assert (offering.revision, offering.first_starts_at, offering.hours) == (3, FIRST + day, 8.0)
    assert (offering.cancelled_at is not None) is is_cancelled
    assert (seat.taken_at, seat.left_at) == (EARLY + 2 * hour, EARLY + hour)
    assert sorted(each.number for each in said) == [1, 2, 3]


def test_a_calendar_follows_a_seat_through_its_life(ledger: Ledger) -> None:
    """Taken, moved, left, taken again of the same revision, and cancelled with the offering."""
    ledger.people(1)
    hour = timedelta(hours=1)
    change = changed(2, FIRST + timedelta(days=2), time=EARLY + hour)
    who = person(1, OFFERING, None) | days(change.event.sessions)
    held = {"revision": 2, "changed": ["sessions"], "reason": "تعمیر سالن", "sessions": change.event.sessions}
    told = ScheduleChangedV1(**who, **held, schedule_id=uuid4(), delivery_mode="in_person", state="confirmed")
    again = EnrollmentConfirmedV1(
        **who, delivery_mode="in_person", move_id=uuid4(), revision=2, sessions=change.event.sessions
    )
    end = EnrollmentCancelledV1(**who, state="confirmed", cause="agency", reason="sample")
    hear(ledger, opened())
    life: list[tuple[Any, str]] = [
        (confirmed(1).event, "on_enrollment_confirmed"),
        (told, "on_schedule_changed"),
        (withdrawn(1).event, "on_enrollment_withdrawn"),
        (again, "on_enrollment_confirmed"),
        (end, "on_enrollment_cancelled"),
    ]
    for place, (event, handler) in enumerate(life):
        news = message(event, time=EARLY + place * hour)
        with at(news.time):
            hear(ledger, *([change] if event is told else [news]))
            getattr(ledger.service, handler)([news])
            ledger.send()
    read = calendars(ledger)
    shown = [[str(entry["status"]) for entry in each.walk("VEVENT")] for each in read]
    on, off = "CONFIRMED", "CANCELLED"
    assert shown == [[on, on], [on, off], [off, off], [on], [off, off]]
    assert {str(each["method"]) for each in read} == {"PUBLISH"}
    assert {str(each.walk("VEVENT")[0]["uid"]) for each in read} == {f"{UUID(int=1001)}-1@training.example"}
    sequences = [{entry["sequence"] for entry in each.walk("VEVENT")} for each in read]
    assert [len(each) for each in sequences] == [1] * 5
    assert sequences == sorted(sequences, key=max)
    assert len(set.union(*sequences)) == 5


def test_what_is_long_over_is_forgotten_with_its_seats(ledger: Ledger) -> None:
    hear(ledger, opened(), confirmed(1), opened(FIRST + timedelta(days=170), offering_id=UUID(int=501)))
    with at(FIRST + timedelta(days=190)):
        ledger.service.forget_courses()
    with ledger.db.reading() as tx:
        assert list(tx.scalars(sa.select(tables.offerings.c.offering_id))) == [UUID(int=501)]
        assert list(tx.execute(sa.select(tables.seats))) == []
        assert set(tx.scalars(sa.select(tables.offering_revisions.c.offering_id))) == {UUID(int=501)}
