"""Seats: whatever people do, in whatever order, nobody sits on another's chair or waits beside a free one."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrollment.domain import SEATED, Seats, admit, check_move
from shared.errors import Conflict


@dataclass
class Room:
    """Enrollments of one offering as a plain list, beside the counters that the rules keep."""

    seats: Seats
    states: list[str] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)

    def enter(self, approval: str) -> None:
        try:
            state, self.seats = admit(approval, self.seats)
        except Conflict as refused:
            assert refused.code == "offering_full"
            assert self.seats.full
            return
        self.states.append("requested")
        self._put(len(self.states) - 1, state)

    def approve(self, person: int) -> None:
        check_move(self.states[person], "decide")
        try:
            state, self.seats = self.seats.enter()
        except Conflict:
            assert self.seats.full
            return
        self._put(person, state)

    def withdraw(self, person: int) -> None:
        check_move(self.states[person], "withdraw")
        promotes, self.seats = self.seats.leave(self.states[person])
        if person in self.queue:
            self.queue.remove(person)
        self.states[person] = "withdrawn"
        if promotes:
            self.states[self.queue.pop(0)] = "confirmed"

    def record(self, person: int) -> None:
        check_move(self.states[person], "record_result")
        self.states[person] = "completed" if person % 2 else "failed"

    def _put(self, person: int, state: str) -> None:
        self.states[person] = state
        if state == "waitlisted":
            self.queue.append(person)

    def check(self) -> None:
        taken = sum(state in SEATED for state in self.states)
        waiting = self.states.count("waitlisted")
        assert (self.seats.taken, self.seats.waiting) == (taken, waiting), "the counters are the rows"
        assert taken <= self.seats.capacity, "more people than seats"
        assert waiting <= self.seats.waitlist_limit, "more waiting than allowed"
        assert not waiting or taken == self.seats.capacity, "somebody waits beside a free seat"
        assert len(self.queue) == waiting


steps = st.lists(st.tuples(st.sampled_from(["enter", "ask", "approve", "withdraw", "record"]), st.integers(0, 30)))


@settings(max_examples=60)
@given(capacity=st.integers(0, 5), waitlist_limit=st.integers(0, 4), steps=steps)
def test_seats_are_never_overbooked_and_nobody_waits_beside_a_free_one(
    capacity: int, waitlist_limit: int, steps: list[tuple[str, int]]
) -> None:
    room = Room(Seats(capacity, 0, waitlist_limit, 0))
    for step, number in steps:
        if step in ("enter", "ask"):
            room.enter("supervisor" if step == "ask" else "none")
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
        room.enter("none")
    assert room.states == (["confirmed"] * capacity + ["waitlisted"] * waitlist_limit)[:people]


def test_a_request_holds_no_seat() -> None:
    seats = Seats(capacity=1, taken=0, waitlist_limit=0, waiting=0)
    assert admit("supervisor", seats) == ("requested", seats)
    assert seats.leave("requested") == (False, seats)


def test_a_full_room_refuses_with_all_reasons() -> None:
    with pytest.raises(Conflict) as refused:
        Seats(capacity=1, taken=1, waitlist_limit=2, waiting=2).enter()
    assert [reason["code"] for reason in refused.value.details["reasons"]] == ["offering_full"]
