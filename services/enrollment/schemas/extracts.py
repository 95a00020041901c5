"""Shapes of extracts of training records."""

from marshmallow import fields

from services.enrollment.schemas.record import GetTrainingRecord
from shared.schemas import Integer, Moment, Shape


class IssueTrainingRecord(GetTrainingRecord):
    """`as_of` left out: what is known now; a day is the whole of it in Tehran."""


class Extract(Shape):
    """An extract and the moment whose knowledge it shows; certification has its document by `extract_id`."""

    extract_id = fields.UUID(required=True)
    as_of = Moment(required=True)
    lines = Integer(required=True)
