import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from services.certification.signing import FileStore, Signer, canonical, is_signed, key_id, keyring_of
from services.certification.signing.stores import EnvironmentStore
from shared import keys
from shared.config import Config, ConfigurationError
from shared.keys import Ed25519PrivateKey


def platform(folder: Path) -> Signer:
    return next(held.signer for held in FileStore(folder).held() if held.current)


def test_a_key_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    signer = platform(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = folder / f"certificates-{signer.key_id}.pem"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "certificates.pem", kept)} == {0o600}
    assert platform(folder).key_id == signer.key_id


def test_of_many_that_start_together_all_sign_with_one_key(tmp_path: Path) -> None:
    barrier, signers = threading.Barrier(8), list[Signer]()

    def start() -> None:
        barrier.wait()
        signers.append(platform(tmp_path / "keys"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({signer.key_id for signer in signers}) == 1
    assert len(signers) == 8
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_a_signature_fits_its_bytes_only_and_is_always_the_same(tmp_path: Path) -> None:
    signer = platform(tmp_path)
    signature = signer.sign(b"text")
    assert signature == signer.sign(b"text")
    assert is_signed(signer.public_key, signature, b"text")
    assert not is_signed(signer.public_key, signature, b"texT")
    assert not is_signed(Ed25519PrivateKey.generate().public_key(), signature, b"text")


def test_a_replaced_key_is_kept(tmp_path: Path) -> None:
    first = platform(tmp_path)
    new = Ed25519PrivateKey.generate()
    keys.write_over(tmp_path / "certificates.pem", keys.as_pem([new], [], None))
    assert platform(tmp_path).key_id == key_id(new.public_key()) != first.key_id
    assert {held.signer.key_id for held in FileStore(tmp_path).held()} == {first.key_id, key_id(new.public_key())}


def test_a_passphrase_encrypts_what_it_finds_and_what_it_makes(tmp_path: Path) -> None:
    before = platform(tmp_path).key_id
    for _ in range(2):
        assert {held.signer.key_id for held in FileStore(tmp_path, "long and secret").held()} == {before}
    for path in tmp_path.glob("*.pem"):
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for passphrase, reason in ((None, "there is no passphrase"), ("another", "not its own")):
        with pytest.raises(ConfigurationError, match=rf"certificates\.pem: .*{reason}"):
            FileStore(tmp_path, passphrase).held()


@pytest.mark.parametrize(
    "content", ["", "no key at all", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_broken_key_file_is_named_in_one_line(tmp_path: Path, content: str) -> None:
    platform(tmp_path)
    broken = tmp_path / "agencies" / "AG-A" / "certificates-1.pem"
    broken.parent.mkdir(parents=True)
    broken.write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        FileStore(tmp_path).held()
    assert str(broken) in str(raised.value)
    assert "\n" not in str(raised.value)


def pem(*made: keys.PrivateKey, passphrase: str | None = None) -> str:
    return keys.as_pem(made, [], passphrase).decode()


def test_keys_come_from_the_environment_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    monkeypatch.setenv("TRAINING_SIGNING_KEY", pem(mine))
    monkeypatch.setenv("TRAINING_SIGNING_KEY_AG__A", pem(theirs, passphrase="long and secret"))
    monkeypatch.setenv("TRAINING_KEYS_PASSPHRASE", "long and secret")
    monkeypatch.setenv("TRAINING_KEYS_DIR", str(tmp_path / "keys"))
    config = Config.from_environment()
    held = {each.owner_code: each.signer.key_id for each in keyring_of(config).held()}
    assert held == {None: key_id(mine.public_key()), "AG-A": key_id(theirs.public_key())}
    assert not (tmp_path / "keys").exists(), "the platform has a key, so none is made"
    assert "PRIVATE" not in repr(config)
    assert "secret" not in repr(config)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TRAINING_SIGNING_KEY", "no key"),
        ("TRAINING_SIGNING_KEY_AG-A", pem(Ed25519PrivateKey.generate(), passphrase="another")),
        ("TRAINING_SIGNING_KEY_ag", pem(Ed25519PrivateKey.generate())),
    ],
)
def test_a_variable_that_holds_no_key_is_named_in_one_line(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        EnvironmentStore({name: text})
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)
    assert text not in str(raised.value)


@pytest.mark.parametrize("text", ["نمونه‌ای", 'a"b\\c/d', "\x00\x08\x1f\x7f\u2028", "😀"])
def test_the_canonical_form_is_sorted_and_escapes_only_what_it_must(text: str) -> None:
    value: dict[str, Any] = {"b": {"z": 1, "a": text}, "a": None, "B": [text, True]}
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(value) == expected.encode()


def test_the_canonical_form_is_one_and_not_many(snapshot: dict[str, Any]) -> None:
    shuffled = dict(reversed(snapshot.items()))
    assert canonical(shuffled) == canonical(snapshot) == canonical(json.loads(canonical(snapshot)))
