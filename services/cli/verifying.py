"""`training verify`: is this certificate valid? Its signature is checked offline, its status of today is asked for."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.certification.domain.codes import read_code
from services.cli import evidence, trusted
from services.cli.evidence import LINK, Evidence
from services.cli.shell import refuse
from shared import client
from shared.config import Config
from shared.errors import Conflict, Invalid, NotFound, Unavailable
from shared.persian import digits_ascii

VALID, NOT_VALID = 0, 1
LARGEST_FILE = 20_000_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TIMEOUT = 10.0
_ASKED = (
    "serial",
    "kind",
    "holder_name",
    "course_title",
    "hours",
    "score",
    "completed_on",
    "issuer",
    "issued_at",
    "valid_until",
)
# Of today: what the service says beside what was signed.
_NOW = ("status", "superseded_by", "revoked_on", "erased_at", "reason", "checked_at")


def run(
    config: Config,
    console: Console,
    what: str,
    *,
    keys: Path | None = None,
    offline: bool = False,
    as_json: bool = False,
) -> int:
    """Check a file, a link or a code: 0 valid, 1 not valid or not found; ends with 2 when it cannot be checked."""
    found = _evidence(config, what, keys, offline=offline)
    now = None if offline else _now(config, found)
    if not found.said and now is None and not found.problems:
        refuse("it could not be checked: the service cannot be reached, and a code alone says nothing")
    if now is not None:
        found.said = found.said or _asked(now)
        _judge(found, now)
    elif not found.problems:
        found.notes.append(
            "Whether it was replaced, suspended or revoked since is only known online; it was not asked."
        )
        if keys is None and found.said:
            found.notes.append("Whether its key was retired since is known from a saved key set only (--keys).")
    _print(console, found, now, as_json=as_json)
    return NOT_VALID if found.problems else VALID


def _evidence(config: Config, what: str, file: Path | None, *, offline: bool) -> Evidence:
    """What it proves by itself; a code proves nothing."""
    path = Path(what)
    link = LINK.match(what)
    if len(what) < 1000 and path.is_file():
        return _of_file(path, _keys(config, file))
    if link is None and ("/" in what or path.suffix):
        refuse(f"there is no file {what}, and it is neither a code nor a verification link")
    if link is not None and link[2]:
        return evidence.of_link(link[1], link[2], _keys(config, file))
    if offline:
        refuse("a code alone can only be checked online; scan the QR code, and give the whole link")
    return Evidence(code=link[1] if link else what)


def _of_file(path: Path, keys: Mapping[str, trusted.TrustedKey]) -> Evidence:
    if path.stat().st_size > LARGEST_FILE:
        refuse(f"{path} is too large to be a certificate")
    content = path.read_bytes()
    if content.startswith(b"%PDF"):
        try:
            return evidence.of_pdf(content, keys)
        except evidence.Unreadable as error:
            refuse(f"{path}: {error}")
    text = content.decode("utf-8", "replace").strip()
    if not (_TOKEN.fullmatch(text) or text.startswith("{")):
        refuse(f"{path} is neither a PDF nor a credential (VC-JWT, or JSON with a proof)")
    return evidence.of_credential(text, keys)


def _keys(config: Config, file: Path | None) -> dict[str, trusted.TrustedKey]:
    try:
        keys = trusted.read(file, config.keys_dir, config.keys_passphrase)
    except trusted.UnreadableKeys as error:
        refuse(str(error))
    if not keys:
        refuse(f"there are no certificate keys in {config.keys_dir} to check it with; give --keys, a saved jwks.json")
    return keys


def _now(config: Config, found: Evidence) -> dict[str, Any] | None:
    """What the service says today; None when nobody can be asked."""
    if found.code is None:
        return None
    try:
        return _ask(config, found.code)
    except (NotFound, Conflict, Invalid) as error:
        found.refuse(error.message.removesuffix("."))
    except Unavailable as error:
        found.notes.append(f"The service could not be asked: {error.message}")
    return None


def _ask(config: Config, code: str) -> dict[str, Any]:
    """Over the configured broker; where there is none, at the public address as everybody does."""
    try:
        with closing(client.connect(config.amqp_url, None)) as caller:
            reply: dict[str, Any] = caller.call("certification", "verify", {"code": code})
            return reply
    except Unavailable as error:
        unavailable = error
    address = f"{config.public_url}/verify/{read_code(digits_ascii(code)) or 'unknown'}"
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        kind = {404: NotFound, 409: Conflict}.get(error.code, Unavailable)
        raise kind("refused", f"{config.public_url} answers {error.code} {error.reason}.") from error
    except (OSError, ValueError):
        raise unavailable from None


def _asked(now: dict[str, Any]) -> dict[str, Any]:
    """What the service says of a code; of a training record how much it was."""
    said = {name: now[name] for name in _ASKED if name in now}
    return said | {name: value for name, value in now.get("record", {}).items() if name != "files"}


def _judge(found: Evidence, now: dict[str, Any]) -> None:
    files = {file["sha256"] for file in now.get("record", {}).get("files", ())}
    if files and found.sha256 is not None:
        if found.sha256 in files:
            found.notes.append("The file is, byte for byte, one that was issued.")
        else:
            found.refuse("the file is none of those that were issued under its code")
    if now["status"] != "valid":
        found.refuse(f"it is {now['status']} today")
    if found.said.get("serial") not in (None, now["serial"]):
        found.refuse(f"its code belongs to another certificate, {now['serial']}")


def _print(console: Console, found: Evidence, now: dict[str, Any] | None, *, as_json: bool) -> None:
    today = {name: now[name] for name in _NOW if name in now} if now else None
    if as_json:
        said = {name: value for name, value in found.said.items() if value is not None}
        result = {"valid": not found.problems, "problems": found.problems, "notes": found.notes, "said": said}
        console.file.write(json.dumps({**result, "today": today}, ensure_ascii=False, indent=2) + "\n")
        return
    if found.problems:
        console.print(f"[red]Not valid[/]: {escape('; '.join(found.problems))}.", soft_wrap=True, highlight=False)
    else:
        console.print("[green]Valid[/]")
    table = Table.grid(padding=(0, 2))
    for name, value in {**found.said, **(today or {})}.items():
        if value is not None:
            table.add_row(name.replace("_", " "), escape(_text(value)))
    console.print(table)
    for note in found.notes:
        console.print(escape(note), soft_wrap=True, highlight=False)


def _text(value: Any) -> str:
    """A name in both languages, an organisation by its name, anything else as it is."""
    if isinstance(value, dict):
        name = value.get("name", value)
        return f"{name['fa']} / {name['en']}" if name.get("en") else str(name["fa"])
    return str(value)
