"""Shapes of laws, articles and circulars."""

from marshmallow import fields, post_load

from services.catalog.domain.law import KINDS, STATUSES
from services.catalog.schemas.courses import Article, one_of
from shared.schemas import Code, Integer, IsoDate, LocalizedTextField, Moment, Page, PersianText, Shape


class RecordLegalReference(Shape):
    """`confidence`: F found in a source, I inferred, G general knowledge, X looked for and not found."""

    law = Code(required=True)
    article = Article(max=50, load_default=None, allow_none=True)
    kind = one_of(*KINDS, required=True)
    title = LocalizedTextField(required=True)
    number = PersianText(max=100, load_default=None, allow_none=True)
    issued_on = IsoDate(load_default=None, allow_none=True)
    issuer = PersianText(max=300, load_default=None, allow_none=True)
    article_count = Integer(min=1, max=10_000, load_default=None, allow_none=True)
    status = one_of(*STATUSES, load_default="in_force")
    changed_on = IsoDate(load_default=None, allow_none=True)
    successor = Code(load_default=None, allow_none=True)
    note = PersianText(max=500, load_default=None, allow_none=True)
    source = PersianText(max=300, load_default=None, allow_none=True)
    confidence = one_of("F", "I", "G", "X", load_default=None, allow_none=True)

    @post_load
    def _whole_law(self, loaded: dict[str, object], **kwargs: object) -> dict[str, object]:
        return loaded | {"article": loaded["article"] or ""}


class ChangeLegalReference(Shape):
    law = Code(required=True)
    article = Article(max=50, load_default=None, allow_none=True)
    status = one_of(*STATUSES, required=True)
    effective_on = IsoDate(required=True)
    successor = Code(load_default=None, allow_none=True)
    note = PersianText(max=500, load_default=None, allow_none=True)


class GetLegalReference(Shape):
    """By `law` (and `article`), or by `number` in either of its printed orders."""

    law = Code(load_default=None, allow_none=True)
    article = Article(max=50, load_default=None, allow_none=True)
    number = PersianText(max=100, load_default=None, allow_none=True)


class ListLegalReferences(Page):
    """Without `status` everything that is not repealed; without `kind` and `law` no single articles."""

    status = one_of(*STATUSES, "any", load_default=None, allow_none=True)
    kind = one_of(*KINDS, load_default=None, allow_none=True)
    law = Code(load_default=None, allow_none=True)
    number = PersianText(max=100, load_default=None, allow_none=True)
    query = PersianText(max=200, load_default=None, allow_none=True)


class LegalReference(Shape):
    law = fields.String(required=True)
    article = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    title = LocalizedTextField(required=True)
    number = fields.String(required=True, allow_none=True)
    issued_on = IsoDate(required=True, allow_none=True)
    issuer = fields.String(required=True, allow_none=True)
    article_count = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    changed_on = IsoDate(required=True, allow_none=True)
    successor = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    confidence = fields.String(required=True, allow_none=True)


class LegalChange(Shape):
    """`recorded_by` is the system that recorded it."""

    law = fields.String(required=True)
    article = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    effective_on = IsoDate(required=True)
    successor = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    recorded_at = Moment(required=True)
    recorded_by = fields.String(required=True)


class LegalReferenceDetails(LegalReference):
    """With its articles that are recorded, its history, and the published courses that cite it."""

    articles = fields.List(fields.Nested(LegalReference), required=True)
    changes = fields.List(fields.Nested(LegalChange), required=True)
    cited_by = fields.List(fields.String(), required=True)


class StaleVersion(Shape):
    """A version to revise, and why: the changes in what it cites, since it was last compared."""

    course_code = fields.String(required=True)
    version = fields.Integer(required=True)
    title = LocalizedTextField(required=True)
    status = fields.String(required=True)
    stale_since = Moment(required=True)
    changes = fields.List(fields.Nested(LegalChange), required=True)


class ChangedLegalReference(LegalReference):
    """The reference after the change, and every version that cites its old text."""

    stale_courses = fields.List(fields.Dict(), required=True)


class ListStaleCourses(Page):
    pass


class ReviewCourse(Shape):
    course_code = Code(required=True)
    version = Integer(min=1, required=True)
    note = PersianText(max=500, required=True)
