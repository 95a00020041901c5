"""Work by the clock: `@timer(interval)` calls a method again and again, one run at a time, whatever it raises."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from eventlet.event import Event as Signal
from nameko.extensions import Entrypoint, register_entrypoint

from shared import metrics

log = structlog.get_logger("timer")

STOP_SECONDS = 60.0

F = TypeVar("F", bound=Callable[..., Any])


def timer(interval: float) -> Callable[[F], F]:
    """Call `method(self)` at the start and then every `interval` seconds, or at once after `self.wake(name)`."""

    def decorate(method: F) -> F:
        register_entrypoint(method, TimerEntrypoint(interval))
        return method

    return decorate


class TimerEntrypoint(Entrypoint):
    """One greenthread per timer; a run is a nameko worker."""

    def __init__(self, interval: float, **options: Any) -> None:
        super().__init__(**options)
        self._interval = interval
        self._signal = Signal()
        self._finished = Signal()
        self.stopping = False

    def setup(self) -> None:
        self.container.timers = {**getattr(self.container, "timers", {}), self.method_name: self}

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier=f"timer {self.method_name}")

    def stop(self) -> None:
        self.stopping = True
        self.wake()
        self._finished.wait(timeout=STOP_SECONDS)

    def wake(self) -> None:
        """Run now, or once more after the run at hand."""
        if not self._signal.ready():
            self._signal.send(None)

    def _run(self) -> None:
        while not self.stopping:
            self._signal = Signal()
            self._run_once()
            self._signal.wait(timeout=self._interval)
        self._finished.send(None)

    def _run_once(self) -> None:
        done = Signal()

        def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info is not None:
                metrics.TIMER_FAILURES.labels(self.container.service_name, self.method_name).inc()
                log.error("timer_failed", timer=self.method_name, exc_info=exc_info)
            done.send(None)
            return result, exc_info

        self.container.spawn_worker(self, (), {}, handle_result=handle_result)
        done.wait()
