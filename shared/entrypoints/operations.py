"""Commands and queries: declared once, served over AMQP and HTTP, with one visible order of work.

    token → roles → shape → one transaction → idempotency key → the method → reply kept → commit → reply

The decorated method gets the open transaction and the caller, and never commits. Whatever it raises becomes one of
the six kinds of error, or an internal error with a reference number.
"""

import functools
import inspect
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

import structlog
from marshmallow import Schema, ValidationError
from nameko.extensions import register_entrypoint
from sqlalchemy.exc import IntegrityError

from shared import idempotency, metrics
from shared.auth import ANONYMOUS, Caller
from shared.database import is_contention, is_passing, unavailable
from shared.entrypoints.call import Call
from shared.entrypoints.rpc import RpcMethod
from shared.errors import Internal, Invalid, TrainingError
from shared.messages import Cause

if TYPE_CHECKING:
    from shared.service import BaseService

log = structlog.get_logger("call")

F = TypeVar("F", bound=Callable[..., Any])
CONTENTION_ATTEMPTS = 3
IDEMPOTENCY_KEY = "idempotency_key"


@dataclass(frozen=True)
class Operation:
    """What is known of a command or query without calling it; documentation is generated from this."""

    name: str
    kind: Literal["command", "query"]
    shape: type[Schema]
    reply: type[Schema]
    roles: frozenset[str]
    public: bool
    method: Callable[..., Any]

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.method) or ""

    def load(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, checked and normalised; raises Invalid naming every wrong field by its path."""
        return loaded(self.shape, arguments)

    def dump(self, reply: Any) -> dict[str, Any]:
        return dict(_instance(self.reply).dump(reply))


def command(shape: type[Schema], *, reply: type[Schema], roles: Iterable[str]) -> Callable[[F], F]:
    """A call that changes state: `method(self, tx, caller, **arguments) -> reply`."""
    return _operation("command", shape, reply, frozenset(roles), public=False)


def query(
    shape: type[Schema], *, reply: type[Schema], roles: Iterable[str] = (), public: bool = False
) -> Callable[[F], F]:
    """A call that only reads. A public one needs no token; any other names its roles."""
    return _operation("query", shape, reply, frozenset(roles), public=public)


def loaded(shape: type[Schema], arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments in a shape, checked and normalised; raises Invalid naming every wrong field by its path."""
    try:
        return dict(_instance(shape).load(arguments))
    except ValidationError as error:
        fields = dict(_flat(error.normalized_messages()))
        summary = "; ".join(f"{path}: {reasons[0]}" for path, reasons in list(fields.items())[:5])
        raise Invalid("invalid_arguments", summary, {"fields": fields}) from None


def operations_of(service: type) -> dict[str, Operation]:
    """The operations of a service class by name."""
    members = inspect.getmembers(service, inspect.isfunction)
    return {name: member.operation for name, member in members if hasattr(member, "operation")}


def _operation(
    kind: Literal["command", "query"], shape: type[Schema], reply: type[Schema], roles: frozenset[str], *, public: bool
) -> Callable[[F], F]:
    if not roles and not public:
        raise TypeError("an operation names the roles that may call it, or is public")

    def decorate(method: F) -> F:
        operation = Operation(method.__name__, kind, shape, reply, roles, public, method)

        @functools.wraps(method)
        def serve(service: "BaseService", call: Call) -> dict[str, Any]:
            return _serve(service, operation, call)

        serve.operation = operation  # type: ignore[attr-defined]
        register_entrypoint(serve, RpcMethod(expected_exceptions=TrainingError))
        return serve  # type: ignore[return-value]

    return decorate


def _serve(service: "BaseService", operation: Operation, call: Call) -> dict[str, Any]:
    """Answer a call, count it, log it; raises only TrainingError."""
    started = time.perf_counter()
    outcome, caller = "ok", ANONYMOUS
    cause = call.cause or Cause.new()
    with structlog.contextvars.bound_contextvars(correlation_id=cause.correlation_id):
        try:
            caller = _admitted(service, operation, call)
            return _perform(service, operation, call, caller, cause)
        except TrainingError as error:
            outcome = error.code
            raise
        except Exception as error:
            known = translated(service, error)
            outcome = known.code
            raise known from error
        finally:
            seconds = time.perf_counter() - started
            kind = "ok" if outcome == "ok" else "internal" if outcome == "internal" else "refused"
            metrics.RPC_SECONDS.labels(service.name, operation.name, kind).observe(seconds)
            log.info(
                "call_served",
                service=service.name,
                method=operation.name,
                outcome=outcome,
                milliseconds=round(seconds * 1000, 2),
                system=caller.system,
                agency=caller.agency,
            )


def _admitted(service: "BaseService", operation: Operation, call: Call) -> Caller:
    if operation.public and not call.token:
        return ANONYMOUS
    caller = service.tokens.caller(call.token)
    if not operation.public:
        caller.must_have(operation.roles)
    return caller


def _perform(service: "BaseService", operation: Operation, call: Call, caller: Caller, cause: Cause) -> dict[str, Any]:
    if not isinstance(call.arguments, dict):
        raise Invalid("invalid_arguments", "The arguments must be an object.")
    arguments = dict(call.arguments)
    sent_key = arguments.pop(IDEMPOTENCY_KEY, None) if operation.kind == "command" else None
    sent_key = call.idempotency_key if sent_key is None and operation.kind == "command" else sent_key
    key = idempotency.Key.of(sent_key, f"{caller.agency}/{caller.system}", operation.name, arguments)
    loaded = operation.load(arguments)
    if operation.kind == "query":
        with service.db.reading(cause) as tx:
            return operation.dump(operation.method(service, tx, caller, **loaded))
    for attempt in range(1, CONTENTION_ATTEMPTS + 1):
        try:
            return _in_transaction(service, operation, caller, loaded, key, cause)
        except Exception as error:
            if not is_contention(error) or attempt == CONTENTION_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _in_transaction(
    service: "BaseService",
    operation: Operation,
    caller: Caller,
    arguments: dict[str, Any],
    key: idempotency.Key | None,
    cause: Cause,
) -> dict[str, Any]:
    table = service.metadata.tables["idempotency"]
    with service.db.transaction(cause) as tx:
        if key is not None and (earlier := idempotency.earlier_reply(tx, table, key)) is not None:
            return earlier
        reply = operation.dump(operation.method(service, tx, caller, **arguments))
        if key is not None:
            idempotency.remember(tx, table, key, reply)
        return reply


def translated(service: "BaseService", error: Exception) -> TrainingError:
    """What is said of an error that is none of ours: a conflict, a database that is away, or a bug, logged here."""
    if isinstance(error, IntegrityError):
        conflict = service.db.conflict_of(error, service.conflicts)
        if conflict is not None:
            return conflict
    if is_passing(error):
        return unavailable(error)
    reference = uuid4().hex[:12]
    log.exception("call_failed", service=service.name, reference=reference)
    return Internal.with_reference(reference)


@functools.cache
def _instance(shape: type[Schema]) -> Schema:
    return shape()


def _flat(messages: Any, path: str = "") -> Iterable[tuple[str, list[str]]]:
    """`{"results": {3: {"score": ["…"]}}}` → `("results[3].score", ["…"])`."""
    if isinstance(messages, dict):
        for name, below in messages.items():
            if isinstance(name, int):
                yield from _flat(below, f"{path}[{name}]")
            elif name == "_schema":
                yield from _flat(below, path or "arguments")
            else:
                yield from _flat(below, f"{path}.{name}" if path else str(name))
    else:
        yield path, [str(message) for message in (messages if isinstance(messages, list) else [messages])]
