"""Seats: whatever people do, in whatever order, nobody sits on another's chair or waits beside a free one."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrollment.domain.seats import Seats, next_release, offer_until, reserved_on, waiting_ends_on
from services.enrollment.domain.states import SEATED, check_move
from shared.errors import Conflict

AGENCIES = ("A", "B", "C")


@dataclass
class Room:
    """Enrollments of one offering as a plain list, beside the counters that the rules keep."""

    seats: Seats
    states: list[str] = field(default_factory=list)
    agencies: list[str] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)
    ask: bool = True

    def enter(self, agency: str = "A") -> None:
        try:
            state, self.seats = self.seats.enter(agency)
        except Conflict as refused:
            assert refused.code == ("agency_quota_used" if self.seats.free else "offering_full")
            assert self.seats.full_for(agency)
            return
        self._come(state, agency)

    def request(self, agency: str = "A") -> None:
        self._come("requested", agency)

    def _come(self, state: str, agency: str) -> None:
        self.states.append("requested")
        self.agencies.append(agency)
        self._put(len(self.states) - 1, state)

    def accept(self, person: int) -> None:
        check_move(self.states[person], "accept")
        self.seats = self.seats.accept()
        self.states[person] = "confirmed"

    def let_lapse(self, person: int) -> None:
        check_move(self.states[person], "lapse")
        self._leave(person, "lapsed")

    def approve(self, person: int) -> None:
        check_move(self.states[person], "decide")
        try:
            state, self.seats = self.seats.enter(self.agencies[person])
        except Conflict:
            assert self.seats.full_for(self.agencies[person])
            return
        self._put(person, state)

    def withdraw(self, person: int) -> None:
        check_move(self.states[person], "withdraw")
        self._leave(person, "withdrawn")

    def _leave(self, person: int, after: str) -> None:
        self.seats = self.seats.leave(self.states[person], self.agencies[person])
        if person in self.queue:
            self.queue.remove(person)
        self.states[person] = after
        self.move_up()

    def record(self, person: int) -> None:
        check_move(self.states[person], "record_result")
        self.states[person] = "completed" if person % 2 else "failed"

    def release(self, number: int) -> None:
        """The last day of an agency's reservation is over."""
        kept = {code: seats for code, seats in self.seats.reserved.items() if code != AGENCIES[number % 3]}
        self.seats = replace(self.seats, reserved=kept)
        self.move_up()

    def add_chairs(self, number: int) -> None:
        self.seats = replace(self.seats, capacity=self.seats.capacity + number % 3)
        self.move_up()

    def move_up(self) -> None:
        queue = list(self.queue)
        places, self.seats = self.seats.move_up([self.agencies[person] for person in queue], ask=self.ask)
        assert places == sorted(places), "they move up in the order in which they waited"
        for place in places:
            self.states[queue[place]] = "offered" if self.ask else "confirmed"
            self.queue.remove(queue[place])

    def _put(self, person: int, state: str) -> None:
        self.states[person] = state
        if state == "waitlisted":
            self.queue.append(person)

    def check(self) -> None:
        people = list(zip(self.agencies, self.states, strict=True))
        sitting = Counter(agency for agency, state in people if state in SEATED or state == "offered")
        offered, waiting = self.states.count("offered"), self.states.count("waitlisted")
        taken = sitting.total()
        counters = (self.seats.taken, self.seats.offered, self.seats.waiting)
        assert counters == (taken - offered, offered, waiting), "the counters are the rows"
        assert {code: count for code, count in self.seats.taken_by.items() if count} == dict(sitting)
        assert taken <= self.seats.capacity, "more people than seats"
        assert waiting <= self.seats.waitlist_limit, "more waiting than allowed"
        assert len(self.queue) == waiting
        kept = sum(self.seats.reserved.values())
        shared = sum(max(sitting[code] - self.seats.reserved.get(code, 0), 0) for code in AGENCIES)
        assert shared <= max(self.seats.capacity - kept, 0), "somebody sits on a seat kept for others"
        # Said once more, without the rule's own arithmetic: empty seats, less the part of each other agency's
        # reservation that its people have not used.
        empty = self.seats.capacity - taken
        for person in self.queue:
            own = self.agencies[person]
            unused = (max(kept - sitting[code], 0) for code, kept in self.seats.reserved.items() if code != own)
            assert empty - sum(unused) <= 0, "somebody waits beside a seat they may take"


STEPS = ("enter", "request", "approve", "accept", "let_lapse", "withdraw", "record", "release", "add_chairs")
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 30)), max_size=60)
reservations = st.dictionaries(st.sampled_from(AGENCIES), st.integers(0, 3))


@settings(max_examples=80)
@given(
    capacity=st.integers(0, 7), waitlist_limit=st.integers(0, 5), reserved=reservations, steps=steps, ask=st.booleans()
)
def test_seats_are_never_overbooked_and_nobody_waits_beside_one_they_may_take(
    capacity: int, waitlist_limit: int, reserved: dict[str, int], steps: list[tuple[str, int]], ask: bool
) -> None:
    room = Room(Seats(capacity, 0, waitlist_limit, 0, reserved), ask=ask)
    for step, number in steps:
        if step in ("enter", "request"):
            getattr(room, step)(AGENCIES[number % 3])
        elif step in ("release", "add_chairs"):
            getattr(room, step)(number)
        elif room.states:
            try:
                getattr(room, step)(number % len(room.states))
            except Conflict as illegal:
                assert illegal.code == "illegal_state"
        room.check()


