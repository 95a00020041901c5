"""How recognitions are asked for, one or a thousand, and how they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from services.enrollment.domain import recognitions as domain
from services.enrollment.models import recognitions as models
from services.enrollment.models import recording as lines
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import recognitions as schemas
from services.enrollment.service.record import counting
from services.enrollment.service.sources import sources
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints.operations import loaded
from shared.errors import Invalid, Problems
from shared.ids import new_id
from shared.persian import jalali_year, search_form, tehran_date

_ASKED = (
    "kind",
    "title",
    "amount",
    "course_code",
    "course_type",
    "original_type",
    "delivery_mode",
    "provider_name",
    "score",
    "starts_on",
    "ends_on",
)
_NAMES = ("employee_id", "national_code", "personnel_number")


class Request:
    """What is asked for these people (rows of employees), with all that has to be known of them."""

    def __init__(self, tx: Transaction, people: Sequence[Any], keys: Iterable[tuple[UUID, str]] = ()) -> None:
        self._tx, self._today = tx, tehran_date(tx.now)
        self._employment = models.employment_of(tx, [person.id for person in people])
        self._known = models.known_evidence(tx, list(keys)) if keys else None

    def problems(self, person: Any, training: Mapping[str, Any]) -> Problems:
        return domain.problems(training, self._today, self._employed_from(person))

    def known(self, person: Any, training: Mapping[str, Any]) -> Any:
        """What is asked for or recognised by this document already."""
        key = person.id, evidence_key(training)
        found = models.known_evidence(self._tx, [key]) if self._known is None else self._known
        return found.get(key)

    def row(self, person: Any, training: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        employers = self._employment.get(person.id, ())
        return {
            "id": new_id(),
            "employee_id": person.id,
            "agency_code": person.agency_code,
            "employer": models.ended_on(employers, training["ends_on"]) or person.agency_code,
            "status": "requested",
            **{name: training[name] for name in _ASKED},
            "permit": plain(training["permit"]),
            "evidence": plain(training["evidence"]),
            "evidence_key": evidence_key(training),
            "requested_by": caller.system,
            "requested_at": self._tx.now,
        }

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        insert_rows(self._tx, models.recognitions, rows)

    def _employed_from(self, person: Any) -> date | None:
        """The first day of employment, where it is known: registering alone says nothing of it."""
        if person.hired_on is None:
            return None
        days = [period.from_day for period in self._employment.get(person.id, ())]
        return min([person.hired_on, *days])


def request_many(
    tx: Transaction, caller: Caller, agency_code: str, rows: Sequence[Mapping[str, Any]], *, dry_run: bool
) -> list[dict[str, Any]]:
    """The outcome of each row of a list, in a fixed number of statements."""
    found = [_read(row) for row in rows]
    people = _people(tx, agency_code, [row for row in found if not row["reasons"]])
    for row in found:
        row["person"] = people.get(row["name"]) if not row["reasons"] else None
        if row["person"] is None and not row["reasons"]:
            row["reasons"] = {row["name"][0]: ["names nobody of this agency"]}
    good = [row for row in found if not row["reasons"]]
    keys = [(row["person"].id, evidence_key(row["training"])) for row in good]
    asked = Request(tx, [row["person"] for row in good], keys)
    new: dict[tuple[UUID, str], Mapping[str, Any]] = {}
    written = []
    for row, key in zip(good, keys, strict=True):
        person, training = row["person"], row["training"]
        row["employee_id"], row["reasons"] = person.id, asked.problems(person, training)
        if key in new:
            row["reasons"] = {"evidence.number": ["is in the list more than once"]}
        known = asked.known(person, training)
        if known is not None:
            row["outcome"], row["recognition_id"] = "exists", known.id
            if not is_same(known, training):
                row["outcome"], row["reasons"] = "refused", {"evidence.number": ["came before with other data"]}
        elif not row["reasons"]:
            new[key] = made = asked.row(person, training, caller)
            row["outcome"], row["recognition_id"] = "requested", None if dry_run else made["id"]
            written.append(made)
    if not dry_run:
        asked.write(written)
    return [row | {"reasons": row["reasons"] or None} for row in found]


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it can be judged by itself, and by what it names somebody."""
    read: dict[str, Any] = {"outcome": "refused", "recognition_id": None, "employee_id": None, "reasons": {}}
    try:
        training = loaded(schemas.RequestedRow, dict(row))
    except Invalid as error:
        return read | {"reasons": error.details["fields"]}
    name = next((kind, training[kind]) for kind in _NAMES if training[kind])
    return read | {"training": training, "name": name}


