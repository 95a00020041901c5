"""Shapes of the files of the curriculum, where they are not those of the catalog's own calls."""

from marshmallow import fields, validate

from services.catalog.schemas.competences import DefineCompetence
from services.catalog.schemas.courses import COURSE_TYPES, one_of
from shared.schemas import Code, Integer, IsoDate, LocalizedTextField, PersianText, Shape

KINDS = ("law", "by_law", "circular", "decision", "instruction")
STATUSES = ("in_force", "amended", "repealed")


class Record(Shape):
    """What laws and articles have in common; `source` is a key of the file's `sources`."""

    title = LocalizedTextField(required=True)
    status = one_of(*STATUSES)
    changed_on = IsoDate()
    successor = Code()
    note = PersianText(max=500)
    source = fields.String(required=True)
    confidence = one_of("F", "I", "G", required=True)


class Articles(Record):
    """An entry for each of these articles."""

    articles = fields.List(Integer(min=1), required=True, validate=validate.Length(min=1))


class Law(Record):
    """A law, circular or decision. `as_of` is for those who cite it and is not part of what is recorded."""

    code = Code(required=True)
    kind = one_of(*KINDS, required=True)
    number = PersianText(max=100)
    issued_on = IsoDate()
    issuer = PersianText(max=200)
    article_count = Integer(min=1)
    as_of = IsoDate(allow_none=True)
    articles = fields.List(fields.Nested(Articles))


class LawsFile(Shape):
    sources = fields.Dict(keys=fields.String(), values=PersianText(max=200), required=True)
    laws = fields.List(fields.Nested(Law), required=True)


class CompetencesFile(Shape):
    competences = fields.List(fields.Nested(DefineCompetence), required=True)


class Citation(Shape):
    """A legal reference for each of `articles`, or one for the whole law."""

    law = Code(required=True)
    articles = fields.List(Integer(min=1), validate=validate.Length(min=1))
    note = PersianText(max=500)
    as_of = IsoDate()


class Cited(Shape):
    cites = fields.List(fields.Nested(Citation))


class Area(Shape):
    """`courses` are checked one by one, as arguments of `catalog.define_course`."""

    code = Code(required=True)
    title = LocalizedTextField(required=True)
    course_type = one_of(*COURSE_TYPES, required=True)
    courses = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1))


class CoursesFile(Shape):
    hours_source = PersianText(max=200, required=True)
    areas = fields.List(fields.Nested(Area), required=True)
    extras = fields.List(fields.Nested(Area))


class ProgrammesFile(Shape):
    """`programmes` are checked one by one, as arguments of `catalog.define_programme`."""

    programmes = fields.List(fields.Dict(), required=True)
