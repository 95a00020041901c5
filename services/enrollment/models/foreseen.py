"""What is due of whom: a read model of all agencies, who was told of what, and who is a candidate for a post."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import ACTIVE
from services.enrollment.models.courses import course_versions
from services.enrollment.models.programmes import programme_completions, programmes
from services.enrollment.models.record import standing_entries, training_entries
from services.enrollment.models.tables import employees, enrollments, metadata, offerings
from shared.bulk import insert_rows
from shared.columns import UTCDateTime
from shared.database import Transaction

NO_DAY = date(9999, 12, 31)  # sorts after every other

# What people of today must complete and have not; worked out by the service from what is known of them, never changed
# by hand. `sorted_on` is `due_on`, or NO_DAY. `told` is the last occasion that was told of this day, `next_notice_on`
# the day of the next.
due_items = sa.Table(
    "due_items",
    metadata,
    sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), primary_key=True),
    sa.Column("cause", sa.String(20), primary_key=True),
    sa.Column("code", sa.String(50), primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("is_programme", sa.Boolean, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("sorted_on", sa.Date, nullable=False),
    sa.Column("opens_on", sa.Date),
    sa.Column("begun", sa.Boolean, nullable=False),
    sa.Column("told", sa.Integer),
    sa.Column("next_notice_on", sa.Date),
    sa.CheckConstraint("cause IN ('induction', 'compulsory', 'renewal', 'pre_appointment')", name="cause"),
    sa.Index("ix_due_items_agency_code", "agency_code", "sorted_on", "employee_id"),
    sa.Index("ix_due_items_sorted_on", "sorted_on", "employee_id"),
    sa.Index(
        "ix_due_items_next_notice_on",
        "next_notice_on",
        postgresql_where=sa.text("next_notice_on IS NOT NULL"),
        sqlite_where=sa.text("next_notice_on IS NOT NULL"),
    ),
)

# What was told, once for each person, item, last day and occasion, also when the item went and came back.
due_notices = sa.Table(
    "due_notices",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("cause", sa.String(20), nullable=False),
    sa.Column("code", sa.String(50), nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("occasion", sa.Integer, nullable=False),
    sa.Column("told_at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("employee_id", "cause", "code", "due_on", "occasion", name="uq_due_notices_employee_id"),
)

# One row: by which rules the items were worked out last, and how far a walk through everybody has come; `swept_to` is
# the last person looked at, `finished_at` empty while it goes on.
due_sweep = sa.Table(
    "due_sweep",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("swept_to", sa.Uuid),
    sa.Column("finished_at", UTCDateTime),
)

# Who is to be appointed to a post of management; `appoint_on` is the day planned for it.
candidacies = sa.Table(
    "candidacies",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("post_title", sa.String(200), nullable=False),
    sa.Column("post_level", sa.String(20)),
    sa.Column("from_day", sa.Date, nullable=False),
    sa.Column("appoint_on", sa.Date),
    sa.Column("until_day", sa.Date),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name="days"),
    sa.Index("ix_candidacies_employee_id", "employee_id", "id"),
    sa.Index(
        "uq_candidacies_running",
        "employee_id",
        "post_title",
        unique=True,
        postgresql_where=sa.text("until_day IS NULL"),
        sqlite_where=sa.text("until_day IS NULL"),
    ),
)


def active_courses(tx: Transaction, codes: Collection[str]) -> Sequence[Any]:
    """The newest version that is published and not retired, of these courses and of all that are to be refreshed:
    `course_code`, `title`, `hours`, `refresh_every_months`."""
    own = course_versions.c
    active = sa.and_(own.published_at.is_not(None), own.retired_at.is_(None))
    newest = sa.select(own.course_code, sa.func.max(own.version).label("version")).where(active)
    last = newest.group_by(own.course_code).subquery()
    statement = (
        sa.select(own.course_code, own.title, own.hours, own.refresh_every_months)
        .join(last, sa.and_(last.c.course_code == own.course_code, last.c.version == own.version))
        .where(sa.or_(own.refresh_every_months.is_not(None), own.course_code.in_(codes)))
    )
    return tx.execute(statement.order_by(own.course_code)).all()


def programmes_asked(tx: Transaction, codes: Collection[str]) -> Sequence[Any]:
    """The programmes of induction and those before appointment, and of these codes the ones that are not retired."""
    own = programmes.c
    wanted = sa.or_(
        own.purpose.in_(("induction", "pre_appointment")),
        sa.and_(own.programme_code.in_(codes), own.retired_at.is_(None)),
    )
    return tx.execute(sa.select(programmes).where(wanted).order_by(own.programme_code)).all()


def completed(
    tx: Transaction, employee_ids: Collection[UUID], codes: Collection[str], until: date | None = None
) -> Sequence[Any]:
    """What these people have of these courses on their record, from own courses, recognised training and records of
    the past: `employee_id`, `course_code`, `course_version`, `hours`, `completed_on`."""
    if not employee_ids or not codes:
        return []
    own = training_entries.c
    statement = (
        standing_entries(own.employee_id.in_(employee_ids), own.course_code.in_(codes))
        .order_by(None)
        .with_only_columns(own.employee_id, own.course_code, own.course_version, own.hours, own.completed_on)
    )
    return tx.execute(statement if until is None else statement.where(own.completed_on <= until)).all()


def written_completions(
    tx: Transaction, employee_ids: Collection[UUID], codes: Collection[str], until: date | None = None
) -> dict[UUID, dict[str, date]]:
    """When these people completed these programmes, as it was written down then."""
    own, found = programme_completions.c, dict[UUID, dict[str, date]]()
    if not codes:
        return found
    statement = sa.select(own.employee_id, own.programme_code, own.completed_on)
    statement = statement.where(own.employee_id.in_(employee_ids), own.programme_code.in_(codes))
    if until is not None:
        statement = statement.where(own.completed_on <= until)
    for row in tx.execute(statement):
        found.setdefault(row.employee_id, {})[row.programme_code] = row.completed_on
    return found


def running_candidacies(tx: Transaction, employee_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    own, found = candidacies.c, dict[UUID, list[Any]]()
    statement = sa.select(candidacies).where(own.employee_id.in_(employee_ids), own.until_day.is_(None))
    for row in tx.execute(statement.order_by(own.id)):
        found.setdefault(row.employee_id, []).append(row)
    return found


def in_progress(tx: Transaction, employee_ids: Collection[UUID], codes: Collection[str]) -> Sequence[Any]:
    """What runs of these people in these courses, the soonest first: `employee_id`, `enrollment_id`, `offering_id`,
    `course_code`, `status`, `starts_on`, `ends_on`."""
    if not employee_ids or not codes:
        return []
    own, other = enrollments.c, offerings.c
    statement = (
        sa.select(own.employee_id, own.id.label("enrollment_id"), own.offering_id, other.course_code, own.status)
        .add_columns(other.starts_on, other.ends_on)
        .join(offerings, other.id == own.offering_id)
        .where(own.employee_id.in_(employee_ids), own.status.in_((*ACTIVE, "resit", "awaiting_form")))
        .where(other.course_code.in_(codes))
        .order_by(other.starts_on, own.id)
    )
    return tx.execute(statement).all()


def items_of(tx: Transaction, employee_ids: Collection[UUID]) -> Sequence[Any]:
    return tx.execute(sa.select(due_items).where(due_items.c.employee_id.in_(employee_ids))).all()


def is_empty(tx: Transaction) -> bool:
    """Whether nothing is due of anybody."""
    return tx.execute(sa.select(due_items.c.employee_id).limit(1)).first() is None


def replace_items(tx: Transaction, employee_ids: Collection[UUID], rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these items in place of all that these people have."""
    if employee_ids:
        tx.execute(sa.delete(due_items).where(due_items.c.employee_id.in_(employee_ids)))
    insert_rows(tx, due_items, rows)


