"""The main tables. A certificate's row never changes but for its status.

An enrollment has one certificate in force at most; corrected ones take the place of others, which stay.
"""

import sqlalchemy as sa

from shared.columns import JSON, UTCDateTime, new_metadata
from shared.tree import Tree

metadata = new_metadata()


def _unique_in_force(name: str, *columns: str) -> sa.Index:
    where = sa.text("status IN ('valid', 'suspended')")
    return sa.Index(name, *columns, unique=True, postgresql_where=where, sqlite_where=where)


# What enrollment said; an event that was overtaken by a later one changes nothing.
agencies = sa.Table(
    "agencies",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("name", JSON, nullable=False),
    sa.Column("heard_at", UTCDateTime, nullable=False),
    sa.Column("parent_code", sa.String(20)),
    sa.Index("ix_agencies_parent_code", "parent_code"),
)
agency_tree = Tree(agencies)

employees = sa.Table(
    "employees",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("heard_at", UTCDateTime, nullable=False),
    # A duplicate that was merged into another person, and a person whose data was erased.
    sa.Column("merged_into", sa.Uuid),
    sa.Column("erased_at", UTCDateTime),
    sa.Index("ix_employees_merged_into", "merged_into"),
)

serial_counters = sa.Table(
    "serial_counters",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_number", sa.Integer, nullable=False),
    sa.CheckConstraint("last_number >= 0", name="last_number"),
)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("enrollment_id", sa.Uuid, nullable=False),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("serial", sa.String(50), nullable=False),
    sa.Column("verification_code", sa.String(26), nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),  # the signed text itself, so nothing has to write it again
    sa.Column("signature", sa.LargeBinary(64), nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False),
    # The provider's signature of the same text, where it has a key of its own.
    sa.Column("cosigner_key_id", sa.String(16)),
    sa.Column("cosignature", sa.LargeBinary(64)),
    sa.Column("issued_at", UTCDateTime, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("superseded_by", sa.Uuid),
    sa.Column("revoked_on", sa.Date),
    sa.Column("reason", sa.Text),
    # Private, and made to be erased: without these two the hash in the snapshot names nobody.
    sa.Column("national_code", sa.String(10)),
    sa.Column("national_code_salt", sa.String(32)),
    # The correction that made or ended it; an earlier one that is heard later changes nothing.
    sa.Column("corrected_at", UTCDateTime),
    sa.Column("mail", sa.Boolean, nullable=False, server_default=sa.true()),  # whether anybody is written to
    # Once the holder's data was erased the snapshot lacks it; the hash is that of the text that was signed.
    sa.Column("erased_at", UTCDateTime),
    sa.Column("snapshot_hash", sa.String(64)),
    # What the QR code carries, with its own signature; made when the certificate is printed first.
    sa.Column("essentials", sa.LargeBinary),
    # One for each person, course and cycle. Rows that an earlier release wrote may lack course and cycle.
    sa.Column("course_code", sa.String(30)),
    sa.Column("course_version", sa.Integer),
    sa.Column("cycle", sa.Integer, nullable=False, server_default="1"),
    # The last day it holds, the course's months, and the smallest number of days before it that a reminder was said.
    sa.Column("valid_until", sa.Date),
    sa.Column("refresh_every_months", sa.Integer),
    sa.Column("reminded_days", sa.Integer),
    # Since when it is what it is, unless that is its issue; the code of a revocation's reason.
    sa.Column("status_since", UTCDateTime),
    sa.Column("reason_code", sa.String(40)),
    # Of a type-2 certificate `enrollment_id` is its award, and the course the level.
    sa.Column("kind", sa.String(5), nullable=False, server_default="type1"),
    _unique_in_force("uq_certificates_enrollment_id", "enrollment_id"),
    _unique_in_force("uq_certificates_cycle", "employee_id", "course_code", "cycle"),
    sa.Index(
        "ix_certificates_valid_until",
        "valid_until",
        "id",
        postgresql_where=sa.text("status IN ('valid', 'suspended') AND valid_until IS NOT NULL"),
        sqlite_where=sa.text("status IN ('valid', 'suspended') AND valid_until IS NOT NULL"),
    ),
    sa.Index("ix_certificates_enrollment_id", "enrollment_id", "id"),
    sa.UniqueConstraint("serial", name="uq_certificates_serial"),
    sa.UniqueConstraint("verification_code", name="uq_certificates_verification_code"),
    sa.CheckConstraint("status IN ('valid', 'suspended', 'superseded', 'revoked', 'expired')", name="status"),
    sa.Index("ix_certificates_employee_id", "employee_id", "id"),
    sa.Index("ix_certificates_issued_at", "issued_at", "id"),
    sa.Index("ix_certificates_agency_code", "agency_code", "issued_at", "id"),
)
