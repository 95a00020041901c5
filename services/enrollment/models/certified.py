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
    """Lines that stand though the certificate of what they say was revoked: entries, with `revoked_reason` and
    `revoked_on`.

    A line that was entered anew after the certificate was issued says something else, which has a certificate of its
    own. Records of the past are entered after their certificates are issued, and never anew.
    """
    own, entry = line_certificates.c, training_entries.c
    about = sa.or_(entry.recorded_at <= own.issued_at, entry.source == "past")
    statement = (
        standing_entries()
        .join(line_certificates, own.line_id == entry.line_id)
        .where(own.certificate_id.in_(certificate_ids), own.revoked_on.is_not(None), about)
        .add_columns(own.reason.label("revoked_reason"), own.revoked_on)
    )
    return tx.execute(statement).all()
