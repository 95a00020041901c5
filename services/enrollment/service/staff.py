"""The people that agencies employ: registered, found, and kept up to date."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import employees, people, queries
from services.enrollment.models.foreseen_marks import mark
from services.enrollment.models.people import JOB, employment_periods
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import roles, scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.events import EmployeeChangedV1, EmployeeRegisteredV1
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of

KEEPERS = ("agency_system", "national")
OF_THE_PERSON = ("father_name", "birth_date", "gender", "education", "education_field", "education_status")


class StaffCalls:
    @command(schemas.RegisterEmployee, reply=schemas.Employee, roles=KEEPERS)
    def register_employee(self, tx: Transaction, caller: Caller, **person: Any) -> dict[str, Any]:
        """Register a person as employed by an agency, from `hired_on` or from today.

        A national code belongs to one person, employed by one agency at a time; a personnel number is unique in its
        agency (policy default). Somebody who had left comes back under the same `employee_id`, to whichever agency,
        from `hired_on` if that is after they left; what is not said of their person (father, birth, education) is kept.
        NotFound `agency_not_found`; Invalid for a `supervisor_id` that is nobody's; Conflict `already_registered` with
        the `employee_id` when agency, national code and personnel number are the same again; `already_employed` for the
        national code of somebody who is employed (`transfer_employee` moves them); `personnel_number_taken`.
        """
        scope.must_see(tx, caller, person["agency_code"])
        check_supervisor(tx, caller, None, person["supervisor_id"])
        former, first_day = _refuse_known(tx, person), person["hired_on"]
        row = _return(tx, former, person) if former else {"id": new_id(), "registered_at": tx.now, **person}
        if former is None:
            tx.execute(sa.insert(employees).values(row))
        elif first_day and first_day < former.left_on:
            first_day = None
        begin_period(tx, row, first_day or tehran_date(tx.now))
        mark(tx, [row["id"]])
        said = {name: person[name] for name in ("agency_code", "full_name", "email", "language")}
        tx.publish(EmployeeRegisteredV1(employee_id=row["id"], **said))
        return {"employee_id": row["id"], "left_on": None, **row}

    @command(schemas.ChangeEmployee, reply=schemas.Employee, roles=KEEPERS)
    def change_employee(self, tx: Transaction, caller: Caller, employee_id: UUID, **changes: Any) -> dict[str, Any]:
        """Set contact and personal data of one's staff; what is left out stays, and the same again changes nothing.

        NotFound `employee_not_found`; Invalid when nothing is named.
        """
        before = own_employee(tx, caller, employee_id, lock=True)
        if not changes:
            raise Invalid.field("arguments", "name what is to change")
        changed = [name for name, value in changes.items() if getattr(before, name) != value]
        if changed:
            tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(**changes))
            tell_change(tx, employee_id, changed)
        return _shown(own_employee(tx, caller, employee_id))

    @query(schemas.GetEmployee, reply=schemas.Employee, roles=roles.READERS)
    def get_employee(self, tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
        """A person of the caller's agency or of one below it. NotFound `employee_not_found`."""
        return _shown(own_employee(tx, caller, employee_id))

    @query(schemas.ListEmployees, reply=page_of(schemas.Employee), roles=roles.READERS)
    def list_employees(
        self, tx: Transaction, caller: Caller, agency_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The staff of an agency in the order of registration; without `agency_code` all that the caller may see.

        Those who left are shown with the day; merged and erased people are not. NotFound `agency_not_found`.
        """
        statement = sa.select(employees).where(employees.c.merged_into.is_(None), employees.c.erased_at.is_(None))
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
            statement = statement.where(employees.c.agency_code == agency_code)
        else:
            statement = statement.where(scope.within(tx, caller, employees.c.agency_code))
        if cursor is not None:
            statement = statement.where(employees.c.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement.order_by(employees.c.id), limit)
        return {"items": [_shown(row) for row in rows], "next": last and encode_cursor({"id": last.id})}


def own_employee(tx: Transaction, caller: Caller, employee_id: UUID, *, lock: bool = False) -> Any:
    """An employee the caller may see; NotFound `employee_not_found` for everybody else's and nobody's.

    Of a duplicate that was merged, NotFound `employee_merged` names the `employee_id` that is right now.
    """
    found = people.lock_person(tx, employee_id) if lock else queries.employees_by_id(tx, [employee_id]).get(employee_id)
    if found is None or found.erased_at is not None or not scope.sees(tx, caller, found.agency_code):
        raise NotFound("employee_not_found", "There is no such employee.")
    if found.merged_into is not None:
        kept = {"employee_id": str(found.merged_into)}
        raise NotFound("employee_merged", "This registration was a duplicate and is merged into another.", kept)
    return found


def tell_change(tx: Transaction, employee_id: UUID, changed: Sequence[str], **more: Any) -> None:
    """Say what holds of a person now; what is due of them may be something else."""
    mark(tx, [employee_id])
    row = queries.employees_by_id(tx, [employee_id])[employee_id]
    same = {name: getattr(row, name) for name in ("agency_code", "full_name", "email", "language")}
    employed = row.left_on is None
    tx.publish(EmployeeChangedV1(employee_id=employee_id, **same, employed=employed, changed=list(changed), **more))


def begin_period(tx: Transaction, row: Any, from_day: Any) -> None:
    """Open a period of employment with what a person's row (a mapping) says."""
    period = {name: row[name] for name in (*JOB, "personnel_number")}
    ids = {"id": new_id(), "employee_id": row["id"]}
    tx.execute(sa.insert(employment_periods).values(**ids, **period, from_day=from_day, recorded_at=tx.now))


def check_supervisor(tx: Transaction, caller: Caller, employee_id: UUID | None, supervisor_id: UUID | None) -> None:
    """Invalid unless the supervisor is somebody the caller may see, employed, and not below the person themselves."""
    if supervisor_id is None:
        return
    row = queries.employees_by_id(tx, [supervisor_id]).get(supervisor_id)
    if row is None or not _is_there(row) or not scope.sees(tx, caller, row.agency_code):
        raise Invalid.field("supervisor_id", "is not an employee of the agency")
    if employee_id is not None and has_above(tx, employee_id, supervisor_id):
        raise Invalid.field("supervisor_id", "must not be the person or somebody below them")


def has_above(tx: Transaction, employee_id: UUID, supervisor_id: UUID | None) -> bool:
    """Whether a person would be their own supervisor, or that of somebody above themselves."""
    own, above = employees.c, employees.alias("above").c
    chain = sa.select(own.id, own.supervisor_id).where(own.id == supervisor_id).cte(recursive=True)
    chain = chain.union(sa.select(above.id, above.supervisor_id).join(chain, above.id == chain.c.supervisor_id))
    return tx.execute(sa.select(chain.c.id).where(chain.c.id == employee_id)).first() is not None


def _is_there(row: Any) -> bool:
    return row.left_on is None and row.merged_into is None and row.erased_at is None


def _refuse_known(tx: Transaction, person: dict[str, Any]) -> Any:
    """The person's former registration, if they have left; the sentences name no agency, as that is told to nobody."""
    agency_code, number = person["agency_code"], person["personnel_number"]
    same_number = sa.and_(employees.c.agency_code == agency_code, employees.c.personnel_number == number)
    statement = sa.select(employees).where(sa.or_(employees.c.national_code == person["national_code"], same_number))
    former = None
    for known in tx.execute(statement.order_by(employees.c.national_code != person["national_code"]).with_for_update()):
        if known.national_code != person["national_code"]:
            raise Conflict("personnel_number_taken", "Another employee of the agency has this personnel number.")
        if known.left_on is not None:
            former = known
        elif (known.agency_code, known.personnel_number) == (agency_code, number):
            known_id = {"employee_id": str(known.id)}
            raise Conflict("already_registered", "This registration was made before.", known_id)
        else:
            hint = "The person is registered as employed already; transfer_employee moves them."
            raise Conflict("already_employed", hint)
    return former


def _return(tx: Transaction, former: Any, person: dict[str, Any]) -> dict[str, Any]:
    """Somebody who had left is employed again; nothing that is known of the person is lost by not being said."""
    if former.left_on > tehran_date(tx.now):
        raise Conflict("already_employed", "The person is employed to the day before they leave.")
    kept = {name: getattr(former, name) for name in OF_THE_PERSON if person[name] is None}
    row = person | kept | {"is_veteran": person["is_veteran"] or former.is_veteran}
    tx.execute(sa.update(employees).where(employees.c.id == former.id).values(**row, left_on=None, hours_year=0))
    return {"id": former.id, "registered_at": former.registered_at, **row}


def _shown(row: Any) -> dict[str, Any]:
    return {"employee_id": row.id, **row._mapping}
