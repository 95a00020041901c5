"""What the years of people ask is worked out by the clock: of everybody who is known, once."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("employees", sa.Column("hours_year", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_employees_hours_year", "employees", ["hours_year", "id"])
    unknown = sa.text("staff_group IS NULL")
    op.create_index(
        "ix_person_years_unknown", "person_years", ["employee_id"], postgresql_where=unknown, sqlite_where=unknown
    )


def downgrade() -> None:
    op.drop_index("ix_person_years_unknown", "person_years")
    op.drop_index("ix_employees_hours_year", "employees")
    with op.batch_alter_table("employees") as table:
        table.drop_column("hours_year")
