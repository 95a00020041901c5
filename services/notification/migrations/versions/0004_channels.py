"""Messages in several channels, every attempt and the words that went out; preferences, suppressed addresses, bounces,
agencies' settings and wordings, the brake, and what reminders are made of."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEYS = {
    "uq_notifications_event_recipient_template": ["event_id", "employee_id", "template"],
    "uq_notifications_recipient_subject_template": ["employee_id", "subject_id", "template"],
}
TABLES = (
    "agency_officers",
    "agency_settings",
    "attempts",
    "bounce_reports",
    "brake_counters",
    "holidays",
    "letters",
    "offerings",
    "policies",
    "preferences",
    "seats",
    "secrets",
    "suppressions",
    "webhooks",
    "wordings",
)
ACTIVE = sa.text("status IN ('pending', 'deferred', 'sending')")
DUE = sa.text("status IN ('pending', 'deferred', 'sending') AND cadence IS NULL")
FOR_DIGEST = sa.text("status = 'pending' AND cadence IS NOT NULL")
IN_DIGEST = sa.text("digest_id IS NOT NULL")
HELD = sa.text("status = 'held'")
IN_ORDER = sa.text("channel = 'webhook' AND status IN ('pending', 'deferred', 'sending')")
NOT_LIFTED = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    _numbers()
    _agencies()
    _people()
    _reminders()
    _ledger()


def _numbers() -> None:
    op.create_table(
        "brake_counters",
        sa.Column("hour", UTCDateTime, nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("hour", "scope", "name", name="pk_brake_counters"),
    )
    op.create_table(
        "policies",
        sa.Column("key", sa.String(50), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("edition", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("confidence", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("key", "effective_from", "edition", name="pk_policies"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.String(100), nullable=False),
        sa.Column("made_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def _agencies() -> None:
    op.create_table(
        "agency_officers",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("officers", JSON, nullable=False),
        sa.Column("heard_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("agency_code", name="pk_agency_officers"),
    )
    op.create_table(
        "agency_settings",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("sender_name", JSON),
        sa.Column("sender_address", sa.String(254)),
        sa.Column("reply_to", sa.String(254)),
        sa.Column("attach_certificates", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("mails_per_minute", sa.Integer),
        sa.Column("quiet_from", sa.String(5)),
        sa.Column("quiet_to", sa.String(5)),
        sa.Column("weekend", JSON),
        sa.Column("updated_at", UTCDateTime, nullable=False),
        sa.Column("updated_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", name="pk_agency_settings"),
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_holidays"),
    )
    op.create_table(
        "seats",
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("taken_at", UTCDateTime),
        sa.Column("left_at", UTCDateTime),
        sa.PrimaryKeyConstraint("enrollment_id", name="pk_seats"),
    )
    op.create_table(
        "webhooks",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("former_secret", sa.String(100)),
        sa.Column("templates", JSON),
        sa.Column("enabled", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("updated_at", UTCDateTime, nullable=False),
        sa.Column("updated_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", name="pk_webhooks"),
    )
    op.create_table(
        "wordings",
        sa.Column("wording_id", sa.Uuid, nullable=False),
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
        sa.PrimaryKeyConstraint("wording_id", name="pk_wordings"),
        sa.UniqueConstraint("agency_code", "template", "language", "revision", name="uq_wordings_revision"),
    )
    op.add_column("agencies", sa.Column("name", JSON))
    op.create_index(
        "ix_notifications_held",
        "notifications",
        ["template", "agency_code"],
        postgresql_where=HELD,
        sqlite_where=HELD,
    )
    op.add_column("recipients", sa.Column("registered_at", UTCDateTime))
    op.create_index("ix_recipients_registered", "recipients", ["agency_code", "registered_at"])


def _people() -> None:
    op.create_table(
        "preferences",
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("language", sa.String(2)),
        sa.Column("channel", sa.String(20)),
        sa.Column("mobile", sa.String(20)),
        sa.Column("cadence", sa.String(10), server_default="immediately", nullable=False),
        sa.Column("unsubscribed", JSON, nullable=False),
        sa.Column("quiet_from", sa.String(5)),
        sa.Column("quiet_to", sa.String(5)),
        sa.Column("updated_at", UTCDateTime, nullable=False),
        sa.Column("updated_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_preferences"),
    )
    op.create_table(
        "suppressions",
        sa.Column("suppression_id", sa.Uuid, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(500)),
        sa.Column("notification_id", sa.Uuid),
        sa.Column("suppressed_at", UTCDateTime, nullable=False),
        sa.Column("lifted_at", UTCDateTime),
        sa.Column("lifted_by", sa.String(100)),
        sa.Column("lift_reason", sa.String(500)),
        sa.PrimaryKeyConstraint("suppression_id", name="pk_suppressions"),
    )
    op.create_index(
        "uq_suppressions_address",
        "suppressions",
        ["address"],
        unique=True,
        postgresql_where=NOT_LIFTED,
        sqlite_where=NOT_LIFTED,
    )


def _reminders() -> None:
    op.create_table(
        "offerings",
        sa.Column("offering_id", sa.Uuid, nullable=False),
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
        sa.PrimaryKeyConstraint("offering_id", name="pk_offerings"),
    )
    op.create_index("ix_offerings_first_starts_at", "offerings", ["first_starts_at"])
    op.create_index("ix_seats_employee_id", "seats", ["employee_id"])
    op.create_index("ix_seats_offering_id", "seats", ["offering_id"])


def _ledger() -> None:
    op.add_column("notifications", sa.Column("audience", sa.String(10), server_default="person", nullable=False))
    op.add_column("notifications", sa.Column("reason", sa.String(50)))
    op.add_column("notifications", sa.Column("priority", sa.SmallInteger, server_default="1", nullable=False))
    op.add_column("notifications", sa.Column("cadence", sa.String(10)))
    op.add_column("notifications", sa.Column("digest_id", sa.Uuid))
    op.drop_index("ix_notifications_due", "notifications")
    with op.batch_alter_table("notifications") as table:
        for name, columns in KEYS.items():
            table.drop_constraint(name, type_="unique")
            table.create_unique_constraint(name, [*columns, "audience"])
    op.create_table(
        "attempts",
        sa.Column("notification_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("tried_at", UTCDateTime, nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(500)),
        sa.PrimaryKeyConstraint("notification_id", "number", name="pk_attempts"),
    )
    op.create_table(
        "bounce_reports",
        sa.Column("report_id", sa.Uuid, nullable=False),
        sa.Column("notification_id", sa.Uuid),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status_code", sa.String(20)),
        sa.Column("answer", sa.String(500)),
        sa.Column("received_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="pk_bounce_reports"),
    )
    op.create_index("ix_bounce_reports_notification_id", "bounce_reports", ["notification_id"])
    op.create_table(
        "letters",
        sa.Column("notification_id", sa.Uuid, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("wording_id", sa.Uuid),
        sa.PrimaryKeyConstraint("notification_id", name="pk_letters"),
    )
    op.create_index(
        "ix_notifications_due",
        "notifications",
        ["priority", "due_at"],
        postgresql_where=DUE,
        sqlite_where=DUE,
    )
    op.create_index(
        "ix_notifications_digest",
        "notifications",
        ["due_at", "employee_id"],
        postgresql_where=FOR_DIGEST,
        sqlite_where=FOR_DIGEST,
    )
    op.create_index(
        "ix_notifications_digest_id",
        "notifications",
        ["digest_id"],
        postgresql_where=IN_DIGEST,
        sqlite_where=IN_DIGEST,
    )
    op.create_index(
        "ix_notifications_in_order",
        "notifications",
        ["employee_id", "notification_id"],
        postgresql_where=IN_ORDER,
        sqlite_where=IN_ORDER,
    )


def downgrade() -> None:
    for name in (
        "ix_notifications_due",
        "ix_notifications_digest",
        "ix_notifications_digest_id",
        "ix_notifications_held",
    ):
        op.drop_index(name, "notifications")
    op.drop_index("ix_notifications_in_order", "notifications")
    op.execute("DELETE FROM notifications WHERE audience <> 'person'")
    with op.batch_alter_table("notifications") as table:
        for name, columns in KEYS.items():
            table.drop_constraint(name, type_="unique")
            table.create_unique_constraint(name, columns)
        for name in ("audience", "reason", "priority", "cadence", "digest_id"):
            table.drop_column(name)
    op.create_index("ix_notifications_due", "notifications", ["due_at"], postgresql_where=ACTIVE, sqlite_where=ACTIVE)
    op.drop_index("ix_recipients_registered", "recipients")
    op.drop_column("recipients", "registered_at")
    op.drop_column("agencies", "name")
    for name in TABLES:
        op.drop_table(name)
