"""Shapes of what becomes of certificates: requests that two people decide, suspension, history."""

from marshmallow import fields, validate

from services.certification.schemas.certificates import STATUSES, CertificateById
from shared.schemas import Integer, IsoDate, LocalizedTextField, Moment, Number, Page, PersianText, Shape

KINDS = ("correction", "revocation")
REQUEST_STATUSES = ("pending", "confirmed", "refused", "withdrawn", "lapsed")


class Changes(Shape):
    """What the new certificate is to say; what is not named stays. `hours` and `score` (of 100) are numbers."""

    holder_name = PersianText()
    father_name = PersianText(allow_none=True)
    job_title = PersianText(allow_none=True)
    unit = PersianText(allow_none=True)
    personnel_number = PersianText(max=20)
    course_title = LocalizedTextField()
    hours = Number(min=0.01, max=10_000)
    starts_on = IsoDate()
    ends_on = IsoDate()
    completed_on = IsoDate()
    score = Number(min=0, max=100)


class _ByOfficer(Shape):
    """`officer_id`: the employee of the calling agency for whom the system calls; kept in the history."""

    reason = PersianText(max=500, required=True)
    officer_id = fields.UUID(load_default=None, allow_none=True)


class RequestCorrection(CertificateById, _ByOfficer):
    """`reason` is said to the holder and on the public page of the replaced certificate."""

    changes = fields.Nested(Changes, required=True)


class RequestRevocation(CertificateById, _ByOfficer):
    """`reason_code` is one of the policy `revocation_reasons`; `reason` is said to the holder and in public."""

    reason_code = fields.String(required=True)


class RequestById(Shape):
    request_id = fields.UUID(required=True)
    officer_id = fields.UUID(load_default=None, allow_none=True)


class RefuseRequest(RequestById):
    reason = PersianText(max=500, required=True)


class ListRequests(Page):
    """`agency_code`: of one agency only."""

    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(REQUEST_STATUSES))
    certificate_id = fields.UUID(load_default=None, allow_none=True)
    agency_code = fields.String(load_default=None, allow_none=True)


class Change(Shape):
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class Request(Shape):
    """A request to correct or revoke. `changes` by field, null for a revocation and once the holder was erased.

    It lapses after `expires_at`. `new_certificate_id` is there once a correction was confirmed.
    """

    request_id = fields.UUID(required=True)
    certificate_id = fields.UUID(required=True)
    serial = fields.String(required=True)
    agency_code = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    status = fields.String(required=True, validate=validate.OneOf(REQUEST_STATUSES))
    changes = fields.Dict(keys=fields.String(), values=fields.Nested(Change), required=True, allow_none=True)
    reason_code = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    requested_at = Moment(required=True)
    requested_by = fields.String(required=True)
    requested_officer_id = fields.UUID(required=True, allow_none=True)
    expires_at = Moment(required=True)
    decided_at = Moment(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_officer_id = fields.UUID(required=True, allow_none=True)
    decision_reason = fields.String(required=True, allow_none=True)
    new_certificate_id = fields.UUID(required=True, allow_none=True)


class ChangeStatus(CertificateById, _ByOfficer):
    """`reason` is said to the holder; that of a suspension in public too."""


class Standing(Shape):
    certificate_id = fields.UUID(required=True)
    serial = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class HistoryStep(Shape):
    """One thing that happened. `action`: issue, correct, suspend, reinstate, revoke or expire; `system` is who called,
    `clock` what fell due by itself, `enrollment` what followed from a result.

    `details.changes` of a correction: by field what was said before and after.
    """

    certificate_id = fields.UUID(required=True)
    serial = fields.String(required=True)
    at = Moment(required=True)
    action = fields.String(required=True)
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True)
    system = fields.String(required=True, allow_none=True)
    officer_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    details = fields.Raw(required=True, allow_none=True)


class ChainLink(Shape):
    """A certificate of the chain; `superseded_by` is the serial of the one in its place."""

    certificate_id = fields.UUID(required=True)
    serial = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    cycle = Integer(required=True)
    issued_at = Moment(required=True)
    valid_until = IsoDate(required=True, allow_none=True)
    superseded_by = fields.String(required=True, allow_none=True)


class History(Shape):
    """The certificates of one completion in the order of their issue, and everything that happened to them."""

    certificates = fields.List(fields.Nested(ChainLink), required=True)
    items = fields.List(fields.Nested(HistoryStep), required=True)