def people_to_tell(tx: Transaction, today: date, limit: int) -> list[UUID]:
    """Some of those who are to be told of something, locked; those that another replica has are left to it."""
    own = due_items.c
    due = sa.select(own.employee_id).where(own.next_notice_on <= today).order_by(own.next_notice_on).limit(limit)
    statement = sa.select(employees.c.id).where(employees.c.id.in_(due)).order_by(employees.c.id)
    return list(tx.scalars(statement.with_for_update(skip_locked=True, key_share=True)))


def lock_sweep(tx: Transaction) -> Any:
    """The state of the walk through everybody, locked; None while another replica goes on with it."""
    insert_rows(tx, due_sweep, [{"id": 1, "fingerprint": ""}], skip_known=True)
    return tx.execute(sa.select(due_sweep).with_for_update(skip_locked=True)).first()


def set_sweep(tx: Transaction, **columns: Any) -> None:
    tx.execute(sa.update(due_sweep).values(**columns))


def people_after(tx: Transaction, after: UUID | None, limit: int) -> list[UUID]:
    """The next people who are employed, in the order of their ids."""
    own = employees.c
    statement = sa.select(own.id).where(own.left_on.is_(None), own.merged_into.is_(None), own.erased_at.is_(None))
    if after is not None:
        statement = statement.where(own.id > after)
    return list(tx.scalars(statement.order_by(own.id).limit(limit)))


