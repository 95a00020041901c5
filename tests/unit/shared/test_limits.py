import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from shared import limits
from shared.limits import Limiter, client_address


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_granted_and_then_so_many_a_minute() -> None:
    clock = Clock()
    limiter = Limiter(per_minute=30, burst=3, clock=clock)
    assert [limiter.wait("a") for _ in range(4)] == [0, 0, 0, 2]
    clock.now += 1.9
    assert limiter.wait("a") == 1
    clock.now += 0.1
    assert [limiter.wait("a"), limiter.wait("a")] == [0, 2]


def test_addresses_do_not_wait_for_each_other() -> None:
    limiter = Limiter(per_minute=1, burst=1, clock=Clock())
    assert [limiter.wait("a"), limiter.wait("b"), limiter.wait("a")] == [0, 0, 60]


def test_memory_is_bounded_and_the_ones_that_asked_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ADDRESSES", 10)
    limiter = Limiter(per_minute=1, burst=1, clock=Clock())
    for number in range(100):
        limiter.wait(str(number))
    assert len(limiter._buckets) == 10
    assert limiter.wait("99") > 0


def test_addresses_whose_buckets_are_full_again_are_forgotten() -> None:
    clock = Clock()
    limiter = Limiter(per_minute=60, burst=2, clock=clock)
    for number in range(10):
        limiter.wait(str(number))
    clock.now += 3
    for number in range(10):
        limiter.wait(f"later {number}")
    assert set(limiter._buckets) == {f"later {number}" for number in range(10)}


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("192.0.2.1", None, 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", 1, "203.0.113.9"),
        ("192.0.2.1", "198.51.100.7, 203.0.113.9", 1, "203.0.113.9"),
        ("192.0.2.1", "198.51.100.7, 203.0.113.9", 2, "198.51.100.7"),
        ("192.0.2.1", "203.0.113.9", 3, "203.0.113.9"),
        ("192.0.2.1", "nonsense", 1, "192.0.2.1"),
        ("192.0.2.1", None, 1, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", None, 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", None, 0, "192.0.2.1"),
        ("", None, 0, "unknown"),
    ],
)
def test_the_address_is_the_one_that_trusted_proxies_heard(
    peer: str, forwarded: str | None, proxies: int, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    environ = EnvironBuilder(headers=headers).get_environ() | {"REMOTE_ADDR": peer}
    assert client_address(Request(environ), proxies) == address
