"""A real receiver of webhooks in a thread of its own, over HTTP or HTTPS, that misbehaves as a test says."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = tuple[int, dict[str, str], bytes]
TAKEN: Answer = (204, {}, b"")


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    connection: int

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """As docs/webhooks.md tells receivers to check it, and not by the code that signs."""
        key = base64.b64decode(secret.split("_", 1)[1])
        text = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        made = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        return made in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """`answer(message)` decides what is answered; all that came is in `requests`, what was answered 2xx in `taken`."""

    answer: Callable[[dict[str, Any]], Answer] = lambda _message: TAKEN
    tls: ssl.SSLContext | None = None
    requests: list[Taken] = field(default_factory=list)
    connections: int = 0
    drip: float = 0.0  # seconds between the single bytes of an answer that never ends

    def __enter__(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                receiver.connections += 1
                self.number = receiver.connections
                super().setup()

            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, *_arguments: Any) -> None:
                """Nothing is printed."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: Any) -> None:
                """A client that goes away is part of the test."""

        self.server = Server(("127.0.0.1", 0), Handler)
        if self.tls:
            self.server.socket = self.tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_arguments: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/hook?of=training"

    @property
    def taken(self) -> list[Taken]:
        return [request for request in self.requests if request.status < 300]

    def take(self, handler: Any) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        status, headers, text = self.answer(json.loads(body))
        named = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append(Taken(handler.path, named, body, status, handler.number))
        if status == 0:  # the connection is lost before the answer
            handler.close_connection = True
            return
        if self.drip:
            for letter in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 10_000:
                handler.wfile.write(bytes([letter]))
                time.sleep(self.drip)
        handler.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(text))}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)


def server_tls(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    """A context with a certificate of its own making for this host, and the file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sample receiver")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, private = folder / f"{host}.pem", folder / f"{host}.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(*pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return context, str(file)
