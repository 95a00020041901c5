"""Tables of notification and what their unique constraints mean."""

import sqlalchemy as sa

from shared.columns import JSON, UTCDateTime, new_metadata
from shared.policies import policy_table
from shared.tree import Tree

metadata = new_metadata()
policies = policy_table(metadata)

# Which agency is below which, and its name, as enrollment said last.
agencies = sa.Table(
    "agencies",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("parent_code", sa.String(20)),
    sa.Column("name", JSON),  # null until it is heard again after the upgrade that brought it
    sa.Column("heard_at", UTCDateTime, nullable=False),
    sa.Index("ix_agencies_parent_code", "parent_code"),
)
agency_tree = Tree(agencies)

# Who holds the role of training officer in an agency, and on which days, as enrollment said last.
agency_officers = sa.Table(
    "agency_officers",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("officers", JSON, nullable=False),  # [{"employee_id", "from_day", "until_day" or null}]
    sa.Column("heard_at", UTCDateTime, nullable=False),
)

# How an agency writes to its people. What is null is as in the nearest agency above that says it, else as the system's.
agency_settings = sa.Table(
    "agency_settings",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("sender_name", JSON),
    sa.Column("sender_address", sa.String(254)),
    sa.Column("reply_to", sa.String(254)),
    sa.Column("attach_certificates", sa.Boolean),
    sa.Column("mails_per_minute", sa.Integer),
    sa.Column("quiet_from", sa.String(5)),
    sa.Column("quiet_to", sa.String(5)),
    sa.Column("weekend", JSON),  # days of the week that are free, 0 for Monday; null: as the policy says
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("updated_by", sa.String(100), nullable=False),
)

# An agency's own words for a template in a language. A revision is never changed; the last one holds, and one
# without words gives the shipped ones back.
wordings = sa.Table(
    "wordings",
    metadata,
    sa.Column("wording_id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("template", sa.String(50), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("opening", sa.Text),
    sa.Column("closing", sa.Text),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.UniqueConstraint("agency_code", "template", "language", "revision", name="uq_wordings_revision"),
)

# Where an agency's own system takes what its people are told. `failures` counts how often it was away in a row,
# until `rests_until` nothing is sent to it, and it has taken nothing since `failing_since`.
webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("url", sa.String(500), nullable=False),
    sa.Column("secret", sa.String(100), nullable=False),
    sa.Column("former_secret", sa.String(100)),
    sa.Column("former_until", UTCDateTime),  # the former secret signs as well until then
    sa.Column("templates", JSON),  # null: all
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failing_since", UTCDateTime),
    sa.Column("rests_until", UTCDateTime),
    sa.Column("last_taken_at", UTCDateTime),
    sa.Column("last_trouble", sa.String(500)),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("updated_by", sa.String(100), nullable=False),
)

# Free days that were announced for a year; those of every year are a policy.
holidays = sa.Table(
    "holidays",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("title", JSON, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
)

# One row a person, from what enrollment said of them last. No national code is known here.
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("employee_id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("full_name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("heard_at", UTCDateTime, nullable=False),
    sa.Column("registered_at", UTCDateTime),  # null for who was heard of before this was remembered
    # A duplicate that was merged: what is for it goes to the other. Erased: nothing goes to anybody, ever.
    sa.Column("merged_into", sa.Uuid),
    sa.Column("erased_at", UTCDateTime),
    sa.Index("ix_recipients_merged_into", "merged_into"),
    sa.Index("ix_recipients_registered", "agency_code", "registered_at"),
    sa.Index("ix_recipients_address", sa.text("lower(email)")),
)

# How somebody wants to be told. Who has no row is told at once, by e-mail, in the language of their registration.
preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("employee_id", sa.Uuid, primary_key=True),
    sa.Column("language", sa.String(2)),
    sa.Column("channel", sa.String(20)),
    sa.Column("mobile", sa.String(20)),
    sa.Column("cadence", sa.String(20), nullable=False, server_default="immediately"),
    sa.Column("unsubscribed", JSON, nullable=False),  # kinds
    sa.Column("quiet_from", sa.String(5)),
    sa.Column("quiet_to", sa.String(5)),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("updated_by", sa.String(100), nullable=False),
)

