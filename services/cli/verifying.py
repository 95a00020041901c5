"""`training verify`: is this certificate valid? A code is asked of the service, a credential is checked offline."""

import re
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.certification import credential, signing
from services.cli.shell import refuse
from shared import client
from shared.config import Config
from shared.errors import Conflict, Invalid, NotFound, TrainingError

VALID, NOT_VALID = 0, 1
LARGEST_FILE = 1_048_576
_LINK = re.compile(r"https?://[^\s?#]*/verify/([^/?#\s]+)")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def run(config: Config, console: Console, what: str) -> int:
    """Check a file, a link or a code: 0 valid, 1 not valid or not found; ends with 2 when it cannot be checked."""
    path = Path(what)
    if len(what) < 1000 and path.is_file():
        return _file(config, console, path)
    link = _LINK.match(what)
    if link is None and ("/" in what or path.suffix):
        refuse(f"there is no file {what}, and it is neither a code nor a verification link")
    return _code(config, console, link[1] if link else what)


def _code(config: Config, console: Console, code: str) -> int:
    try:
        caller = client.connect(config.amqp_url, None)
        try:
            said = caller.call("certification", "verify", {"code": code})
        finally:
            caller.close()
    except (NotFound, Conflict, Invalid) as error:
        console.print(f"[red]Not valid[/]: {error.message}")
        return NOT_VALID
    except TrainingError as error:
        refuse(f"it could not be checked: {error}")
    valid = said["status"] == "valid"
    console.print("[green]Valid[/]" if valid else f"[red]Not valid any more[/]: {said['status']}")
    _show(console, said | {"course_title": _title(said["course_title"]), "issuer": _title(said["issuer"]["name"])})
    return VALID if valid else NOT_VALID


def _file(config: Config, console: Console, path: Path) -> int:
    if path.stat().st_size > LARGEST_FILE:
        refuse(f"{path} is too large to be a credential")
    content = path.read_bytes()
    if content.startswith(b"%PDF"):
        refuse("a PDF is only the printed form; give the verification code or the link that is printed on it")
    token = content.decode("utf-8", "replace").strip()
    if not token.startswith("{") and not _CREDENTIAL.fullmatch(token):
        refuse(f"{path} is not a credential (VC-JWT: three parts with a dot between them; or JSON with a proof)")
    keys = signing.public_keys_in(config.keys_dir, config.keys_passphrase)
    if not keys:
        refuse(f"there are no certificate keys in {config.keys_dir} to check it with (TRAINING_KEYS_DIR)")
    try:
        claims = credential.verify(token, keys)
    except Invalid as error:
        console.print(f"[red]Not valid[/]: {'; '.join(error.details['fields']['credential'])}")
        return NOT_VALID
    console.print("[green]Valid[/]: signed by one of our keys, and nothing in it was changed.")
    _show(console, _read(claims))
    console.print("Whether it was revoked or replaced since is only known online: `training verify` with its link.")
    return VALID


def _read(claims: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to see of a credential."""
    subject = claims["credentialSubject"]
    names = [item["identityHash"] for item in subject["identifier"] if item["identityType"] == "name"]
    return {
        "serial": subject.get("licenseNumber"),
        "holder_name": ", ".join(names),
        "course_title": subject["achievement"]["name"],
        "issuer": claims["issuer"]["name"],
        "issued_at": claims["validFrom"],
        "link": ", ".join(item["id"] for item in claims.get("evidence", [])),
    }


def _title(name: dict[str, str]) -> str:
    return f"{name['fa']} / {name['en']}" if name.get("en") else name["fa"]


def _show(console: Console, said: dict[str, Any]) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in said.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
