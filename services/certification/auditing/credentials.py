"""The credentials made at issue and kept: each is signed, and speaks of the certificate it is kept with."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification import models
from services.certification.auditing.findings import Report
from services.certification.credential import tokens
from shared.database import Transaction
from shared.errors import Invalid

PAGE = 500
JWT = "jwt"
CREDENTIALS = sa.table(
    "credentials", sa.column("certificate_id", sa.Uuid), sa.column("form", sa.String), sa.column("content", sa.Text)
)


class Credentials:
    """Walks the kept VC-JWTs once."""

    def __init__(self, tx: Transaction, keys: Mapping[str, Ed25519PublicKey], report: Report) -> None:
        self._tx, self._keys, self._report = tx, keys, report

    def walk(self, since: datetime | None, step: Callable[[int], None]) -> None:
        after = None
        while rows := self._page(since, after):
            for row in rows:
                if problem := self._problem(row):
                    self._report.add("credential_altered", row.serial, problem)
            self._report.counts["credentials"] += len(rows)
            after = rows[-1].id
            step(len(rows))

    def _page(self, since: datetime | None, after: Any) -> list[Any]:
        own = models.certificates.c
        statement = _kept(since).add_columns(own.id, own.serial, own.snapshot, CREDENTIALS.c.content)
        if after is not None:
            statement = statement.where(own.id > after)
        return list(self._tx.execute(statement.order_by(own.id).limit(PAGE)))

    def _problem(self, row: Any) -> str | None:
        try:
            claims = tokens.verify(row.content, self._keys, may_be_over=True)
        except Invalid as error:
            return f"Its credential does not hold: {error.message}"
        names = [each["identityHash"] for each in claims["credentialSubject"]["identifier"]]
        said = (claims["jti"], claims["credentialSubject"]["licenseNumber"])
        holder = json.loads(row.snapshot)["holder_name"]
        if said != (f"urn:uuid:{row.id}", row.serial) or (holder is not None and holder not in names):
            return "Its credential speaks of another certificate or holder."
        return None


def count(tx: Transaction, since: datetime | None) -> int:
    return tx.scalar(_kept(since).add_columns(sa.func.count())) or 0


def _kept(since: datetime | None) -> Any:
    own = models.certificates.c
    kept = CREDENTIALS.join(models.certificates, CREDENTIALS.c.certificate_id == own.id)
    statement = sa.select().select_from(kept).where(CREDENTIALS.c.form == JWT)
    return statement if since is None else statement.where(own.issued_at >= since)
