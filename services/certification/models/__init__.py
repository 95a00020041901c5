"""Tables of certification, and the statements its calls run."""

from services.certification.models.queries import (
    Person,
    add_certificates,
    agency_of_employee,
    certificate,
    certificate_by_code,
    certificates_of,
    enrollments_with_certificate,
    issued,
    kept_person,
    lock_counters,
    lock_latest,
    mark_erased,
    merge_people,
    people_now,
    put_agencies,
    put_employees,
    serial_of,
    set_certificate,
    set_counters,
    to_erase,
)
from services.certification.models.tables import agencies, certificates, employees, metadata, serial_counters

__all__ = [
    "CONFLICTS",
    "Person",
    "add_certificates",
    "agencies",
    "agency_of_employee",
    "certificate",
    "certificate_by_code",
    "certificates",
    "certificates_of",
    "employees",
    "enrollments_with_certificate",
    "issued",
    "kept_person",
    "lock_counters",
    "lock_latest",
    "mark_erased",
    "merge_people",
    "metadata",
    "people_now",
    "put_agencies",
    "put_employees",
    "serial_counters",
    "serial_of",
    "set_certificate",
    "set_counters",
    "to_erase",
]

CONFLICTS = {
    "uq_certificates_enrollment_id": ("already_issued", "A certificate of this enrollment exists already."),
}
