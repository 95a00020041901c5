"""What enrollment says of agencies, their training officers and their people."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.contract import Event, LocalizedText, released

AgencyKind = Literal["ministry", "organisation", "province", "unit"]


class OfficerDays(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a role, themselves or by delegation, and from which to which day; both are inside."""

    employee_id: UUID
    from_day: date
    until_day: date | None


@released
class AgencyRegisteredV1(Event, frozen=True, kw_only=True):
    """An agency takes part from now on."""

    TYPE: ClassVar = "training.enrollment.agency_registered.v1"
    SUBJECT: ClassVar = "code"
    code: str
    name: LocalizedText
    parent_code: str | None = None
    kind: AgencyKind = "organisation"


@released
class AgencyChangedV1(Event, frozen=True, kw_only=True):
    """An agency has another name, kind, or place in the tree; carries what holds now."""

    TYPE: ClassVar = "training.enrollment.agency_changed.v1"
    SUBJECT: ClassVar = "code"
    code: str
    name: LocalizedText
    parent_code: str | None
    kind: AgencyKind


@released
class OfficersChangedV1(Event, frozen=True, kw_only=True):
    """Who the training officers of an agency are, all of them now and to come: of two of these the one that was changed
    later holds. Those below it that have nobody share them."""

    TYPE: ClassVar = "training.enrollment.officers_changed.v1"
    SUBJECT: ClassVar = "change_id"
    change_id: UUID
    agency_code: str
    officers: list[OfficerDays]
    changed_at: datetime


@released
class EmployeeRegisteredV1(Event, frozen=True, kw_only=True):
    """A person is employed by an agency. No national code: its readers only address people."""

    TYPE: ClassVar = "training.enrollment.employee_registered.v1"
    SUBJECT: ClassVar = "employee_id"
    employee_id: UUID
    agency_code: str
    full_name: str
    email: str
    language: Literal["fa", "en"]


@released
class EmployeeChangedV1(Event, frozen=True, kw_only=True):
    """Of a person something else holds than before, named in `changed`; carries all that a registration does.

    `changed` names fields: full_name, email, language, agency_code (a transfer), left_on (`employed` says whether they
    are still employed) and others that no reader needs.
    """

    TYPE: ClassVar = "training.enrollment.employee_changed.v1"
    SUBJECT: ClassVar = "employee_id"
    employee_id: UUID
    agency_code: str
    full_name: str
    email: str
    language: Literal["fa", "en"]
    employed: bool
    changed: list[str]
    reason: str | None = None
    before_name: str | None = None
    before_agency_code: str | None = None


@released
class EmployeesMergedV1(Event, frozen=True, kw_only=True):
    """Two registrations were one person: everything of `duplicate_id` is that of `employee_id` from now on."""

    TYPE: ClassVar = "training.enrollment.employees_merged.v1"
    SUBJECT: ClassVar = "duplicate_id"
    employee_id: UUID
    duplicate_id: UUID
    agency_code: str
    merged_at: datetime


@released
class EmployeeErasedV1(Event, frozen=True, kw_only=True):
    """The personal data of somebody is to be forgotten wherever it is kept; proofs stay without it."""

    TYPE: ClassVar = "training.enrollment.employee_erased.v1"
    SUBJECT: ClassVar = "employee_id"
    employee_id: UUID
    erased_at: datetime
