"""The certification service: issues certificates for completions and answers for them ever after."""

import base64
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Request, Response

from services.certification import correcting, domain, erasing, issuing, models, pages, rendering, schemas
from services.certification.credential import JWKS_PATH, credential
from services.certification.signing import FileSigner, is_signed, jwks, signer_of
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import http, query, subscribe
from shared.entrypoints.http import json_response, problem
from shared.errors import Conflict, NotFound, Unavailable
from shared.events import (
    AgencyChangedV1,
    AgencyRegisteredV1,
    EmployeeChangedV1,
    EmployeeErasedV1,
    EmployeeRegisteredV1,
    EmployeesMergedV1,
    EnrollmentCompletedV1,
    ResultCorrectedV1,
)
from shared.messages import Message
from shared.paging import decode_cursor, encode_cursor
from shared.persian import digits_ascii
from shared.schemas import page_of
from shared.service import BaseService

VIEWERS = ("agency_system", "training_officer", "auditor", "certification_officer", "national")
_KNOWN = ("certificate_not_found", "There is no such certificate.")


class CertificationService(BaseService):
    """Certificates: issued by events, read by agencies, verified by anybody."""

    name = "certification"
    metadata = models.metadata
    conflicts = models.CONFLICTS

    @property
    def signer(self) -> FileSigner:
        return signer_of(self.config.keys_dir)

    @subscribe(EnrollmentCompletedV1, batch=200)
    def on_enrollment_completed(self, tx: Transaction, messages: list[Message[EnrollmentCompletedV1]]) -> None:
        """Issue a certificate for each completion that has none."""
        count = issuing.issue(tx, messages, self.signer, self.config.public_url)
        tx.after_commit(lambda: self.log.info("certificates_issued", count=count))

    @subscribe(ResultCorrectedV1, batch=50)
    def on_result_corrected(self, tx: Transaction, messages: list[Message[ResultCorrectedV1]]) -> None:
        """Replace or revoke the certificates of corrected results."""
        for message in sorted(messages, key=lambda each: (each.event.agency_code, each.event.corrected_at)):
            correcting.correct(tx, message, self.signer, self.config.public_url)

    @subscribe(EmployeeChangedV1, batch=200)
    def on_employee_changed(self, tx: Transaction, messages: list[Message[EmployeeChangedV1]]) -> None:
        """Somebody's agency may be another one now, and that one may see all of their certificates."""
        models.put_employees(tx, _employees(messages))

    @subscribe(EmployeeRegisteredV1, batch=200)
    def on_employee_registered(self, tx: Transaction, messages: list[Message[EmployeeRegisteredV1]]) -> None:
        """Remember whose employee it is; of several events about a person the latest holds."""
        models.put_employees(tx, _employees(messages))

    @subscribe(EmployeesMergedV1, batch=50)
    def on_employees_merged(self, tx: Transaction, messages: list[Message[EmployeesMergedV1]]) -> None:
        """The certificates of a duplicate are the kept person's from now on, whoever that is by now."""
        for message in sorted(messages, key=lambda each: each.event.merged_at):
            event = message.event
            kept = models.people_now(tx, [event.employee_id])[event.employee_id]
            models.merge_people(tx, event.duplicate_id, kept.id, event.agency_code, event.merged_at)
            erasing.erase_again(tx, [kept])

    @subscribe(EmployeeErasedV1, batch=50)
    def on_employee_erased(self, tx: Transaction, messages: list[Message[EmployeeErasedV1]]) -> None:
        """Forget who held certificates, and keep the proof that they were issued."""
        for message in sorted(messages, key=lambda each: each.event.employee_id):
            erasing.erase(tx, message.event.employee_id, message.event.erased_at)

    @subscribe(AgencyChangedV1, batch=200)
    def on_agency_changed(self, tx: Transaction, messages: list[Message[AgencyChangedV1]]) -> None:
        """Certificates that exist keep the name they were issued under."""
        models.put_agencies(tx, _agencies(messages))

    @subscribe(AgencyRegisteredV1, batch=200)
    def on_agency_registered(self, tx: Transaction, messages: list[Message[AgencyRegisteredV1]]) -> None:
        """Remember the agency; of several events about it the latest holds, in whatever order they come."""
        models.put_agencies(tx, _agencies(messages))

    @query(schemas.ListCertificates, reply=page_of(schemas.Certificate), roles=VIEWERS)
    def list_certificates(
        self, tx: Transaction, caller: Caller, employee_id: UUID, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """An employee's certificates, oldest first: all of them to the present agency, to a former one its own.

        Other agencies' certificates and employees are not found.
        """
        after = decode_cursor(cursor, {"certificate_id": UUID})["certificate_id"] if cursor else None
        employee_id = models.kept_person(tx, employee_id)
        employer = models.agency_of_employee(tx, employee_id)
        sees_all = employer is not None and caller.sees(employer)
        agency_code = None if sees_all or caller.is_national else caller.agency
        rows = models.certificates_of(tx, employee_id, agency_code, after, limit + 1)
        if not rows and after is None and not sees_all:
            raise NotFound("employee_not_found", "There is no such employee.")
        more = encode_cursor({"certificate_id": rows[limit - 1].id}) if len(rows) > limit else None
        return {"items": [self._item(row, json.loads(row.snapshot)) for row in rows[:limit]], "next": more}

    @query(schemas.CertificateById, reply=schemas.FullCertificate, roles=VIEWERS)
    def get_certificate(self, tx: Transaction, caller: Caller, certificate_id: UUID) -> dict[str, Any]:
        """One certificate with all that it says, after its signature was checked."""
        row, said = self._seen(tx, caller, certificate_id)
        days = {name: date.fromisoformat(said[name]) for name in ("starts_on", "ends_on")}
        return {**said, **self._item(row, said), **days, "score": float(said["score"])}

    @query(schemas.CertificateById, reply=schemas.Document, roles=VIEWERS)
    def get_document(self, tx: Transaction, caller: Caller, certificate_id: UUID) -> dict[str, Any]:
        """The certificate as a PDF page in Persian, base64. The same certificate gives the same bytes."""
        row, said = _with_holder(*self._seen(tx, caller, certificate_id))
        data = rendering.certificate(said, self._url(row))
        content = base64.b64encode(data).decode()
        return {"filename": f"{row.serial}.pdf", "content_type": "application/pdf", "content_base64": content}

    @query(schemas.CertificateById, reply=schemas.Credential, roles=VIEWERS)
    def get_credential(self, tx: Transaction, caller: Caller, certificate_id: UUID) -> dict[str, Any]:
        """The certificate as an Open Badges 3.0 credential (VC-JWT) that a wallet can keep and anybody can check."""
        _, said = _with_holder(*self._seen(tx, caller, certificate_id))
        return {"credential": credential(said, self.signer, self.config.public_url)}

    @query(schemas.Verify, reply=schemas.Verification, public=True)
    def verify(self, tx: Transaction, caller: Caller, code: str) -> dict[str, Any]:
        """What the certificate with this verification code says and whether it holds now. Needs no token."""
        return self._verification(tx, *self._by_code(tx, code))

    @query(schemas.ListIssued, reply=page_of(schemas.Issued), roles=("operator", "national", "auditor"))
    def list_issued(
        self, tx: Transaction, caller: Caller, since: datetime | None, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """Which enrollment was certified when, in the order of issue. An auditor sees the own agency only."""
        key = decode_cursor(cursor, {"at": _moment, "id": UUID}) if cursor else None
        everything = caller.is_national or "operator" in caller.roles
        after = (key["at"], key["id"]) if key else None
        rows = models.issued(tx, since, None if everything else caller.agency, after, limit + 1)
        items = [row._asdict() for row in rows[:limit]]
        last = items[-1] if len(rows) > limit else None
        more = encode_cursor({"at": last["issued_at"].isoformat(), "id": last["certificate_id"]}) if last else None
        return {"items": items, "next": more}

    @http("GET", "/verify/<code>")
    def verification_page(self, request: Request, code: str) -> Response:
        """The public page of a certificate, or its JSON."""
        as_json = pages.wants_json(request)
        try:
            with self.db.reading() as tx:
                row, said = self._by_code(tx, code)
                found = self._verification(tx, row, said)
        except (NotFound, Conflict) as error:
            return pages.protected(problem(error)) if as_json else pages.refused(error)
        if as_json:
            return pages.protected(json_response(schemas.Verification().dump(found)))
        return pages.verified(found, row.verification_code)

    @http("GET", "/verify/<code>/certificate.pdf")
    def certificate_page(self, request: Request, code: str) -> Response:
        """The certificate itself, for whoever has its code."""
        try:
            with self.db.reading() as tx:
                row, said = _with_holder(*self._by_code(tx, code))
        except (NotFound, Conflict) as error:
            return pages.protected(problem(error)) if pages.wants_json(request) else pages.refused(error)
        return pages.pdf(rendering.certificate(said, self._url(row)), f"{row.serial}.pdf")

    @http("GET", JWKS_PATH)
    def key_set(self, request: Request) -> Response:
        """The public keys that certificates and credentials are checked with."""
        self.signer.reload()
        response = json_response(jwks(self.signer.public_keys()), content_type="application/jwk-set+json")
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["Access-Control-Allow-Origin"] = "*"  # keys are for everybody, in browsers too
        return response

    def _by_code(self, tx: Transaction, text: str) -> tuple[Any, dict[str, Any]]:
        """The certificate with a code as it was typed, and what it says; all wrong codes look alike."""
        code = domain.read_code(digits_ascii(text))
        row = models.certificate_by_code(tx, code) if code else None
        if row is None:
            raise NotFound(*_KNOWN)
        return row, self._proven(row)

    def _seen(self, tx: Transaction, caller: Caller, certificate_id: UUID) -> tuple[Any, dict[str, Any]]:
        row = models.certificate(tx, certificate_id)
        if row is None:
            raise NotFound(*_KNOWN)
        if not caller.sees(row.agency_code):
            caller.must_see(models.agency_of_employee(tx, row.employee_id) or "", *_KNOWN)
        return row, self._proven(row)

    def _proven(self, row: Any) -> dict[str, Any]:
        """The snapshot of a row whose signature fits and which is about this row and no other.

        Of an erased holder's certificate the signed text is not kept, so only what it is about is compared.
        """
        if row.key_id not in self.signer.public_keys():
            self.signer.reload()
        key = self.signer.public_keys().get(row.key_id)
        if key is None:
            self.log.error("signing_key_missing", key_id=row.key_id)
            raise Unavailable("signing_key_missing", "The key that this certificate was signed with is not at hand.")
        said: dict[str, Any] = json.loads(row.snapshot)
        about = (said["certificate_id"], said["serial"], said["verification_code"])
        signed = row.erased_at is not None or is_signed(key, row.signature, row.snapshot.encode())
        if not signed or about != (str(row.id), row.serial, row.verification_code):
            self.log.error("certificate_damaged", certificate_id=str(row.id))
            raise Conflict("certificate_damaged", "What is stored does not match its signature; do not rely on it.")
        return said

    def _verification(self, tx: Transaction, row: Any, said: dict[str, Any]) -> dict[str, Any]:
        more = {"revoked_on": row.revoked_on, "reason": row.reason, "erased_at": row.erased_at}
        if row.superseded_by is not None:
            more["superseded_by"] = models.serial_of(tx, row.superseded_by)
        kept = ("status", "serial", "holder_name", "course_title", "hours", "completed_on", "issued_at", "issuer")
        whole = {**said, **self._item(row, said)}
        shown = {name: whole[name] for name in kept}
        return shown | {name: value for name, value in more.items() if value is not None}

    def _item(self, row: Any, said: dict[str, Any]) -> dict[str, Any]:
        names = ("serial", "kind", "course_code", "course_version", "course_title", "verification_code")
        return {
            **{name: said[name] for name in names},
            "certificate_id": row.id,
            "status": row.status,
            "hours": float(said["hours"]),
            "completed_on": date.fromisoformat(said["completed_on"]),
            "issued_at": row.issued_at,
            "verification_url": self._url(row),
        }

    def _url(self, row: Any) -> str:
        return issuing.verification_url(self.config.public_url, row.verification_code)


def _employees(messages: Iterable[Message[Any]]) -> list[dict[str, Any]]:
    """The latest that was said of each person, in the order of their ids."""
    latest = {message.event.employee_id: message for message in sorted(messages, key=lambda message: message.time)}
    return [{"id": i, "agency_code": m.event.agency_code, "heard_at": m.time} for i, m in sorted(latest.items())]


def _agencies(messages: Iterable[Message[Any]]) -> list[dict[str, Any]]:
    latest = {message.event.code: message for message in sorted(messages, key=lambda message: message.time)}
    return [{"code": code, "name": m.event.name.as_dict(), "heard_at": m.time} for code, m in sorted(latest.items())]


def _with_holder(row: Any, said: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """NotFound `holder_erased` for a certificate whose holder's data was erased: there is nothing to put on a page."""
    if row.erased_at is not None:
        raise NotFound("holder_erased", "The holder's data was erased; the certificate can only be verified.")
    return row, said


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment
