"""Event contracts: facts in the past tense, versioned, declared once and used by sender and receiver alike."""

from shared.events.catalog import OfferingCancelledV1, OfferingOpenedV1
from shared.events.certification import CertificateIssuedV1
from shared.events.contract import REGISTRY, ContractViolation, Event, LocalizedText, decode, encode
from shared.events.enrollment import (
    AgencyRegisteredV1,
    EmployeeRegisteredV1,
    EnrollmentCompletedV1,
    EnrollmentConfirmedV1,
    EnrollmentFailedV1,
)

__all__ = [
    "REGISTRY",
    "AgencyRegisteredV1",
    "CertificateIssuedV1",
    "ContractViolation",
    "EmployeeRegisteredV1",
    "EnrollmentCompletedV1",
    "EnrollmentConfirmedV1",
    "EnrollmentFailedV1",
    "Event",
    "LocalizedText",
    "OfferingCancelledV1",
    "OfferingOpenedV1",
    "decode",
    "encode",
]
