"""`training keys`: the signing keys of the platform, of agencies and of training centres."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from sqlalchemy.exc import DBAPIError

from services.certification import models
from services.certification.signing import FileStore, Use, keyring_of, making
from services.certification.signing.stores import OWNER
from services.cli.shell import configuration, console, fail, refuse
from shared.config import Config
from shared.database import Database
from shared.errors import TrainingError
from shared.persian import TEHRAN, end_of_day, tehran_date

keys = typer.Typer(help="Signing keys: who signs with what, and since when.", no_args_is_help=True)


@keys.command("list")
def list_keys() -> None:
    """All keys that sign or ever signed: whose, for what, in force from when until when (UTC), and if they lie here."""
    config = configuration()
    keyring = keyring_of(config, tend=False)
    with _certification(config) as db, db.reading() as tx:
        known = keyring.to_check(tx).every()
    here = {held.signer.key_id for held in keyring.held()}
    columns = ("key", "agency", "for", "from", "until", "state")
    table = Table(*(Column(name, overflow="fold", no_wrap=name in columns[:3]) for name in columns), box=None)
    for key in sorted(known, key=lambda key: (key.owner_code or "", key.use, key.starts)):
        state = f"retired {_shown(key.retired_at)}: {key.retired_reason}" if key.retired_at else "not here"
        state = "here" if key.key_id in here and not key.retired_at else state
        times = _shown(key.not_before), _shown(key.not_after)
        table.add_row(key.key_id, key.owner_code or "(platform)", key.use, *times, state)
    console.print(table if table.row_count else "No keys yet; certification makes the platform's when it starts.")


@keys.command("make")
def make_key(
    agency: Annotated[str | None, typer.Option(help="Code of the agency or training centre.")] = None,
    platform: Annotated[bool, typer.Option("--platform", help="For the platform itself.")] = False,
    use: Annotated[str, typer.Option(help="certificates (Ed25519) or documents (P-256, for PDFs).")] = "certificates",
    first_day: Annotated[str | None, typer.Option("--from", help="The first day, ISO; else it starts now.")] = None,
    last_day: Annotated[str | None, typer.Option("--until", help="The last day, ISO; else it has no end.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM that an authority issued for a documents key.")] = None,
) -> None:
    """A new key in TRAINING_KEYS_DIR; from its start on it signs in the place of the one before.

    With `--use documents` it gets a certificate that it signed itself, or `--certificate` takes in an authority's.
    """
    owner = _owner(agency, platform)
    if use not in ("certificates", "documents") or (use == "documents" and owner is None):
        refuse("--use is certificates or documents, and documents are an agency's")
    if certificate and (use != "documents" or first_day or last_day):
        refuse("--certificate goes with --use documents, and says itself from when until when it holds")
    chosen: Use = "documents" if use == "documents" else "certificates"
    config = configuration()
    store = FileStore(config.keys_dir, config.keys_passphrase, tend=False)
    with _certification(config) as db:
        if certificate and owner:
            made = making.take_in(db, store, owner, certificate)
        else:
            start, end = _start(first_day), end_of_day(_day(last_day)) if last_day else None
            if end is not None and end <= start:
                refuse("--until is before the key starts")
            made = making.make(db, store, owner, chosen, start, end)
    console.print(f"{made.key_id} for {chosen} of {owner or 'the platform'}, from {_shown(made.not_before)}")
    console.print(f"It is in {store.path_of(owner, chosen, made.key_id)}; back it up now.", soft_wrap=True)


@keys.command("retire")
def retire_key(
    key_id: str,
    reason: Annotated[str, typer.Option(help="Why; published with the key.")],
    at: Annotated[
        str | None, typer.Option(help="ISO 8601 moment with a zone, for a key that others had since then.")
    ] = None,
) -> None:
    """Nothing that this key signs from now on counts, or from an earlier moment: certificates since then do not verify.

    What it signed before stays valid. The file may be removed afterwards.
    """
    if not reason.strip():
        refuse("--reason must say why")
    with _certification(configuration()) as db:
        moment = making.retire(db, key_id, reason.strip(), _moment(at))
    console.print(f"{key_id} is retired from {_shown(moment)} on: {reason.strip()}")


@contextmanager
def _certification(config: Config) -> Iterator[Database]:
    """The database of certification; what goes wrong with it ends the command with one line."""
    db = Database(config.database_url_of("certification"), models.metadata)
    try:
        yield db
    except TrainingError as error:
        fail(error)
    except DBAPIError as error:
        line = str(error.orig).splitlines()[0]
        refuse(f"the database of certification cannot be used ({line}); did `training migrate` run?")
    finally:
        db.engine.dispose()


def _owner(agency: str | None, platform: bool) -> str | None:
    if (agency is None) != platform:
        refuse("give --agency CODE, or --platform")
    if agency is not None and not OWNER.fullmatch(agency):
        refuse("--agency must be a code: capital letters, digits, - and _")
    return agency


def _start(text: str | None) -> datetime:
    """The beginning of a day in Tehran, or now: nobody could have signed with the key before it was made."""
    now = datetime.now(UTC)
    day = _day(text) if text else tehran_date(now)
    if day < tehran_date(now):
        refuse("--from is over; a key cannot have signed before it was made")
    return max(datetime.combine(day, time.min, tzinfo=TEHRAN).astimezone(UTC), now).replace(microsecond=0)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"{text!r} is no day, such as 2026-12-31")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse("--at must be a moment, such as 2026-12-31T08:00:00Z")
    if moment.tzinfo is None or moment > datetime.now(UTC):
        refuse("--at must be a moment that is past, with its zone")
    return moment


def _shown(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else ""
