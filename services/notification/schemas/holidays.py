"""Official holidays: shapes of questions and answers."""

from marshmallow import fields, validate

from shared.schemas import Integer, IsoDate, LocalizedTextField, Moment, Shape


class Holiday(Shape):
    """A free day."""

    day = IsoDate(required=True)
    title = LocalizedTextField(required=True)


class SetHolidays(Shape):
    """Days that were announced, up to 100; one that is known gets the new title."""

    days = fields.List(fields.Nested(Holiday), required=True, validate=validate.Length(1, 100))


class RemoveHoliday(Shape):
    """Which announced day."""

    day = IsoDate(required=True)


class ListHolidays(Shape):
    """Of which Jalali year."""

    jalali_year = Integer(min=1300, max=1500, required=True)


class KnownHoliday(Holiday):
    """A free day: `fixed` for one of every year (a policy), `announced` for one of this year."""

    kind = fields.String(required=True)
    recorded_at = Moment(allow_none=True, required=True)
    recorded_by = fields.String(allow_none=True, required=True)


class Holidays(Shape):
    """The free days of a year, in order; weekends are not among them."""

    items = fields.List(fields.Nested(KnownHoliday), required=True)
