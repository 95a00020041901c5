"""Shapes of forms after a course: questionnaires, requests, answers, test scores and figures."""

from typing import Any

from marshmallow import fields, validate

from services.enrollment.domain.forms import GAINS, HIGHEST, ITEM_KINDS, KINDS, LOWEST, MAX_ITEMS, MAX_TEXT
from services.enrollment.schemas.enrollments import MAX_ROWS
from shared import persian
from shared.schemas import (
    AgencyCode,
    Code,
    Integer,
    LocalizedTextField,
    Moment,
    Number,
    Page,
    Shape,
)

TESTS = ("pre", "post")
_WORD = validate.Regexp(r"[a-z][a-z0-9_]{0,29}\Z", error="must have 1 to 30 characters of a-z, 0-9 and _")


class Choice(Shape):
    code = fields.String(required=True, validate=_WORD)
    text = LocalizedTextField(required=True)


class ScaleLabels(Shape):
    """What the two ends of a scale mean."""

    min = LocalizedTextField(required=True)
    max = LocalizedTextField(required=True)


class Item(Shape):
    """A question. `kind`: `scale` (`min`, `max`, `labels`), `choice` (`choices`), `yes_no` or `text`."""

    code = fields.String(required=True, validate=_WORD)
    kind = fields.String(required=True, validate=validate.OneOf(ITEM_KINDS))
    text = LocalizedTextField(required=True)
    required = fields.Boolean(load_default=True)
    min = Integer(min=LOWEST, max=HIGHEST, load_default=None, allow_none=True)
    max = Integer(min=LOWEST, max=HIGHEST, load_default=None, allow_none=True)
    labels = fields.Nested(ScaleLabels, load_default=None, allow_none=True)
    choices = fields.List(fields.Nested(Choice), load_default=list)


class QuestionnaireBody(Shape):
    code = Code(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = LocalizedTextField(required=True)
    items = fields.List(fields.Nested(Item), required=True, validate=validate.Length(1, MAX_ITEMS))


class ShippedQuestionnaire(QuestionnaireBody):
    version = Integer(min=1, required=True)


class PublishQuestionnaire(QuestionnaireBody):
    agency_code = AgencyCode(required=True)


class Questionnaire(QuestionnaireBody):
    """A version of a questionnaire; it never changes. `agency_code` is null for one that comes with the product."""

    version = fields.Integer(required=True)
    agency_code = fields.String(required=True, allow_none=True)
    published_at = Moment(required=True, allow_none=True)


class GetQuestionnaire(Shape):
    """`agency_code` is left out for one that comes with the product; `version` is the latest unless given."""

    code = Code(required=True)
    version = Integer(min=1, load_default=None, allow_none=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)


class ListQuestionnaires(Page):
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))


class Answers(fields.Dict):
    """`{"<item>": answer}`: a number, a choice's code, true or false, or text; null is no answer."""

    default_error_messages = {"invalid": "must be an object of item and answer"}  # noqa: RUF012 -- as in marshmallow

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.String(), validate=validate.Length(max=2 * MAX_ITEMS), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        given: dict[str, Any] = super()._deserialize(value, attr, data, **kwargs)
        return {item: _normalised(answer) for item, answer in given.items()}


def _normalised(answer: Any) -> Any:
    # A text far too long is refused by its item, and not worth the time that normalising it would take.
    return persian.normalise(answer) if isinstance(answer, str) and len(answer) <= 4 * MAX_TEXT else answer


class SubmitForm(Shape):
    form_id = fields.UUID(required=True)
    answers = Answers(required=True)


class SubmitResultsForm(Shape):
    """`agency_code` is the agency that answers: the caller's own unless given."""

    offering_id = fields.UUID(required=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)
    answers = Answers(required=True)


class Submitted(Shape):
    """`late`: after the last day. `enrollment_status`: what has become of the enrollment, null for results forms."""

    form_id = fields.UUID(required=True)
    answered_at = Moment(required=True)
    late = fields.Boolean(required=True)
    enrollment_status = fields.String(required=True, allow_none=True)


class GetForm(Shape):
    form_id = fields.UUID(required=True)


class ListForms(Page):
    """`employee_id` is the participant's, `respondent_id` the one's who is asked."""

    employee_id = fields.UUID(load_default=None, allow_none=True)
    respondent_id = fields.UUID(load_default=None, allow_none=True)
    offering_id = fields.UUID(load_default=None, allow_none=True)
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))
    open_only = fields.Boolean(load_default=False)


