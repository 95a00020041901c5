"""A signed tree head as text: the checkpoint of C2SP tlog-checkpoint, a signed note.

    certificates.example.gov/log
    10234
    <root, base64>
    2026-11-25T08:30:00.000000Z

    — certificates.example.gov/log <4 bytes of key id and the Ed25519 signature, base64>

The lines before the empty one are what is signed. The first names the log, the fourth is an extension line of ours: the
moment. Existing verifiers and witnesses of transparency logs read this form, and a person can keep it in a file.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from shared.errors import Invalid

_NOTE = re.compile(
    r"(?P<text>(?P<origin>\S+)\n(?P<size>\d{1,18})\n(?P<root>\S+)\n(?P<at>\S+)\n)\n(?P<signatures>(?:— .+\n)+)"
)
_ED25519 = b"\x01"


@dataclass(frozen=True)
class Checkpoint:
    """What a signed tree head says: how many leaves, and the hash over all of them."""

    origin: str
    size: int
    root: bytes
    at: str

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{self.at}\n"

    def note(self, public_key: bytes, signature: bytes) -> str:
        """The checkpoint with the signature of this key."""
        signed = base64.b64encode(key_hash(self.origin, public_key) + signature).decode()
        return f"{self.text}\n— {self.origin} {signed}\n"


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint as it was read, with the signatures made in the name of its log: (key hash, signature)."""

    head: Checkpoint
    text: str
    signatures: list[tuple[bytes, bytes]]


def origin_of(public_url: str) -> str:
    """The name of the log at a public address: the address without its scheme."""
    return f"{public_url.partition('://')[2].rstrip('/')}/log"


def key_hash(name: str, public_key: bytes) -> bytes:
    """How a signed note names an Ed25519 key."""
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def read(note: str) -> SignedCheckpoint:
    """A checkpoint from its text; Invalid (field `checkpoint`) for any other."""
    found = _NOTE.fullmatch(note)
    if found is None:
        raise Invalid.field("checkpoint", "is not a checkpoint: four lines, an empty one, and signatures")
    try:
        root = base64.b64decode(found["root"], validate=True)
        signatures = [_signature(line, found["origin"]) for line in found["signatures"].splitlines()]
    except (ValueError, binascii.Error) as error:
        raise Invalid.field("checkpoint", f"is damaged: {error}") from error
    head = Checkpoint(found["origin"], int(found["size"]), root, found["at"])
    return SignedCheckpoint(head, found["text"], [each for each in signatures if each is not None])


def _signature(line: str, origin: str) -> tuple[bytes, bytes] | None:
    """A signature in the log's own name; witnesses sign in theirs."""
    _, name, encoded = line.split(" ", 2)
    data = base64.b64decode(encoded, validate=True)
    return (data[:4], data[4:]) if name == origin and len(data) == 68 else None