def listed(agency_codes: Collection[str] | None) -> sa.Select[Any]:
    """Items with the person, of these agencies or of all; of somebody who has just moved or left nothing is shown."""
    own, person = due_items.c, employees.c
    names = ("employee_id", "cause", "code", "is_programme", "due_on", "sorted_on", "opens_on", "begun", "agency_code")
    statement = (
        sa.select(*(own[name] for name in names), person.full_name, person.personnel_number)
        .join(employees, sa.and_(person.id == own.employee_id, person.agency_code == own.agency_code))
        .where(person.left_on.is_(None), person.merged_into.is_(None), person.erased_at.is_(None))
        .order_by(own.sorted_on, own.employee_id, own.cause, own.code)
    )
    return statement if agency_codes is None else statement.where(own.agency_code.in_(agency_codes))


def with_status(status: str | None, today: date) -> list[Any]:
    """Conditions on items: overdue, due or upcoming on a day; None: what is overdue or due."""
    own = due_items.c
    begun = sa.or_(own.opens_on.is_(None), own.opens_on <= today)
    return {
        "overdue": [own.sorted_on < today],
        "due": [own.sorted_on >= today, begun],
        "upcoming": [own.sorted_on >= today, own.opens_on > today],
        None: [sa.or_(own.sorted_on < today, begun)],
    }[status]


def after(key: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    """The condition for what comes after an item in the order of `listed`."""
    own = due_items.c
    names = ("sorted_on", "employee_id", "cause", "code")
    place = sa.tuple_(*(sa.literal(key[name], own[name].type) for name in names))
    return sa.tuple_(*(own[name] for name in names)) > place


def join_candidacies(tx: Transaction, kept_id: UUID, duplicate_id: UUID) -> None:
    """Candidacies of a duplicate become the kept person's; one for a post that they are a candidate for is dropped."""
    own, other = candidacies.c, candidacies.alias("other").c
    known = sa.select(other.post_title).where(other.employee_id == kept_id, other.until_day.is_(None))
    twice = own.employee_id == duplicate_id, own.until_day.is_(None), own.post_title.in_(known)
    tx.execute(sa.delete(candidacies).where(*twice))
    tx.execute(sa.update(candidacies).where(own.employee_id == duplicate_id).values(employee_id=kept_id))
