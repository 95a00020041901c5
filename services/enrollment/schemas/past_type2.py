"""Shapes of type-2 certificates from before this system."""

from marshmallow import fields, validate

from services.enrollment.domain.type2 import LEVELS, REMOVED
from services.enrollment.schemas.type2 import UsedLine
from shared.schemas import IsoDate, LocalizedTextField, Moment, PersianText, Shape


class RecordPastType2(Shape):
    """`level`: also one that is not given any more. `issuer`: who issued it, in words. `line_ids`: lines of the record
    whose hours it used, each as a whole."""

    employee_id = fields.UUID(required=True)
    level = fields.String(required=True, validate=validate.OneOf((*LEVELS, REMOVED)))
    certificate_number = PersianText(max=100, required=True)
    issued_on = IsoDate(required=True)
    issuer = PersianText(max=200, required=True)
    line_ids = fields.List(fields.UUID(), load_default=None, allow_none=True, validate=validate.Length(max=500))


class WithdrawPastType2(Shape):
    employee_id = fields.UUID(required=True)
    reason = PersianText(max=1000, required=True)


class ListPastType2(Shape):
    employee_id = fields.UUID(required=True)


class PastType2(Shape):
    """`lines`: those whose hours it used; none once it was withdrawn. Number and issuer are empty once the person's
    data was erased."""

    past_type2_id = fields.UUID()
    employee_id = fields.UUID()
    level = fields.String()
    level_title = LocalizedTextField()
    certificate_number = fields.String()
    issued_on = IsoDate()
    issuer = fields.String()
    lines = fields.List(fields.Nested(UsedLine))
    recorded_at = Moment()
    recorded_by = fields.String()
    withdrawn_at = Moment(allow_none=True)
    withdrawn_by = fields.String(allow_none=True)
    withdrawal_reason = fields.String(allow_none=True)


class PastType2List(Shape):
    items = fields.List(fields.Nested(PastType2))
