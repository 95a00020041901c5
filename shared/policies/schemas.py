"""Shapes of policies: numbers that are data."""

from typing import Any

from marshmallow import fields, validate

from shared.policies.rules import CONFIDENCES, NATIONAL, SCOPES
from shared.schemas import Integer, IsoDate, Moment, PersianText, Shape


class PolicyValue(fields.Raw):
    """Any JSON value; its shape is the key's own and checked by the rules."""

    default_error_messages = {"required": "is required", "null": "must not be null"}  # noqa: RUF012 -- as in marshmallow

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"description": "JSON in the shape of the key"}, **kwargs)


class RecordPolicy(Shape):
    """`corrects`: the edition of the same day that was wrong. `source`: the text the value is from."""

    key = fields.String(required=True)
    value = PolicyValue(required=True)
    effective_from = IsoDate(required=True)
    source = PersianText(max=300, required=True)
    confidence = fields.String(required=True, validate=validate.OneOf(CONFIDENCES))
    scope = fields.String(load_default=NATIONAL, validate=validate.OneOf(SCOPES))
    reason = PersianText(max=500, required=True)
    corrects = Integer(min=1, load_default=None, allow_none=True)


class ListPolicies(Shape):
    on = IsoDate(load_default=None, allow_none=True)


class GetPolicy(Shape):
    key = fields.String(required=True)


class Policy(Shape):
    """One value of a key. `edition` 0 came with the product, others were recorded here.

    `basis`: `regulation` (found in a national text), `provincial_rule`, or `default` (ours, or not certain).
    """

    key = fields.String()
    value = fields.Raw()
    unit = fields.String()
    effective_from = IsoDate()
    edition = fields.Integer()
    source = fields.String()
    confidence = fields.String()
    scope = fields.String()
    basis = fields.String()
    reason = fields.String(allow_none=True)
    recorded_at = Moment(allow_none=True)
    recorded_by = fields.String(allow_none=True)


class PolicyInForce(Policy):
    """The value of a key on a day; `effective_to` is the last day it holds, null when no later value is known."""

    effective_to = IsoDate(allow_none=True)


class Policies(Shape):
    on = IsoDate()
    items = fields.List(fields.Nested(PolicyInForce))


class PolicyHistory(Shape):
    """`values`: all that is known of a key by day and edition, corrected values too; `in_force`: what holds when."""

    key = fields.String()
    values = fields.List(fields.Nested(Policy))
    in_force = fields.List(fields.Nested(PolicyInForce))
