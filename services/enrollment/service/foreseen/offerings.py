"""What somebody could enter now: the rules of `enroll`, tried on many offerings with a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.domain.clashes import overlapping
from services.enrollment.domain.entry import Related, refusals
from services.enrollment.domain.seats import Seats, reserved_on
from services.enrollment.models import foreseen_offerings as models
from services.enrollment.models import queries
from services.enrollment.models.courses import related_courses
from services.enrollment.service.entrance import candidate_of, choices_of, courses_that_matter
from shared.database import Transaction
from shared.paging import decode_cursor, encode_cursor

CHUNK, CHUNKS = 200, 5  # offerings tried at once, and how often for one page
OF_AN_ITEM, SEARCHED = 3, 300


def offerings_page(
    tx: Transaction, person: Any, today: date, renewing: Collection[str], limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of the offerings that somebody could enter, the soonest first.

    A page may have fewer than it could, with more to come: where thousands of offerings are closed to them for other
    reasons, not all of them are tried for one page.
    """
    after = None
    if cursor is not None:
        place = decode_cursor(cursor, {"starts_on": date.fromisoformat, "id": UUID})
        after = place["starts_on"], place["id"]
    has = _has(tx, person, renewing)
    found: list[dict[str, Any]] = []
    for _chunk in range(CHUNKS):
        rows = models.open_to(tx, person.agency_code, today, CHUNK, after=after)
        found += tried(tx, person, today, rows, has, renewing)
        if len(found) > limit:
            last = found[limit - 1]
            return {"items": found[:limit], "next": _cursor((last["starts_on"], last["offering_id"]))}
        if len(rows) < CHUNK:
            return {"items": found, "next": None}
        after = rows[-1].starts_on, rows[-1].id
    return {"items": found, "next": after and _cursor(after)}


def by_course(
    tx: Transaction, person: Any, today: date, codes: Collection[str], renewing: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """For each of these courses the offerings of it that somebody could enter, the soonest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = models.open_to(tx, person.agency_code, today, SEARCHED, codes=codes) if codes else []
    for item in tried(tx, person, today, rows, _has(tx, person, renewing) if rows else (), renewing):
        found.setdefault(item["course_code"], []).append(item)
    return found


def _has(tx: Transaction, person: Any, renewing: Collection[str]) -> set[str]:
    """Courses that are no use to somebody: they have or take them already, and there is nothing to renew."""
    return models.courses_on_record(tx, person.id) - set(renewing) | models.courses_running(tx, person.id)


def tried(
    tx: Transaction,
    person: Any,
    today: date,
    rows: Sequence[Any],
    has: Collection[str],
    renewing: Collection[str],
) -> list[dict[str, Any]]:
    """Those of these offerings that let somebody in: into a seat, or where none is left into a waiting place.

    A course that they have is left out, unless it is to be renewed now.
    """
    if not rows:
        return []
    codes = {row.course_code for row in rows}.union(*(row.prerequisites for row in rows))
    related = Related(**related_courses(tx, codes))
    matter = set[str]().union(*(courses_that_matter(row, related) for row in rows))
    completed = queries.completed_versions(tx, [person.id], matter).get(person.id, {})
    no_shows, choices = choices_of(tx, [person.id], today)
    existing = models.enrollments_in(tx, person.id, [row.id for row in rows])
    taken = models.booked(tx, person.id, today)
    reserved = {row.id: reserved_on(row.reserved_seats, today) for row in rows}
    seated = models.seated_by_agency(tx, [key for key, seats in reserved.items() if seats])
    found = []
    for row in rows:
        if row.course_code in has or (row.course_code in completed and row.course_code not in renewing):
            continue
        entered = existing.get(row.id)
        candidate = candidate_of(
            person,
            today,
            state=entered.status if entered else None,
            enrollment_id=str(entered.id) if entered else None,
            completed=completed,
            clashes=_clashes(row, taken),
            no_shows=no_shows.get(person.id, 0),
        )
        seats = _seats(row, reserved[row.id], seated.get(row.id, {}))
        if not refusals(row, candidate, seats, today, related, choices):
            found.append(_shown(row, seats, person.agency_code))
    return found


def _seats(row: Any, reserved: Mapping[str, int], seated: Mapping[str, int]) -> Seats:
    by_agency = {code: seated.get(code, 0) for code in reserved}
    counted = row.capacity, row.seats_taken, row.waitlist_limit, row.waiting
    return Seats(*counted, reserved, by_agency, row.seats_offered)


def _clashes(row: Any, taken: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"offering_id": str(other.id), "course_code": other.course_code, "sessions": sorted(numbers)}
        for other in taken
        if other.id != row.id
        and (numbers := {number for number, _other in overlapping(row.sessions or (), other.sessions)})
    ]


def _shown(row: Any, seats: Seats, agency_code: str) -> dict[str, Any]:
    names = ("agency_code", "course_code", "course_version", "course_title", "course_type", "hours", "delivery_mode")
    return {name: getattr(row, name) for name in (*names, "starts_on", "ends_on", "enrollment_closes_on")} | {
        "offering_id": row.id,
        "seats_left": seats.free_for(agency_code),
        "waiting": row.waiting,
    }


def _cursor(place: tuple[date, UUID]) -> str:
    return encode_cursor({"starts_on": place[0].isoformat(), "id": place[1]})
