"""Starting and stopping services: one in this process, or all of them."""

import gc
import signal
import subprocess
import sys
import time
from types import FrameType

import eventlet
import structlog
from eventlet.event import Event as Signal
from nameko.containers import ServiceContainer

from services.cli.composition import CLASSES, all_subscriptions, check, container_config, service_class
from shared import inbox, outbox
from shared.client import PORTS
from shared.config import Config, ConfigurationError
from shared.database import Database
from shared.messaging import broker, topology

log = structlog.get_logger("runner")

# A batch makes some ten thousand objects and drops them together: collecting every 700 finds nothing, again and again.
GARBAGE = (50_000, 20, 50)


def migrate_all(config: Config) -> dict[str, str]:
    """Bring all databases up to date; the revision of each."""
    from shared import migrate  # noqa: PLC0415 - alembic takes half a second that a service's start need not wait for

    return {name: migrate.upgrade(name, config.database_url_of(name)) for name in CLASSES}


def declare_topology(config: Config) -> int:
    """Declare every exchange and queue; the number of queues."""
    queues = topology.all_queues(CLASSES, all_subscriptions(), config.retry_delays)
    connection = broker.connect(config.amqp_url)
    try:
        topology.declare(connection.channel(), queues)
    finally:
        broker.discard(connection)
    return len(queues)


def spare_collection() -> None:
    """Leave what was imported for good out of every search for garbage, and search less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def start(config: Config, names: list[str], ports: dict[str, int]) -> list[ServiceContainer]:
    """Start these services in this process; the containers."""
    check(config, names)
    containers = [ServiceContainer(service_class(name), container_config(config, ports[name])) for name in names]
    for container in containers:
        try:
            container.start()
        except OSError as error:
            port = ports[container.service_name]
            raise ConfigurationError(f"port {port} for {container.service_name} cannot be used: {error}") from None
        log.info("service_started", service=container.service_name, port=ports[container.service_name])
    spare_collection()
    return containers


def stop(containers: list[ServiceContainer]) -> None:
    """Stop gracefully, all at once."""
    pile = eventlet.GreenPile()
    for container in containers:
        pile.spawn(container.stop)
    list(pile)
    log.info("stopped")


def run_until_signal(config: Config, names: list[str], ports: dict[str, int]) -> int:
    """Serve until SIGTERM or SIGINT (then stop gracefully, 0) or until a container dies (1)."""
    ended = Signal()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        eventlet.spawn_after(0, lambda: ended.ready() or ended.send(0))

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    containers = start(config, names, ports)
    for container in containers:
        eventlet.spawn(_watch, container, ended)
    code = int(ended.wait())
    stop(containers)
    return code


def _watch(container: ServiceContainer, ended: Signal) -> None:
    try:
        container.wait()
    except Exception:
        log.exception("service_died", service=container.service_name)
    if not ended.ready():
        ended.send(1)


def recover_embedded(config: Config) -> int:
    """Publish again what the embedded broker forgot when its process ended: events that an inbox does not know."""
    databases = {name: Database(config.database_url_of(name), service_class(name).metadata) for name in CLASSES}
    forgotten = 0
    for subscription in all_subscriptions():
        consumer = databases[subscription.service]
        with consumer.reading() as tx:
            seen = inbox.seen_by(tx, consumer.metadata.tables["inbox"], subscription.handler)
        producer = databases[subscription.event_type.split(".")[1]]
        table = producer.metadata.tables["outbox"]
        with producer.transaction() as tx:
            forgotten += outbox.mark_unpublished(tx, table, outbox.unknown_to(tx, table, seen, subscription.event_type))
    for database in databases.values():
        database.engine.dispose()
    return forgotten


def prepare_embedded(config: Config) -> None:
    """What a start on embedded defaults needs: databases up to date, queues declared, lost events found."""
    migrate_all(config)
    declare_topology(config)
    forgotten = recover_embedded(config)
    if forgotten:
        log.info("events_recovered", count=forgotten)


def run_children(names: list[str]) -> int:
    """Each service in a process of its own, in this process group; ends when one ends, and ends the others."""
    children = {
        name: subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-m", "services.cli", "run", name, "--port", str(PORTS[name])]
        )
        for name in names
    }
    stopping = False

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for child in children.values():
            child.terminate()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    while all(child.poll() is None for child in children.values()):
        time.sleep(0.2)
    for child in children.values():
        child.terminate()
    codes = [child.wait() for child in children.values()]
    return 0 if stopping and not any(codes) else 1
