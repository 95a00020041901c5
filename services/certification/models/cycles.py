"""What people hold of which course, what that covers, and when it ends."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.domain.cycles import Held
from services.certification.domain.states import IN_FORCE
from services.certification.models.covered import covered_enrollments
from services.certification.models.past_records import past_records
from services.certification.models.tables import certificates
from shared.bulk import insert_rows

_Rows = Sequence[Any]

_HELD = sa.select(
    certificates.c.employee_id,
    certificates.c.course_code,
    certificates.c.enrollment_id,
    certificates.c.id,
    certificates.c.course_version,
    certificates.c.cycle,
    certificates.c.status,
    certificates.c.valid_until,
).where(
    certificates.c.employee_id.in_(sa.bindparam("employees", expanding=True)),
    certificates.c.course_code.in_(sa.bindparam("courses", expanding=True)),
)


def held(
    tx: Session, employees: Collection[UUID], courses: Collection[str], *, besides: UUID | None = None
) -> dict[tuple[UUID, str], list[Held]]:
    """What these people hold of these courses, in whatever state, but for the certificates of one enrollment."""
    found: dict[tuple[UUID, str], list[Held]] = {}
    for row in tx.execute(_HELD, {"employees": list(employees), "courses": list(courses)}):
        if row.enrollment_id != besides:
            found.setdefault((row.employee_id, row.course_code), []).append(Held(*row[3:]))
    return found


def cover(tx: Session, rows: list[dict[str, Any]]) -> None:
    """Remember completions that a certificate says already."""
    insert_rows(tx, covered_enrollments, rows)


def covered_before_end(tx: Session) -> Iterable[Any]:
    """Covered completions with the last day of the certificate that covers them, one after the other; those beside one
    that never ends are left out, as no window opens there."""
    own, covering = certificates.c, covered_enrollments.c
    columns = (own.agency_code, own.course_code, own.valid_until, covering.completed_on)
    statement = sa.select(*columns).join(covered_enrollments, covering.certificate_id == own.id)
    ends = sa.and_(own.valid_until.is_not(None), own.course_code.is_not(None), sa.not_(covering.is_annulled))
    return tx.execute(statement.where(ends).execution_options(yield_per=1000))


def covered(tx: Session, certificate_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """The completions that each of these certificates covers besides its own, by day."""
    own = covered_enrollments.c
    counted = sa.and_(own.certificate_id.in_(certificate_ids), sa.not_(own.is_annulled))
    statement = sa.select(covered_enrollments).where(counted)
    found: dict[UUID, list[Any]] = {}
    for row in tx.execute(statement.order_by(own.completed_on, own.enrollment_id)) if certificate_ids else ():
        found.setdefault(row.certificate_id, []).append(row)
    return found


def pass_on_covered(tx: Session, certificate_id: UUID, new_id: UUID) -> None:
    own = covered_enrollments.c
    tx.execute(sa.update(covered_enrollments).where(own.certificate_id == certificate_id).values(certificate_id=new_id))


def uncover(tx: Session, certificate_ids: Collection[UUID]) -> None:
    """What a revoked certificate covered is without one now; `training reconcile` finds it, and has it issued."""
    own = covered_enrollments.c
    lost = sa.and_(own.certificate_id.in_(certificate_ids), sa.not_(own.is_annulled))
    tx.execute(sa.delete(covered_enrollments).where(lost))


def lock_covered(tx: Session, enrollment_id: UUID) -> Any | None:
    statement = sa.select(covered_enrollments).where(covered_enrollments.c.enrollment_id == enrollment_id)
    return tx.execute(statement.with_for_update()).one_or_none()


def set_covered(tx: Session, enrollment_id: UUID, **columns: Any) -> None:
    own = sa.update(covered_enrollments).where(covered_enrollments.c.enrollment_id == enrollment_id)
    tx.execute(own.values(**columns))


def forget_covered(tx: Session, enrollment_id: UUID) -> None:
    tx.execute(sa.delete(covered_enrollments).where(covered_enrollments.c.enrollment_id == enrollment_id))


def lock_expired(tx: Session, today: date, limit: int) -> _Rows:
    """Certificates in force whose last day is over; another replica's are left out."""
    own = certificates.c
    statement = sa.select(certificates).where(own.status.in_(IN_FORCE), own.valid_until < today)
    return tx.execute(statement.order_by(own.valid_until, own.id).limit(limit).with_for_update(skip_locked=True)).all()


