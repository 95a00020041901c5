"""Documents of training records: signed when enrollment says what a record holds, and bundled when somebody asks."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from services.certification import models
from services.certification.credential import record, tokens
from services.certification.domain import codes, extracts, log, snapshots
from services.certification.domain.log import moment as iso
from services.certification.service import erasing, transparency
from services.certification.service.designing import Designs
from services.certification.service.keeping import kept, must_have_holder
from services.certification.service.minting import Office
from services.certification.service.proving import Proofs
from services.certification.signing import Keys, canonical
from shared import green
from shared.database import Database, Transaction
from shared.errors import Conflict
from shared.events import RecordExtractedV1
from shared.messages import Message
from shared.persian import jalali_year, tehran_date

CHUNK = 20  # credentials of certificates made in one transaction, a fifth of a second


def keep(tx: Transaction, office: Office, messages: Sequence[Message[RecordExtractedV1]]) -> int:
    """Number, sign and store the records that are not known yet; how many they are. A few statements for all of them.

    They have counters of their own, so nothing waits for them that issues certificates.
    """
    events = {message.event.extract_id: message.event for message in messages}
    for known in models.known_record_documents(tx, events):
        del events[known]
    if not events:
        return 0
    year = jalali_year(tehran_date(tx.now))
    numbers = models.take_record_numbers(tx, Counter(event.agency_code for event in events.values()), year)
    people = models.people_now(tx, {event.employee_id for event in events.values()})
    desk = _Desk(
        office,
        office.keyring.to_sign(tx),
        Designs(tx, {event.agency_code for event in events.values()}, tehran_date(tx.now)),
    )
    rows = []
    for extract_id in sorted(events):
        event = events[extract_id]
        numbers[event.agency_code] += 1
        serial = extracts.serial(event.agency_code, year, numbers[event.agency_code])
        rows.append({**_row(tx, desk, event, serial), "employee_id": people[event.employee_id].id})
    models.add_record_documents(tx, rows)
    transparency.append(tx, office, [log.recorded(row["id"], row["serial"], tx.now, row["snapshot"]) for row in rows])
    erasing.erase_again(tx, people.values(), office)
    return len(rows)


class _Desk(NamedTuple):
    office: Office
    keys: Keys
    designs: Designs


def _row(tx: Transaction, desk: _Desk, event: RecordExtractedV1, serial: str) -> dict[str, Any]:
    random = os.urandom(2 * codes.CODE_BYTES)
    code, salt = codes.verification_code(random[: codes.CODE_BYTES]), random[codes.CODE_BYTES :].hex()
    signer = desk.keys.signer_for(event.agency_code, tx.now)
    said = extracts.snapshot(
        msgspec.to_builtins(event),
        serial=serial,
        verification_code=code,
        national_code_hash=snapshots.hashed_national_code(salt, event.national_code),
        issued_at=iso(tx.now),
        key_id=signer.key_id,
        logo=desk.designs.look(event.agency_code)["logo"],
    )
    snapshot, public_url = canonical(said), desk.office.public_url
    return {
        "id": event.extract_id,
        "agency_code": event.agency_code,
        "serial": serial,
        "verification_code": code,
        "snapshot": snapshot.decode(),
        "signature": signer.sign(snapshot),
        "key_id": signer.key_id,
        "issued_at": tx.now,
        "as_of": event.as_of,
        "national_code_salt": salt,
        "badge": tokens.signed(record.record_badge(said, public_url, salt), signer, public_url),
    }


def bundled(db: Database, office: Office, proofs: Proofs, row: Any, said: Mapping[str, Any]) -> str:
    """The ClrCredential of a record: made when it is first asked for, and given again byte for byte.

    In it are the certificates that the person had by then and that hold today. Their credentials with a proof are made
    some at a time, so that a long career keeps nobody waiting.
    """
    if row.bundle is not None:
        return str(row.bundle)
    held = _held(db, proofs, row)
    texts = []
    for start in range(0, len(held), CHUNK):
        with db.transaction() as tx:
            texts += [kept(tx, office, each, text, "ldp") for each, text in held[start : start + CHUNK]]
        green.pause()
    with db.transaction() as tx:
        locked: Any = models.record_document(tx, row.id, lock=True)
        must_have_holder(locked)
        if locked.bundle is not None:
            return str(locked.bundle)
        made = _bundle(tx, office, row, said, texts, [each.serial for each, _text in held])
        models.set_record_document(tx, row.id, bundle=made)
    return made


def _held(db: Database, proofs: Proofs, row: Any) -> list[tuple[Any, dict[str, Any]]]:
    """The person's certificates with what they say; one whose signature does not count is left out, and logged."""
    found = []
    with db.reading() as tx:
        for each in models.valid_certificates(tx, row.employee_id, row.as_of):
            with suppress(Conflict):
                found.append((each, proofs.said(tx, each)))
    return found


def _bundle(
    tx: Transaction,
    office: Office,
    row: Any,
    said: Mapping[str, Any],
    texts: Sequence[str],
    serials: Sequence[str],
) -> str:
    signer, salt = office.keyring.to_sign(tx).signer_for(row.agency_code, tx.now), row.national_code_salt
    own = record.secured_badge(said, office.public_url, salt, signer, f"{tx.now:%Y-%m-%dT%H:%M:%SZ}")
    credentials = [own, *map(msgspec.json.decode, texts)]
    document = record.bundle(said, office.public_url, salt, credentials, serials)
    return tokens.signed(document, signer, office.public_url, signed_at=tx.now)
