"""Extracts of training records: all that a record says at a moment, told to certification, which makes documents."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from services.enrollment.domain import extracts as domain
from services.enrollment.models import extracts as models
from services.enrollment.models import queries
from services.enrollment.schemas import extracts as schemas
from services.enrollment.service import roles
from services.enrollment.service.hours.figures import KEYS
from services.enrollment.service.hours.reading import year_figures
from services.enrollment.service.record.reading import moment_of, record_of
from services.enrollment.service.sources import sources
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.events import LocalizedText, RecordExtractedV1
from shared.events.hours import RecordLine, RecordYear
from shared.ids import new_id
from shared.persian import end_of_day, format_jalali, tehran_date

# What makes two extracts of a person different: what they say, not when they were asked for or by whom.
_CONTENT = ("person", "full_name", "lines", "years", "notes")


class ExtractCalls:
    @command(schemas.IssueTrainingRecord, reply=schemas.Extract, roles=roles.STAFF)
    def issue_training_record(
        self, tx: Transaction, caller: Caller, employee_id: UUID, as_of: date | datetime | None
    ) -> dict[str, Any]:
        """Have a document made of somebody's training record, as it is known now or was at a day or moment.

        `certification.get_training_record_document` gives it as PDF, `get_training_record_credential` as a bundle of
        credentials, both by `extract_id` and a moment later. Who asks again on the same day for what says the same gets
        the same extract, with its number. For the person's agency and those above it; to others NotFound
        `employee_not_found`; `employee_merged` with the `employee_id` that is right; Invalid for a day to come.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        moment = moment_of(tx, as_of)
        event = _extracted(tx, caller, person, moment)
        # A record as of now that says the same as one of an hour ago is the same record; as of a day, that day counts.
        content_hash = _content_hash(event, moment if as_of is not None else None)
        today = end_of_day(tehran_date(tx.now) - timedelta(days=1))
        known = models.same_extract(tx, employee_id, content_hash, today)
        if known is not None:
            return {"extract_id": known.id, "as_of": known.as_of, "lines": known.lines}
        asked = {"requested_at": tx.now, "requested_by": caller.system}
        own = {"id": event.extract_id, "employee_id": employee_id, "agency_code": event.agency_code, "as_of": moment}
        models.add_extract(tx, **own, **asked, lines=len(event.lines), content_hash=content_hash)
        tx.publish(event)
        return {"extract_id": event.extract_id, "as_of": moment, "lines": len(event.lines)}


def _extracted(tx: Transaction, caller: Caller, person: Any, moment: datetime) -> RecordExtractedV1:
    """All that the record says, under a new id."""
    record = record_of(tx, person, moment)
    figures = year_figures(tx, [person.id], moment)[person.id]
    years = [msgspec.convert(year, RecordYear) for year in figures]
    about: Mapping[str, Any] = record["person"]
    return RecordExtractedV1(
        extract_id=new_id(),
        employee_id=person.id,
        agency_code=person.agency_code,
        agency_name=LocalizedText(**queries.agency_names(tx, [person.agency_code])[person.agency_code]),
        full_name=about["full_name"],
        national_code=person.national_code,
        personnel_number=about["personnel_number"] or person.personnel_number or "",
        father_name=about["father_name"],
        person=_facts(about, person.agency_code),
        as_of=moment,
        extracted_at=tx.now,
        requested_by=caller.system,
        lines=[msgspec.convert(line, RecordLine) for line in record["lines"]],
        years=years,
        hours=round(sum(year.hours for year in years), 2),
        job_hours=round(sum(year.job_hours for year in years), 2),
        general_hours=round(sum(year.general_hours for year in years), 2),
        notes=_notes(tx, record, moment),
    )


def _facts(about: Mapping[str, Any], agency_code: str) -> dict[str, str]:
    """The form's facts; the employer of then, where it is not that of today."""
    found = domain.facts(about)
    if about["agency_code"] != agency_code:
        name = about["agency_name"]
        found["agency"] = name["fa"] if name else about["agency_code"]
    return found


def _notes(tx: Transaction, record: Mapping[str, Any], moment: datetime) -> list[LocalizedText]:
    """Which of the numbers are no regulation, of all that held from the first line on."""
    last = tehran_date(moment)
    first = min((line["completed_on"] for line in record["lines"]), default=last)
    used = sources(tx, (*KEYS, "repeat_counts"), first, last)
    return [LocalizedText(**note) for note in domain.notes(used, format_jalali)]


def _content_hash(event: RecordExtractedV1, moment: datetime | None) -> str:
    content = {name: getattr(event, name) for name in _CONTENT}
    return hashlib.sha256(msgspec.json.encode([content, moment], order="sorted")).hexdigest()
