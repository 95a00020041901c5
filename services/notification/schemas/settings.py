"""How an agency writes to its people: shapes of questions and answers."""

from marshmallow import ValidationError, fields, validate

from services.notification.schemas.words import Clock, MailAddress
from shared.schemas import AgencyCode, Integer, LocalizedTextField, Shape

SENDER_NAME_LENGTH = 100  # of which a reader's list of mails shows a third


def _short(name: dict[str, str]) -> None:
    too_long = {language: [f"must have at most {SENDER_NAME_LENGTH} characters"] for language in name}
    found = {language: said for language, said in too_long.items() if len(name[language]) > SENDER_NAME_LENGTH}
    if found:
        raise ValidationError(found)


class SetMailSettings(Shape):
    """What changes of an agency's settings. What is not given stays; null: as the agency above says, else the
    system."""

    agency_code = AgencyCode(required=True)
    sender_name = LocalizedTextField(allow_none=True, validate=_short)
    sender_address = MailAddress(allow_none=True)
    reply_to = MailAddress(allow_none=True)
    attach_certificates = fields.Boolean(allow_none=True)
    mails_per_minute = Integer(min=1, max=100_000, allow_none=True)
    quiet_from = Clock(allow_none=True)
    quiet_to = Clock(allow_none=True)
    # 0 for Monday to 6 for Sunday; a week needs a working day.
    weekend = fields.List(Integer(min=0, max=6), allow_none=True, validate=validate.Length(max=6))


class GetMailSettings(Shape):
    """Whose settings."""

    agency_code = AgencyCode(required=True)


class MailSettings(Shape):
    """What holds for an agency. `sources` says of each value where it comes from: `own`, the code of the agency above
    that set it, or `system`."""

    agency_code = fields.String(required=True)
    sender_name = LocalizedTextField(required=True)
    sender_address = fields.String(required=True)
    reply_to = fields.String(allow_none=True, required=True)
    attach_certificates = fields.Boolean(required=True)
    mails_per_minute = fields.Integer(allow_none=True, required=True)
    quiet_from = fields.String(allow_none=True, required=True)
    quiet_to = fields.String(allow_none=True, required=True)
    weekend = fields.List(fields.Integer(), required=True)
    sources = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
