"""Agencies' own words: shapes."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from services.notification.domain.wordings import WRITTEN
from services.notification.schemas.ledger import TEMPLATES
from shared.persian import normalise
from shared.schemas import AgencyCode, Moment, Page, PersianText, Shape


class Source(fields.String):
    """Words of an agency: lines of text with `{{ value|filter }}`, `{% if %}` and `{% for %}`, normalised line by line.

    Null: the shipped words.
    """

    default_error_messages = {"invalid": "must be text", "null": "must not be null"}  # noqa: RUF012 - as in marshmallow

    def __init__(self, *, max: int, **kwargs: Any) -> None:  # noqa: A002 - as in marshmallow's Range
        self.max = max
        super().__init__(metadata={"minLength": 1, "maxLength": max}, load_default=None, allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > self.max:
            raise ValidationError(f"must have 1 to {self.max} characters")
        text = "\n".join(normalise(line) for line in value.splitlines())
        if not text.strip():
            raise ValidationError("must not be empty")
        return text


class WhichWording(Shape):
    """An agency's words for a template in a language."""

    agency_code = AgencyCode(required=True)
    template = fields.String(required=True, validate=validate.OneOf(TEMPLATES))
    language = fields.String(required=True, validate=validate.OneOf(["fa", "en"]))


class PreviewLetter(WhichWording):
    """The words to try; with none of them, those that hold now."""

    subject = Source(max=WRITTEN["subject"])
    opening = Source(max=WRITTEN["opening"])
    closing = Source(max=WRITTEN["closing"])


class SetWording(PreviewLetter):
    """The words from now on, and why; of a part that is not given, the shipped words. At least one is given."""

    reason = PersianText(max=500, required=True)


class WithdrawWording(WhichWording):
    """Which words are given up, and why."""

    reason = PersianText(max=500, required=True)


class ListWordings(Page):
    """Whose words."""

    agency_code = AgencyCode(required=True)


class WordingRevision(Shape):
    """One revision of an agency's words. One without any gave the shipped words back."""

    wording_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    template = fields.String(required=True)
    language = fields.String(required=True)
    revision = fields.Integer(required=True)
    subject = fields.String(required=True, allow_none=True)
    opening = fields.String(required=True, allow_none=True)
    closing = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    recorded_at = Moment(required=True)
    recorded_by = fields.String(required=True)


class WordingHistory(WhichWording):
    """What holds now in an agency: its own words, those of an agency above it (`agency_code` says which), or null for
    the shipped ones; and every revision of its own, the newest first."""

    in_force = fields.Nested(WordingRevision, required=True, allow_none=True)
    revisions = fields.List(fields.Nested(WordingRevision), required=True)


class LetterPreview(Shape):
    """A mail as somebody would get it, about invented people and courses."""

    subject = fields.String(required=True)
    text = fields.String(required=True)
    html = fields.String(required=True)
