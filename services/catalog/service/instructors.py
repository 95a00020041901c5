"""Instructors with what they may teach, and rooms."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.domain import providers as domain
from services.catalog.models import courses as course_rows
from services.catalog.models import providers as models
from services.catalog.models.base import columns_of
from services.catalog.models.providers import Instructor, Provider, Qualification, Room
from services.catalog.schemas import providers as schemas
from services.catalog.service.roles import COURSE_ROLES, EVERYONE, OFFERING_ROLES
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

KEEPERS = (*OFFERING_ROLES, "catalog_admin")


class InstructorCalls:
    @command(schemas.RegisterInstructor, reply=schemas.Instructor, roles=KEEPERS)
    def register_instructor(self, tx: Transaction, caller: Caller, **person: Any) -> dict[str, Any]:
        """Register somebody who teaches, or correct the entry.

        Officers keep the entries of their agency (`agency_code`, theirs unless given), administrators all of them.
        Conflict `instructor_exists` for a code that another agency keeps.
        """
        if not _keeps_all(caller):
            person["agency_code"] = person["agency_code"] or caller.agency
            caller.must_see(person["agency_code"], "agency_not_found", "There is no such agency.")
        if person["provider_code"] is not None and tx.get(Provider, person["provider_code"]) is None:
            raise Invalid.field("provider_code", f"{person['provider_code']} is not registered")
        known = models.lock_instructors(tx, [person["instructor_code"]]).get(person["instructor_code"])
        if known is None:
            known = Instructor(registered_at=tx.now, **person)
            tx.add(known)
        elif not _keeps(caller, known):
            raise Conflict("instructor_exists", "The code belongs to another instructor.")
        for name, value in person.items():
            setattr(known, name, value)
        tx.flush()
        return _shown(tx, [known])[0]

    @command(schemas.RecordQualification, reply=schemas.Qualification, roles=KEEPERS)
    def record_qualification(self, tx: Transaction, caller: Caller, **content: Any) -> dict[str, Any]:
        """Record what an instructor may teach from a day to a day: one course, or every course of a type."""
        domain.check_qualification(content["course_code"], content["course_type"])
        domain.check_period(content["valid_from"], content["valid_to"])
        if content["course_code"] is not None and not course_rows.published_among(tx, [content["course_code"]]):
            raise Invalid.field("course_code", f"{content['course_code']} is not a published course")
        _kept(tx, caller, content["instructor_code"])
        record = Qualification(qualification_id=new_id(), withdrawn_on=None, recorded_at=tx.now, **content)
        tx.add(record)
        tx.flush()
        return columns_of(record)

    @command(schemas.WithdrawQualification, reply=schemas.Qualification, roles=KEEPERS)
    def withdraw_qualification(
        self, tx: Transaction, caller: Caller, qualification_id: UUID, withdrawn_on: date
    ) -> dict[str, Any]:
        """End a qualification; `withdrawn_on` is the first day without it. Conflict `already_withdrawn`."""
        statement = sa.select(Qualification).where(Qualification.qualification_id == qualification_id)
        record = tx.scalar(statement.with_for_update())
        if record is None:
            raise NotFound("qualification_not_found", "There is no such qualification.")
        _kept(tx, caller, record.instructor_code)
        domain.check_withdrawal(columns_of(record), withdrawn_on)
        record.withdrawn_on = withdrawn_on
        return columns_of(record)

    @query(schemas.GetInstructor, reply=schemas.Instructor, roles=EVERYONE)
    def get_instructor(self, tx: Transaction, caller: Caller, instructor_code: str) -> dict[str, Any]:
        """An instructor with what they may teach."""
        found = tx.get(Instructor, instructor_code)
        if found is None:
            raise no_instructor()
        return _shown(tx, [found])[0]

    @query(schemas.ListInstructors, reply=page_of(schemas.Instructor), roles=EVERYONE)
    def list_instructors(
        self, tx: Transaction, caller: Caller, provider_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Instructors of all agencies by code: anybody may invite them."""
        after = decode_cursor(cursor, {"instructor_code": str})["instructor_code"] if cursor else ""
        statement = sa.select(Instructor).where(Instructor.instructor_code > after)
        if provider_code is not None:
            statement = statement.where(Instructor.provider_code == provider_code)
        rows = tx.scalars(statement.order_by(Instructor.instructor_code).limit(limit + 1)).all()
        following = encode_cursor({"instructor_code": rows[limit - 1].instructor_code}) if len(rows) > limit else None
        return {"items": _shown(tx, rows[:limit]), "next": following}


