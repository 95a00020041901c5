"""Agencies in their tree, and the certificates of some of them in the order of issue.

Agencies heard before have no parent until they are said again, which their inbox rows would keep without effect: the
handlers of these two events forget what they heard. They take the latest of each agency, so a repetition is harmless.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HANDLERS = ("on_agency_registered", "on_agency_changed")


def upgrade() -> None:
    op.add_column("agencies", sa.Column("parent_code", sa.String(20)))
    op.create_index("ix_agencies_parent_code", "agencies", ["parent_code"])
    op.create_index("ix_certificates_agency_code", "certificates", ["agency_code", "issued_at", "id"])
    inbox = sa.table("inbox", sa.column("handler", sa.String))
    op.execute(sa.delete(inbox).where(inbox.c.handler.in_(HANDLERS)))


def downgrade() -> None:
    op.drop_index("ix_certificates_agency_code", "certificates")
    op.drop_index("ix_agencies_parent_code", "agencies")
    op.drop_column("agencies", "parent_code")
