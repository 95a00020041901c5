"""What certification said of certificates, kept for the lines of the training record."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.record import line_certificates, standing_entries, training_entries
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.persian import tehran_date


def add_certificates(tx: Transaction, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Remember certificates that were issued; the ids of those whose end was heard of before."""
    ordered = sorted(rows, key=lambda row: row["certificate_id"])
    added = set(insert_rows(tx, line_certificates, ordered, returning="certificate_id", skip_known=True))
    known = {row["certificate_id"]: row for row in ordered if row["certificate_id"] not in added}
    own = line_certificates.c
    # Of some only the end was heard, without these; others are known by the record of the past that they are of.
    for row in tx.execute(sa.select(line_certificates).where(own.certificate_id.in_(known))) if known else ():
        said = {name: known[row.certificate_id][name] for name in ("issued_at", "replaces_serial")}
        if (row.issued_at, row.replaces_serial) != (said["issued_at"], said["replaces_serial"]):
            tx.execute(sa.update(line_certificates).where(own.certificate_id == row.certificate_id).values(said))
    return set(known)


def end_certificates(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Remember that certificates do not hold any more; one that was not heard of is known from now on."""
    ordered = sorted(rows, key=lambda row: row["certificate_id"])
    added = set(insert_rows(tx, line_certificates, ordered, returning="certificate_id", skip_known=True))
    own = line_certificates.c
    for row in ordered:
        if row["certificate_id"] not in added:
            ended = {"revoked_on": row["revoked_on"], "reason": row["reason"]}
            one = sa.update(line_certificates).where(own.certificate_id == row["certificate_id"])
            tx.execute(one.where(own.revoked_on.is_(None)).values(ended))


def certificates_for(tx: Transaction, line_ids: Collection[UUID], as_of: datetime) -> dict[UUID, Any]:
    """The certificate that held at a moment, by line."""
    own = line_certificates.c
    statement = sa.select(line_certificates).where(own.line_id.in_(line_ids), own.issued_at <= as_of)
    found = {row.line_id: row for row in tx.execute(statement.order_by(own.issued_at, own.certificate_id))}
    day: date = tehran_date(as_of)
    return {line_id: row for line_id, row in found.items() if row.revoked_on is None or row.revoked_on > day}


def lines_without_proof(tx: Transaction, certificate_ids: Collection[UUID]) -> Sequence[Any]:
    """Lines that stand though one of these certificates of theirs was revoked: entries, with the certificate's
    `issued_at`, `revoked_reason` and `revoked_on`."""
    own, entry = line_certificates.c, training_entries.c
    statement = (
        standing_entries()
        .join(line_certificates, own.line_id == entry.line_id)
        .where(own.certificate_id.in_(certificate_ids), own.revoked_on.is_not(None))
        .add_columns(own.issued_at, own.reason.label("revoked_reason"), own.revoked_on)
    )
    return tx.execute(statement).all()


def said_last(tx: Transaction, line_ids: Collection[UUID], but_for: Collection[str]) -> dict[UUID, Any]:
    """By line the entry that said last what it says now; one for any of the reasons `but_for` repeats it."""
    own = training_entries.c
    says = sa.or_(own.reason.is_(None), own.reason.not_in(but_for))
    statement = sa.select(own.line_id, own.id, own.recorded_at).where(own.line_id.in_(line_ids), own.reverses.is_(None))
    return {row.line_id: row for row in tx.execute(statement.where(says).order_by(own.recorded_at, own.id))}
