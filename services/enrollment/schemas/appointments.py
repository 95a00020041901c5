"""Shapes of candidates for posts of management, and of whether somebody may be appointed."""

from marshmallow import fields, validate

from services.enrollment.domain.foreseen import POST_LEVELS
from services.enrollment.schemas.programmes import ProgrammeItem
from services.enrollment.schemas.sources import PolicyUsed
from shared.schemas import IsoDate, LocalizedTextField, Moment, PersianText, Shape


def _level() -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.OneOf(POST_LEVELS))


class RecordCandidacy(Shape):
    """`appoint_on`, if it is known, is the day planned for the appointment. The level is one of base (پایه), middle
    (میانی), senior (ارشد) and political (سیاسی)."""

    employee_id = fields.UUID(required=True)
    post_title = PersianText(required=True)
    from_day = IsoDate(required=True)
    post_level = _level()
    appoint_on = IsoDate(load_default=None, allow_none=True)


class EndCandidacy(Shape):
    """`on` is the last day; today where it is left out."""

    candidacy_id = fields.UUID(required=True)
    on = IsoDate(load_default=None, allow_none=True)


class Candidacy(Shape):
    candidacy_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    post_title = fields.String(required=True)
    post_level = fields.String(required=True, allow_none=True)
    from_day = fields.Date(required=True)
    appoint_on = fields.Date(required=True, allow_none=True)
    until_day = fields.Date(required=True, allow_none=True)
    recorded_at = Moment(required=True)


class MayBeAppointed(Shape):
    """`on`: the day of the appointment; today where it is left out."""

    employee_id = fields.UUID(required=True)
    post_level = _level()
    on = IsoDate(load_default=None, allow_none=True)


class WhyNot(Shape):
    code = fields.String(required=True)
    message = fields.String(required=True)
    details = fields.Dict(required=True)


class ProgrammeBefore(Shape):
    """`status`: `valid`, `expired` after `valid_until`, or `missing`. `courses` stand as in `programme_progress`; of an
    expired one only what was completed anew counts."""

    programme_code = fields.String(required=True)
    programme_version = fields.Integer(required=True)
    programme_title = LocalizedTextField(required=True)
    status = fields.String(required=True)
    completed_on = fields.Date(required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)
    courses = fields.List(fields.Nested(ProgrammeItem), required=True)
    missing = fields.List(fields.String(), required=True)
    electives = fields.Integer(required=True)
    min_electives = fields.Integer(required=True)
    hours = fields.Float(required=True)
    min_hours = fields.Float(required=True)


class Appointable(Shape):
    """`answer` is yes or no; of a no all `reasons`. `not_known` are facts that were not said and would decide."""

    employee_id = fields.UUID(required=True)
    post_level = fields.String(required=True, allow_none=True)
    on = fields.Date(required=True)
    answer = fields.String(required=True)
    reasons = fields.List(fields.Nested(WhyNot), required=True)
    programmes = fields.List(fields.Nested(ProgrammeBefore), required=True)
    not_known = fields.List(fields.String(), required=True)
    policies = fields.List(fields.Nested(PolicyUsed), required=True)
