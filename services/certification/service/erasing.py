"""Erasure: who held a certificate is forgotten, and that it was issued stays provable.

What remains is serial, code, status, course, hours and days, and the SHA-256 of the text that was signed: whoever still
has the signed text can show that it is this certificate's.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.certification import models
from services.certification.domain import log
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
    """Empty what certificates say of a person; how many were touched. Again it finds nothing more to do."""
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
    return len(rows)
