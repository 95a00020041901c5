"""Access tokens: ours are read, anything else is refused, and the key behind them is made once."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.auth import ANONYMOUS, KEY_FILE, LONGEST_TOKEN, Caller, Tokens
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.keys import load_or_create

HOUR = timedelta(hours=1)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    whole = {"iss": "training", "sub": "hr", "agency": "MOH", "roles": ["auditor"], "iat": now, "exp": now + 60}
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def signed(folder: Path, **changes: Any) -> str:
    return jwt.encode(claims(**changes), load_or_create(folder / KEY_FILE), algorithm="EdDSA")


def unsigned(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload)]
    return ".".join([*parts, signature])


def refusal(tokens: Tokens, token: Any) -> str:
    with pytest.raises(Unauthenticated) as refused:
        tokens.caller(token)
    return refused.value.code


def test_a_token_tells_its_bearer(tokens: Tokens) -> None:
    token = tokens.issue("hr", "MOH", ["auditor", "agency_system", "auditor"], HOUR)
    assert tokens.caller(token) == Caller("hr", "MOH", frozenset({"auditor", "agency_system"}))
    assert tokens.caller(token) == tokens.caller(token)


def test_another_process_with_the_same_key_reads_it(tokens: Tokens, tmp_path: Path) -> None:
    assert Tokens(tmp_path).caller(tokens.issue("hr", "MOH", ["national"], HOUR)).is_national


def test_a_service_that_has_only_the_public_half_reads_it_too(tokens: Tokens, tmp_path: Path) -> None:
    token = tokens.issue("hr", "MOH", ["national"], HOUR)
    public = load_or_create(tmp_path / KEY_FILE).public_key()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (elsewhere / KEY_FILE).with_suffix(".pub").write_bytes(pem)
    assert Tokens(elsewhere).caller(token).system == "hr"
    assert not (elsewhere / KEY_FILE).exists()


@pytest.mark.parametrize(
    ("roles", "ttl"), [([], HOUR), (["king"], HOUR), (["auditor", "king"], HOUR), (["auditor"], timedelta(0))]
)
def test_a_token_that_no_one_could_use_is_not_issued(tokens: Tokens, roles: list[str], ttl: timedelta) -> None:
    with pytest.raises(ValueError, match=r"role|live"):
        tokens.issue("hr", "MOH", roles, ttl)


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_missing(tokens: Tokens, token: Any) -> None:
    assert refusal(tokens, token) == "token_missing"


@pytest.mark.parametrize(
    "token",
    [5, True, b"bytes", ["x"], {"a": 1}, "x", "a.b.c", "...", "\ud800", "ک.ک.ک", "a\x00b", "x" * (LONGEST_TOKEN + 1)],
    ids=lambda value: f"{type(value).__name__}-{str(value)[:8]!a}",
)
def test_what_is_no_token_is_refused(tokens: Tokens, token: Any) -> None:
    assert refusal(tokens, token) == "token_invalid"


def test_a_genuine_token_that_is_too_long_is_refused(tokens: Tokens, tmp_path: Path) -> None:
    assert refusal(tokens, signed(tmp_path, more="x" * LONGEST_TOKEN)) == "token_invalid"


def test_an_expired_token_is_refused_as_such(tokens: Tokens, tmp_path: Path) -> None:
    assert refusal(tokens, signed(tmp_path, exp=int(datetime.now(UTC).timestamp()) - 1)) == "token_expired"


def test_a_token_expires_although_it_was_read_before(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue("hr", "MOH", ["auditor"], HOUR)
    tokens.caller(token)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + 2 * HOUR

    monkeypatch.setattr("shared.auth.datetime", Later)
    assert refusal(tokens, token) == "token_expired"


def test_a_token_of_another_key_is_refused(tokens: Tokens, tmp_path: Path) -> None:
    tokens.issue("hr", "MOH", ["auditor"], HOUR)
    forged = jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA")
    assert refusal(tokens, forged) == "token_invalid"


def test_a_changed_token_is_refused(tokens: Tokens) -> None:
    header, _, signature = tokens.issue("hr", "MOH", ["auditor"], HOUR).split(".")
    forged = unsigned({}, claims(roles=["national"])).split(".")[1]
    assert refusal(tokens, f"{header}.{forged}.{signature}") == "token_invalid"
    assert refusal(tokens, f"{header}.{forged}.") == "token_invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "EdDSA", "HS256"])
def test_an_unsigned_token_is_refused_whatever_it_calls_itself(tokens: Tokens, algorithm: str) -> None:
    assert refusal(tokens, unsigned({"alg": algorithm, "typ": "JWT"}, claims())) == "token_invalid"


def test_the_public_key_is_no_shared_secret(tokens: Tokens, tmp_path: Path) -> None:
    public = load_or_create(tmp_path / KEY_FILE).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    for secret in (pem, pem.strip(), raw):
        made = jwt.api_jws.PyJWS()._algorithms["HS256"]
        signing_input = unsigned({"alg": "HS256", "typ": "JWT"}, claims()).rpartition(".")[0]
        signature = base64.urlsafe_b64encode(made.sign(signing_input.encode(), secret)).rstrip(b"=").decode()
        assert refusal(tokens, f"{signing_input}.{signature}") == "token_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": ["king"]},
        {"roles": ["auditor", "king"]},
        {"roles": "auditor"},
        {"roles": ...},
        {"roles": None},
        {"roles": [["auditor"]]},
        {"roles": [5]},
        {"agency": ...},
        {"agency": 5},
        {"agency": None},
        {"sub": ...},
        {"sub": 5},
        {"iss": ...},
        {"iss": "somebody-else"},
        {"exp": ...},
        {"exp": "later"},
        {"exp": None},
        {"iat": ...},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_claims_of_another_form_are_refused_though_signed_by_us(
    tokens: Tokens, tmp_path: Path, changes: dict[str, Any]
) -> None:
    assert refusal(tokens, signed(tmp_path, **changes)) == "token_invalid"


def test_a_caller_sees_its_own_agency_and_a_national_one_sees_all() -> None:
    own, national = Caller("hr", "MOH", frozenset({"auditor"})), Caller("hq", "HQ", frozenset({"national"}))
    assert own.sees("MOH")
    assert not own.sees("MOE")
    assert national.sees("MOE")
    assert not ANONYMOUS.sees("MOH")
    with pytest.raises(NotFound):
        own.must_see("MOE")


def test_a_missing_role_is_named(tokens: Tokens) -> None:
    caller = Caller("hr", "MOH", frozenset({"auditor"}))
    caller.must_have(frozenset({"auditor", "national"}))
    with pytest.raises(Forbidden) as refused:
        caller.must_have(frozenset({"operator", "national"}))
    assert refused.value.details == {"one_of": ["national", "operator"]}


def test_the_key_file_is_its_owners_alone(tokens: Tokens, tmp_path: Path) -> None:
    tokens.issue("hr", "MOH", ["auditor"], HOUR)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_key_of_another_kind_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key at all")
    with pytest.raises(ValueError, match=r"."):
        load_or_create(tmp_path / "key.pem")
