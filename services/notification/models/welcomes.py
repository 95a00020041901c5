"""Who has not been welcomed yet, and the welcomes that officers have asked for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.templates import Template
from services.notification.models.tables import agencies, notifications, recipients, welcomes

if TYPE_CHECKING:
    from shared.database import Transaction


def _unwelcomed(agency_codes: Collection[str], since: datetime | None, until: datetime) -> sa.ColumnElement[bool]:
    """Of these agencies, registered since a moment, neither merged nor erased, and never welcomed."""
    own, told = recipients.c, notifications.c
    welcomed = sa.exists().where(told.employee_id == own.employee_id, told.template == Template.WELCOME.value)
    registered = sa.or_(own.registered_at.is_(None), own.registered_at <= until)
    if since is not None:
        registered = own.registered_at.between(since, until)
    return sa.and_(
        own.agency_code.in_(agency_codes), registered, own.merged_into.is_(None), own.erased_at.is_(None), ~welcomed
    )


def to_welcome(tx: "Transaction", agency_codes: Collection[str], since: datetime | None) -> int:
    """How many people of these agencies would be written to."""
    found = sa.select(sa.func.count()).select_from(recipients).where(_unwelcomed(agency_codes, since, tx.now))
    return int(tx.scalar(found) or 0)


def people_to_welcome(tx: "Transaction", job: sa.Row[Any], limit: int) -> Sequence[sa.Row[Any]]:
    """The next people of a welcome by id, with the name of their agency."""
    own = recipients.c
    found: sa.Select[Any] = (
        sa.select(own.employee_id, own.agency_code, agencies.c.name.label("agency_name"))
        .outerjoin(agencies, agencies.c.code == own.agency_code)
        .where(_unwelcomed(job.agency_codes, job.registered_since, job.asked_at))
    )
    if job.done_to is not None:
        found = found.where(own.employee_id > job.done_to)
    return tx.execute(found.order_by(own.employee_id).limit(limit)).all()


def add_welcome(tx: "Transaction", row: Mapping[str, Any]) -> None:
    tx.execute(sa.insert(welcomes).values(**row))


def welcome_runs(tx: "Transaction") -> bool:
    """Whether one is not finished."""
    return tx.scalar(sa.select(welcomes.c.welcome_id).where(welcomes.c.finished_at.is_(None)).limit(1)) is not None


def next_welcome(tx: "Transaction") -> sa.Row[Any] | None:
    """One that is not finished and that nobody else is at."""
    running = sa.select(welcomes).where(welcomes.c.finished_at.is_(None)).order_by(welcomes.c.welcome_id).limit(1)
    return tx.execute(running.with_for_update(skip_locked=True)).first()


def welcome(tx: "Transaction", welcome_id: UUID) -> sa.Row[Any] | None:
    return tx.execute(sa.select(welcomes).where(welcomes.c.welcome_id == welcome_id)).first()


def write_down_welcome(tx: "Transaction", welcome_id: UUID, queued: int, **columns: Any) -> None:
    """Add to how many were queued, and set other columns."""
    own = sa.update(welcomes).where(welcomes.c.welcome_id == welcome_id)
    tx.execute(own.values(queued=welcomes.c.queued + queued, **columns))
