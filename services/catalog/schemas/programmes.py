"""Shapes of programmes."""

from marshmallow import fields, validate

from services.catalog.schemas.courses import Audience, one_of
from shared.schemas import Code, Integer, LocalizedTextField, Moment, Number, Page, PersianText, Shape

PURPOSES = ("induction", "pre_appointment", "other")


class ProgrammeCourse(Shape):
    """A course of a programme; with `min_version` only that version of it or a later one counts."""

    course_code = Code(required=True)
    compulsory = fields.Boolean(load_default=True)
    min_version = Integer(min=1, load_default=None, allow_none=True)


class ProgrammeBody(Shape):
    """What a version of a programme asks for. `within_months` counts from the day of employment."""

    title = LocalizedTextField(required=True)
    purpose = one_of(*PURPOSES, load_default="other")
    ordered = fields.Boolean(load_default=False)
    courses = fields.List(fields.Nested(ProgrammeCourse), required=True, validate=validate.Length(1, 100))
    min_electives = Integer(min=0, max=100, load_default=0)
    min_hours = Number(min=0, max=10_000, load_default=0.0)
    audience = fields.Nested(Audience, load_default=lambda: Audience().load({}))
    within_months = Integer(min=1, max=600, load_default=None, allow_none=True)
    origin = PersianText(max=100, load_default=None, allow_none=True)


class DefineProgramme(ProgrammeBody):
    """`after_version`: the newest version that the author has seen, 0 for none; without it any will do."""

    code = Code(required=True)
    after_version = Integer(min=0, load_default=None, allow_none=True)


class EditProgrammeDraft(ProgrammeBody):
    programme_code = Code(required=True)
    version = Integer(min=1, required=True)
    revision = Integer(min=1, required=True)


class PublishProgramme(Shape):
    programme_code = Code(required=True)
    version = Integer(min=1, required=True)
    revision = Integer(min=1, load_default=None, allow_none=True)


class RetireProgramme(Shape):
    programme_code = Code(required=True)
    reason = PersianText(max=500, required=True)


class GetProgramme(Shape):
    programme_code = Code(required=True)
    version = Integer(min=1, load_default=None, allow_none=True)


class ListProgrammes(Page):
    purpose = one_of(*PURPOSES, load_default=None, allow_none=True)
    status = one_of("draft", "published", "retired", load_default=None, allow_none=True)


class Programme(ProgrammeBody):
    """A version of a programme."""

    programme_code = fields.String()
    version = fields.Integer()
    revision = fields.Integer()
    status = fields.String()
    created_at = Moment()
    published_at = Moment(allow_none=True)
    retired_at = Moment(allow_none=True)
    retire_reason = fields.String(allow_none=True)
