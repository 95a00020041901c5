"""Addresses that nothing is sent to: shapes of what is decided about them."""

from marshmallow import fields

from shared.schemas import AgencyCode, Email, Moment, Page, PersianText, Shape


class SuppressAddress(Shape):
    """An address, and why nothing is to be sent to it."""

    address = Email(required=True)
    reason = PersianText(max=500, required=True)


class LiftSuppression(Shape):
    """An address, or the person whose present address it is; and why mail may go there again."""

    address = Email(load_default=None, allow_none=True)
    employee_id = fields.UUID(load_default=None, allow_none=True)
    reason = PersianText(max=500, required=True)


class ListSuppressions(Page):
    """Which: of an address, of an agency's people; with `lifted` also those that hold no more."""

    address = Email(load_default=None, allow_none=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)
    lifted = fields.Boolean(load_default=False)


class Suppression(Shape):
    """An address that nothing is sent to but what the law asks for, since when and why.

    `cause`: hard_bounce, complaint, operator. `employee_ids` are those of the caller's people whose address it is now.
    """

    suppression_id = fields.UUID(required=True)
    address = fields.String(required=True)
    cause = fields.String(required=True)
    answer = fields.String(required=True, allow_none=True)
    notification_id = fields.UUID(required=True, allow_none=True)
    suppressed_at = Moment(required=True)
    lifted_at = Moment(required=True, allow_none=True)
    lifted_by = fields.String(required=True, allow_none=True)
    lift_reason = fields.String(required=True, allow_none=True)


class ListedSuppression(Suppression):
    """The same with whose it is."""

    employee_ids = fields.List(fields.UUID(), required=True)


class ResendNotification(Shape):
    """Which mail that came back is to go once more, and why."""

    notification_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class Resent(Shape):
    """It waits to be sent again."""

    notification_id = fields.UUID(required=True)
    status = fields.String(required=True)
    due_at = Moment(required=True)
