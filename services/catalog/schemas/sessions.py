"""Shapes of what an offering says beyond its days: sessions, reserved seats, prices, refunds."""

from datetime import time
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.catalog.domain.money import MAX_RIALS
from services.catalog.schemas.courses import DocumentNumber
from shared.persian import digits_ascii, normalise
from shared.schemas import AgencyCode, Code, Integer, IsoDate, LocalizedTextField, Moment, Number, Shape

MAX_SESSIONS = 200


class Clock(fields.Time):
    """A time of day in Tehran as `HH:MM`, in digits of any script."""

    default_error_messages = {  # noqa: RUF012 -- as in marshmallow
        "required": "is required",
        "null": "must not be null",
        "invalid": "must be a time of day as HH:MM",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        text = digits_ascii(normalise(value)) if isinstance(value, str) and len(value) <= 20 else ""
        hours, _, minutes = text.partition(":")
        if not (len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):
            raise self.make_error("invalid")
        try:
            return time(int(hours), int(minutes))
        except ValueError as error:
            raise ValidationError("is not a time of day") from error

    def _serialize(self, value: time | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%H:%M}"


class Rials(Integer):
    """An amount in whole rials."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min=0, max=MAX_RIALS, **kwargs)


class SessionPlan(Shape):
    """A session as it is planned: a day and two times of day in Tehran, and where and by whom."""

    day = IsoDate(required=True)
    begins = Clock(required=True)
    ends = Clock(required=True)
    room_code = Code(load_default=None, allow_none=True)
    instructor_code = Code(load_default=None, allow_none=True)


class Session(Shape):
    """A session as it is held; `starts_at` and `ends_at` are UTC, the day and the times of day Tehran's."""

    number = fields.Integer()
    day = IsoDate()
    begins = Clock()
    ends = Clock()
    starts_at = Moment()
    ends_at = Moment()
    room_code = fields.String(allow_none=True)
    room_title = LocalizedTextField(allow_none=True)
    room_address = fields.String(allow_none=True)
    instructor_code = fields.String(allow_none=True)
    instructor_name = fields.String(allow_none=True)


class SeatReservation(Shape):
    """Seats for the staff of one agency; after the day `until` they are everybody's."""

    agency_code = AgencyCode(required=True)
    seats = Integer(min=1, max=100_000, required=True)
    until = IsoDate(required=True)


class Permit(Shape):
    """The permit of the agency's training committee under which an offering is held (مجوز دوره), for its certificates.

    Loads to a dict of texts, as it is stored.
    """

    number = DocumentNumber(max=50, required=True)
    issued_on = IsoDate(load_default=None, allow_none=True)

    @post_load
    def _as_stored(self, loaded: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        day = loaded["issued_on"]
        return loaded | {"issued_on": day and day.isoformat()}


class NamedAccreditation(Shape):
    """The accreditation of the provider that certificates name; both days are inside."""

    number = fields.String(required=True)
    valid_from = IsoDate(required=True)
    valid_to = IsoDate(required=True, allow_none=True)


class Pricing(Shape):
    """What a seat costs in rials, and what it costs single agencies instead."""

    standard = Rials(load_default=0)
    agencies = fields.Dict(
        keys=AgencyCode(), values=Rials(), load_default=dict, validate=validate.Length(max=500, error="has too many")
    )


class RefundStep(Shape):
    """Who withdraws at least so many days before the first day gets this share back."""

    min_days_before = Integer(min=1, max=1000, required=True)
    share = Number(min=0, max=1, required=True)


class RefundTable(Shape):
    """Shares of the price that are given back, from 0 to 1; steps from the earliest withdrawal to the latest."""

    withdrawal = fields.List(fields.Nested(RefundStep), required=True, validate=validate.Length(max=20))
    after_start = Number(min=0, max=1, load_default=0.0)
    not_qualified = Number(min=0, max=1, required=True)
    not_formed = Number(min=0, max=1, load_default=1.0)
    cancelled = Number(min=0, max=1, load_default=1.0)
    overpayment = Number(min=0, max=1, load_default=1.0)
