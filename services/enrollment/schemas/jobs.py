"""Shapes of bulk jobs."""

from marshmallow import fields, validate

from shared.schemas import AgencyCode, Integer, Moment, Page, Shape

MAX_CHUNK = 600_000  # characters; a call has at most 1 MiB, whatever the characters take in it
FORMATS = ("auto", "csv", "jsonl")
OUTCOMES = ("accepted", "unchanged", "refused")


class Upload(Shape):
    """A piece of a file, as text: up to 600 000 characters, and the whole call up to 1 MiB.

    The first one has no `job_id`; its reply names it, and those that follow send it along. `last` ends the file.
    `format`: csv, jsonl (one JSON object a line), or auto.
    """

    content = fields.String(
        required=True,
        validate=[
            validate.Length(0, MAX_CHUNK),
            validate.ContainsNoneOf("\x00", error="is not text: it has null characters"),
        ],
    )
    format = fields.String(load_default="auto", validate=validate.OneOf(FORMATS))
    chunk = Integer(min=1, max=10_000, load_default=1)
    last = fields.Boolean(load_default=True)
    job_id = fields.UUID(load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class ImportEmployees(Upload):
    agency_code = AgencyCode(required=True)


class UploadForOffering(Upload):
    offering_id = fields.UUID(required=True)


class Job(Shape):
    """How far a job is. `repeated`: this very file was sent before, and this is the job it was sent for.

    `status`: uploading, queued, running, done, failed (`error` says why, and no further row was touched), cancelled.
    """

    job_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    agency_code = fields.String(required=True)
    offering_id = fields.UUID(required=True, allow_none=True)
    dry_run = fields.Boolean(required=True)
    status = fields.String(required=True)
    system = fields.String(required=True)
    chunks = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    processed = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    error = fields.Dict(required=True, allow_none=True)
    created_at = Moment(required=True)
    started_at = Moment(required=True, allow_none=True)
    finished_at = Moment(required=True, allow_none=True)
    repeated = fields.Boolean()


class JobById(Shape):
    job_id = fields.UUID(required=True)


class ListJobs(Page):
    """`agency_code` may be left out: the caller's own agency, or all of them for national callers."""

    agency_code = AgencyCode(load_default=None, allow_none=True)


class ListJobRows(Page):
    job_id = fields.UUID(required=True)
    outcome = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(OUTCOMES))


class JobRow(Shape):
    """What came of a row. `line` is where it stood in the file; `subject_id` the employee or enrollment it is about."""

    line = fields.Integer(required=True)
    outcome = fields.String(required=True)
    status = fields.String(required=True, allow_none=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)


class GetJobFile(Shape):
    job_id = fields.UUID(required=True)
    part = Integer(min=1, load_default=1)


class JobFile(Shape):
    """A part of the result file as CSV; `parts` is how many there are by now."""

    filename = fields.String(required=True)
    content = fields.String(required=True)
    part = fields.Integer(required=True)
    parts = fields.Integer(required=True)
