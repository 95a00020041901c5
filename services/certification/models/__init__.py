"""Tables of certification, and the statements its calls run."""

from services.certification.models.keys import (
    add_signing_keys,
    first_signed_at,
    put_signing_key,
    retire_signing_key,
    signing_keys,
    signing_keys_table,
)
from services.certification.models.queries import (
    add_certificates,
    agency_of_employee,
    certificate,
    certificate_by_code,
    certificates_of,
    enrollments_with_certificate,
    issued,
    kept_people,
    lock_counters,
    lock_latest,
    mark_erased,
    merge_people,
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
    "add_certificates",
    "add_signing_keys",
    "agencies",
    "agency_of_employee",
    "certificate",
    "certificate_by_code",
    "certificates",
    "certificates_of",
    "employees",
    "enrollments_with_certificate",
    "first_signed_at",
    "issued",
    "kept_people",
    "lock_counters",
    "lock_latest",
    "mark_erased",
    "merge_people",
    "metadata",
    "put_agencies",
    "put_employees",
    "put_signing_key",
    "retire_signing_key",
    "serial_counters",
    "serial_of",
    "set_certificate",
    "set_counters",
    "signing_keys",
    "signing_keys_table",
    "to_erase",
]

CONFLICTS = {
    "uq_certificates_enrollment_id": ("already_issued", "A certificate of this enrollment exists already."),
}
