"""What certification says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.catalog import CourseType
from shared.events.contract import Event, LocalizedText, released

CertificateKind = Literal["type1", "type2"]


class OfCertificate(Event, frozen=True, kw_only=True):
    """What every event about a certificate says: which one, whose, of which course, and where it is checked.

    Of a type-2 certificate the award stands for the enrollment, and the level for the course.
    """

    SUBJECT: ClassVar = "certificate_id"
    certificate_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    serial: str
    course_code: str
    course_title: LocalizedText
    verification_url: str


@released
class CertificateIssuedV1(OfCertificate, frozen=True, kw_only=True):
    """A signed certificate exists. `completed_at` is the moment of the completion, for end-to-end timing.

    `mail` is false where nobody is to be written to, as for records of the past. `valid_until` is the last day it
    holds. A corrected one names the certificate that it takes the place of, and why.
    """

    TYPE: ClassVar = "training.certification.issued.v1"
    kind: CertificateKind
    hours: float
    completed_on: date
    completed_at: datetime
    issued_at: datetime
    verification_code: str
    mail: bool = True
    valid_until: date | None = None
    replaces_serial: str | None = None
    reason: str | None = None


@released
class CertificateRevokedV1(OfCertificate, frozen=True, kw_only=True):
    """A certificate does not hold any more and none takes its place. `reason_title` is the kind of reason, if one is
    known; `reason` are the words of who decided."""

    TYPE: ClassVar = "training.certification.revoked.v1"
    reason: str
    revoked_on: date
    reason_title: LocalizedText | None = None
    kind: CertificateKind = "type1"


@released
class CertificateSuspendedV1(OfCertificate, frozen=True, kw_only=True):
    """A certificate does not hold for the time being. `move_id` is one for each time that this happens to it."""

    TYPE: ClassVar = "training.certification.suspended.v1"
    SUBJECT: ClassVar = "move_id"
    move_id: UUID
    reason: str
    suspended_on: date
    kind: CertificateKind = "type1"


@released
class CertificateReinstatedV1(OfCertificate, frozen=True, kw_only=True):
    """A certificate that was suspended holds again."""

    TYPE: ClassVar = "training.certification.reinstated.v1"
    SUBJECT: ClassVar = "move_id"
    move_id: UUID
    reason: str
    reinstated_on: date
    kind: CertificateKind = "type1"


@released
class CertificateExpiringV1(OfCertificate, frozen=True, kw_only=True):
    """The last day of a certificate is near and nothing outlasts it yet. `reminder_id` is one for each occasion.

    `days_left` counts from the day of the reminder to `valid_until`, the last day it holds.
    """

    TYPE: ClassVar = "training.certification.expiring.v1"
    SUBJECT: ClassVar = "reminder_id"
    reminder_id: UUID
    valid_until: date
    days_left: int


@released
class CertificateExpiredV1(OfCertificate, frozen=True, kw_only=True):
    """The last day of a certificate is over. `renewed`: another one of the same person and course goes on."""

    TYPE: ClassVar = "training.certification.expired.v1"
    valid_until: date
    renewed: bool


@released
class PastRecordTakenInV1(Event, frozen=True, kw_only=True):
    """A course that an agency's own books have as passed, before this system saw any, and its certificate.

    `record_id` is what the certificate has for an enrollment. `course_type` is one of today, `original_type` the one of
    the system of 1380 where the books have that.
    """

    TYPE: ClassVar = "training.certification.past_record_taken_in.v1"
    SUBJECT: ClassVar = "record_id"
    record_id: UUID
    reference: str
    certificate_id: UUID
    serial: str
    employee_id: UUID
    agency_code: str
    course_code: str
    course_title: LocalizedText
    course_type: CourseType
    original_type: str | None
    delivery_mode: str
    provider_code: str
    provider_name: LocalizedText
    original_serial: str | None
    original_date: date | None
    hours: float
    score: float | None
    starts_on: date
    ends_on: date
    taken_in_at: datetime
    issued_at: datetime
