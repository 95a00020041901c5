"""How calls, events, requests and the clock reach a service: `@command`, `@query`, `@subscribe`, `@timer`, `@http`."""

from shared.entrypoints.call import Call
from shared.entrypoints.http import http
from shared.entrypoints.operations import Operation, command, operations_of, query, translated
from shared.entrypoints.streaming import streamed
from shared.entrypoints.subscriptions import subscribe, subscriptions_of
from shared.entrypoints.timers import timer

__all__ = [
    "Call",
    "Operation",
    "command",
    "http",
    "operations_of",
    "query",
    "streamed",
    "subscribe",
    "subscriptions_of",
    "timer",
    "translated",
]
