"""What agencies ask about certificates, and the one question that anybody may ask."""

import base64
import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.document import printed
from services.certification.domain.designs import readable
from services.certification.domain.snapshots import last_day
from services.certification.domain.states import status_on
from services.certification.schemas import certificates as schemas
from services.certification.schemas.extracts import AnyVerification
from services.certification.service.desk import Desk, with_holder
from services.certification.service.documents import copy_of, filename
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of

VIEWERS = ("agency_system", "training_officer", "auditor", "certification_officer", "national")


class CertificateQueries(Desk):
    @query(schemas.ListCertificates, reply=page_of(schemas.Certificate), roles=VIEWERS)
    def list_certificates(
        self, tx: Transaction, caller: Caller, employee_id: UUID, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """An employee's certificates, oldest first: all of them to the present agency, to a former one its own.

        `also_covers` are later completions of the course for which no second certificate was issued. An agency sees
        what those below it see. Other agencies' certificates and employees are not found.
        """
        after = decode_cursor(cursor, {"certificate_id": UUID})["certificate_id"] if cursor else None
        employee_id = models.kept_person(tx, employee_id)
        employer = models.agency_of_employee(tx, employee_id)
        sees_all = employer is not None and models.agency_tree.sees(tx, caller, employer)
        agency_codes = None if sees_all or caller.is_national else models.agency_tree.codes(tx, caller)
        rows = models.certificates_of(tx, employee_id, agency_codes, after, limit + 1)
        if not rows and after is None and not sees_all:
            raise NotFound("employee_not_found", "There is no such employee.")
        more = encode_cursor({"certificate_id": rows[limit - 1].id}) if len(rows) > limit else None
        covered = models.covered(tx, [row.id for row in rows])
        items = [
            self.item(row, json.loads(row.snapshot))
            | {"also_covers": [each._mapping for each in covered.get(row.id, ())]}
            for row in rows[:limit]
        ]
        return {"items": items, "next": more}

    @query(schemas.CertificateById, reply=schemas.FullCertificate, roles=VIEWERS)
    def get_certificate(self, tx: Transaction, caller: Caller, certificate_id: UUID) -> dict[str, Any]:
        """One certificate with all that it says, after its signature was checked.

        It is shown to the agency that issued it, to the one where its holder works, and to those above them; to others
        it is NotFound `certificate_not_found`, in this call and in those for its document and credential.
        """
        row, said = self.seen(tx, caller, certificate_id)
        days = {name: date.fromisoformat(said[name]) for name in ("starts_on", "ends_on")}
        score = None if said["score"] is None else float(said["score"])
        known = {name: said.get(name) for name in ("basis", "award")}
        return {**said, **self.item(row, said), **days, "score": score, **known}

    @query(schemas.GetDocument, reply=schemas.Document, roles=VIEWERS)
    def get_document(
        self, tx: Transaction, caller: Caller, certificate_id: UUID, variant: str | None
    ) -> dict[str, Any]:
        """The certificate as a PDF page, base64. The same certificate and variant give the same bytes.

        `variant`: fa (Persian, Jalali days), en (English, Gregorian days), or both on one page; without it the one
        that the issuer's profile named, else fa. The file is PDF/A-3u and tagged for readers (PDF/UA-1), and the
        signed credential is attached. NotFound `holder_erased` once the holder's data was erased.
        """
        row, said = with_holder(*self.seen(tx, caller, certificate_id))
        return self._file(tx, row, said, variant)

    @query(schemas.GetPublicDocument, reply=schemas.PublicDocument, public=True)
    def get_public_document(
        self, tx: Transaction, caller: Caller, code: str, variant: str | None, language: str | None
    ) -> dict[str, Any]:
        """The certificate with this verification code as a PDF page, base64, and its status today. Needs no token.

        It is the file of `GET /verify/<code>/certificate.pdf`, of one that does not hold any more too. Without a
        `variant`, a reader's `language` gives the one that was designed where that has it (fa and both have Persian,
        en and both have English), else the one in it. NotFound `certificate_not_found` for any wrong code, and
        `holder_erased` once the holder's data was erased.
        """
        row, said = with_holder(*self.by_code(tx, code))
        shown = variant or readable((said.get("design") or {}).get("variant"), language)
        return self._file(tx, row, said, shown) | {
            "status": status_on(row.status, last_day(said), tehran_date(tx.now)),
        }

    @query(schemas.Verify, reply=AnyVerification, public=True)
    def verify(self, tx: Transaction, caller: Caller, code: str) -> dict[str, Any]:
        """What the certificate with this verification code says and whether it holds now. Needs no token.

        For the code of a training record's document it says who gave it to whom, how much it was then, and the SHA-256
        of the files made of it.
        """
        return self.verification(tx, code)

    @query(schemas.ListIssued, reply=page_of(schemas.Issued), roles=("operator", "national", "auditor"))
    def list_issued(
        self, tx: Transaction, caller: Caller, since: datetime | None, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """Which enrollment was certified when, in the order of issue; for auditors, by their agency or one below it.

        `is_covered`: no certificate of its own was issued, because the holder had this one already.
        """
        key = decode_cursor(cursor, {"at": moment_of, "id": UUID}) if cursor else None
        everything = caller.is_national or "operator" in caller.roles
        after = (key["at"], key["id"]) if key else None
        agency_codes = None if everything else models.agency_tree.codes(tx, caller)
        rows = models.issued(tx, since, agency_codes, after, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        more = encode_cursor({"at": last.issued_at.isoformat(), "id": last.position}) if last else None
        return {"items": [row._asdict() for row in rows[:limit]], "next": more}

    def _file(self, tx: Transaction, row: Any, said: dict[str, Any], variant: str | None) -> dict[str, Any]:
        content = base64.b64encode(printed(copy_of(tx, self.db, self.office, row, said, variant))).decode()
        return {"filename": filename(row, variant), "content_type": "application/pdf", "content_base64": content}


def moment_of(text: str) -> datetime:
    """A moment in a cursor."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment
