"""Agencies and the people they employ."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import agencies, employees, queries
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import roles
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, NotFound
from shared.events import AgencyRegisteredV1, EmployeeRegisteredV1, LocalizedText
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class StaffCalls:
    @command(schemas.RegisterAgency, reply=schemas.Agency, roles=("national",))
    def register_agency(self, tx: Transaction, caller: Caller, code: str, name: dict[str, str]) -> dict[str, Any]:
        """Let an agency take part. The same code and name again answer the same.

        Conflict `agency_exists`: the code is registered under another name.
        """
        known = tx.execute(sa.select(agencies).where(agencies.c.code == code)).first()
        if known is None:
            tx.execute(sa.insert(agencies).values(code=code, name=name, registered_at=tx.now))
            tx.publish(AgencyRegisteredV1(code=code, name=LocalizedText(**name)))
        elif known.name != name:
            raise Conflict("agency_exists", "The code is registered under another name.", {"code": code})
        return {"code": code, "name": name}

    @query(schemas.GetAgency, reply=schemas.Agency, roles=roles.EVERYBODY)
    def get_agency(self, tx: Transaction, caller: Caller, code: str) -> dict[str, Any]:
        """Name of an agency; names of agencies are open to every caller. NotFound `agency_not_found`."""
        found = tx.execute(sa.select(agencies).where(agencies.c.code == code)).first()
        if found is None:
            raise _no_agency()
        return {"code": found.code, "name": found.name}

    @query(schemas.ListAgencies, reply=page_of(schemas.Agency), roles=roles.EVERYBODY)
    def list_agencies(self, tx: Transaction, caller: Caller, limit: int, cursor: str | None) -> dict[str, Any]:
        """All agencies by code."""
        statement = sa.select(agencies).order_by(agencies.c.code)
        if cursor is not None:
            statement = statement.where(agencies.c.code > decode_cursor(cursor, {"code": str})["code"])
        rows, last = queries.page(tx, statement, limit)
        items = [{"code": row.code, "name": row.name} for row in rows]
        return {"items": items, "next": last and encode_cursor({"code": last.code})}

    @command(schemas.RegisterEmployee, reply=schemas.Employee, roles=("agency_system", "national"))
    def register_employee(self, tx: Transaction, caller: Caller, **person: Any) -> dict[str, Any]:
        """Register a person as employed by an agency.

        A national code belongs to one person, employed by one agency at a time; a personnel number is unique in its
        agency (policy default). NotFound `agency_not_found`; Conflict `already_registered` with the `employee_id`
        when agency, national code and personnel number are the same again; Conflict `already_employed` for a known
        national code, whichever agency has it; Conflict `personnel_number_taken`.
        """
        caller.must_see(person["agency_code"], _no_agency().code, _no_agency().message)
        if tx.scalar(sa.select(agencies.c.code).where(agencies.c.code == person["agency_code"])) is None:
            raise _no_agency()
        _refuse_known(tx, person)
        row = {"id": new_id(), "registered_at": tx.now, **person}
        tx.execute(sa.insert(employees).values(row))
        said = {name: person[name] for name in ("agency_code", "full_name", "email", "language")}
        tx.publish(EmployeeRegisteredV1(employee_id=row["id"], **said))
        return {"employee_id": row["id"], **row}

    @query(schemas.GetEmployee, reply=schemas.Employee, roles=roles.READERS)
    def get_employee(self, tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
        """A person employed by the caller's agency. NotFound `employee_not_found`."""
        return _shown(own_employee(tx, caller, employee_id))

    @query(schemas.ListEmployees, reply=page_of(schemas.Employee), roles=roles.READERS)
    def list_employees(
        self, tx: Transaction, caller: Caller, agency_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The staff of an agency in the order of registration; without `agency_code` all that the caller may see.

        NotFound `agency_not_found` for another agency.
        """
        if agency_code is not None:
            caller.must_see(agency_code, _no_agency().code, _no_agency().message)
        elif not caller.is_national:
            agency_code = caller.agency
        statement = sa.select(employees).order_by(employees.c.id)
        if agency_code is not None:
            statement = statement.where(employees.c.agency_code == agency_code)
        if cursor is not None:
            statement = statement.where(employees.c.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [_shown(row) for row in rows], "next": last and encode_cursor({"id": last.id})}


def own_employee(tx: Transaction, caller: Caller, employee_id: UUID) -> Any:
    """An employee the caller may see; NotFound `employee_not_found` for everybody else's and nobody's."""
    employee = queries.employees_by_id(tx, [employee_id]).get(employee_id)
    if employee is None or not caller.sees(employee.agency_code):
        raise NotFound("employee_not_found", "There is no such employee.")
    return employee


def _refuse_known(tx: Transaction, person: dict[str, Any]) -> None:
    """The sentence names no agency: who employs a person is told to nobody else."""
    agency_code, number = person["agency_code"], person["personnel_number"]
    same_number = sa.and_(employees.c.agency_code == agency_code, employees.c.personnel_number == number)
    statement = sa.select(employees).where(sa.or_(employees.c.national_code == person["national_code"], same_number))
    for known in tx.execute(statement.order_by(employees.c.national_code != person["national_code"])):
        same_person = known.national_code == person["national_code"]
        if same_person and (known.agency_code, known.personnel_number) == (agency_code, number):
            known_id = {"employee_id": str(known.id)}
            raise Conflict("already_registered", "This registration was made before.", known_id)
        if same_person:
            raise Conflict("already_employed", "The person is registered as employed already.")
        raise Conflict("personnel_number_taken", "Another employee of the agency has this personnel number.")


def _no_agency() -> NotFound:
    return NotFound("agency_not_found", "There is no such agency.")


def _shown(row: Any) -> dict[str, Any]:
    return {"employee_id": row.id, **row._mapping}
