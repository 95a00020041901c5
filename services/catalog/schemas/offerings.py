"""Shapes of offerings."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from services.catalog.domain.money import KINDS
from services.catalog.domain.offerings import APPROVAL_ROUTES
from services.catalog.schemas.courses import FORMATS, one_of
from services.catalog.schemas.sessions import (
    MAX_SESSIONS,
    NamedAccreditation,
    Permit,
    Pricing,
    RefundTable,
    SeatReservation,
    Session,
    SessionPlan,
)
from shared.schemas import AgencyCode, Code, Integer, IsoDate, LocalizedTextField, Moment, Page, PersianText, Shape

APPROVALS = tuple(APPROVAL_ROUTES)


class OpenTo(fields.Field):
    """`"agency"` (its own staff), `"all"`, or a list of agency codes; loads to the word or to a list."""

    default_error_messages = {  # noqa: RUF012 -- as in marshmallow
        "null": "must not be null",
        "invalid": 'must be "agency", "all" or a list of agency codes',
        "empty": "must name at least one agency",
        "long": "must name at most 500 agencies",
    }
    _code = AgencyCode()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | list[str]:
        if value in ("agency", "all"):
            return str(value)
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not value:
            raise self.make_error("empty")
        if len(value) > 500:
            raise self.make_error("long")
        return self._codes(value)

    def _codes(self, values: list[Any]) -> list[str]:
        codes, wrong = list[str](), {}
        for place, value in enumerate(values):
            try:
                codes.append(self._code.deserialize(value))
            except ValidationError as error:
                wrong[place] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return list(dict.fromkeys(codes))


class OfferingBody(Shape):
    course_code = Code(required=True)
    agency_code = AgencyCode(required=True)
    provider_code = Code(load_default=None, allow_none=True)
    format = one_of(*FORMATS, load_default=None, allow_none=True)
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    enrollment_opens_on = IsoDate(load_default=None, allow_none=True)
    enrollment_closes_on = IsoDate(load_default=None, allow_none=True)
    decides_on = IsoDate(load_default=None, allow_none=True)
    capacity = Integer(min=1, max=100_000, required=True)
    min_seats = Integer(min=1, max=100_000, load_default=1)
    waitlist_limit = Integer(min=0, max=100_000, load_default=0)
    open_to = OpenTo(load_default="agency")
    approval = one_of(*APPROVALS, load_default="none")
    form_before_certificate = fields.Boolean(load_default=False)
    reserved_seats = fields.List(fields.Nested(SeatReservation), load_default=list, validate=validate.Length(max=500))
    permit = fields.Nested(Permit, load_default=None, allow_none=True)
    pricing = fields.Nested(Pricing, load_default=None, allow_none=True)
    refund_table = fields.Nested(RefundTable, load_default=None, allow_none=True)


class OpenOffering(OfferingBody):
    version = Integer(min=1, load_default=None, allow_none=True)
    sessions = fields.List(fields.Nested(SessionPlan), load_default=list, validate=validate.Length(max=MAX_SESSIONS))


class ChangeOffering(Shape):
    """What is left out stays as it is; `sessions` replace all sessions. Seats and waiting places only grow."""

    offering_id = fields.UUID(required=True)
    revision = Integer(min=1, load_default=None, allow_none=True)
    reason = PersianText(max=500, required=True)
    provider_code = Code(allow_none=True)
    starts_on = IsoDate()
    ends_on = IsoDate()
    enrollment_opens_on = IsoDate(allow_none=True)
    enrollment_closes_on = IsoDate()
    decides_on = IsoDate(allow_none=True)
    capacity = Integer(min=1, max=100_000)
    waitlist_limit = Integer(min=0, max=100_000)
    permit = fields.Nested(Permit, allow_none=True)
    sessions = fields.List(fields.Nested(SessionPlan), validate=validate.Length(max=MAX_SESSIONS))


class GetOffering(Shape):
    offering_id = fields.UUID(required=True)


class CancelOffering(Shape):
    offering_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class ListOfferings(Page):
    """`starts_from` and `starts_to` are both inside."""

    course_code = Code(load_default=None, allow_none=True)
    status = one_of("open", "cancelled", load_default=None, allow_none=True)
    starts_from = IsoDate(load_default=None, allow_none=True)
    starts_to = IsoDate(load_default=None, allow_none=True)


class QuoteRefund(Shape):
    """`withdrawn_on` is today in Tehran unless given; it matters for a withdrawal only."""

    offering_id = fields.UUID(required=True)
    agency_code = AgencyCode(required=True)
    kind = one_of(*KINDS, load_default="withdrawal")
    withdrawn_on = IsoDate(load_default=None, allow_none=True)


class RefundQuote(Shape):
    """Whole rials; `share` is what is given back of the price, from 0 to 1."""

    price = fields.Integer(required=True)
    share = fields.Float(required=True)
    refund = fields.Integer(required=True)
    withdrawn_on = IsoDate(required=True)


class Offering(OfferingBody):
    """An offering; its days are Gregorian and wholly inside, in Tehran's time.

    `revision` counts its changes. `formed_at`: when it was found on `decides_on` that enough people take part.
    `provider_accreditation` is what its certificates will name: null where the provider needs none, and where none
    holds on all of the days any more (see `list_provider_lapses`).
    """

    offering_id = fields.UUID()
    revision = fields.Integer()
    status = fields.String()
    course_version = fields.Integer()
    course_title = LocalizedTextField()
    provider_name = LocalizedTextField(allow_none=True)
    provider_accreditation = fields.Nested(NamedAccreditation, allow_none=True)
    sessions = fields.List(fields.Nested(Session))
    created_at = Moment()
    formed_at = Moment(allow_none=True)
    cancelled_at = Moment(allow_none=True)
    cancel_cause = fields.String(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
