"""Rooms and instructors of an offering: checked, locked, and booked for its sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from services.catalog.domain import calendar, providers
from services.catalog.domain.calendar import Clash
from services.catalog.models import offerings as offering_rows
from services.catalog.models import providers as models
from services.catalog.models.offerings import Offering, OfferingSession
from services.catalog.models.providers import Instructor, Room
from shared.auth import Caller
from shared.database import Transaction
from shared.errors import Conflict, Problems, refuse
from shared.persian import TEHRAN


def book(
    tx: Transaction, caller: Caller, offering: Offering, course_type: str, sessions: Sequence[Mapping[str, Any]]
) -> None:
    """Give an offering these sessions instead of those it had.

    Rooms and instructors are locked first: of two who want the same hour the second one waits and is then refused.
    Invalid naming the session for what is unknown or does not fit; Conflict `room_taken` or `instructor_taken`.
    """
    meetings = calendar.meetings(sessions)
    rooms = models.lock_rooms(tx, {each.room_code for each in meetings if each.room_code is not None})
    people = models.lock_instructors(
        tx, {each.instructor_code for each in meetings if each.instructor_code is not None}
    )
    refuse(
        _room_problems(offering, sessions, rooms) | _instructor_problems(tx, offering, course_type, sessions, people)
    )
    booked = models.booked_beside(tx, offering.offering_id, meetings)
    for clash in calendar.clashes(meetings, list(booked)):
        raise _taken(tx, caller, clash, booked[clash.booked])
    tx.execute(sa.delete(OfferingSession).where(OfferingSession.offering_id == offering.offering_id))
    tx.add_all(OfferingSession(offering_id=offering.offering_id, **each._asdict()) for each in meetings)
    tx.flush()


def _room_problems(offering: Offering, sessions: Sequence[Mapping[str, Any]], rooms: Mapping[str, Room]) -> Problems:
    problems: Problems = {}
    for place, each in enumerate(sessions):
        code = each["room_code"]
        if code is None:
            continue
        room = rooms.get(code)
        if room is None or room.retired_at is not None or not (room.shared or room.agency_code == offering.agency_code):
            problems[f"sessions[{place}].room_code"] = [f"{code} is not a room that the agency may book"]
        elif room.capacity < offering.capacity:
            reason = f"{code} has {room.capacity} places, fewer than the {offering.capacity} seats"
            problems[f"sessions[{place}].room_code"] = [reason]
    return problems


def _instructor_problems(
    tx: Transaction,
    offering: Offering,
    course_type: str,
    sessions: Sequence[Mapping[str, Any]],
    people: Mapping[str, Instructor],
) -> Problems:
    problems: Problems = {}
    granted = models.qualifications_of(tx, people)
    for place, each in enumerate(sessions):
        code, day = each["instructor_code"], each["day"]
        if code is None:
            continue
        if code not in people:
            problems[f"sessions[{place}].instructor_code"] = [f"{code} is not registered"]
        elif not providers.qualified(granted[code], offering.course_code, course_type, day):
            reason = f"{code} is not qualified for {offering.course_code} on {day.isoformat()}"
            problems[f"sessions[{place}].instructor_code"] = [reason]
    return problems


def _taken(tx: Transaction, caller: Caller, clash: Clash, held: OfferingSession) -> Conflict:
    """Says which hours are taken, and by which offering only to those who may see it."""
    code = clash.wanted.room_code if clash.what == "room" else clash.wanted.instructor_code
    details: dict[str, Any] = {
        "session": clash.wanted.number,
        f"{clash.what}_code": code,
        "from": clash.booked.starts_at.isoformat(),
        "to": clash.booked.ends_at.isoformat(),
    }
    other = tx.get_one(Offering, held.offering_id)
    if caller.sees(other.agency_code):
        details["offering_id"] = str(other.offering_id)
    local = [each.astimezone(TEHRAN) for each in (clash.booked.starts_at, clash.booked.ends_at)]
    hours = f"{local[0]:%Y-%m-%d} from {local[0]:%H:%M} to {local[1]:%H:%M}"
    return Conflict(f"{clash.what}_taken", f"{code} is taken on {hours}.", details)


def sessions_shown(tx: Transaction, offerings: Sequence[Offering]) -> dict[Any, list[dict[str, Any]]]:
    """The sessions of each offering, with the names of rooms and instructors as they are now."""
    held = offering_rows.sessions_of(tx, [each.offering_id for each in offerings])
    every = [session for sessions in held.values() for session in sessions]
    rooms = models.rooms_named(tx, {each.room_code for each in every if each.room_code is not None})
    people = models.instructors_named(tx, {each.instructor_code for each in every if each.instructor_code is not None})
    return {key: [_session(each, rooms, people) for each in sessions] for key, sessions in held.items()}


def planned(session: OfferingSession) -> dict[str, Any]:
    """A session as it was planned: day and times of day in Tehran."""
    starts, ends = session.starts_at.astimezone(TEHRAN), session.ends_at.astimezone(TEHRAN)
    return {
        "day": starts.date(),
        "begins": starts.time(),
        "ends": ends.time(),
        "room_code": session.room_code,
        "instructor_code": session.instructor_code,
    }


def _session(session: OfferingSession, rooms: Mapping[str, Room], people: Mapping[str, str]) -> dict[str, Any]:
    room = rooms.get(session.room_code or "")
    return planned(session) | {
        "number": session.number,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "room_title": room.title if room else None,
        "room_address": room.address if room else None,
        "instructor_name": people.get(session.instructor_code or ""),
    }
