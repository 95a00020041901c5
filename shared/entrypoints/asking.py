"""`Asking("certification")` in a service's class: a part by which its methods ask another service."""

from typing import Any

from nameko.extensions import DependencyProvider

from shared.messaging.asking import Asker


class Asking(DependencyProvider):
    """`self.<name>.ask(method, arguments)`; `at_once` questions at most, so that the other side serves others too."""

    def __init__(self, service: str, at_once: int, **options: Any) -> None:
        super().__init__(**options)
        self._service, self._at_once = service, at_once

    def setup(self) -> None:
        self._asker = Asker(self.container.config["training"].amqp_url, self._service, self._at_once)

    def start(self) -> None:
        self.container.spawn_managed_thread(self._asker.run, identifier=f"asking {self._service}")

    def stop(self) -> None:
        self._asker.stop()

    def get_dependency(self, worker_ctx: Any) -> Asker:
        return self._asker