class RoomCalls:
    @command(schemas.DefineRoom, reply=schemas.Room, roles=OFFERING_ROLES)
    def define_room(self, tx: Transaction, caller: Caller, **content: Any) -> dict[str, Any]:
        """Register a room of the caller's agency, or correct the entry; a retired one is in use again.

        Conflict `room_exists` for a code that another agency has.
        """
        caller.must_see(content["agency_code"], "agency_not_found", "There is no such agency.")
        room = models.lock_rooms(tx, [content["room_code"]]).get(content["room_code"])
        if room is None:
            room = Room(**content)
            tx.add(room)
        elif room.agency_code != content["agency_code"]:
            raise Conflict("room_exists", "The code belongs to another agency's room.")
        for name, value in content.items():
            setattr(room, name, value)
        room.retired_at = None
        tx.flush()
        return columns_of(room)

    @command(schemas.RetireRoom, reply=schemas.Room, roles=OFFERING_ROLES)
    def retire_room(self, tx: Transaction, caller: Caller, room_code: str) -> dict[str, Any]:
        """Take a room out of use. Conflict `room_in_use` (with `sessions`, how many) while sessions are ahead in it."""
        room = models.lock_rooms(tx, [room_code]).get(room_code)
        if room is None or not caller.sees(room.agency_code):
            raise no_room()
        ahead = models.sessions_ahead(tx, room_code, tx.now)
        if ahead:
            raise Conflict("room_in_use", f"{ahead} sessions are planned in the room.", {"sessions": ahead})
        room.retired_at = room.retired_at or tx.now
        return columns_of(room)

    @query(schemas.ListRooms, reply=page_of(schemas.Room), roles=EVERYONE)
    def list_rooms(
        self, tx: Transaction, caller: Caller, min_capacity: int | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Rooms in use that the caller's agency may book, by code: its own and those that others share."""
        after = decode_cursor(cursor, {"room_code": str})["room_code"] if cursor else ""
        statement = sa.select(Room).where(Room.room_code > after, Room.retired_at.is_(None))
        if not caller.is_national:
            statement = statement.where(Room.shared | (Room.agency_code == caller.agency))
        if min_capacity is not None:
            statement = statement.where(Room.capacity >= min_capacity)
        rows = tx.scalars(statement.order_by(Room.room_code).limit(limit + 1)).all()
        following = encode_cursor({"room_code": rows[limit - 1].room_code}) if len(rows) > limit else None
        return {"items": [columns_of(row) for row in rows[:limit]], "next": following}


def no_instructor() -> NotFound:
    return NotFound("instructor_not_found", "There is no such instructor.")


def no_room() -> NotFound:
    return NotFound("room_not_found", "There is no such room.")


def _keeps_all(caller: Caller) -> bool:
    return not caller.roles.isdisjoint(COURSE_ROLES)


def _keeps(caller: Caller, instructor: Instructor) -> bool:
    return _keeps_all(caller) or (instructor.agency_code is not None and caller.sees(instructor.agency_code))


def _kept(tx: Transaction, caller: Caller, instructor_code: str) -> Instructor:
    """An instructor whose entry the caller may change."""
    found = models.lock_instructors(tx, [instructor_code]).get(instructor_code)
    if found is None or not _keeps(caller, found):
        raise no_instructor()
    return found


def _shown(tx: Transaction, instructors: Any) -> list[dict[str, Any]]:
    found = models.qualifications_of(tx, [each.instructor_code for each in instructors])
    return [columns_of(each) | {"qualifications": found[each.instructor_code]} for each in instructors]
