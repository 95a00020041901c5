"""How many mails a minute go to a domain or out of an agency: the rate holds, nobody is passed, nothing spins."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notification.domain.rates import SLACK, Bucket, limits, turn
from services.notification.policies import KEYS

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def bucket(per_minute: int = 60) -> Bucket:
    return Bucket(per_minute, NOW - timedelta(hours=1), NOW - timedelta(hours=1))


def test_what_was_not_sent_lately_goes_at_once_and_the_rest_one_after_the_other() -> None:
    one_a_second = bucket(60)
    turns = [turn([one_a_second], None, False, NOW) for _ in range(10)]
    slack = int(SLACK / SECOND)
    assert turns[: slack + 1] == [None] * (slack + 1)
    assert turns[slack + 1 :] == [NOW + SECOND * number for number in range(1, 10 - slack)]


def test_many_mails_go_at_their_rate_and_each_is_looked_at_twice_at_most() -> None:
    tenth = bucket(600)
    waiting: list[tuple[datetime, datetime | None]] = [(NOW, None)] * 2_000
    looks, sent, now = 0, 0, NOW
    while waiting:
        due, waiting = [row for row in waiting if row[0] <= now], [row for row in waiting if row[0] > now]
        for _, turn_at in sorted(due, key=lambda row: row[0]):
            looks += 1
            again = turn([tenth], turn_at, False, now)
            sent += again is None
            waiting += [] if again is None else [(again, again)]
        assert sent <= 10 * ((now - NOW + SLACK) / SECOND) + 1
        now += SECOND
    assert sent == 2_000
    assert looks < 2.1 * 2_000
    assert 190 <= (now - NOW) / SECOND <= 205


def test_who_comes_later_does_not_pass_those_who_queue_and_what_presses_does() -> None:
    full = bucket(60)
    queued = [turn([full], None, False, NOW) for _ in range(30)][-1]
    assert queued is not None
    later = NOW + 10 * SECOND
    newcomer = turn([full], None, False, later)
    assert newcomer is not None
    assert newcomer > queued
    assert turn([full], None, True, later) is None
    assert turn([full], later, False, later) is None, "whose turn it is goes although others queue"


def test_a_turn_that_urgent_mail_took_comes_soon_again_and_not_at_the_end() -> None:
    full = bucket(60)
    for _ in range(100):
        turn([full], None, False, NOW)
    now = full.next_at
    assert turn([full], None, True, now) is None
    again = [turn([full], now, False, now) for _ in range(3)]
    assert again == [full.next_at + SECOND * number for number in range(3)]
    assert full.queue_at > now + 80 * SECOND


def test_after_an_outage_turns_that_are_long_over_do_not_come_all_at_once() -> None:
    full = bucket(60)
    turns = [turn([full], None, False, NOW) for _ in range(600)]
    much_later = NOW + timedelta(hours=1)
    going = [turn([full], turn_at, False, much_later) for turn_at in turns if turn_at is not None]
    assert going.count(None) <= SLACK / SECOND + 1


def test_a_mail_needs_room_in_all_its_buckets_and_takes_none_in_vain() -> None:
    domain, agency = bucket(60), bucket(1)
    assert turn([domain, agency], None, False, NOW) is None
    before = domain.next_at
    assert turn([domain, agency], None, False, NOW) == agency.queue_at
    assert domain.next_at == before


def test_a_mail_is_under_the_rate_of_its_domain_and_of_its_agency() -> None:
    rates = {"default": None, "domains": {"example.ir": 600}}
    assert limits("a@Example.IR", "AG-A", None, rates) == {"domain example.ir": 600}
    assert limits("a@other.example", "AG-A", 30, rates) == {"agency AG-A": 30}
    assert limits("a@other.example", "AG-A", None, rates) == {}
    assert limits("a@other.example", "AG-A", None, {"default": 5, "domains": {}}) == {"domain other.example": 5}
    assert limits("a@free.example", "AG-A", None, {"default": 5, "domains": {"free.example": None}}) == {}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"default": 5},
        {"default": 0, "domains": {}},
        {"default": 1.5, "domains": {}},
        {"default": None, "domains": []},
        {"default": None, "domains": {"Example.ir": 5}},
        {"default": None, "domains": {"a@example.ir": 5}},
        {"default": None, "domains": {"example.ir": "many"}},
        {"default": None, "domains": {}, "more": 1},
    ],
)
def test_rates_that_cannot_be_meant_are_not_recorded(value: object) -> None:
    assert KEYS["domain_rates"]("value", value)
    assert not KEYS["domain_rates"]("value", {"default": None, "domains": {"example.ir": 600, "free.example": None}})
