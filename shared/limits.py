"""How often one address may look something up without a token: a bucket of tokens for each address.

Kept by each process for itself, so an address may ask each replica so often. Memory is bounded: of the addresses that
asked, those longest ago are forgotten first, and a forgotten address begins with a full bucket.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from werkzeug.wrappers import Request

from shared.config import Config

MOST_ADDRESSES = 50_000


class Limiter:
    """`burst` at once, and `per_minute` of them again each minute."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Take one: 0, or after how many seconds there will be one again."""
        now = self._clock()
        left, at = self._buckets.pop(address, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._per_second)
        granted = left >= 1
        self._buckets[address] = (left - 1 if granted else left, now)
        self._forget(now)
        return 0 if granted else math.ceil((1 - left) / self._per_second)

    def _forget(self, now: float) -> None:
        """Of the oldest, those whose buckets are full again, and what is too many."""
        for _ in range(2):  # more than come in, so that what is left to forget shrinks
            if not self._buckets:
                return
            _, (_, at) = next(iter(self._buckets.items()))
            full = (now - at) * self._per_second >= self._burst
            if full or len(self._buckets) > MOST_ADDRESSES:
                self._buckets.popitem(last=False)


@cache
def limiter_of(config: Config) -> Limiter:
    """The limiter of a process with this configuration."""
    return Limiter(config.lookups_per_minute, config.lookups_burst)


def client_address(request: Request, trusted_proxies: int) -> str:
    """Who asks, as far as it is known for sure: so many proxies in front of us are trusted to name whom they heard.

    Of IPv6 the network of 64 bits, which is what one customer gets.
    """
    peer = request.remote_addr or ""
    heard = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    hops = [*heard, peer]
    return _network(hops[max(0, len(hops) - 1 - trusted_proxies)]) or _network(peer) or "unknown"


def _network(address: str) -> str | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Network((int(found), 64), strict=False))
