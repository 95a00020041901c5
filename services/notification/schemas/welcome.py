"""Welcoming people after an import: shapes of arguments and replies."""

from marshmallow import fields

from shared.schemas import AgencyCode, Integer, Moment, Shape


class WelcomeStaff(Shape):
    """Whom to welcome: everybody of an agency and those below it who was registered since a moment (without it: ever)
    and has not been welcomed. `expected_count` is what the dry run has answered; the real call must say it."""

    agency_code = AgencyCode(required=True)
    registered_since = Moment(load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)
    expected_count = Integer(load_default=None, allow_none=True, min=0)


class StaffWelcomed(Shape):
    """How many people are written to, or would be. `welcome_id` tells how far it has got; null of a dry run."""

    agency_code = fields.String(required=True)
    count = fields.Integer(required=True)
    dry_run = fields.Boolean(required=True)
    welcome_id = fields.UUID(required=True, allow_none=True)


class GetWelcome(Shape):
    """Which welcome."""

    welcome_id = fields.UUID(required=True)


class WelcomeProgress(Shape):
    """How far a welcome has got: people that were counted, and notifications queued so far. Who was erased, merged or
    moved to another agency meanwhile is not among them."""

    welcome_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    registered_since = Moment(required=True, allow_none=True)
    expected = fields.Integer(required=True)
    queued = fields.Integer(required=True)
    asked_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)
