"""What mail servers report of mails: shapes of reports, and of what is kept of them."""

from marshmallow import fields, validate

from services.notification.domain.bounces import MAX_REPORT, Kind
from shared.schemas import AgencyCode, Email, Moment, Page, PersianText, Shape

KINDS = [kind.value for kind in Kind]
CODE = r"[245]\.\d{1,3}\.\d{1,3}"


class ReportBounce(Shape):
    """Either `raw`, the whole mail of a server as base64, or the fields of one that the caller has read.

    Of the fields `address`, `kind` and one of `notification_id` and `message_id` (that of the mail) are needed.
    """

    raw = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 2 * MAX_REPORT))
    notification_id = fields.UUID(load_default=None, allow_none=True)
    message_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 500))
    address = Email(load_default=None, allow_none=True)
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))
    status_code = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(f"{CODE}$"))
    answer = PersianText(max=1000, load_default=None, allow_none=True)


class ListBounces(Page):
    """Whose reports: of an agency, of a person, of a kind."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    employee_id = fields.UUID(load_default=None, allow_none=True)
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))


class BounceReport(Shape):
    """What was said of one mail. `source`: `smtp` (while it was sent), `mailbox`, `call`."""

    report_id = fields.UUID(required=True)
    notification_id = fields.UUID(required=True)
    source = fields.String(required=True)
    kind = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    status_code = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    received_at = Moment(required=True)


class ListedBounce(BounceReport):
    """The same with the person and the agency that the mail was for."""

    employee_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    template = fields.String(required=True)
