"""JSON logs on standard error: constant event names, data in fields, and the correlation id of the call at hand.

structlog's context variables follow a greenthread. National codes and e-mail addresses never belong in a log.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_QUIET = ("nameko", "kombu", "amqp", "alembic", "werkzeug", "urllib3")
# PostgreSQL repeats in these lines of an error what a row holds.
_VALUES = re.compile(r"^(?:DETAIL|CONTEXT): .*\n?", re.MULTILINE)


def configure(level: str = "INFO") -> None:
    """Set up structlog and the standard library's logging, once per process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_values,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)  # the entrypoints log errors themselves


def without_values(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: the traceback in a record without the values that a database repeats in its errors."""
    if "exception" in event:
        event["exception"] = _VALUES.sub("", event["exception"])
    return event
