"""How somebody wants to be told: shapes of questions and answers."""

from marshmallow import fields, validate

from services.notification.domain.planning import Cadence
from services.notification.domain.preferences import CHANNELS
from services.notification.domain.templates import Kind
from services.notification.schemas.words import Clock, Mobile
from shared.schemas import LocalizedTextField, Moment, Shape

_KIND = validate.OneOf([kind.value for kind in Kind])


class SetPreferences(Shape):
    """What changes of somebody's preferences. What is not given stays; null gives the default back."""

    employee_id = fields.UUID(required=True)
    language = fields.String(allow_none=True, validate=validate.OneOf(["fa", "en"]))
    channel = fields.String(allow_none=True, validate=validate.OneOf([via.value for via in CHANNELS]))
    mobile = Mobile(allow_none=True)
    cadence = fields.String(allow_none=True, validate=validate.OneOf([each.value for each in Cadence]))
    unsubscribed = fields.List(fields.String(validate=_KIND), allow_none=True, validate=validate.Length(max=len(Kind)))
    quiet_from = Clock(allow_none=True)
    quiet_to = Clock(allow_none=True)


class GetPreferences(Shape):
    """Whose preferences."""

    employee_id = fields.UUID(required=True)


class KindOfNews(Shape):
    """A kind of news, whether this person gets it, and what of it goes to everybody by law."""

    kind = fields.String(required=True)
    title = LocalizedTextField(required=True)
    is_unsubscribed = fields.Boolean(required=True)
    can_unsubscribe = fields.Boolean(required=True)
    always_sent = fields.List(fields.String(), required=True)


class Preferences(Shape):
    """How somebody is told, with defaults filled in; `own` names what they chose. Quiet hours are Tehran's clock."""

    employee_id = fields.UUID(required=True)
    language = fields.String(required=True)
    channel = fields.String(required=True)
    mobile = fields.String(allow_none=True, required=True)
    cadence = fields.String(required=True)
    unsubscribed = fields.List(fields.String(), required=True)
    quiet_from = fields.String(allow_none=True, required=True)
    quiet_to = fields.String(allow_none=True, required=True)
    own = fields.List(fields.String(), required=True)
    kinds = fields.List(fields.Nested(KindOfNews), required=True)
    updated_at = Moment(allow_none=True, required=True)
    updated_by = fields.String(allow_none=True, required=True)