def _people(tx: Transaction, agency_code: str, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, Any], Any]:
    found: dict[tuple[str, Any], Any] = {}
    for person in models.named_people(tx, [agency_code], [row["name"] for row in rows]):
        found |= {(kind, getattr(person, "id" if kind == "employee_id" else kind)): person for kind in _NAMES}
    return found


def evidence_key(training: Mapping[str, Any]) -> str:
    """One for a document, however it is spelt."""
    evidence = training["evidence"]
    return ":".join((evidence["kind"], search_form(evidence["number"]), search_form(evidence["issuer"])))[:400]


def is_same(known: Any, training: Mapping[str, Any]) -> bool:
    """Whether the same is asked for again; what the committee changed since does not count."""
    names = [name for name in _ASKED if known.status == "requested" or name not in ("course_type", "original_type")]
    same_evidence = known.evidence == plain(training["evidence"])
    return same_evidence and all(getattr(known, name) == training[name] for name in names)


def plain(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A permit or evidence as it is kept: days as text, nothing that was not said."""
    if document is None:
        return None
    said = {name: value for name, value in document.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}


def hours_asked(tx: Transaction, row: Any) -> float:
    """What the amount comes to, by the policies of the day on which the training ended."""
    key = domain.HOURS_PER.get(domain.UNITS[row.kind])
    per_unit = float(value_on(tx, key, max(row.ends_on, FIRST_DAY))) if key else 1.0
    return domain.worth(row.kind, row.amount, per_unit)


def entry(row: Any, caller: Caller, moment: datetime) -> dict[str, Any]:
    """The line of an accepted recognition."""
    same = ("employee_id", "course_code", "course_type", "original_type", "delivery_mode", "provider_name", "permit")
    return {
        **{name: getattr(row, name) for name in (*same, "hours", "score", "starts_on")},
        "line_id": row.id,
        "source": "recognised",
        "recorded_at": moment,
        "recorded_by": caller.system,
        "reason": row.decision_reason,
        "agency_code": row.employer,
        "course_title": row.title,
        "completed_on": row.ends_on,
        "jalali_year": jalali_year(row.ends_on),
    }


def shown(tx: Transaction, row: Any) -> dict[str, Any]:
    return shown_all(tx, [row])[0]


def shown_all(tx: Transaction, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Recognitions as they are shown, in a fixed number of statements."""
    standing = {line.line_id: line for line in lines.standing_lines(tx, [row.id for row in rows])}
    waiting = [_as_line(row) for row in rows if row.status == "requested"]
    uncounted = [line for line in standing.values() if not line.counted]
    # Each by itself: what is asked for twice is in nobody's way as long as nothing of it is accepted.
    same = counting.in_the_way(tx, [*waiting, *uncounted], of_each_other=False)
    return [_shown(tx, row, standing.get(row.id), same.get(row.id)) for row in rows]


def _as_line(row: Any) -> Any:
    """What a request would be in the record."""
    return SimpleNamespace(
        line_id=row.id,
        employee_id=row.employee_id,
        course_code=row.course_code,
        course_title=row.title,
        completed_on=row.ends_on,
        jalali_year=jalali_year(row.ends_on),
        refresh_every_months=None,
    )


def _shown(tx: Transaction, row: Any, line: Any, same: Any) -> dict[str, Any]:
    key = domain.HOURS_PER.get(domain.UNITS[row.kind])
    return {
        **row._mapping,
        "recognition_id": row.id,
        "unit": domain.UNITS[row.kind],
        "hours_asked": hours_asked(tx, row),
        "counted": None if line is None else line.counted,
        "same_as": same and same.line_id,
        "policies": sources(tx, [key], max(row.ends_on, FIRST_DAY)) if key else [],
    }
