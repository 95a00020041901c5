"""Erasure: who held a certificate is forgotten, and that it was issued stays provable.

What remains is serial, code, status, course, hours and days, and the SHA-256 of the text that was signed: whoever still
has the signed text can show that it is this certificate's.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.certification import models
from services.certification.domain.snapshots import PERSONAL
from services.certification.models import Person
from services.certification.signing import canonical
from shared.database import Transaction


def erase_again(tx: Transaction, people: Iterable[Person]) -> None:
    """What was issued or moved to somebody whose data was erased before: news comes in any order."""
    for person in set(people):
        if person.erased_at is not None:
            erase(tx, person.id, person.erased_at)


def erase(tx: Transaction, employee_id: UUID, at: datetime) -> int:
    """Empty what certificates say of a person; how many were touched. Again it finds nothing more to do."""
    models.mark_erased(tx, employee_id, at)
    rows = models.to_erase(tx, employee_id)
    for row in rows:
        said = json.loads(row.snapshot)
        signed = hashlib.sha256(row.snapshot.encode()).hexdigest()
        left = canonical(said | {name: None for name in PERSONAL if name in said}).decode()
        gone = {"snapshot": left, "national_code": None, "national_code_salt": None}
        models.set_certificate(tx, row.id, **gone, snapshot_hash=signed, erased_at=at)
    models.forget_words(tx, employee_id)
    return len(rows)
