"""Event contracts: facts in the past tense, versioned, declared once and used by sender and receiver alike."""

from shared.events.catalog import (
    CourseGroupChangedV1,
    CoursePublishedV1,
    CourseRetiredV1,
    CourseReviewedV1,
    LegalReferenceChangedV1,
    OfferingCancelledV1,
    OfferingChangedV1,
    OfferingOpenedV1,
    ProgrammePublishedV1,
    ProgrammeRetiredV1,
)
from shared.events.certification import CertificateIssuedV1
from shared.events.contract import REGISTRY, ContractViolation, Event, LocalizedText, decode, encode
from shared.events.enrollment import (
    AgencyRegisteredV1,
    EmployeeRegisteredV1,
    EnrollmentCancelledV1,
    EnrollmentCompletedV1,
    EnrollmentConfirmedV1,
    EnrollmentFailedV1,
    FormDueV1,
    OfferingDecidedV1,
    ProgrammeCompletedV1,
    ScheduleChangedV1,
)

__all__ = [
    "REGISTRY",
    "AgencyRegisteredV1",
    "CertificateIssuedV1",
    "ContractViolation",
    "CourseGroupChangedV1",
    "CoursePublishedV1",
    "CourseRetiredV1",
    "CourseReviewedV1",
    "EmployeeRegisteredV1",
    "EnrollmentCancelledV1",
    "EnrollmentCompletedV1",
    "EnrollmentConfirmedV1",
    "EnrollmentFailedV1",
    "Event",
    "FormDueV1",
    "LegalReferenceChangedV1",
    "LocalizedText",
    "OfferingCancelledV1",
    "OfferingChangedV1",
    "OfferingDecidedV1",
    "OfferingOpenedV1",
    "ProgrammeCompletedV1",
    "ProgrammePublishedV1",
    "ProgrammeRetiredV1",
    "ScheduleChangedV1",
    "decode",
    "encode",
]
