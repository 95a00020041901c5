"""Shapes of what stands beside courses: competences, groups of courses, gains."""

from marshmallow import fields, validate

from services.catalog.schemas.courses import one_of
from shared.schemas import Code, Integer, LocalizedTextField, Page, Shape

MAX_MEMBERS = 200


class DefineCompetence(Shape):
    """`levels` describes level 1 and up, in their order."""

    code = Code(required=True)
    title = LocalizedTextField(required=True)
    levels = fields.List(LocalizedTextField(), required=True, validate=validate.Length(1, 20))


class ListCompetences(Page):
    pass


class Competence(Shape):
    code = fields.String(required=True)
    title = LocalizedTextField(required=True)
    levels = fields.List(LocalizedTextField(), required=True)


class SetCourseGroup(Shape):
    """Without `revision` the group is taken as it is; with it only if nobody changed it since."""

    group_code = Code(required=True)
    title = LocalizedTextField(required=True)
    kind = one_of("equivalent", "counts_once", required=True)
    course_codes = fields.List(Code(), required=True, validate=validate.Length(max=MAX_MEMBERS))
    revision = Integer(min=1, load_default=None, allow_none=True)


class ListCourseGroups(Page):
    pass


class CourseGroup(Shape):
    group_code = fields.String(required=True)
    revision = fields.Integer(required=True)
    title = LocalizedTextField(required=True)
    kind = fields.String(required=True)
    course_codes = fields.List(fields.String(), required=True)


class ListGains(Shape):
    """Nothing."""


class Gain(Shape):
    code = fields.String(required=True)
    title = LocalizedTextField(required=True)


class Gains(Shape):
    items = fields.List(fields.Nested(Gain), required=True)
