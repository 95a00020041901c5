"""Shapes of offerings."""

from typing import Any

from marshmallow import ValidationError, fields

from services.catalog.schemas.courses import one_of
from shared.schemas import AgencyCode, Code, Integer, IsoDate, LocalizedTextField, Moment, Page, PersianText, Shape

APPROVALS = ("none", "supervisor")


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
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    enrollment_closes_on = IsoDate(load_default=None, allow_none=True)
    capacity = Integer(min=1, max=100_000, required=True)
    min_seats = Integer(min=1, max=100_000, load_default=1)
    waitlist_limit = Integer(min=0, max=100_000, load_default=0)
    open_to = OpenTo(load_default="agency")
    approval = one_of(*APPROVALS, load_default="none")


class OpenOffering(OfferingBody):
    version = Integer(min=1, load_default=None, allow_none=True)


class GetOffering(Shape):
    offering_id = fields.UUID(required=True)


class CancelOffering(Shape):
    offering_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class ListOfferings(Page):
    pass


class Offering(OfferingBody):
    """An offering; its three days are Gregorian and wholly inside, in Tehran's time."""

    offering_id = fields.UUID()
    status = fields.String()
    course_version = fields.Integer()
    course_title = LocalizedTextField()
    created_at = Moment()
    cancelled_at = Moment(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
