"""From what was fixed at issue to the bytes of a PDF, and the copies that were printed last."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import structlog

from services.certification.document import content, record, sealing, symbol, typesetting
from services.certification.document.sealing import DocumentKey
from services.certification.signing import canonical
from shared import green

KEPT = 256  # copies, some 60 kB each

log = structlog.get_logger("document")


@dataclass(frozen=True)
class Copy:
    """A certificate to print.

    `link` is printed as text, `message` is what the QR code holds (the link, unless given). The `credential` is
    attached, `logo` is the media type and content of the image that the snapshot names, and `key` seals the file for
    PDF viewers; each of the three may be missing.
    """

    snapshot: Mapping[str, Any]
    link: str
    variant: str = "fa"
    message: str | None = None
    credential: str | None = None
    logo: tuple[str, bytes] | None = None
    key: DocumentKey | None = None

    def digest(self) -> str:
        """What the bytes of the PDF depend on, as SHA-256; a logo is named by its hash in the snapshot."""
        said = [self.variant, self.link, self.message or "", self.credential or "", _version()]
        sealed = sealing.fingerprint(self.key) if self.key else b""
        parts = [canonical(self.snapshot), *(each.encode() for each in said), sealed]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


@dataclass(frozen=True)
class RecordCopy:
    """A training record to print: its snapshot, the `language`, and the rest as for certificates."""

    snapshot: Mapping[str, Any]
    link: str
    language: str = "fa"
    credential: str | None = None
    logo: tuple[str, bytes] | None = None
    key: DocumentKey | None = None


class _Shelf:
    """The copies that were asked for last, by digest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._copies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str) -> bytes | None:
        with self._lock:
            if digest in self._copies:
                self._copies.move_to_end(digest)
            return self._copies.get(digest)

    def put(self, digest: str, pdf: bytes) -> None:
        with self._lock:
            self._copies[digest] = pdf
            while len(self._copies) > self._size:
                self._copies.popitem(last=False)


_shelf = _Shelf(KEPT)


def printed(copy: Copy) -> bytes:
    """The PDF of a certificate: from the shelf, or made in a thread of its own while the service serves others."""
    digest = copy.digest()
    pdf = _shelf.get(digest)
    if pdf is None:
        pdf = green.off_hub(make, copy)
        _shelf.put(digest, pdf)
        _remark(copy, pdf)
    return pdf


def printed_record(copy: RecordCopy) -> bytes:
    """The PDF of a training record, made in a thread of its own; it is asked for too seldom to be kept."""
    pdf: bytes = green.off_hub(make_record, copy)
    if not typesetting.is_archivable(pdf):
        log.warning("letter_without_font", serial=copy.snapshot["serial"])
    return pdf


def make_record(copy: RecordCopy) -> bytes:
    """The PDF of a training record, here and now; safe in any thread."""
    snapshot = copy.snapshot
    drawing, _modules = symbol.drawing(copy.link)
    issued_at = datetime.fromisoformat(snapshot["issued_at"]).replace(microsecond=0)
    pages = record.page(snapshot, copy.language, copy.link)
    pdf = typesetting.typeset(
        pages, typesetting.RECORD, drawing, issued_at, copy.credential, copy.logo, attached_as="record.jwt"
    )
    return sealing.sealed(pdf, copy.key, issued_at) if copy.key else pdf


def _remark(copy: Copy, pdf: bytes) -> None:
    """Log what is not as it should be; not in the thread, since a log has locks that the hub made green."""
    wanted = _template(copy.snapshot)
    if wanted not in (None, typesetting.known(wanted)):
        log.warning("unknown_template", template=wanted, serial=copy.snapshot["serial"])
    if not typesetting.is_archivable(pdf):
        log.warning("letter_without_font", serial=copy.snapshot["serial"])


def _template(snapshot: Mapping[str, Any]) -> str | None:
    name: str | None = (snapshot.get("design") or {}).get("template")
    return name


def make(copy: Copy) -> bytes:
    """The PDF of a certificate, here and now; safe in any thread."""
    snapshot = copy.snapshot
    drawing, modules = symbol.drawing(copy.message or copy.link)
    issued_at = datetime.fromisoformat(snapshot["issued_at"]).replace(microsecond=0)
    template = typesetting.known(_template(snapshot))
    page = {**content.page(snapshot, copy.variant, copy.link), "symbol": modules}
    pdf = typesetting.typeset(page, template, drawing, issued_at, copy.credential, copy.logo)
    return sealing.sealed(pdf, copy.key, issued_at) if copy.key else pdf


@cache
def _version() -> str:
    """Which templates, which compiler and which maker of symbols: other ones make other bytes."""
    sources = [each.read_bytes() for each in sorted(typesetting.TEMPLATES.glob("*.typ"))]
    makers = (version("typst") + version("zxing-cpp")).encode()
    return hashlib.sha256(makers + b"".join(sources)).hexdigest()
