"""The statements that certification's calls run."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.certification.models.covered import covered_enrollments
from services.certification.models.tables import agencies, certificates, employees, serial_counters
from shared.bulk import insert_rows

_Rows = list[dict[str, Any]]

# Built once: every batch runs these four.
_MAKE_COUNTER = {
    "postgresql": postgresql.insert(serial_counters).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(serial_counters).on_conflict_do_nothing(),
}
_LOCK_COUNTERS = (
    sa.select(serial_counters.c.agency_code, serial_counters.c.last_number)
    .where(serial_counters.c.agency_code.in_(sa.bindparam("codes", expanding=True)))
    .where(serial_counters.c.jalali_year == sa.bindparam("year"))
    .order_by(serial_counters.c.agency_code)
    .with_for_update()
)
_SET_COUNTER = (
    sa.update(serial_counters)
    .where(serial_counters.c.agency_code == sa.bindparam("code"))
    .where(serial_counters.c.jalali_year == sa.bindparam("year"))
    .values(last_number=sa.bindparam("number"))
)
_CERTIFIED = sa.union_all(
    *(
        sa.select(table.c.enrollment_id).where(
            table.c.enrollment_id.in_(sa.bindparam("enrollment_ids", expanding=True, type_=sa.Uuid))
        )
        for table in (certificates, covered_enrollments)
    )
)


def lock_counters(tx: Session, agency_codes: Iterable[str], year: int) -> dict[str, int]:
    """The last number given by each agency in a Jalali year; the rows stay locked until the transaction ends.

    Rows are made and locked in the order of their keys, so two batches cannot wait for each other in a circle.
    """
    codes = sorted(set(agency_codes))
    rows = [{"agency_code": code, "jalali_year": year, "last_number": 0} for code in codes]
    tx.execute(_MAKE_COUNTER[tx.get_bind().dialect.name], rows)
    locked = tx.execute(_LOCK_COUNTERS, {"codes": codes, "year": year})
    return {row.agency_code: row.last_number for row in locked}


def set_counters(tx: Session, numbers: Mapping[str, int], year: int) -> None:
    """Write the last numbers back, under the locks that `lock_counters` took."""
    tx.execute(_SET_COUNTER, [{"code": code, "year": year, "number": number} for code, number in numbers.items()])


def enrollments_with_certificate(tx: Session, enrollment_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the enrollments that have a certificate already, or are covered by one."""
    return set(tx.scalars(_CERTIFIED, {"enrollment_ids": list(enrollment_ids)}))


def add_certificates(tx: Session, rows: _Rows) -> None:
    """Store certificates: rows of all columns but those that a later decision fills."""
    insert_rows(tx, certificates, rows)


def lock_latest(tx: Session, enrollment_id: UUID) -> Any | None:
    """The certificate of an enrollment that was issued last, locked; None before the first."""
    own = certificates.c
    statement = sa.select(certificates).where(own.enrollment_id == enrollment_id).order_by(own.id.desc()).limit(1)
    return tx.execute(statement.with_for_update()).one_or_none()


def set_certificate(tx: Session, certificate_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(certificates).where(certificates.c.id == certificate_id).values(**columns))


def put_agencies(tx: Session, rows: _Rows) -> None:
    """Remember agencies: rows of {code, name, parent_code, heard_at}, each code once."""
    _put(tx, agencies, rows)


def put_employees(tx: Session, rows: _Rows) -> None:
    """Remember employees: rows of {id, agency_code, heard_at}, each id once."""
    _put(tx, employees, rows)


def _put(tx: Session, table: sa.Table, rows: _Rows) -> None:
    """Insert, or replace what was heard earlier; the same event again fills what an older release did not keep."""
    insert: Any = (postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite).insert(table)
    later = {name: insert.excluded[name] for name in rows[0] if not table.c[name].primary_key}
    tx.execute(
        insert.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_=later,
            where=table.c.heard_at <= insert.excluded.heard_at,
        ),
        rows,
    )


class Person(NamedTuple):
    """Whose a certificate is: the one a duplicate was merged into, and when their data was erased."""

    id: UUID
    erased_at: datetime | None = None


