"""Shapes of credentials."""

from marshmallow import fields, validate

from services.certification.schemas.certificates import CertificateById
from shared.schemas import Shape

FORMS = ("jwt", "ldp")


class GetCredential(CertificateById):
    form = fields.String(load_default="jwt", validate=validate.OneOf(FORMS))


class Credential(Shape):
    """An Open Badges 3.0 credential as text: a VC-JWT, or JSON with a Data Integrity proof."""

    credential = fields.String(required=True)
    form = fields.String(required=True, validate=validate.OneOf(FORMS))
    salts = fields.Dict(keys=fields.String(), values=fields.String(), required=True, allow_none=True)
