"""Shapes of the catalog's arguments and replies.

The ranges here let one reply name every wrong field; why they are what they are is said with the rules in domain.py.
"""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from shared.persian import digits_ascii
from shared.schemas import (
    AgencyCode,
    Code,
    Integer,
    IsoDate,
    LocalizedTextField,
    Moment,
    Number,
    Page,
    PersianText,
    Shape,
)

COURSE_TYPES = ("induction", "job", "general_ability", "cultural", "managerial")
DELIVERY_MODES = ("in_person", "lms", "online_class", "webinar", "correspondence")
APPROVALS = ("none", "supervisor")


def _one_of(*words: str, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(words, error="must be one of {choices}"), **kwargs)


class Article(PersianText):
    """An article or paragraph such as `84` or `5-1`, with ASCII digits so that references can be compared."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return digits_ascii(super()._deserialize(value, attr, data, **kwargs))


class LegalReferenceShape(Shape):
    """What a course teaches from: a law or circular, an article of it, and the day its text was last compared.

    Loads to a dict of texts, as it is stored.
    """

    law = PersianText(max=300, required=True)
    article = Article(max=50, allow_none=True)
    note = PersianText(max=500, allow_none=True)
    as_of = IsoDate(allow_none=True)

    @post_load
    def _as_stored(self, loaded: dict[str, Any], **kwargs: Any) -> dict[str, str]:
        texts = {name: item.isoformat() if isinstance(item, date) else item for name, item in loaded.items()}
        return {name: text for name, text in texts.items() if text is not None}


class CompletionRule(Shape):
    min_attendance = Number(min=0, max=1, load_default=0.8)
    pass_mark = Number(min=0, max=100, load_default=60.0)


class CourseBody(Shape):
    """What a version of a course consists of."""

    title = LocalizedTextField(required=True)
    course_type = _one_of(*COURSE_TYPES, required=True)
    hours = Number(min=0, max=1000, required=True)
    hours_source = PersianText(max=200, load_default=None, allow_none=True)
    delivery_mode = _one_of(*DELIVERY_MODES, load_default="in_person")
    completion_rule = fields.Nested(CompletionRule, load_default=lambda: {"min_attendance": 0.8, "pass_mark": 60.0})
    prerequisites = fields.List(Code(), load_default=list, validate=validate.Length(max=50))
    topics = fields.List(LocalizedTextField(), load_default=list, validate=validate.Length(max=200))
    legal_references = fields.List(
        fields.Nested(LegalReferenceShape), load_default=list, validate=validate.Length(max=200)
    )
    leads_to_degree = fields.Boolean(load_default=False)
    refresh_every_months = Integer(min=1, max=600, load_default=None, allow_none=True)


class DefineCourse(CourseBody):
    code = Code(required=True)


class PublishCourse(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, required=True)


class GetCourse(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, load_default=None, allow_none=True)


class ListCourses(Page):
    pass


class Course(CourseBody):
    """A version of a course; `published_version` is the latest one that offerings can be opened for."""

    course_code = fields.String()
    version = fields.Integer()
    status = fields.String()
    created_at = Moment()
    published_at = Moment(allow_none=True)
    published_version = fields.Integer(allow_none=True)


class OpenTo(fields.Field):
    """`"agency"` (its own staff), `"all"`, or a list of agency codes; loads to the word or to a list."""

    default_error_messages = {  # noqa: RUF012 -- as in marshmallow
        "null": "must not be null",
        "invalid": 'must be "agency", "all" or a list of agency codes',
        "empty": "must name at least one agency",
        "long": "must name at most 500 agencies",
    }
    _code = AgencyCode()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | list[str]:
        if value in ("agency", "all"):
            return str(value)
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not value:
            raise self.make_error("empty")
        if len(value) > 500:
            raise self.make_error("long")
        return self._codes(value)

    def _codes(self, values: list[Any]) -> list[str]:
        codes, wrong = list[str](), {}
        for place, value in enumerate(values):
            try:
                codes.append(self._code.deserialize(value))
            except ValidationError as error:
                wrong[place] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return list(dict.fromkeys(codes))


class OfferingBody(Shape):
    course_code = Code(required=True)
    agency_code = AgencyCode(required=True)
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    enrollment_closes_on = IsoDate(load_default=None, allow_none=True)
    capacity = Integer(min=1, max=100_000, required=True)
    min_seats = Integer(min=1, max=100_000, load_default=1)
    waitlist_limit = Integer(min=0, max=100_000, load_default=0)
    open_to = OpenTo(load_default="agency")
    approval = _one_of(*APPROVALS, load_default="none")


class OpenOffering(OfferingBody):
    version = Integer(min=1, load_default=None, allow_none=True)


class GetOffering(Shape):
    offering_id = fields.UUID(required=True)


class CancelOffering(Shape):
    offering_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class ListOfferings(Page):
    pass


class Offering(OfferingBody):
    """An offering; its three days are Gregorian and wholly inside, in Tehran's time."""

    offering_id = fields.UUID()
    status = fields.String()
    course_version = fields.Integer()
    course_title = LocalizedTextField()
    created_at = Moment()
    cancelled_at = Moment(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
