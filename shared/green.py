"""Where eventlet enters the process, and the only place that knows how PostgreSQL waits under it.

`patch()` is called before any other import at every process entry (services/cli.py, tests/green.py).
eventlet's own psycopg2 callback waits for ever, so a database host that accepts connections and never answers
would hang its greenthread; ours gives every wait a deadline.
"""

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0


def patch() -> None:
    """Make sockets, sleeps, locks and psycopg2 cooperative. Must run first."""
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")  # its resolver fails on container host names
    import warnings  # noqa: PLC0415 - nothing may be imported before the patch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eventlet announces its retirement at import
        import eventlet  # noqa: PLC0415
    eventlet.monkey_patch(psycopg=False)
    import psycopg2.extensions  # noqa: PLC0415

    psycopg2.extensions.set_wait_callback(_wait)


def _wait(connection, timeout=None):  # type: ignore[no-untyped-def]
    """Wait until psycopg2's connection is ready; OperationalError (and a dead connection) after the deadline."""
    import psycopg2  # noqa: PLC0415
    from eventlet.hubs import trampoline  # noqa: PLC0415
    from psycopg2 import extensions  # noqa: PLC0415

    connecting = connection.status == extensions.STATUS_SETUP
    seconds = timeout or (CONNECT_SECONDS if connecting else ANSWER_SECONDS)
    while (state := connection.poll()) != extensions.POLL_OK:
        if state not in (extensions.POLL_READ, extensions.POLL_WRITE):
            raise psycopg2.OperationalError(f"unexpected state {state} while waiting for the database")
        reading = state == extensions.POLL_READ
        late = psycopg2.OperationalError(f"the database did not answer within {seconds:g} s")
        trampoline(connection.fileno(), read=reading, write=not reading, timeout=seconds, timeout_exc=late)


def pause() -> None:
    """Let others have their turn; long work calls it now and then."""
    import eventlet  # noqa: PLC0415 - whoever imports this module has patched by now

    eventlet.sleep(0)


def off_hub(work: Callable[..., T], *arguments: Any) -> T:
    """The result of work for the processor, done in a native thread while the hub serves others; here and now where
    nothing is patched. There are as many threads as processors. The work must take no lock that was made green."""
    if "eventlet" not in sys.modules:
        return work(*arguments)
    from eventlet import tpool  # noqa: PLC0415 - only where it is at work already

    tpool.set_num_threads(os.cpu_count() or 1)
    return tpool.execute(work, *arguments)
