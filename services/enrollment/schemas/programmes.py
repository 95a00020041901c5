"""Shapes of programmes: how somebody stands in one, and which they have completed."""

from marshmallow import fields

from shared.schemas import Code, LocalizedTextField, Moment, Page, Shape


class ProgrammeProgress(Shape):
    employee_id = fields.UUID(required=True)
    programme_code = Code(required=True)


class CountedCourse(Shape):
    """The completed course that counts; another one than the programme's where that is equivalent."""

    course_code = fields.String(required=True)
    version = fields.Integer(required=True)
    hours = fields.Float(required=True)
    completed_on = fields.Date(required=True)


class ProgrammeItem(Shape):
    """A course of the programme. `status`: `done`, `missing`, `old_version`, or `too_early` in an ordered one."""

    course_code = fields.String(required=True)
    compulsory = fields.Boolean(required=True)
    min_version = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    by = fields.Nested(CountedCourse, required=True, allow_none=True)


class ListProgrammeCompletions(Page):
    employee_id = fields.UUID(required=True)


class ProgrammeCompletion(Shape):
    """A programme that somebody completed: by which courses, and in which version of the programme."""

    completion_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    programme_code = fields.String(required=True)
    programme_version = fields.Integer(required=True)
    programme_title = LocalizedTextField(required=True)
    purpose = fields.String(required=True)
    hours = fields.Float(required=True)
    course_codes = fields.List(fields.String(), required=True)
    completed_on = fields.Date(required=True)
    completed_at = Moment(required=True)


class Progress(Shape):
    """How somebody stands in a programme as it is now. `completion` is what was completed before, in any version."""

    employee_id = fields.UUID(required=True)
    programme_code = fields.String(required=True)
    programme_version = fields.Integer(required=True)
    programme_title = LocalizedTextField(required=True)
    purpose = fields.String(required=True)
    retired = fields.Boolean(required=True)
    ordered = fields.Boolean(required=True)
    within_months = fields.Integer(required=True, allow_none=True)
    items = fields.List(fields.Nested(ProgrammeItem), required=True)
    missing = fields.List(fields.String(), required=True)
    electives = fields.Integer(required=True)
    min_electives = fields.Integer(required=True)
    hours = fields.Float(required=True)
    min_hours = fields.Float(required=True)
    complete = fields.Boolean(required=True)
    completion = fields.Nested(ProgrammeCompletion, required=True, allow_none=True)
