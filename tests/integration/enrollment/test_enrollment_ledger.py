"""One ledger of seats: whatever people, officers and clocks do, its rows and counters agree and no seat is wasted."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.enrollment.models import enrollments, offerings
from shared.errors import Conflict, NotFound
from shared.events.catalog import SeatReservation, Session
from shared.persian import end_of_day
from tests.integration.enrollment.conftest import World

AGENCIES = ("AG-A", "AG-B", "AG-C")
PEOPLE = 8  # of each of them
REFUSALS = {
    "already_enrolled",
    "offering_full",
    "agency_quota_used",
    "illegal_state",
    "answer_too_late",
    "decision_too_late",
    "offering_cancelled",
}


def some_in(*states: str) -> Any:
    """The condition that somebody is in one of these states: a step that has nobody to take is no step."""
    return precondition(lambda self: bool(self.ids_in(*states)))


class LedgerMachine(RuleBasedStateMachine):
    """People, officers and clocks at one offering. The world is set by the test that runs it."""

    world: World
    people: dict[str, list[str]]
    roster: list[dict[str, Any]]

    @initialize(
        capacity=st.integers(1, 4),
        waitlist=st.sampled_from((0, 2, 3, 4)),
        reserved=st.dictionaries(st.sampled_from(AGENCIES), st.integers(1, 2), max_size=2),
        asks=st.sampled_from((False, False, True)),
        crowd=st.lists(st.sampled_from(AGENCIES), min_size=5, max_size=PEOPLE),
    )
    def open(self, capacity: int, waitlist: int, reserved: dict[str, int], asks: bool, crowd: list[str]) -> None:
        days = {name: self.world.today + timedelta(days=20) for name in ("starts_on", "ends_on")}
        self.reserved = [SeatReservation(code, seats, self.world.today) for code, seats in reserved.items()]
        self.opened = self.world.opened(
            capacity=capacity,
            waitlist_limit=waitlist,
            open_to="all",
            enrollment_closes_on=self.world.today + timedelta(days=20),
            reserved_seats=self.reserved,
            approval_route=["supervisor"] if asks else [],
            **days,
        )
        self.world.harness.deliver(self.opened)
        self.offering_id = str(self.opened.offering_id)
        self.revision, self.capacity, self.cancelled, self.roster = 1, capacity, False, []
        # Full from the start: what matters happens between those who sit and those who wait.
        for number, agency in enumerate(crowd):
            self._try("enroll", employee_id=self.people[agency][number], offering_id=self.offering_id)

    def _try(self, method: str, **arguments: Any) -> Any:
        try:
            return self.world.call(method, **arguments)
        except Conflict as refused:
            assert refused.code in REFUSALS, refused
            return None

    def ids_in(self, *states: str) -> list[str]:
        return [row["enrollment_id"] for row in self.roster if not states or row["status"] in states]

    def _pick(self, number: int, *states: str) -> str:
        found = self.ids_in(*states)
        return found[number % len(found)]

    @rule(agency=st.sampled_from(AGENCIES), number=st.integers(0, PEOPLE - 1))
    def enroll(self, agency: str, number: int) -> None:
        self._try("enroll", employee_id=self.people[agency][number], offering_id=self.offering_id)

    @rule(
        method=st.sampled_from(("nominate", "invite")),
        agency=st.sampled_from(AGENCIES),
        numbers=st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=4),
    )
    def name_some(self, method: str, agency: str, numbers: list[int]) -> None:
        asked = [self.people[agency][number] for number in numbers]
        self._try(method, offering_id=self.offering_id, employee_ids=asked)

    @some_in("requested")
    @rule(number=st.integers(0, 30), approve=st.booleans())
    def decide(self, number: int, approve: bool) -> None:
        self._try("decide_enrollment", enrollment_id=self._pick(number, "requested"), approve=approve)

    @some_in("confirmed", "offered")
    @rule(number=st.integers(0, 30))
    def give_up_a_seat(self, number: int) -> None:
        self._try("withdraw", enrollment_id=self._pick(number, "confirmed", "offered"), reason="مأموریت")

    @some_in("invited", "offered")
    @rule(number=st.integers(0, 30), accept=st.booleans())
    def answer(self, number: int, accept: bool) -> None:
        enrollment_id = self._pick(number, "invited", "offered")
        method = "answer_offer" if enrollment_id in self.ids_in("offered") else "answer_invitation"
        self._try(method, enrollment_id=enrollment_id, accept=accept)

    @some_in("requested", "invited", "offered")
    @rule(number=st.integers(0, 30))
    def run_out(self, number: int) -> None:
        """The time of one of them is over, and the clock looks."""
        enrollment_id = UUID(self._pick(number, "requested", "invited", "offered"))
        past = datetime.now(UTC) - timedelta(seconds=1)
        self._write(sa.update(enrollments).where(enrollments.c.id == enrollment_id).values(expires_at=past))
        self.world.harness.service.lapse_due()

    @some_in()
    @rule(number=st.integers(0, 30), what=st.sampled_from(("decide", "withdraw", "offer", "invitation")))
    def try_anything(self, number: int, what: str) -> None:
        """Mostly what the state does not allow: a second click, an answer to what nobody asked."""
        enrollment_id = self._pick(number)
        if what == "withdraw":
            self._try("withdraw", enrollment_id=enrollment_id, reason="بیماری")
        elif what == "decide":
            self._try("decide_enrollment", enrollment_id=enrollment_id, approve=True)
        else:
            self._try(f"answer_{what}", enrollment_id=enrollment_id, accept=True)

    @rule(more=st.integers(0, 2))
    def add_seats(self, more: int) -> None:
        self.revision += 1
        self.capacity += more
        now = {"capacity": self.capacity, "reserved_seats": self.reserved}
        self.world.harness.deliver(self.world.changed(self.opened, self.revision, ["capacity"], **now))

    @rule()
    def reservations_end(self) -> None:
        own = sa.update(offerings).where(offerings.c.id == self.opened.offering_id)
        self._write(own.values(reserved_seats=[], releases_on=self.world.today))
        self.world.harness.service.release_reserved_seats()
        self.reserved = []

    @precondition(lambda self: not self.cancelled and len(self.roster) > 3)
    @rule(really=st.integers(0, 5))
    def cancel(self, really: int) -> None:
        if not really:
            self.world.cancel(self.offering_id)
            self.cancelled = True

    def _write(self, statement: Any) -> None:
        with self.world.harness.db.transaction() as tx:
            tx.execute(statement)

    @invariant()
    def the_ledger_agrees_with_itself(self) -> None:
        if not hasattr(self, "offering_id"):
            return
        given, waiting = self.world.counters(self.offering_id)
        ledger = self.world.call("get_ledger", offering_id=self.offering_id)
        assert given <= ledger["capacity"], "more people than seats"
        assert ledger["taken"] + ledger["offered"] + ledger["free"] == ledger["capacity"]
        assert waiting <= ledger["waitlist_limit"]
        roster = self.world.call("list_roster", offering_id=self.offering_id, limit=200)["items"]
        self.roster = roster
        held = Counter(row["agency_code"] for row in roster if row["status"] in ("confirmed", "offered"))
        kept = {row["agency_code"]: row["seats"] for row in ledger["reserved"]}
        shared = sum(max(0, count - kept.get(code, 0)) for code, count in held.items())
        assert shared <= max(0, ledger["capacity"] - sum(kept.values())), "somebody sits on a seat kept for others"
        for row in roster:
            if row["status"] == "waitlisted":
                others = (max(0, seats - held[code]) for code, seats in kept.items() if code != row["agency_code"])
                assert ledger["free"] - sum(others) <= 0, "somebody waits beside a seat they may take"
        places = sorted(row["place"] for row in roster if row["status"] == "waitlisted")
        assert places == list(range(1, waiting + 1))
        if self.cancelled:
            assert (given, waiting) == (0, 0)


def test_no_history_of_an_offering_wastes_or_doubles_a_seat(world: World) -> None:
    LedgerMachine.world = world
    LedgerMachine.people = {code: [world.employee(agency_code=code) for _one in range(PEOPLE)] for code in AGENCIES}
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.fixture
def crowd(world: World) -> Iterator[list[str]]:
    yield world.employees(200)


def test_two_hundred_at_once_get_exactly_the_seats_there_are(world: World, crowd: list[str]) -> None:
    """Everybody enrolls at once while those who got in leave again or answer; then every seat is accounted for."""
    later = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    offering_id = world.offering(capacity=30, waitlist_limit=100, **later)
    outcomes: Counter[str] = Counter()
    lock = threading.Lock()

    def live(number: int, person: str) -> None:
        try:
            reply = world.enroll(person, offering_id)
            if reply["status"] == "confirmed" and number % 3 == 0:
                reply = world.call("withdraw", enrollment_id=reply["enrollment_id"], reason="مأموریت")
            elif reply["status"] == "waitlisted" and world.status(reply["enrollment_id"]) == "offered":
                reply = world.call("answer_offer", enrollment_id=reply["enrollment_id"], accept=number % 2 == 0)
            outcome = str(reply["status"])
        except Conflict as refused:
            outcome = refused.code
        with lock:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=live, args=pair) for pair in enumerate(crowd)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(180)
    assert sum(outcomes.values()) == 200
    assert set(outcomes) <= {"confirmed", "waitlisted", "withdrawn", "declined", "offering_full"}
    given, waiting = world.counters(offering_id)
    assert given == 30 or waiting == 0
    assert given <= 30
    assert waiting <= 100
    ledger = world.call("get_ledger", offering_id=offering_id)
    assert sum(ledger["people"].values()) == 200 - outcomes["offering_full"]
    assert (ledger["taken"] + ledger["offered"], ledger["waiting"]) == (given, waiting)


def test_a_ledger_and_a_roster_show_others_no_more_than_their_own(world: World) -> None:
    later = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    kept = [SeatReservation("AG-B", 2, world.today)]
    offering_id = world.offering(capacity=3, waitlist_limit=2, open_to="all", reserved_seats=kept, **later)
    own = [world.enroll(world.employee(full_name="نمونه\u200cهای یکم"), offering_id) for _one in range(2)]
    other = world.enroll(world.employee(agency_code="AG-B"), offering_id)
    ledger = world.call("get_ledger", ("auditor",), offering_id=offering_id)
    assert (ledger["taken"], ledger["free"], ledger["waiting"]) == (2, 1, 1)
    assert ledger["reserved"] == [{"agency_code": "AG-B", "seats": 2, "used": 1}]
    assert ledger["people"] == {"confirmed": 2, "waitlisted": 1}
    roster = world.call("list_roster", ("auditor",), offering_id=offering_id)["items"]
    assert [(row["enrollment_id"], row["place"]) for row in roster] == [
        (own[0]["enrollment_id"], None),
        (own[1]["enrollment_id"], 1),
        (other["enrollment_id"], None),
    ]
    assert roster[0]["full_name"] == "نمونه\u200cهای یکم"
    theirs = world.call("list_roster", ("auditor",), agency="AG-B", offering_id=offering_id)["items"]
    assert [row["enrollment_id"] for row in theirs] == [other["enrollment_id"]]
    for method in ("get_ledger", "list_roster"):
        with pytest.raises(NotFound):
            world.call(method, ("auditor",), agency="AG-C", offering_id=offering_id)
    waiting = world.call("list_roster", offering_id=offering_id, status="waitlisted")["items"]
    assert [row["place"] for row in waiting] == [1]
    first = world.call("list_roster", offering_id=offering_id, limit=2)
    rest = world.call("list_roster", offering_id=offering_id, limit=2, cursor=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)


def test_bookings_carry_their_sessions_and_leave_out_what_is_over(world: World) -> None:
    day = world.today + timedelta(days=20)
    begin = end_of_day(day - timedelta(days=1)) + timedelta(hours=9)
    hours = [Session(number=1, starts_at=begin, ends_at=begin + timedelta(hours=2), room_code="R-1")]
    days = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), day)
    person = world.employee()
    assert world.call("list_bookings", employee_id=person) == {"items": [], "next": None}
    kept, left = (
        world.offering(course_code=code, sessions=hours[:take], **days) for code, take in (("RD-1", 1), ("RD-2", 0))
    )
    booked, gone = (world.enroll(person, one)["enrollment_id"] for one in (kept, left))
    world.call("withdraw", enrollment_id=gone, reason="بیماری")
    (row,) = world.call("list_bookings", employee_id=person)["items"]
    assert (row["enrollment_id"], row["status"], row["sessions"][0]["room_code"]) == (booked, "confirmed", "R-1")
    with pytest.raises(NotFound):
        world.call("list_bookings", ("auditor",), agency="AG-B", employee_id=person)
    with pytest.raises(Conflict) as refused:
        world.enroll(person, world.offering(course_code="RD-3", sessions=hours, **days))
    assert refused.value.code == "session_clash"
