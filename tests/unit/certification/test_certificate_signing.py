import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.certification.signing import FileSigner, canonical, is_signed, jwks, key_id


def test_a_key_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    signer = FileSigner(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = folder / f"certificates-{signer.key_id}.pem"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "certificates.pem", kept)} == {0o600}
    assert FileSigner(folder).key_id == signer.key_id


def test_of_many_that_start_together_all_sign_with_one_key(tmp_path: Path) -> None:
    barrier, signers = threading.Barrier(8), list[FileSigner]()

    def start() -> None:
        barrier.wait()
        signers.append(FileSigner(tmp_path / "keys"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({signer.key_id for signer in signers}) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_a_signature_fits_its_bytes_only_and_is_always_the_same(tmp_path: Path) -> None:
    signer = FileSigner(tmp_path)
    key, signature = signer.public_keys()[signer.key_id], signer.sign(b"text")
    assert signature == signer.sign(b"text")
    assert is_signed(key, signature, b"text")
    assert not is_signed(key, signature, b"texT")
    assert not is_signed(Ed25519PrivateKey.generate().public_key(), signature, b"text")


def test_a_replaced_key_still_verifies(tmp_path: Path) -> None:
    first = FileSigner(tmp_path)
    signature = first.sign(b"text")
    new = Ed25519PrivateKey.generate()
    pem = new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "certificates.pem").unlink()
    (tmp_path / "certificates.pem").write_bytes(pem)
    second = FileSigner(tmp_path)
    assert second.key_id == key_id(new.public_key()) != first.key_id
    assert is_signed(second.public_keys()[first.key_id], signature, b"text")
    first.reload()
    assert set(first.public_keys()) == {first.key_id, second.key_id}


def test_the_key_set_holds_public_keys_only(tmp_path: Path) -> None:
    signer = FileSigner(tmp_path)
    (key,) = jwks(signer.public_keys())["keys"]
    assert key["kid"] == signer.key_id
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}


@pytest.mark.parametrize("text", ["نمونه‌ای", 'a"b\\c/d', "\x00\x08\x1f\x7f\u2028", "😀"])
def test_the_canonical_form_is_sorted_and_escapes_only_what_it_must(text: str) -> None:
    value: dict[str, Any] = {"b": {"z": 1, "a": text}, "a": None, "B": [text, True]}
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(value) == expected.encode()


def test_the_canonical_form_is_one_and_not_many(snapshot: dict[str, Any]) -> None:
    shuffled = dict(reversed(snapshot.items()))
    assert canonical(shuffled) == canonical(snapshot) == canonical(json.loads(canonical(snapshot)))
