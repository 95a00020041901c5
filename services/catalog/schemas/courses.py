"""Shapes of courses.

The ranges here let one reply name every wrong field; why they are what they are is said with the rules in domain.py.
"""

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.catalog.domain.courses import GAINS
from shared.course_types import DELIVERY_MODES
from shared.persian import digits_ascii
from shared.schemas import (
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
FORMATS = ("workshop", "class", "seminar", "lecture")
EMPLOYMENTS = ("official", "contractual", "fixed_term")
_TEMPLATE = re.compile(r"[a-z0-9-]+")
_ARTICLE = re.compile(r"^(ماد[هۀ]ٔ?\s*|article\s+)?0*(?=[0-9])", re.IGNORECASE)
LANGUAGES = ("fa", "en", "ar", "az", "ku", "fr", "de", "ru", "zh")


def one_of(*words: str, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(words, error="must be one of {choices}"), **kwargs)


class Article(PersianText):
    """An article or paragraph such as `84` or `5-1`, in one form so that references can be compared.

    Digits are ASCII, zeros before a number go, and so does the word before it: `مادهٔ ۰۸۴` is `84`.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = digits_ascii(super()._deserialize(value, attr, data, **kwargs))
        return _ARTICLE.sub("", text)


class DocumentNumber(PersianText):
    """The number that a document bears, with ASCII digits, so that it is one number however it was typed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return digits_ascii(super()._deserialize(value, attr, data, **kwargs))


class TemplateName(PersianText):
    """The name of a template of certificates: a-z, 0-9 and `-`, lower-cased. Whether there is one of this name is
    certification's to know."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = digits_ascii(super()._deserialize(value, attr, data, **kwargs)).lower()
        if not _TEMPLATE.fullmatch(text):
            raise ValidationError("must have only characters of a-z, 0-9 and -")
        return text


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


class Assessment(Shape):
    """One of several assessments; `weight` is its share of the score, from 0 to 1."""

    code = Code(required=True)
    title = LocalizedTextField(required=True)
    weight = Number(min=0, max=1, required=True)


class CompletionRule(Shape):
    """When the course counts as completed. Without `assessments` there is one score.

    `min_attendance` (share of the hours) and `pass_mark` (of 100) are those of the policies `max_absence_share` and
    `pass_mark` unless given: 0.8 and 60. `resits`: how often somebody who misses the
    score alone may sit again without repeating the course; null leaves it to enrollment's policy `resits_when_unsaid`.
    """

    min_attendance = Number(min=0, max=1)
    pass_mark = Number(min=0, max=100)
    assessments = fields.List(fields.Nested(Assessment), load_default=list, validate=validate.Length(max=20))
    resits = Integer(min=0, max=10, load_default=None, allow_none=True)


class GroupSize(Shape):
    """How many people a format needs and takes; `max` null: no upper limit. What is left out is the policy's."""

    min = Integer(min=1, max=100_000)
    max = Integer(min=1, max=100_000, allow_none=True)


class Audience(Shape):
    """Whom the course is for; an empty list excludes nobody. `managers`: any, only (nobody else), none."""

    job_families = fields.List(PersianText(max=100), load_default=list, validate=validate.Length(max=100))
    employments = fields.List(one_of(*EMPLOYMENTS), load_default=list, validate=validate.Length(max=10))
    managers = one_of("any", "only", "none", load_default="any")


class TaughtCompetence(Shape):
    """A competence of the framework, and the level to which the course teaches it."""

    code = Code(required=True)
    level = Integer(min=1, max=20, required=True)


class CourseBody(Shape):
    """What a version of a course consists of."""

    title = LocalizedTextField(required=True)
    objectives = fields.List(LocalizedTextField(), load_default=list, validate=validate.Length(max=50))
    course_type = one_of(*COURSE_TYPES, required=True)
    hours = Number(min=0, max=1000, required=True)
    practical_hours = Number(min=0, max=1000, load_default=0.0)
    hours_source = PersianText(max=200, load_default=None, allow_none=True)
    delivery_mode = one_of(*DELIVERY_MODES, load_default="in_person")
    group_sizes = fields.Dict(keys=one_of(*FORMATS), values=fields.Nested(GroupSize), load_default=dict)
    audience = fields.Nested(Audience, load_default=lambda: Audience().load({}))
    completion_rule = fields.Nested(CompletionRule, load_default=lambda: CompletionRule().load({}))
    prerequisites = fields.List(Code(), load_default=list, validate=validate.Length(max=50))
    prerequisite_versions = fields.Dict(keys=Code(), values=Integer(min=1), load_default=dict)
    topics = fields.List(LocalizedTextField(), load_default=list, validate=validate.Length(max=200))
    legal_references = fields.List(
        fields.Nested(LegalReferenceShape), load_default=list, validate=validate.Length(max=200)
    )
    languages = fields.List(one_of(*LANGUAGES), load_default=lambda: ["fa"], validate=validate.Length(1, 10))
    competences = fields.List(fields.Nested(TaughtCompetence), load_default=list, validate=validate.Length(max=50))
    gains = fields.List(one_of(*GAINS), load_default=list)
    certificate_template = TemplateName(max=50, load_default=None, allow_none=True)
    leads_to_degree = fields.Boolean(load_default=False)
    veterans_exception = fields.Boolean(load_default=False)
    refresh_every_months = Integer(min=1, max=600, load_default=None, allow_none=True)
    external_code = PersianText(max=50, load_default=None, allow_none=True)
    origin = PersianText(max=100, load_default=None, allow_none=True)


class DefineCourse(CourseBody):
    """`after_version`: the newest version that the author has seen, 0 for none; without it any will do."""

    code = Code(required=True)
    after_version = Integer(min=0, load_default=None, allow_none=True)


class EditDraft(CourseBody):
    course_code = Code(required=True)
    version = Integer(min=1, required=True)
    revision = Integer(min=1, required=True)


class DiscardDraft(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, required=True)
    revision = Integer(min=1, required=True)


class PublishCourse(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, required=True)
    revision = Integer(min=1, load_default=None, allow_none=True)


class RetireCourse(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, load_default=None, allow_none=True)
    reason = PersianText(max=500, required=True)


class RetiredCourse(Shape):
    course_code = fields.String(required=True)
    versions = fields.List(fields.Integer(), required=True)
    published_version = fields.Integer(required=True, allow_none=True)
    needed_by = fields.List(fields.String(), required=True)


class GetCourse(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, load_default=None, allow_none=True)


class ListCourseVersions(Page):
    course_code = Code(required=True)


class ListCourses(Page):
    """`query`: words in either language, wherever they stand; the other fields narrow the list."""

    query = PersianText(max=200, load_default=None, allow_none=True)
    course_type = one_of(*COURSE_TYPES, load_default=None, allow_none=True)
    group = one_of("job_side", "general_side", load_default=None, allow_none=True)
    delivery_mode = one_of(*DELIVERY_MODES, load_default=None, allow_none=True)
    area = Code(load_default=None, allow_none=True)
    language = one_of(*LANGUAGES, load_default=None, allow_none=True)
    gain = one_of(*GAINS, load_default=None, allow_none=True)
    competence = Code(load_default=None, allow_none=True)
    law = Code(load_default=None, allow_none=True)
    min_hours = Number(min=0, max=1000, load_default=None, allow_none=True)
    max_hours = Number(min=0, max=1000, load_default=None, allow_none=True)
    status = one_of("draft", "published", "retired", load_default=None, allow_none=True)


class Course(CourseBody):
    """A version of a course; `published_version` is the latest one that offerings can be opened for.

    `group` is `job_side` or `general_side`, the two kinds of hours that promotion and certificates tell apart.
    `stale_since`: a law that this version cites changed, and nobody has compared them since.
    """

    course_code = fields.String()
    version = fields.Integer()
    revision = fields.Integer()
    status = fields.String()
    group = fields.String()
    theory_hours = fields.Float()
    created_at = Moment()
    published_at = Moment(allow_none=True)
    retired_at = Moment(allow_none=True)
    retire_reason = fields.String(allow_none=True)
    stale_since = Moment(allow_none=True)
    published_version = fields.Integer(allow_none=True)