# Addresses that nothing is sent to, but what the law asks for. Lifted ones stay as history.
suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("suppression_id", sa.Uuid, primary_key=True),
    sa.Column("address", sa.String(254), nullable=False),  # in small letters
    sa.Column("cause", sa.String(20), nullable=False),  # hard_bounce, complaint, operator
    sa.Column("answer", sa.String(500)),
    sa.Column("notification_id", sa.Uuid),
    sa.Column("suppressed_at", UTCDateTime, nullable=False),
    sa.Column("lifted_at", UTCDateTime),
    sa.Column("lifted_by", sa.String(100)),
    sa.Column("lift_reason", sa.String(500)),
    sa.Column("suppressed_by", sa.String(100)),  # whoever asked for it; null: a report of a mail server
    sa.Column("told_at", UTCDateTime),  # when officers were told, or that there is nothing to tell
    sa.Index("ix_suppressions_address", "address", "suppression_id"),
    sa.Index(
        "ix_suppressions_untold",
        "suppressed_at",
        postgresql_where=sa.text("told_at IS NULL"),
        sqlite_where=sa.text("told_at IS NULL"),
    ),
    sa.Index(
        "uq_suppressions_address",
        "address",
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    ),
)

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
    sa.Index(
        "ix_notifications_due",
        "priority",
        "due_at",
        "notification_id",
        postgresql_where=sa.text(_DUE),
        sqlite_where=sa.text(_DUE),
    ),
    sa.Index(
        "ix_notifications_digest",
        "due_at",
        "employee_id",
        postgresql_where=sa.text("status = 'pending' AND cadence IS NOT NULL"),
        sqlite_where=sa.text("status = 'pending' AND cadence IS NOT NULL"),
    ),
    sa.Index(
        "ix_notifications_digest_id",
        "digest_id",
        postgresql_where=sa.text("digest_id IS NOT NULL"),
        sqlite_where=sa.text("digest_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_notifications_held",
        "template",
        "agency_code",
        postgresql_where=sa.text("status = 'held'"),
        sqlite_where=sa.text("status = 'held'"),
    ),
    sa.Index(
        "ix_notifications_in_order",  # what about one person still waits for a system
        "webhook_agency",
        "employee_id",
        "notification_id",
        postgresql_where=sa.text(_FOR_WEBHOOK),
        sqlite_where=sa.text(_FOR_WEBHOOK),
    ),
    sa.Index(
        "ix_notifications_webhook_due",
        "webhook_agency",
        "due_at",
        "notification_id",
        postgresql_where=sa.text(_FOR_WEBHOOK),
        sqlite_where=sa.text(_FOR_WEBHOOK),
    ),
    sa.Index("ix_notifications_agency_code", "agency_code", "notification_id"),
    sa.Index(
        "ix_notifications_unreached",
        "agency_code",
        "notification_id",
        postgresql_where=sa.text("status IN ('deferred', 'bounced', 'suppressed', 'held')"),
        sqlite_where=sa.text("status IN ('deferred', 'bounced', 'suppressed', 'held')"),
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

# How far the mails to a domain or of an agency have come, where they have a rate: domain.rates.Bucket.
rates = sa.Table(
    "rates",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),  # `domain <name>` or `agency <code>`
    sa.Column("next_at", UTCDateTime, nullable=False),
    sa.Column("queue_at", UTCDateTime, nullable=False),
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

# How many notifications were queued in an hour, for the brake.
brake_counters = sa.Table(
    "brake_counters",
    metadata,
    sa.Column("hour", UTCDateTime, primary_key=True),
    sa.Column("scope", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

# Offerings as the catalog said last, and who has a seat in them as enrollment did: for reminders and calendar files.
# One that was only heard to be cancelled has revision 0; one whose opening is still to come has no hours.
offerings = sa.Table(
    "offerings",
    metadata,
    sa.Column("offering_id", sa.Uuid, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("course_code", sa.String(50), nullable=False),
    sa.Column("course_title", JSON, nullable=False),
    sa.Column("hours", sa.Float),
    sa.Column("delivery_mode", sa.String(30)),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("sessions", JSON, nullable=False),
    sa.Column("first_starts_at", UTCDateTime, nullable=False),
    sa.Column("cancelled_at", UTCDateTime),
    sa.Column("reminded_for", sa.Date),  # the day of a first session of which everybody has been reminded
    sa.Index("ix_offerings_first_starts_at", "first_starts_at"),
)
# What each revision said: since when a first day has been known, and which sessions there were that are no more.
offering_revisions = sa.Table(
    "offering_revisions",
    metadata,
    sa.Column("offering_id", sa.Uuid, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("said_at", UTCDateTime, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("meetings", JSON, nullable=False),  # [{"number", "starts_at", "ends_at"}], or of a whole day its number 0
)
seats = sa.Table(
    "seats",
    metadata,
    sa.Column("enrollment_id", sa.Uuid, primary_key=True),
    sa.Column("offering_id", sa.Uuid, nullable=False),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("taken_at", UTCDateTime),
    sa.Column("left_at", UTCDateTime),
    sa.Column("reminded_for", sa.Date),  # the day of a first session that was seen to: reminded of, or known too late
    sa.Index("ix_seats_offering_id", "offering_id"),
    sa.Index("ix_seats_employee_id", "employee_id"),
)

# Welcomes that an officer has asked for: a timer writes them page by page, up to `done_to`.
welcomes = sa.Table(
    "welcomes",
    metadata,
    sa.Column("welcome_id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("agency_codes", JSON, nullable=False),  # it and those below it when it was asked for
    sa.Column("registered_since", UTCDateTime),
    sa.Column("expected", sa.Integer, nullable=False),
    sa.Column("queued", sa.Integer, nullable=False),
    sa.Column("done_to", sa.Uuid),
    sa.Column("correlation_id", sa.String(100), nullable=False),
    sa.Column("asked_at", UTCDateTime, nullable=False),
    sa.Column("asked_by", sa.String(100), nullable=False),
    sa.Column("finished_at", UTCDateTime),
    sa.Index(
        "ix_welcomes_running",
        "welcome_id",
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    ),
)

# What all replicas sign links with.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.String(100), nullable=False),
    sa.Column("made_at", UTCDateTime, nullable=False),
)

CONFLICTS: dict[str, tuple[str, str]] = {
    "uq_notifications_event_recipient_template": ("already_notified", "This event was already told to this person."),
    "uq_notifications_recipient_subject_template": ("already_notified", "This person was already told of it."),
    "uq_wordings_revision": ("wording_changed", "Somebody else has changed this wording at the same moment."),
    "pk_policies": ("policy_recorded", "Somebody else has recorded this policy at the same moment."),
}
