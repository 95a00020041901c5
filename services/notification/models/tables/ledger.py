"""The ledger of notifications, and what is kept beside it."""

import sqlalchemy as sa

from services.notification.models.tables.base import metadata, only
from shared.columns import JSON, UTCDateTime

# What waits for a webhook has indexes of its own: a system that is away leaves much there, and mail must not search
# through it.
_DUE = "status IN ('pending', 'deferred', 'sending') AND cadence IS NULL AND channel <> 'webhook'"
_FOR_WEBHOOK = "channel = 'webhook' AND status IN ('pending', 'deferred', 'sending')"

# The ledger: one row for each recipient, event and template. Two unique keys make "nothing is told twice" true,
# whatever is replayed and whatever channel somebody has chosen since: the same event never queues twice, and neither
# does another event about the same subject (an enrollment, a certificate) with the same template. A template that may
# be said again about one subject uses the id of its event, or one made of the occasion, as `subject_id`. `due_at` is
# when the sender may take the row: for one that is being sent, the end of its lease; `claim_id` is that sender's mark.
# `turn_at` is when a row that the rates have held back comes next, of one that has not been held back it is null.
# Of a row with a `cadence` a digest takes care; `digest_id` is the digest that it went into. A row for the channel
# `webhook` tells the system of an agency what `employee_id` is told; `webhook_agency` is whose webhook it is.
notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("notification_id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("subject_id", sa.Uuid, nullable=False),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("template", sa.String(50), nullable=False),
    sa.Column("audience", sa.String(10), nullable=False, server_default="person"),  # person, or the agency's system
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(50)),  # why it is held or suppressed: a word of domain.planning.Reason
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="1"),
    sa.Column("cadence", sa.String(10)),
    sa.Column("digest_id", sa.Uuid),
    sa.Column("webhook_agency", sa.String(20)),
    sa.Column("context", JSON, nullable=False),
    sa.Column("correlation_id", sa.String(100), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("due_at", UTCDateTime, nullable=False),
    sa.Column("turn_at", UTCDateTime),
    sa.Column("claim_id", sa.Uuid),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_tried_at", UTCDateTime),
    sa.Column("waiting_since", UTCDateTime),  # for the file that goes along with it
    sa.Column("sent_at", UTCDateTime),
    sa.Column("last_answer", sa.String(500)),
    sa.UniqueConstraint(
        "event_id", "employee_id", "template", "audience", name="uq_notifications_event_recipient_template"
    ),
    sa.UniqueConstraint(
        "employee_id", "subject_id", "template", "audience", name="uq_notifications_recipient_subject_template"
    ),
    sa.Index("ix_notifications_due", "priority", "due_at", "notification_id", **only(_DUE)),
    sa.Index("ix_notifications_digest", "due_at", "employee_id", **only("status = 'pending' AND cadence IS NOT NULL")),
    sa.Index("ix_notifications_digest_id", "digest_id", **only("digest_id IS NOT NULL")),
    sa.Index("ix_notifications_held", "template", "agency_code", **only("status = 'held'")),
    sa.Index(
        "ix_notifications_in_order",  # what about one person still waits for a system
        "webhook_agency",
        "employee_id",
        "notification_id",
        **only(_FOR_WEBHOOK),
    ),
    sa.Index("ix_notifications_webhook_due", "webhook_agency", "due_at", "notification_id", **only(_FOR_WEBHOOK)),
    sa.Index("ix_notifications_agency_code", "agency_code", "notification_id"),
    sa.Index(
        "ix_notifications_unreached",
        "agency_code",
        "notification_id",
        **only("status IN ('deferred', 'bounced', 'suppressed', 'held')"),
    ),
)

# Every try to hand a notification over, and what was answered.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("notification_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tried_at", UTCDateTime, nullable=False),
    sa.Column("address", sa.String(500), nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("answer", sa.String(500)),
)

# The words that went out, as they were: templates and wordings change, what somebody was told does not.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("notification_id", sa.Uuid, primary_key=True),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("wording_id", sa.Uuid),
    sa.Column("message_id", sa.String(320)),  # null where it was no mail, or one of a release that did not keep it
)

# What mail servers reported afterwards, once each: `report_id` is made of the report itself.
bounce_reports = sa.Table(
    "bounce_reports",
    metadata,
    sa.Column("report_id", sa.Uuid, primary_key=True),
    sa.Column("notification_id", sa.Uuid),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("status_code", sa.String(20)),
    sa.Column("answer", sa.String(500)),
    sa.Column("received_at", UTCDateTime, nullable=False),
    sa.Column("address", sa.String(254)),  # in small letters
    sa.Column("is_delayed", sa.Boolean, nullable=False, server_default=sa.false()),  # the mail is still being tried
    sa.Index("ix_bounce_reports_notification_id", "notification_id"),
    sa.Index("ix_bounce_reports_address", "address", "received_at"),
    sa.Index("ix_bounce_reports_received_at", "received_at", "report_id"),
)

# Who let a mail that had come back go once more, and why.
resends = sa.Table(
    "resends",
    metadata,
    sa.Column("notification_id", sa.Uuid, primary_key=True),
    sa.Column("decided_at", UTCDateTime, primary_key=True),
    sa.Column("decided_by", sa.String(100), nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
)

# How far the mails to a domain or of an agency have come, where they have a rate: domain.rates.Bucket.
rates = sa.Table(
    "rates",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),  # `domain <name>`, `agency <code>`, `given by <mark>`
    sa.Column("next_at", UTCDateTime, nullable=False),
    sa.Column("queue_at", UTCDateTime, nullable=False),
)

# How many notifications were queued in an hour, for the brake.
brake_counters = sa.Table(
    "brake_counters",
    metadata,
    sa.Column("hour", UTCDateTime, primary_key=True),
    sa.Column("scope", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
