"""Numbers that are data: each with its effective day, its source and how sure it is."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base
from shared.columns import JSON, UTCDateTime

CONFLICTS: dict[str, tuple[str, str]] = {
    "pk_policies": ("policy_recorded", "Somebody recorded a value from the same day at the same moment.")
}


class RecordedPolicy(Base):
    """A value recorded here. Rows are added and never changed; `edition` counts the corrections of one day."""

    __tablename__ = "policies"
    __table_args__ = (sa.PrimaryKeyConstraint("key", "effective_from", "edition", name="pk_policies"),)

    key: Mapped[str] = mapped_column(sa.String(50))
    effective_from: Mapped[date] = mapped_column(sa.Date)
    edition: Mapped[int] = mapped_column(sa.Integer)
    value: Mapped[Any] = mapped_column(JSON)
    unit: Mapped[str] = mapped_column(sa.String(100))
    source: Mapped[str] = mapped_column(sa.String(300))
    confidence: Mapped[str] = mapped_column(sa.String(20))
    scope: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(500))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[str] = mapped_column(sa.String(100))
