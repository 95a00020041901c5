"""Shapes of what the brake holds."""

from marshmallow import fields, validate

from shared.policies.schemas import PolicyValue
from shared.schemas import AgencyCode, Integer, IsoDate, Moment, Page, PersianText, Shape

STATUSES = ("held", "released", "issued", "dropped")


class ListHeld(Page):
    """Without `agency_code` those of all agencies that the caller may see; without `status` all that ever were held."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    offering_id = fields.UUID(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATUSES))


class Held(Shape):
    """A completion above the limit. `status`: held (nobody decided), released (on its way), issued, dropped.

    `decided_by` is a calling system, or `certification` where a correction or an erasure decided.
    """

    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    completed_at = Moment(required=True)
    held_at = Moment(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    decided_at = Moment(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class DecideHeld(Shape):
    """Which of an agency's held completions: all, those of one offering, the first `count` by their completion."""

    agency_code = AgencyCode(required=True)
    offering_id = fields.UUID(load_default=None, allow_none=True)
    count = Integer(min=1, load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class ReleaseHeld(DecideHeld):
    """`mail`: whether the holders are written to."""

    mail = fields.Boolean(load_default=True)


class DropHeld(DecideHeld):
    reason = PersianText(max=500, required=True)


class HeldDecision(Shape):
    """How many were decided on (in a trial run: would be), and the times of the first and last completion of them."""

    count = fields.Integer(required=True)
    oldest = Moment(required=True, allow_none=True)
    newest = Moment(required=True, allow_none=True)
    dry_run = fields.Boolean(required=True)


class PreviewPolicy(Shape):
    """A value as `record_policy` takes it."""

    key = fields.String(required=True)
    value = PolicyValue(required=True)
    effective_from = IsoDate(required=True)


class AgencyPreview(Shape):
    agency_code = fields.String(required=True)
    issues = fields.Integer(required=True)
    holds = fields.Integer(required=True)


class PolicyPreview(Shape):
    """`issues`: certificates that the value would have let out and that are not issued; `holds`: certificates that it
    would have kept back and that are issued. Agencies for which nothing differs are left out."""

    key = fields.String(required=True)
    effective_from = IsoDate(required=True)
    issues = fields.Integer(required=True)
    holds = fields.Integer(required=True)
    agencies = fields.List(fields.Nested(AgencyPreview), required=True)
