"""HTTP: nameko's web server with a graceful stop, and the doors that every service has.

`POST /rpc/<method>` serves the same commands and queries as AMQP; errors are RFC 9457 problem details.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import eventlet
import msgspec
import structlog
from nameko.extensions import register_entrypoint
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import WebServer, WsgiApp
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

from shared.entrypoints.call import MAX_BODY_BYTES, Call, parse_json
from shared.errors import Internal, Invalid, TrainingError, Unavailable, as_dict
from shared.messages import Cause

log = structlog.get_logger("http")

F = TypeVar("F", bound=Callable[..., Any])
DRAIN_SECONDS = 10.0
MOST_REQUESTS = 40  # fewer than a container's workers, so that events, timers and RPC always find one
PROBLEM = "application/problem+json"


class GracefulWebServer(WebServer):
    """Stops accepting first, and ends only when the requests at hand are answered."""

    def __init__(self) -> None:
        super().__init__()
        self._active = 0

    def get_wsgi_app(self) -> Callable[..., Iterable[bytes]]:
        app = WsgiApp(self)

        def counted(environ: Any, start_response: Any) -> Iterable[bytes]:
            if self._active >= MOST_REQUESTS:
                return problem(Unavailable("busy", "Too many requests at once; try again."))(environ, start_response)
            self._active += 1
            try:
                return ClosingIterator(app(environ, start_response), [self._done])
            except BaseException:
                self._done()
                raise

        return counted

    def get_wsgi_server(self, sock: Any, wsgi_app: Any, **options: Any) -> Any:
        server = super().get_wsgi_server(sock, wsgi_app, **options)
        server.log_output = False  # calls are logged by the operations
        server.minimum_chunk_size = 0
        server.capitalize_response_headers = False
        return server

    def process_request(self, sock: Any, address: Any) -> None:
        """A client that goes away in the middle of a request must not end the container."""
        try:
            super().process_request(sock, address)
        except Exception as error:  # noqa: BLE001 - nameko kills the container for any error here
            log.warning("connection_failed", error=type(error).__name__)

    def drain(self) -> None:
        self._is_accepting = False
        self._gt.kill()
        self._sock.close()
        with eventlet.Timeout(DRAIN_SECONDS, False):
            while self._active:
                eventlet.sleep(0.01)

    def stop(self) -> None:
        """Entrypoints have drained it already."""

    def _done(self) -> None:
        self._active -= 1


class HttpEntrypoint(HttpRequestHandler):
    """A route; its errors are problem details."""

    server = GracefulWebServer()

    def stop(self) -> None:
        if self.server._is_accepting:
            self.server.drain()

    def response_from_exception(self, exc: BaseException) -> Response:
        if isinstance(exc, TrainingError):
            return problem(exc)
        log.error("request_failed", error=type(exc).__name__, exc_info=exc)
        return problem(Internal.with_reference("http"))


def http(method: str, url: str) -> Callable[[F], F]:
    """Serve `url` by `method(self, request, **path values) -> werkzeug Response`."""

    def decorate(function: F) -> F:
        register_entrypoint(function, HttpEntrypoint(method, url, expected_exceptions=TrainingError))
        return function

    return decorate


def read_cause(request: Request) -> Cause:
    """What a request follows from, by its headers."""
    return Cause.new(request.headers.get("X-Correlation-ID"), request.headers.get("traceparent"))


def read_call(request: Request, cause: Cause) -> Call:
    """The call in a `POST /rpc/<method>` request."""
    if request.mimetype != "application/json":
        raise Invalid("unsupported_content_type", "The content type must be application/json.")
    request.max_content_length = MAX_BODY_BYTES
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Invalid("too_large", f"At most {MAX_BODY_BYTES} bytes are read.") from None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    arguments = parse_json(body) if body.strip() else {}
    return Call(
        arguments, token.strip() if scheme.lower() == "bearer" else None, cause, request.headers.get("Idempotency-Key")
    )


def json_response(value: Any, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(value), status=status, content_type=content_type)


def problem(error: TrainingError, status: int | None = None, retry_after: int = 1) -> Response:
    """RFC 9457 problem details with the kind, code and details of the error; a kind has a status of its own."""
    fields = as_dict(error)
    body = {
        "type": f"urn:training:error:{error.code}",
        "title": error.kind,
        "status": status or error.http_status,
        "detail": error.message,
        **fields,
    }
    response = json_response(body, status or error.http_status, PROBLEM)
    if error.retryable:
        response.headers["Retry-After"] = str(retry_after)
    return response


def too_many(seconds: int) -> Response:
    """The problem of an address that asked too often: 429, and after how many seconds it may ask again."""
    error = Unavailable("too_many_lookups", "Too many look-ups came from your address.", {"retry_after": seconds})
    return problem(error, 429, seconds)