@settings(max_examples=40)
@given(capacity=st.integers(0, 20), waitlist_limit=st.integers(0, 20), people=st.integers(0, 60))
def test_people_fill_the_seats_then_the_waiting_list_and_the_rest_are_refused(
    capacity: int, waitlist_limit: int, people: int
) -> None:
    room = Room(Seats(capacity, 0, waitlist_limit, 0))
    for _person in range(people):
        room.enter()
    assert room.states == (["confirmed"] * capacity + ["waitlisted"] * waitlist_limit)[:people]


def test_others_wait_beside_reserved_seats_and_their_owners_do_not() -> None:
    seats = Seats(capacity=3, taken=0, waitlist_limit=5, waiting=0, reserved={"A": 2})
    states = []
    for agency in ("B", "B", "A", "A", "A"):
        state, seats = seats.enter(agency)
        states.append(state)
    assert states == ["confirmed", "waitlisted", "confirmed", "confirmed", "waitlisted"]


def test_people_use_their_agencys_seats_before_those_of_everybody() -> None:
    seats = Seats(capacity=3, taken=0, waitlist_limit=0, waiting=0, reserved={"A": 2})
    _state, seats = seats.enter("A")
    _state, seats = seats.enter("A")
    assert seats.enter("B")[0] == "confirmed"


def test_a_freed_reserved_seat_goes_past_others_to_the_first_of_its_agency() -> None:
    seats = Seats(capacity=2, taken=2, waitlist_limit=5, waiting=3, reserved={"A": 1}, taken_by={"A": 1, "B": 1})
    assert seats.leave("confirmed", "A").move_up(["B", "A", "A"], ask=True)[0] == [1]
    assert seats.leave("confirmed", "B").move_up(["B", "A", "A"], ask=True)[0] == [0]
    kept_free, after = seats.leave("confirmed", "A").move_up(["B", "B", "C"], ask=True)
    assert (kept_free, after.taken) == ([], 1)


def test_a_reservation_made_when_the_seats_are_gone_takes_nobodys_seat_away() -> None:
    seats = Seats(capacity=3, taken=2, waitlist_limit=0, waiting=0, reserved={"A": 3}, taken_by={"B": 2})
    assert (seats.free_for("B"), seats.free_for("A")) == (0, 1)


def test_reservations_hold_to_the_end_of_their_day() -> None:
    day = date(2026, 11, 23)
    kept: list[dict[str, Any]] = [
        {"agency_code": "A", "seats": 2, "until": "2026-11-23"},
        {"agency_code": "A", "seats": 1, "until": "2026-11-25"},
        {"agency_code": "B", "seats": 4, "until": "2026-11-22"},
    ]
    assert reserved_on(kept, day) == {"A": 3}
    assert reserved_on(kept, day + timedelta(days=1)) == {"A": 1}
    assert reserved_on(kept, day + timedelta(days=3)) == {}
    assert next_release(kept, day) == date(2026, 11, 24)
    assert next_release(kept, day + timedelta(days=1)) == date(2026, 11, 26)
    assert next_release(kept, day + timedelta(days=3)) is None


def test_a_request_holds_no_seat() -> None:
    seats = Seats(capacity=1, taken=0, waitlist_limit=0, waiting=0)
    assert seats.leave("requested", "A") == seats.leave("invited", "A") == seats


def test_a_full_room_refuses_with_all_reasons() -> None:
    with pytest.raises(Conflict) as refused:
        Seats(capacity=1, taken=1, waitlist_limit=2, waiting=2).enter("A")
    assert [reason["code"] for reason in refused.value.details["reasons"]] == ["offering_full"]


def test_free_seats_kept_for_others_are_named_as_the_reason() -> None:
    with pytest.raises(Conflict) as refused:
        Seats(capacity=2, taken=1, waitlist_limit=0, waiting=0, reserved={"B": 1}).enter("A")
    assert (refused.value.code, refused.value.details["free"]) == ("agency_quota_used", 1)


def test_an_offered_seat_is_nobody_elses() -> None:
    seats = Seats(capacity=2, taken=1, waitlist_limit=1, waiting=1, offered=0)
    _places, seats = seats.move_up(["A"], ask=True)
    assert (seats.taken, seats.offered, seats.free, seats.waiting) == (1, 1, 0, 0)
    assert seats.enter("B")[0] == "waitlisted"
    assert seats.accept().taken == 2


def test_an_offer_ends_after_its_hours_or_at_the_first_limit_to_come() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert offer_until(now, 48, [now + 72 * hour]) == now + 48 * hour
    assert offer_until(now, 48, [now + 5 * hour, now - hour]) == now + 5 * hour
    assert offer_until(now, 0.5, []) == now + hour / 2


def test_waiting_goes_on_to_the_day_the_course_starts_and_as_long_as_people_may_enter() -> None:
    first, second = date(2026, 11, 23), date(2026, 11, 24)
    assert waiting_ends_on(second, first) == waiting_ends_on(first, second) == second
