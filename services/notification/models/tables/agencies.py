"""Agencies: their place in the tree, officers, settings, own words and webhooks."""

import sqlalchemy as sa

from services.notification.models.tables.base import metadata
from shared.columns import JSON, UTCDateTime
from shared.tree import Tree

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
