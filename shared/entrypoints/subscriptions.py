"""Handlers of events: `@subscribe(EventV1)` gives a method whole batches, inside one transaction with the inbox."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from eventlet.event import Event as Signal
from nameko.extensions import Entrypoint, register_entrypoint

from shared import inbox, metrics
from shared.events import Event
from shared.messages import Message
from shared.messaging.subscriber import Subscriber
from shared.messaging.topology import Subscription

if TYPE_CHECKING:
    from shared.service import BaseService

F = TypeVar("F", bound=Callable[..., Any])


def subscribe(event_type: type[Event], *, batch: int = 200) -> Callable[[F], F]:
    """Call `method(self, tx, messages)` with up to `batch` messages not handled before.

    The transaction holds their inbox rows; when the method raises, nothing of it stays. Messages come in any order
    and the method must not mind.
    """

    def decorate(method: F) -> F:
        @functools.wraps(method)
        def handle(service: "BaseService", messages: list[Message[Any]]) -> None:
            _handle(service, method, event_type, messages)

        handle.subscription = (method.__name__, event_type)  # type: ignore[attr-defined]
        register_entrypoint(handle, EventEntrypoint(event_type, batch))
        return handle  # type: ignore[return-value]

    return decorate


def subscriptions_of(service: type) -> list[Subscription]:
    """What a service class hears."""
    members = inspect.getmembers(service, inspect.isfunction)
    heard = [member.subscription for _, member in members if hasattr(member, "subscription")]
    return [Subscription(service.name, handler, event_type.TYPE) for handler, event_type in heard]  # type: ignore[attr-defined]


def _handle(
    service: "BaseService", method: Callable[..., Any], event_type: type[Event], messages: list[Message[Any]]
) -> None:
    with structlog.contextvars.bound_contextvars(correlation_id=messages[0].correlation_id):
        with service.db.transaction(messages[0].cause) as tx:
            fresh = inbox.first_seen(tx, service.metadata.tables["inbox"], method.__name__, messages)
            if fresh:
                method(service, tx, fresh)
        if len(fresh) < len(messages):
            repeated = len(messages) - len(fresh)
            metrics.INBOX_DUPLICATES.labels(service.name, event_type.TYPE).inc(repeated)


class EventEntrypoint(Entrypoint):
    """A batch subscriber as a nameko extension: each batch runs as one worker with injected dependencies."""

    def __init__(self, event_type: type[Event], batch: int, **options: Any) -> None:
        super().__init__(**options)
        self._event_type = event_type
        self._batch = batch
        self._subscriber: Subscriber | None = None

    def setup(self) -> None:
        config = self.container.config["training"]
        subscription = Subscription(self.container.service_name, self.method_name, self._event_type.TYPE)
        self._subscriber = Subscriber(subscription, self._event_type, self._run_worker, config, self._batch)
        others = getattr(self.container, "subscribers", {})
        self.container.subscribers = {**others, self.method_name: self._subscriber}

    def start(self) -> None:
        assert self._subscriber is not None
        self.container.spawn_managed_thread(self._subscriber.run, identifier=f"subscriber {self.method_name}")

    def stop(self) -> None:
        assert self._subscriber is not None
        self._subscriber.stop()

    def _run_worker(self, messages: list[Message[Any]]) -> None:
        """Run the handler as a nameko worker and wait; raises what it raised."""
        done = Signal()

        def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send(None) if exc_info is None else done.send_exception(exc_info[1])
            return result, exc_info

        self.container.spawn_worker(self, (messages,), {}, handle_result=handle_result)
        done.wait()
