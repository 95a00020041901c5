"""Shapes of how an agency's certificates look."""

from marshmallow import fields, validate

from services.certification.domain.designs import DEFAULT_VARIANT, VARIANTS
from shared.schemas import AgencyCode, IsoDate, LocalizedTextField, Moment, Shape

MOST_SIGNATORIES = 4

_HASH = validate.Regexp(r"[0-9a-f]{64}\Z", error="must be the SHA-256 that put_logo gave, in hexadecimal digits")
_TEMPLATE = validate.Regexp(r"[a-z][a-z0-9-]{0,49}\Z", error="must have 1 to 50 of a-z, 0-9 and -")


class PutLogo(Shape):
    """An image as base64: PNG up to 4 000 pixels a side, or SVG without scripts and outside references."""

    content_base64 = fields.String(required=True)


class Logo(Shape):
    """`sha256` names the image from now on."""

    sha256 = fields.String(required=True)
    media_type = fields.String(required=True)


class Signatory(Shape):
    """Who signs: a title, and a name where one is to be printed."""

    title = LocalizedTextField(required=True)
    name = LocalizedTextField(load_default=None, allow_none=True)


class SetIssuerProfile(Shape):
    """`effective_from` is today in Tehran unless given; `logo` names an image that was put before."""

    agency_code = AgencyCode(required=True)
    effective_from = IsoDate(load_default=None, allow_none=True)
    signatories = fields.List(
        fields.Nested(Signatory),
        required=True,
        validate=validate.Length(max=MOST_SIGNATORIES, error="must have at most {max} people"),
    )
    logo = fields.String(load_default=None, allow_none=True, validate=_HASH)
    template = fields.String(load_default=None, allow_none=True, validate=_TEMPLATE)
    variant = fields.String(load_default=DEFAULT_VARIANT, validate=validate.OneOf(VARIANTS))


class GetIssuerProfile(Shape):
    agency_code = AgencyCode(required=True)
    on = IsoDate(load_default=None, allow_none=True)


class IssuerProfile(Shape):
    """`effective_from`, `set_at` and `set_by` are null where an agency has no profile: what is shown is the default."""

    agency_code = fields.String(required=True)
    effective_from = IsoDate(required=True, allow_none=True)
    signatories = fields.List(fields.Nested(Signatory), required=True)
    logo = fields.String(required=True, allow_none=True)
    template = fields.String(required=True, allow_none=True)
    variant = fields.String(required=True)
    set_at = Moment(required=True, allow_none=True)
    set_by = fields.String(required=True, allow_none=True)
