"""What certification says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.contract import Event, LocalizedText, released


@released
class CertificateIssuedV1(Event, frozen=True, kw_only=True):
    """A signed certificate exists. `completed_at` is the moment of the completion, for end-to-end timing.

    `mail` is false where nobody is to be written to, as for records of the past. `valid_until` is the last day it
    holds. A corrected one names the certificate that it takes the place of, and why.
    """

    TYPE: ClassVar = "training.certification.issued.v1"
    SUBJECT: ClassVar = "certificate_id"
    certificate_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    kind: Literal["type1", "type2"]
    serial: str
    course_code: str
    course_title: LocalizedText
    hours: float
    completed_on: date
    completed_at: datetime
    issued_at: datetime
    verification_code: str
    verification_url: str
    mail: bool = True
    valid_until: date | None = None
    replaces_serial: str | None = None
    reason: str | None = None


@released
class CertificateRevokedV1(Event, frozen=True, kw_only=True):
    """A certificate does not hold any more and none takes its place."""

    TYPE: ClassVar = "training.certification.revoked.v1"
    SUBJECT: ClassVar = "certificate_id"
    certificate_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    serial: str
    course_code: str
    course_title: LocalizedText
    reason: str
    revoked_on: date
    verification_url: str
