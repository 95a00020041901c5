"""Documents of training records: kept when they are heard of, and given to those who may see them."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.credential import badge
from services.certification.document import RecordCopy, printed_record
from services.certification.schemas import extracts as schemas
from services.certification.schemas.certificates import Document
from services.certification.service import extracting
from services.certification.service.credentials import KNOW_THE_CODE
from services.certification.service.desk import Desk
from services.certification.service.keeping import must_have_holder
from services.certification.service.reading import VIEWERS
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query, subscribe
from shared.errors import NotFound, Unavailable
from shared.events import RecordExtractedV1
from shared.messages import Message
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

MEDIA_TYPE = "application/vc+jwt"
# Ids of extracts say when they were made. What is unknown and younger than this may still be on its way.
ON_ITS_WAY = timedelta(days=1)


class ExtractCalls(Desk):
    @subscribe(RecordExtractedV1, batch=20)
    def on_record_extracted(self, tx: Transaction, messages: list[Message[RecordExtractedV1]]) -> None:
        """Keep and sign the record as it was extracted, under a number of its own."""
        count = extracting.keep(tx, self.office, messages)
        tx.after_commit(lambda: self.log.info("training_records_kept", count=count))

    @query(schemas.GetTrainingRecordDocument, reply=Document, roles=VIEWERS)
    def get_training_record_document(
        self, tx: Transaction, caller: Caller, extract_id: UUID, language: str
    ) -> dict[str, Any]:
        """The training record that `enrollment.issue_training_record` extracted, as a PDF, base64.

        `language`: fa (Persian, Jalali days) or en. The same extract and language give the same bytes. The file is
        PDF/A-3u and tagged for readers (PDF/UA-1); a signed summary is attached, and a documents key of the agency
        seals it (PAdES). It is shown to the agency that asked for it and those above; to others it is not found.
        Unavailable `document_not_ready_yet`: the extract is not here yet, so ask again within moments; where it still
        is not after a day, NotFound `extract_not_found`. NotFound `holder_erased` once the person's data was erased.
        """
        row, said = self._seen(tx, caller, extract_id)
        content = printed_record(self._copy(tx, row, said, language))
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in {each.sha256 for each in models.record_copies_of(tx, row.id)}:
            with self.db.transaction() as writing:
                models.keep_record_copy(writing, row.id, language, sha256, writing.now)
        name = f"{row.serial}.pdf" if language == "fa" else f"{row.serial}-{language}.pdf"
        encoded = base64.b64encode(content).decode()
        return {"filename": name, "content_type": "application/pdf", "content_base64": encoded}

    @query(schemas.ExtractById, reply=schemas.TrainingRecordCredential, roles=VIEWERS)
    def get_training_record_credential(self, tx: Transaction, caller: Caller, extract_id: UUID) -> dict[str, Any]:
        """The extracted record as a ClrCredential (1EdTech Comprehensive Learner Record 2.0), signed as VC-JWT.

        In it are a badge of the record itself and the person's certificates by then that held when this was first asked
        for, each with its own proof (`eddsa-rdfc-2022`) and status; other lines are achievements. It is made once, and
        given again byte for byte. Errors as for `get_training_record_document`.
        """
        row, said = self._seen(tx, caller, extract_id)
        text = extracting.bundled(self.db, self.office, self.proofs, row, said)
        salts = badge.salts(row.national_code_salt) if KNOW_THE_CODE & set(caller.roles) else None
        return {"credential": text, "media_type": MEDIA_TYPE, "salts": salts}

    @query(schemas.ListTrainingRecordDocuments, reply=page_of(schemas.TrainingRecordDocument), roles=VIEWERS)
    def list_training_record_documents(
        self, tx: Transaction, caller: Caller, employee_id: UUID, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """The documents of a person's training record, the latest first: those that the caller's agency or one below
        it asked for. NotFound `employee_not_found` for somebody else's employee of whom there are none.
        """
        before = decode_cursor(cursor, {"extract_id": UUID})["extract_id"] if cursor else None
        employee_id = models.kept_person(tx, employee_id)
        agency_codes = None if caller.is_national else models.agency_tree.codes(tx, caller)
        rows = models.record_documents_of(tx, employee_id, agency_codes, before, limit + 1)
        if not rows and before is None:
            employer = models.agency_of_employee(tx, employee_id)
            if employer is None or not models.agency_tree.sees(tx, caller, employer):
                raise NotFound("employee_not_found", "There is no such employee.")
        more = encode_cursor({"extract_id": rows[limit - 1].id}) if len(rows) > limit else None
        return {"items": [self._listed(row) for row in rows[:limit]], "next": more}

    def _listed(self, row: Any) -> dict[str, Any]:
        names = ("serial", "agency_code", "as_of", "issued_at", "verification_code")
        url = self.office.verification_url(row.verification_code)
        own = {"extract_id": row.id, "verification_url": url, "erased": row.erased_at is not None}
        return {**own, **{name: getattr(row, name) for name in names}}

    def _seen(self, tx: Transaction, caller: Caller, extract_id: UUID) -> tuple[Any, dict[str, Any]]:
        """A record that the caller may see, after its signature was checked."""
        row = models.record_document(tx, extract_id)
        if row is None and _is_young(extract_id, tx.now):
            raise Unavailable("document_not_ready_yet", "The extract is not here yet; ask again in a moment.")
        if row is None or not models.agency_tree.sees(tx, caller, row.agency_code):
            raise NotFound("extract_not_found", "There is no such extract.")
        must_have_holder(row)
        return row, self.proofs.said(tx, row)

    def _copy(self, tx: Transaction, row: Any, said: Mapping[str, Any], language: str) -> RecordCopy:
        return RecordCopy(
            snapshot=said,
            link=self.office.verification_url(row.verification_code),
            language=language,
            credential=row.badge,
            logo=models.image(tx, said["logo"]) if said["logo"] else None,
            key=self.keyring.to_check(tx).document_signer_for(row.agency_code, row.issued_at),
        )


def _is_young(extract_id: UUID, now: datetime) -> bool:
    """Whether the id was made within the last day, by the time in it (UUIDv7)."""
    if extract_id.version != 7:
        return False
    made = datetime.fromtimestamp((extract_id.int >> 80) / 1000, UTC)
    return now - ON_ITS_WAY < made < now + timedelta(minutes=5)  # clocks of two machines differ
