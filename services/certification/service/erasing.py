"""Erasure: who held a certificate is forgotten, and that it was issued stays provable.

What remains is serial, code, status, course, hours and days, and the SHA-256 of the text that was signed: whoever still
has the signed text can show that it is this certificate's. Of a training record its sums remain, and no line.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.certification import models
from services.certification.domain import extracts, log
from services.certification.domain.snapshots import without_holder
from services.certification.models import Person
from services.certification.service import transparency
from services.certification.signing import canonical
from shared.database import Transaction

if TYPE_CHECKING:
    from services.certification.service.minting import Office


def erase_again(tx: Transaction, people: Iterable[Person], office: "Office") -> None:
    """What was issued or moved to somebody whose data was erased before: news comes in any order."""
    for person in set(people):
        if person.erased_at is not None:
            erase(tx, person.id, person.erased_at, office)


def erase(tx: Transaction, employee_id: UUID, at: datetime, office: "Office") -> int:
    """Empty what certificates and records say of a person; how many certificates were touched. Again it finds nothing
    more to do."""
    models.mark_erased(tx, employee_id, at)
    models.drop_held_of(tx, employee_id, at, "certification", "The person's data was erased.")
    rows = models.to_erase(tx, employee_id)
    for row in rows:
        said = json.loads(row.snapshot)
        signed = log.snapshot_hash(row.snapshot)
        left = canonical(without_holder(said)).decode()
        gone = {"snapshot": left, "national_code": None, "national_code_salt": None, "essentials": None}
        models.set_certificate(tx, row.id, **gone, snapshot_hash=signed, erased_at=at)
        transparency.append(tx, office, [log.erased(row.id, row.serial, at, left)])
    models.forget_credentials(tx, [row.id for row in rows])
    models.forget_words(tx, employee_id)
    _erase_records(tx, employee_id, at, office)
    return len(rows)


def _erase_records(tx: Transaction, employee_id: UUID, at: datetime, office: "Office") -> None:
    """Empty the documents of a person's training record: their lines would name the person again."""
    for row in models.record_documents_to_erase(tx, employee_id):
        signed, left = log.snapshot_hash(row.snapshot), canonical(extracts.erased(json.loads(row.snapshot))).decode()
        gone = {"snapshot": left, "national_code_salt": None, "badge": None, "bundle": None}
        models.set_record_document(tx, row.id, **gone, snapshot_hash=signed, erased_at=at)
        transparency.append(tx, office, [log.erased(row.id, row.serial, at, left)])
