"""People: where and how they are told, and addresses that nothing is sent to."""

import sqlalchemy as sa

from services.notification.models.tables.base import metadata, only
from shared.columns import JSON, UTCDateTime

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
    sa.Index("ix_suppressions_untold", "suppressed_at", **only("told_at IS NULL")),
    sa.Index("uq_suppressions_address", "address", unique=True, **only("lifted_at IS NULL")),
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
    sa.Index("ix_welcomes_running", "welcome_id", **only("finished_at IS NULL")),
)
