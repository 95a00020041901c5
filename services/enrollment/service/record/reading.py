"""The training record of a person, as it is known now or was at any moment."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.enrollment.domain.record import TYPES, lines
from services.enrollment.models import certified, queries, recognitions
from services.enrollment.models import recording as models
from services.enrollment.models.record import entries_of, uses_of
from services.enrollment.schemas import record as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.hours.serving import RecordHours, record_hours
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Invalid, NotFound
from shared.persian import end_of_day, tehran_date

_PERSON = (
    "father_name",
    "birth_date",
    "gender",
    "is_veteran",
    "hired_on",
    "education",
    "education_field",
    "education_status",
)
_JOB = ("personnel_number", "unit", "employment", "job_title", "job_family", "job_class", "rank", "is_manager")
_OF_THE_ENTRY = (
    "line_id",
    "source",
    "agency_code",
    "course_code",
    "course_title",
    "course_type",
    "original_type",
    "delivery_mode",
    "provider_name",
    "hours",
    "score",
    "starts_on",
    "completed_on",
    "jalali_year",
)
_OF_THE_COUNTER_ENTRY = (
    "line_id",
    "course_code",
    "course_title",
    "hours",
    "score",
    "counted",
    "completed_on",
    "reason",
)
_OF_THE_YEAR = dict.fromkeys(
    ("job_hours", "general_hours", "required_hours", "missing_hours", "pay_hours", "pay_points")
)


class RecordQueries:
    @query(schemas.GetTrainingRecord, reply=schemas.TrainingRecord, roles=roles.READERS)
    def get_training_record(
        self, tx: Transaction, caller: Caller, employee_id: UUID, as_of: date | datetime | None
    ) -> dict[str, Any]:
        """All training of a person from first employment, the oldest first, with hours by year and what they serve.

        With `as_of` what was known then: at the end of a day in Tehran, or at a moment. Entries are never changed, so
        it is the same for ever; names and employment are as of then too, other data of the person is today's. The
        person's agency and those above it see everything, a former agency the lines and employment of its own time.
        NotFound `employee_not_found`, `employee_merged` with the `employee_id` that is right; Invalid for a day or
        moment to come.
        """
        moment = moment_of(tx, as_of)
        person = queries.employees_by_id(tx, [employee_id]).get(employee_id)
        if person is None or person.erased_at is not None or scope.sees(tx, caller, person.agency_code):
            return record_of(tx, own_employee(tx, caller, employee_id), moment)
        found = record_of(tx, person, moment, agencies=scope.codes(tx, caller))
        if not found["employment"] and not found["lines"]:
            raise NotFound("employee_not_found", "There is no such employee.")
        return found


def moment_of(tx: Transaction, as_of: date | datetime | None) -> datetime:
    """The moment that a day or moment of the past stands for, now for today; Invalid for one to come."""
    if as_of is None:
        return tx.now
    if isinstance(as_of, datetime):
        if as_of > tx.now:
            raise Invalid.field("as_of", "must not be a moment to come")
        return as_of
    if as_of > tehran_date(tx.now):
        raise Invalid.field("as_of", "must not be a day to come")
    return min(end_of_day(as_of), tx.now)


def record_of(tx: Transaction, person: Any, as_of: datetime, agencies: Collection[str] | None = None) -> dict[str, Any]:
    """The record of a person (a row of employees) as of a moment; with `agencies` only what was of their time."""
    rows = _of_agencies(entries_of(tx, [person.id], as_of), agencies)
    periods = _of_agencies(models.periods_of(tx, person.id, as_of, tehran_date(as_of)), agencies)
    corrections = _of_agencies(models.corrections_of(tx, person.id, as_of), agencies)
    names = queries.agency_names(tx, {person.agency_code, *(row.agency_code for row in periods)})
    # What is asked, and what hours serve, is of the whole record; a part of it does not tell.
    hours = record_hours(tx, person.id, as_of) if agencies is None else RecordHours({}, {}, [])
    shown = lines_of(tx, rows, as_of, hours.serving)
    counted = [row for row in rows if row.counted]
    years = sorted(hours.years.keys() | {row.jalali_year for row in counted})
    return {
        "employee_id": person.id,
        "as_of": as_of,
        "complete": agencies is None,
        "person": _person(person, periods, names, agencies is None, models.name_on(tx, person, as_of)),
        "employment": periods,
        "lines": [line | {"number": number} for number, line in enumerate(shown, start=1)],
        "years": [
            {
                **_OF_THE_YEAR,
                **hours.years.get(year, {}),
                "jalali_year": year,
                **_totals([row for row in counted if row.jalali_year == year]),
            }
            for year in years
        ],
        "career": _totals(counted) | _sides(list(hours.years.values()), complete=agencies is None),
        "corrections": [_correction(row) for row in corrections],
        "policies": hours.policies,
    }


def lines_of(
    tx: Transaction, rows: Sequence[Any], as_of: datetime, serving: Mapping[UUID, dict[str, float]]
) -> list[dict[str, Any]]:
    """Lines of any people, from their entries, with all that is shown of them but their number; `serving` has what they
    serve of the minimum and of pay."""
    people, ids = {row.employee_id for row in rows}, [row.line_id for row in rows]
    uses = {line.line_id: list(line.uses) for line in lines(rows, uses_of(tx, people, as_of))}
    certificates = certified.certificates_for(tx, ids, as_of)
    documents = recognitions.evidence_of(tx, [row.line_id for row in rows if row.source == "recognised"])
    names = queries.agency_names(tx, {row.agency_code for row in rows})
    return [
        _line(row, names, certificates.get(row.line_id))
        | _uses(serving.get(row.line_id, {}), uses[row.line_id])
        | {"evidence": _evidence(documents.get(row.line_id))}
        for row in rows
    ]


def _uses(serving: dict[str, float], uses: list[str]) -> dict[str, Any]:
    return {"uses": [*serving, *uses], "serving": serving}


def _of_agencies(rows: Sequence[Any], agencies: Collection[str] | None) -> list[Any]:
    return [row for row in rows if agencies is None or row.agency_code in agencies]


def _person(person: Any, periods: Sequence[Any], names: dict[str, Any], complete: bool, name: str) -> dict[str, Any]:
    """Who it is, and what they were in the last of these periods."""
    last: Any = periods[-1]._asdict() if periods else {}
    agency_code = last.get("agency_code", person.agency_code)
    own = {key: getattr(person, key) if complete else None for key in _PERSON}
    return {
        "employee_id": person.id,
        "full_name": name,
        "national_code": person.national_code,
        **own,
        **{key: last.get(key) for key in _JOB},
        "agency_code": agency_code,
        "agency_name": names.get(agency_code),
        "left_on": last["until_day"] + timedelta(days=1) if last.get("until_day") else None,
    }


def _line(row: Any, names: dict[str, Any], certificate: Any) -> dict[str, Any]:
    permit = row.permit or {}
    return {
        **{name: getattr(row, name) for name in _OF_THE_ENTRY},
        "agency_name": names.get(row.agency_code),
        "permit_number": permit.get("number"),
        "permit_on": permit.get("issued_on"),
        "certificate_serial": certificate and certificate.serial,
        "certificate_on": certificate and tehran_date(certificate.issued_at),
        "counts": row.counted,
        "result": "passed",
    }


def _evidence(document: Any) -> str | None:
    """The document that a recognition rests on, in one line."""
    said = [document[name] for name in ("number", "issuer", "issued_on") if document.get(name)] if document else []
    return ", ".join(said) or None


def _totals(rows: Sequence[Any]) -> dict[str, Any]:
    by_type = {kind: round(sum(row.hours for row in rows if row.course_type == kind), 2) for kind in TYPES}
    return {"lines": len(rows), "hours": round(sum(by_type.values()), 2), "by_type": by_type}


def _sides(years: Sequence[Mapping[str, Any]], *, complete: bool) -> dict[str, Any]:
    """Hours of a career by side: each year's by the policy of its own."""
    names = ("job_hours", "general_hours")
    return {name: round(sum(year[name] for year in years), 2) if complete else None for name in names}


def _correction(row: Any) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _OF_THE_COUNTER_ENTRY},
        "corrected_at": row.recorded_at,
        "corrected_by": row.recorded_by,
        "entered_anew": row.stands,
    }