def lock_to_remind(tx: Session, ranges: Iterable[tuple[int, date, date]], limit: int) -> _Rows:
    """Valid certificates to be reminded of: those whose last day lies in the range of an occasion that was not said."""
    own = certificates.c
    due = [
        sa.and_(own.valid_until.between(first, last), sa.or_(own.reminded_days.is_(None), own.reminded_days > occasion))
        for occasion, first, last in ranges
    ]
    statement = sa.select(certificates).where(own.status == "valid", sa.or_(sa.false(), *due), ~_renewed())
    return tx.execute(statement.order_by(own.valid_until, own.id).limit(limit).with_for_update(skip_locked=True)).all()


def renewed(tx: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of the certificates that another one of the same person and course outlasts."""
    return set(tx.scalars(sa.select(certificates.c.id).where(certificates.c.id.in_(ids), _renewed())))


def _renewed() -> sa.ColumnElement[bool]:
    later, own = certificates.alias("later").c, certificates.c
    outlasts = sa.or_(later.valid_until.is_(None), later.valid_until > own.valid_until)
    return sa.exists().where(
        later.employee_id == own.employee_id,
        later.course_code == own.course_code,
        later.status.in_(IN_FORCE),
        later.id != own.id,
        outlasts,
    )


def issued(
    tx: Session,
    since: datetime | None,
    agency_codes: Collection[str] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """Which enrollment was issued a certificate, or covered by one, since a moment (inclusive), in that order; by
    these agencies unless it is None."""
    own = certificates.c
    parts = []
    for source, at, position in _issued_sources():
        wanted = []
        if since is not None:
            wanted.append(at >= since)
        if agency_codes is not None:
            wanted.append(own.agency_code.in_(agency_codes))
        if after is not None:
            # As one comparison of pairs, which an index answers from its middle on.
            pair = sa.tuple_(sa.literal(after[0], at.type), sa.literal(after[1], position.type))
            wanted.append(sa.tuple_(at, position) > pair)
        # Each part is read in the order of its index and cut off before the two are merged.
        parts.append(sa.select(source.where(*wanted).order_by(at, position).limit(limit).subquery()))
    both = sa.union_all(*parts).subquery()
    return tx.execute(sa.select(both).order_by(both.c.issued_at, both.c.position).limit(limit)).all()


def _issued_sources() -> list[tuple[Any, Any, Any]]:
    """Certificates and covered enrollments as the same columns, each with its moment and its place in the order."""
    own, covering = certificates.c, covered_enrollments.c
    covered = sa.select(*_issued_columns(covering.enrollment_id, covering.enrollment_id, covering.at, sa.true()))
    covered = covered.join(certificates, own.id == covering.certificate_id).where(sa.not_(covering.is_annulled))
    covered = covered.outerjoin(past_records, past_records.c.enrollment_id == covering.enrollment_id)
    issued = sa.select(*_issued_columns(own.id, own.enrollment_id, own.issued_at, sa.false()))
    issued = issued.outerjoin(past_records, past_records.c.enrollment_id == own.enrollment_id)
    return [(issued, own.issued_at, own.id), (covered, covering.at, covering.enrollment_id)]


def _issued_columns(position: Any, enrollment_id: Any, at: Any, covered: Any) -> list[Any]:
    own = certificates.c
    return [
        position.label("position"),
        own.id.label("certificate_id"),
        enrollment_id.label("enrollment_id"),
        own.employee_id,
        at.label("issued_at"),
        own.status,
        covered.label("is_covered"),
        own.mail,
        own.kind,
        past_records.c.enrollment_id.is_not(None).label("is_past_record"),
    ]