class Form(Shape):
    """Who is asked about what until when; answers are never shown. A form without a respondent waits for the agency.

    `employee_id` and `full_name` are the participant's, null in a results form. The system of `agency_code` answers.
    `certificate_waits`: the course is passed, and only this form is missing.
    """

    form_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    enrollment_id = fields.UUID(required=True, allow_none=True)
    employee_id = fields.UUID(required=True, allow_none=True)
    full_name = fields.String(required=True, allow_none=True)
    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    respondent_id = fields.UUID(required=True, allow_none=True)
    respondent_name = fields.String(required=True, allow_none=True)
    agency_code = fields.String(required=True)
    opened_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    answered_at = Moment(required=True, allow_none=True)
    late = fields.Boolean(required=True)
    certificate_waits = fields.Boolean(required=True)


class FormWithQuestions(Form):
    questionnaire = fields.Nested(Questionnaire, required=True)


class TestScore(Shape):
    enrollment_id = fields.UUID(required=True)
    score = Number(min=0, max=100, required=True)


class RecordTests(Shape):
    offering_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(TESTS))
    rows = fields.List(fields.Nested(TestScore), required=True, validate=validate.Length(1, MAX_ROWS))


class RejectedScore(Shape):
    enrollment_id = fields.UUID(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class RecordedTests(Shape):
    """`changed` had another score before, `unchanged` the same."""

    recorded = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    rejected = fields.List(fields.Nested(RejectedScore), required=True)


class Effectiveness(Shape):
    """At least one of the four; together they narrow each other down. `jalali_year` is that of the last day."""

    offering_id = fields.UUID(load_default=None, allow_none=True)
    course_code = Code(load_default=None, allow_none=True)
    provider_code = Code(load_default=None, allow_none=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)
    jalali_year = Integer(min=1300, max=1500, load_default=None, allow_none=True)


class ItemFigures(Shape):
    """`n` answers; `mean`, `share_high` (4 and 5 of 5; of yes and no the yes) or the `shares` of choices.

    All null of too few answers.
    """

    questionnaire_agency = fields.String(required=True, allow_none=True)
    questionnaire_code = fields.String(required=True)
    questionnaire_version = fields.Integer(required=True)
    item = fields.String(required=True)
    text = LocalizedTextField(required=True)
    n = fields.Integer(required=True)
    mean = fields.Float(required=True, allow_none=True)
    share_high = fields.Float(required=True, allow_none=True)
    shares = fields.Dict(keys=fields.String(), values=fields.Float(), required=True, allow_none=True)


class FormFigures(Shape):
    """People asked, forms answered (late ones among them), `response_rate` from 0 to 1, and each item's figures."""

    asked = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    late = fields.Integer(required=True)
    response_rate = fields.Float(required=True, allow_none=True)
    items = fields.List(fields.Nested(ItemFigures), required=True)


class LearningFigures(Shape):
    """Over `n` people with both scores; `normalised_gain` is the mean of (post - pre) / (100 - pre) over
    `normalised_n` of them, those who could still gain."""

    n = fields.Integer(required=True)
    pre = fields.Float(required=True, allow_none=True)
    post = fields.Float(required=True, allow_none=True)
    gain = fields.Float(required=True, allow_none=True)
    normalised_gain = fields.Float(required=True, allow_none=True)
    normalised_n = fields.Integer(required=True, allow_none=True)


class GainFigures(Shape):
    """A gain of the seven, as `n` agencies see it on a scale of 1 to 5."""

    gain = fields.String(required=True, validate=validate.OneOf(GAINS))
    text = LocalizedTextField(required=True)
    n = fields.Integer(required=True)
    mean = fields.Float(required=True, allow_none=True)


class ResultFigures(Shape):
    answered = fields.Integer(required=True)
    gains = fields.List(fields.Nested(GainFigures), required=True)


class EffectivenessFigures(Shape):
    """Levels 1 to 4: what participants thought, what they learned, how they work after it, what it was good for."""

    min_answers_shown = fields.Integer(required=True)
    reaction = fields.Nested(FormFigures, required=True)
    learning = fields.Nested(LearningFigures, required=True)
    behaviour = fields.Nested(FormFigures, required=True)
    results = fields.Nested(ResultFigures, required=True)


class ListRemarks(Page):
    offering_id = fields.UUID(required=True)
    kind = fields.String(load_default="reaction", validate=validate.OneOf(("reaction", "behaviour")))


class Remark(Shape):
    """What somebody wrote, in an order drawn by lot."""

    item = fields.String(required=True)
    text = fields.String(required=True)
