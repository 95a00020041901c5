"""Shapes of providers, instructors and rooms."""

from marshmallow import fields, validate

from services.catalog.domain.providers import KINDS
from services.catalog.schemas.courses import COURSE_TYPES, DocumentNumber, one_of
from shared.schemas import AgencyCode, Code, Integer, IsoDate, LocalizedTextField, Moment, Page, PersianText, Shape


class RegisterProvider(Shape):
    """`agency_code` is given for the training unit of an agency, and for nobody else."""

    provider_code = Code(required=True)
    title = LocalizedTextField(required=True)
    kind = one_of(*KINDS, required=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)


class RecordAccreditation(Shape):
    """Both days are inside; without `valid_to` it lasts until withdrawn. Without `course_types` it is for all."""

    provider_code = Code(required=True)
    number = DocumentNumber(max=50, required=True)
    valid_from = IsoDate(required=True)
    valid_to = IsoDate(load_default=None, allow_none=True)
    course_types = fields.List(one_of(*COURSE_TYPES), load_default=list, validate=validate.Length(max=5))


class WithdrawAccreditation(Shape):
    """`withdrawn_on` is the first day on which it holds no more."""

    accreditation_id = fields.UUID(required=True)
    withdrawn_on = IsoDate(required=True)
    reason = PersianText(max=500, required=True)


class Accreditation(Shape):
    accreditation_id = fields.UUID(required=True)
    provider_code = fields.String(required=True)
    number = fields.String(required=True)
    course_types = fields.List(fields.String(), required=True)
    valid_from = IsoDate(required=True)
    valid_to = IsoDate(required=True, allow_none=True)
    withdrawn_on = IsoDate(required=True, allow_none=True)
    withdraw_reason = fields.String(required=True, allow_none=True)
    recorded_at = Moment(required=True)


class Lapse(Shape):
    """An offering ahead whose provider is not accredited on all of its days; `uncovered_on` is the first of those."""

    offering_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    provider_code = fields.String(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    uncovered_on = IsoDate(required=True)


class WithdrawnAccreditation(Accreditation):
    """The accreditation, and the offerings ahead that it no longer covers, up to 1 000."""

    lapses = fields.List(fields.Nested(Lapse), required=True)


class GetProvider(Shape):
    provider_code = Code(required=True)


class ListProviders(Page):
    """`accredited_on`: only those that may give every type of course they are accredited for on this day."""

    kind = one_of(*KINDS, load_default=None, allow_none=True)
    accredited_on = IsoDate(load_default=None, allow_none=True)


class Provider(Shape):
    provider_code = fields.String(required=True)
    title = LocalizedTextField(required=True)
    kind = fields.String(required=True)
    agency_code = fields.String(required=True, allow_none=True)
    registered_at = Moment(required=True)
    accreditations = fields.List(fields.Nested(Accreditation), required=True)


class ListProviderLapses(Page):
    provider_code = Code(load_default=None, allow_none=True)


class RegisterInstructor(Shape):
    instructor_code = Code(required=True)
    full_name = PersianText(required=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)
    provider_code = Code(load_default=None, allow_none=True)
    education = PersianText(load_default=None, allow_none=True)


class RecordQualification(Shape):
    """For one course, or for a type of course; both days are inside."""

    instructor_code = Code(required=True)
    course_code = Code(load_default=None, allow_none=True)
    course_type = one_of(*COURSE_TYPES, load_default=None, allow_none=True)
    valid_from = IsoDate(required=True)
    valid_to = IsoDate(load_default=None, allow_none=True)
    evidence = PersianText(max=300, load_default=None, allow_none=True)


class WithdrawQualification(Shape):
    qualification_id = fields.UUID(required=True)
    withdrawn_on = IsoDate(required=True)


class Qualification(Shape):
    qualification_id = fields.UUID(required=True)
    instructor_code = fields.String(required=True)
    course_code = fields.String(required=True, allow_none=True)
    course_type = fields.String(required=True, allow_none=True)
    valid_from = IsoDate(required=True)
    valid_to = IsoDate(required=True, allow_none=True)
    evidence = fields.String(required=True, allow_none=True)
    withdrawn_on = IsoDate(required=True, allow_none=True)
    recorded_at = Moment(required=True)


class GetInstructor(Shape):
    instructor_code = Code(required=True)


class ListInstructors(Page):
    provider_code = Code(load_default=None, allow_none=True)


class Instructor(Shape):
    instructor_code = fields.String(required=True)
    full_name = fields.String(required=True)
    agency_code = fields.String(required=True, allow_none=True)
    provider_code = fields.String(required=True, allow_none=True)
    education = fields.String(required=True, allow_none=True)
    registered_at = Moment(required=True)
    qualifications = fields.List(fields.Nested(Qualification), required=True)


class DefineRoom(Shape):
    """Registered by the agency it belongs to; `shared` lets other agencies book it."""

    room_code = Code(required=True)
    agency_code = AgencyCode(required=True)
    title = LocalizedTextField(required=True)
    address = PersianText(max=500, load_default=None, allow_none=True)
    capacity = Integer(min=1, max=100_000, required=True)
    shared = fields.Boolean(load_default=False)


class RetireRoom(Shape):
    room_code = Code(required=True)


class ListRooms(Page):
    min_capacity = Integer(min=1, max=100_000, load_default=None, allow_none=True)


class Room(Shape):
    room_code = fields.String(required=True)
    agency_code = fields.String(required=True)
    title = LocalizedTextField(required=True)
    address = fields.String(required=True, allow_none=True)
    capacity = fields.Integer(required=True)
    shared = fields.Boolean(required=True)
    retired_at = Moment(required=True, allow_none=True)
