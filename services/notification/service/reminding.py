"""Reminders of first sessions: a timer over what is remembered of offerings and seats.

An offering is seen to seat by seat, under its lock, so that replicas share the work and never do it twice; a seat that
was seen to is marked with the day it was about. The ledger's own key (a seat and a day) is the second lock: whatever a
clock, a crash or a restored backup does to the marks, nobody is reminded of one day twice.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog

from services.notification import models
from services.notification.domain import reminders
from services.notification.domain.calendar_days import Calendar
from services.notification.domain.templates import Template, context_of
from services.notification.policies import value_on
from services.notification.service import calendar_facts
from services.notification.service.queueing import Queue
from services.notification.timetable import working_calendar
from shared import green
from shared.database import Database, Transaction, is_passing
from shared.entrypoints import timer
from shared.persian import end_of_day, tehran_date

log = structlog.get_logger("notification")

OFFERINGS_PAGE = 200
SEATS_PAGE = 500
KEPT_FOR = timedelta(days=180)  # after an offering is over, as long as the inbox remembers


class Reminders(Queue):
    """Mixed into the service."""

    db: Database
    ending: Callable[[], bool]

    @timer(interval=60)
    def remind_of_sessions(self) -> None:
        """Remind everybody with a seat of a first session whose moment has come, each once for a day."""
        place: tuple[datetime, UUID] | None = None
        while not self.ending():
            with self.db.reading() as tx:
                rule, calendars_of = _rule(tx), _calendars(tx)
                found = models.offerings_ahead(tx, _until(tx, rule, calendars_of), place, OFFERINGS_PAGE)
            for offering in found:
                first_day = tehran_date(offering.first_starts_at)
                is_time = any(rule.moment(first_day, calendar) <= tx.now for calendar in calendars_of)
                if is_time and offering.reminded_for != first_day:
                    self._try_to_see_to(offering.offering_id)
            if len(found) < OFFERINGS_PAGE:
                return
            place = (found[-1].first_starts_at, found[-1].offering_id)

    @timer(interval=3600)
    def forget_courses(self) -> None:
        """Forget offerings that are long over, a bounded number each hour."""
        with self.db.transaction() as tx:
            models.prune_courses(tx, tx.now - KEPT_FOR)

    def _try_to_see_to(self, offering_id: UUID) -> None:
        """One that cannot be done must not stop the others."""
        try:
            self._see_to(offering_id)
        except Exception as error:
            if is_passing(error):
                raise
            log.exception("reminder_failed", offering_id=str(offering_id))

    def _see_to(self, offering_id: UUID) -> None:
        """Page by page; what cannot be done, for a person not heard of yet or a moment that is still to come, stops
        nobody else and is looked at again at the next run."""
        last, more = None, True
        while more and not self.ending():
            with self.db.transaction() as tx:
                offering = models.lock_offering(tx, offering_id)
                if offering is None or not _is_ahead(offering, tx.now):
                    return
                first_day = tehran_date(offering.first_starts_at)
                page = models.seats_to_see_to(tx, offering_id, first_day, last, SEATS_PAGE)
                self._see_to_page(tx, offering, first_day, page)
                more = len(page) == SEATS_PAGE
                last = page[-1].enrollment_id if page else None
                # A seat may have been heard of behind the last page: what counts is what the lock shows now.
                if not more and not models.seats_to_see_to(tx, offering_id, first_day, None, 1):
                    models.mark_offering(tx, offering_id, first_day)
            green.pause()

    def _see_to_page(self, tx: Transaction, offering: Any, first_day: date, page: Sequence[Any]) -> None:
        """Queue what is due, and mark what was seen to."""
        revisions = models.revisions_of(tx, [offering.offering_id])[offering.offering_id]
        known_since = reminders.day_known_since(revisions)
        moments = _moments(tx, first_day, {seat.agency_code for seat in page if seat.employee_id})
        ripe = [seat for seat in page if seat.employee_id and moments[seat.agency_code] <= tx.now]
        told = [
            seat
            for seat in ripe
            if seat.erased_at is None
            and reminders.is_in_time(moments[seat.agency_code], max(seat.taken_at, known_since))
        ]
        self.queue_rows(tx, Template.SESSION_REMINDER, [_row(offering, first_day, revisions, seat) for seat in told])
        if ripe:
            models.mark_seats(tx, [seat.enrollment_id for seat in ripe], first_day)


def _moments(tx: Transaction, first_day: date, agency_codes: Collection[str]) -> dict[str, datetime]:
    """When the people of each agency are reminded, by the weekend that holds there."""
    rule, settings = _rule(tx), models.settings_of(tx, agency_codes)
    weekends = {code: found["weekend"].value for code, found in settings.items()}
    return {code: rule.moment(first_day, working_calendar(tx, weekends[code])) for code in agency_codes}


def _rule(tx: Transaction) -> reminders.Rule:
    return reminders.Rule.read(value_on(tx, "session_reminder", tehran_date(tx.now)))


def _calendars(tx: Transaction) -> list[Calendar]:
    """That of agencies for which no weekend was set, and all others."""
    return [working_calendar(tx, weekend) for weekend in (None, *models.weekends(tx))]


def _until(tx: Transaction, rule: reminders.Rule, calendars_of: Sequence[Calendar]) -> datetime:
    """The end of the last day whose first sessions somebody may be due to be reminded of now."""
    return end_of_day(max(rule.last_day(tehran_date(tx.now), calendar) for calendar in calendars_of))


def _is_ahead(offering: Any, now: datetime) -> bool:
    """Never of a session that has begun."""
    return offering.cancelled_at is None and offering.first_starts_at > now


def _row(offering: Any, first_day: date, revisions: Sequence[reminders.Revision], seat: Any) -> dict[str, Any]:
    occasion = reminders.occasion(seat.enrollment_id, first_day)
    entries = reminders.meetings(offering.starts_on, offering.ends_on, offering.sessions)
    gone = reminders.gone(revisions, [each["number"] for each in entries])
    said_at = max(seat.taken_at, *(each.said_at for each in revisions))
    facts = {
        **offering._mapping,
        "offering_id": str(offering.offering_id),
        "enrollment_id": str(seat.enrollment_id),
        "starts_on": offering.starts_on.isoformat(),
        "ends_on": offering.ends_on.isoformat(),
    }
    return {
        "event_id": uuid5(occasion, "reminder"),
        "subject_id": occasion,
        "employee_id": seat.employee_id,
        "agency_code": seat.agency_code,
        "context": context_of(Template.SESSION_REMINDER, facts)
        | {"calendar": calendar_facts.calendar(seat.enrollment_id, offering.revision, said_at, gone)},
        "correlation_id": str(occasion),
    }