def people_now(tx: Session, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Who each of these people is now, whether heard of or not. Nobody of them is merged or erased before the
    transaction ends, so that what is written for them cannot be overlooked."""
    own, kept = employees.c, employees.alias("kept")
    statement = (
        sa.select(own.id, own.merged_into, sa.func.coalesce(own.erased_at, kept.c.erased_at).label("erased_at"))
        .outerjoin(kept, kept.c.id == own.merged_into)
        .where(own.id.in_(list(ids)))
        .order_by(own.id)
        .with_for_update(read=True, of=employees)
    )
    known = {row.id: Person(row.merged_into or row.id, row.erased_at) for row in tx.execute(statement)}
    return {each: known.get(each, Person(each)) for each in ids}


def merge_people(tx: Session, duplicate_id: UUID, employee_id: UUID, agency_code: str, at: datetime) -> None:
    """The certificates of a duplicate are the kept person's; nothing that they say changes.

    Of a course that both have, the cycles of the duplicate follow those of the kept person.
    """
    _mark_person(tx, duplicate_id, agency_code, at, merged_into=employee_id)
    tx.execute(sa.update(employees).where(employees.c.merged_into == duplicate_id).values(merged_into=employee_id))
    own = certificates.c
    theirs = sa.select(own.course_code).where(own.employee_id == duplicate_id)
    last_cycles = (
        sa.select(own.course_code, sa.func.max(own.cycle).label("cycle"))
        .where(own.employee_id == employee_id, own.course_code.in_(theirs))
        .group_by(own.course_code)
    )
    moving = sa.update(certificates).where(own.employee_id == duplicate_id)
    for course_code, cycle in tx.execute(last_cycles).all():
        shifted = {"employee_id": employee_id, "cycle": own.cycle + cycle}
        tx.execute(moving.where(own.course_code == course_code).values(**shifted))
    tx.execute(moving.values(employee_id=employee_id))


def mark_erased(tx: Session, employee_id: UUID, at: datetime) -> None:
    _mark_person(tx, employee_id, "", at, erased_at=at)


def to_erase(tx: Session, employee_id: UUID) -> Sequence[Any]:
    """Certificates that still say who their holder is, locked."""
    own = certificates.c
    statement = sa.select(certificates).where(own.employee_id == employee_id, own.erased_at.is_(None))
    return tx.execute(statement.order_by(own.id).with_for_update()).all()


def _mark_person(tx: Session, person_id: UUID, agency_code: str, at: datetime, **mark: Any) -> None:
    """Mark a person; one not heard of yet is marked all the same."""
    insert: Any = (postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite).insert(employees)
    insert = insert.values(id=person_id, agency_code=agency_code, heard_at=at, **mark)
    tx.execute(insert.on_conflict_do_update(index_elements=["id"], set_=mark))


def certificate(tx: Session, certificate_id: UUID) -> Any | None:
    return tx.execute(sa.select(certificates).where(certificates.c.id == certificate_id)).one_or_none()


def certificate_by_code(tx: Session, verification_code: str) -> Any | None:
    found = certificates.c.verification_code == verification_code
    return tx.execute(sa.select(certificates).where(found)).one_or_none()


def certificates_beside(tx: Session, row: Any) -> Sequence[Any]:
    """Those of the same enrollment as a certificate, and what superseded it: what became of them, not what they say."""
    own = certificates.c
    names = ["id", "superseded_by", "serial", "verification_code", "status", "valid_until", "reason", "issued_at"]
    beside = sa.or_(own.enrollment_id == row.enrollment_id, own.id == row.superseded_by)
    return tx.execute(sa.select(*(own[name] for name in names)).where(beside)).all()


def certificates_after(tx: Session, after: UUID | None, limit: int, since: datetime | None = None) -> Sequence[Any]:
    """Certificates in the order of their ids, which is about that of their issue."""
    statement = sa.select(certificates).order_by(certificates.c.id).limit(limit)
    if since is not None:
        statement = statement.where(certificates.c.issued_at >= since)
    return tx.execute(statement if after is None else statement.where(certificates.c.id > after)).all()


def count_certificates(tx: Session, since: datetime | None) -> int:
    statement = sa.select(sa.func.count()).select_from(certificates)
    return tx.scalar(statement if since is None else statement.where(certificates.c.issued_at >= since)) or 0


def present(tx: Session, certificate_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the certificates that are there."""
    return set(tx.scalars(sa.select(certificates.c.id).where(certificates.c.id.in_(list(certificate_ids)))))


def counters(tx: Session) -> Sequence[Any]:
    """Agency, Jalali year and last number of every counter."""
    own = serial_counters.c
    return tx.execute(sa.select(own.agency_code, own.jalali_year, own.last_number)).all()


def serials(tx: Session, series: str, page: int = 5_000) -> Iterator[str]:
    """The serials of an agency and year in the order of their numbers, a page at a time."""
    serial, after = certificates.c.serial, ""
    length = sa.func.length(serial)  # first: after 999999 the numbers are longer
    own = sa.select(serial).where(serial.startswith(f"{series}-", autoescape=True)).order_by(length, serial)
    while found := list(tx.scalars(own.where(sa.tuple_(length, serial) > sa.tuple_(len(after), after)).limit(page))):
        yield from found
        after = found[-1]


def kept_person(tx: Session, employee_id: UUID) -> UUID:
    """The one that a person was merged into, or themselves."""
    own = employees.c
    return tx.scalar(sa.select(own.merged_into).where(own.id == employee_id)) or employee_id


def agency_of_employee(tx: Session, employee_id: UUID) -> str | None:
    return tx.scalar(sa.select(employees.c.agency_code).where(employees.c.id == employee_id))


def knows_agency(tx: Session, code: str) -> bool:
    return tx.scalar(sa.select(agencies.c.code).where(agencies.c.code == code)) is not None


def certificates_of(
    tx: Session, employee_id: UUID, agency_codes: Collection[str] | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """An employee's certificates in the order of their issue, those of these agencies only unless it is None."""
    statement = sa.select(certificates).where(certificates.c.employee_id == employee_id)
    if agency_codes is not None:
        statement = statement.where(certificates.c.agency_code.in_(agency_codes))
    if after is not None:
        statement = statement.where(certificates.c.id > after)
    return tx.execute(statement.order_by(certificates.c.id).limit(limit)).all()


def count_printable(tx: Session, since: datetime | None, agency_code: str | None) -> int:
    statement = _printable(sa.select(sa.func.count()).select_from(certificates), since, agency_code)
    return tx.scalar(statement) or 0


def printable(
    tx: Session, since: datetime | None, agency_code: str | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Certificates that hold and say who their holder is, in the order of their ids."""
    statement = _printable(sa.select(certificates), since, agency_code)
    if after is not None:
        statement = statement.where(certificates.c.id > after)
    return tx.execute(statement.order_by(certificates.c.id).limit(limit)).all()


def _printable(statement: Any, since: datetime | None, agency_code: str | None) -> Any:
    columns = certificates.c
    statement = statement.where(columns.status == "valid", columns.erased_at.is_(None))
    if since is not None:
        statement = statement.where(columns.issued_at >= since)
    return statement if agency_code is None else statement.where(columns.agency_code == agency_code)
