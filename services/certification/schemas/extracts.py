"""Shapes of documents of training records."""

from marshmallow import fields, validate

from services.certification.schemas.certificates import Provider, Verification
from shared.schemas import Integer, IsoDate, LocalizedTextField, Moment, Page, Shape

LANGUAGES = ("fa", "en")
KIND = "training_record"


class ExtractById(Shape):
    extract_id = fields.UUID(required=True)


class GetTrainingRecordDocument(ExtractById):
    language = fields.String(load_default="fa", validate=validate.OneOf(LANGUAGES))


class ListTrainingRecordDocuments(Page):
    employee_id = fields.UUID(required=True)


class TrainingRecordDocument(Shape):
    """A record that was extracted: `as_of` is the moment whose knowledge it shows. `erased`: the person's data was
    erased, and there is no document any more."""

    extract_id = fields.UUID(required=True)
    serial = fields.String(required=True)
    agency_code = fields.String(required=True)
    as_of = Moment(required=True)
    issued_at = Moment(required=True)
    verification_code = fields.String(required=True)
    verification_url = fields.String(required=True)
    erased = fields.Boolean(required=True)


class TrainingRecordCredential(Shape):
    """A ClrCredential (Comprehensive Learner Record 2.0) as VC-JWT. `salts` are those of its hashed identifiers by
    `identityType`, for agency systems and the national role only."""

    credential = fields.String(required=True)
    media_type = fields.String(required=True)
    salts = fields.Dict(keys=fields.String(), values=fields.String(), required=True, allow_none=True)


class RecordFile(Shape):
    """A PDF that was given out, by its SHA-256 in hexadecimal."""

    sha256 = fields.String(required=True)
    language = fields.String(required=True)
    made_at = Moment(required=True)


class RecordSums(Shape):
    """What anybody may know of a record: how much it was at `as_of`, and which files were made of it; no line of it.

    `hours` count, by the side of the job and the general one; `lines` has those too that do not.
    """

    as_of = Moment(required=True)
    lines = Integer(required=True)
    hours = fields.Float(required=True)
    job_hours = fields.Float(required=True)
    general_hours = fields.Float(required=True)
    files = fields.List(fields.Nested(RecordFile), required=True)


class AnyVerification(Verification):
    __doc__ = f"""{Verification.__doc__}
    Of the document of a training record `kind` is training_record: it has `record`, and nothing of a course.
    """

    kind = fields.String(required=True)
    course_title = LocalizedTextField()
    hours = fields.Float()
    completed_on = IsoDate()
    course_code = fields.String()
    course_version = Integer()
    course_type = fields.String(allow_none=True)
    delivery_mode = fields.String(allow_none=True)
    starts_on = IsoDate()
    ends_on = IsoDate()
    score = fields.Float(allow_none=True)
    provider = fields.Nested(Provider)
    record = fields.Nested(RecordSums)
