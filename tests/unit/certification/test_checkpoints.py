import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.certification.domain import checkpoints
from services.certification.domain.checkpoints import Checkpoint
from shared.errors import Invalid

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
HEAD = Checkpoint("certificates.example.gov/log", 10234, bytes(32), "2026-11-25T08:30:00.000000Z")


def note() -> str:
    return HEAD.note(PUBLIC, KEY.sign(HEAD.text.encode()))


def test_a_checkpoint_has_the_form_of_a_signed_note() -> None:
    body, _, signature = note().partition("\n\n")
    assert body.splitlines() == ["certificates.example.gov/log", "10234", base64.b64encode(bytes(32)).decode(), HEAD.at]
    dash, name, encoded = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("—", HEAD.origin)
    assert len(base64.b64decode(encoded)) == 4 + 64


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    found = checkpoints.read(note())
    ((key, signature),) = found.signatures
    assert found.head == HEAD
    assert key == checkpoints.key_hash(HEAD.origin, PUBLIC)
    KEY.public_key().verify(signature, found.text.encode())


def test_the_signature_of_a_witness_is_left_to_those_who_know_it() -> None:
    witnessed = note() + f"— witness.example/w {base64.b64encode(bytes(76)).decode()}\n"
    assert len(checkpoints.read(witnessed).signatures) == 1


@pytest.mark.parametrize("text", ["", "hello", note().replace("10234", "-1"), note().replace("—", "-"), note()[:-1]])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        checkpoints.read(text)
    assert "checkpoint" in refused.value.details["fields"]


def test_the_log_is_named_by_the_public_address() -> None:
    assert checkpoints.origin_of("https://certificates.example.gov") == "certificates.example.gov/log"
