"""Replacing a certificate: the corrected one is issued anew and takes the place of the old, which stays as it was."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.certification import models
from services.certification.domain import awards, states
from services.certification.domain.log import EXPIRED, SUSPENDED, Entry
from services.certification.domain.requests import Asker
from services.certification.domain.snapshots import PERSONAL
from services.certification.service import transparency
from services.certification.service.covering import Terms
from services.certification.service.minting import Draft, Office, mint
from services.certification.service.moving import move
from services.certification.service.numbering import Numbers
from shared.database import Transaction
from shared.events import EnrollmentCompletedV1
from shared.messages import Cause
from shared.persian import tehran_date

# What may be corrected, by its name in a snapshot, and what it is called in a completion.
CORRECTABLE = {
    "holder_name": "full_name",
    "father_name": "father_name",
    "job_title": "job_title",
    "unit": "unit",
    "personnel_number": "personnel_number",
    "course_title": "course_title",
    "hours": "hours",
    "starts_on": "starts_on",
    "ends_on": "ends_on",
    "completed_on": "completed_on",
    "score": "score",
}
_NUMBERS = ("hours", "score")
NOT_KNOWN = 0.0  # in place of the score of a record of the past that does not say it
# In the log every certificate begins as valid; what the new one inherits is said after that.
_NOT_VALID = {"suspended": SUSPENDED, "expired": EXPIRED}


def replace(
    tx: Transaction,
    office: Office,
    old: Any,
    completion: EnrollmentCompletedV1,
    numbers: Numbers,
    cause: Cause,
    actor: Asker,
    reason: str,
    **columns: Any,
) -> dict[str, Any]:
    """Issue what a locked certificate should have said, with a serial and a code of its own; the row that was stored.

    The new one holds as the old one did: a suspended one stays suspended, an expired one expired. Beside one that a
    corrected result took away a valid one is issued. Completions that the old one covered are covered by the new one.
    """
    # The certificate knows whose it is now; the correction was said before a merge or an erasure, perhaps.
    person = models.people_now(tx, [old.employee_id])[old.employee_id]
    until = _valid_until(tx, old, completion)
    serial = numbers.take(completion.agency_code)
    # One in force of an enrollment and of a cycle at most: the old one gives way before the new one is there.
    if old.status != "revoked":
        told: dict[str, Any] = {"details": {"changes": _changed(old, completion)}, "logged": {"superseded_by": serial}}
        move(tx, office, [old], "correct", actor, reason=reason, cause=cause, **told)
    inherited = _inherited(tx, old, until) | columns
    place: dict[str, Any] = {"cycle": old.cycle, "valid_until": until, "replaces_serial": old.serial, "reason": reason}
    place |= {"past": _past(old, completion), "award": json.loads(old.snapshot).get("award"), "mail": old.mail}
    draft = Draft(completion, person, serial, cause, inherited, **place)
    [row] = mint(tx, office, [draft])
    if row["status"] in _NOT_VALID:
        entry = Entry(_NOT_VALID[row["status"]], row["id"], serial, tx.now)
        transparency.append(tx, office, [entry])
    models.set_certificate(tx, old.id, superseded_by=row["id"])
    models.pass_on_covered(tx, old.id, row["id"])
    numbers.write(tx)
    return row


def _inherited(tx: Transaction, old: Any, until: date | None) -> dict[str, Any]:
    """What the new one takes over: whether it holds and why not, and which reminders were said of this last day."""
    status = states.of_replacement(old.status, until, tehran_date(tx.now))
    stays = status == old.status == "suspended"
    return {
        "status": status,
        "reason": old.reason if stays else None,
        "status_since": old.status_since if stays else None,
        "reminded_days": old.reminded_days if until == old.valid_until else None,
        "corrected_at": old.corrected_at,
    }


def _past(old: Any, completion: EnrollmentCompletedV1) -> dict[str, Any] | None:
    """What a record of the past goes on to say; a score that was not known stays so until somebody corrects it."""
    said = json.loads(old.snapshot)
    if not said.get("basis"):
        return None
    unknown = said["score"] is None and completion.score == NOT_KNOWN
    return {"basis": said["basis"], "score": None if unknown else completion.score}


def completion_of(row: Any, said: Mapping[str, Any]) -> EnrollmentCompletedV1:
    """The completion that a certificate certifies, as far as its page says.

    What no certificate says is filled with what nobody mints: no offering, attended hours as the course's. The moment
    of the completion is that of the issue, which followed it.
    """
    provider, issuer = said["provider"], said["issuer"]
    facts = {name: said.get(name) for name in (*CORRECTABLE, "course_code", "course_version", "permit")}
    course = awards.OF_NO_COURSE if said.get("award") else said
    return _completion(
        facts,
        full_name=said["holder_name"],
        course_type=course["course_type"],
        delivery_mode=course["delivery_mode"],
        enrollment_id=row.enrollment_id,
        employee_id=row.employee_id,
        national_code=row.national_code,
        agency_code=issuer["code"],
        agency_name=issuer["name"],
        provider_code=provider["code"],
        provider_name=provider["name"],
        accreditation=provider.get("accreditation"),
        offering_id=UUID(int=0),
        hours=float(said["hours"]),
        attended_hours=float(said["hours"]),
        score=NOT_KNOWN if said["score"] is None else float(said["score"]),
        pass_mark=float(said["pass_mark"]) if said.get("pass_mark") is not None else None,
        certificate_template=said.get("design", {}).get("template"),
        refresh_every_months=row.refresh_every_months,
        completed_at=row.issued_at,
    )


def changed(completion: EnrollmentCompletedV1, changes: Iterable[Mapping[str, Any]]) -> EnrollmentCompletedV1:
    """A completion with what officers corrected: values by the names of the snapshot, later ones over earlier ones."""
    facts = msgspec.to_builtins(completion)
    for each in changes:
        facts |= {CORRECTABLE[name]: value for name, value in each.items()}
    return _completion(facts)


def _completion(facts: Mapping[str, Any], **more: Any) -> EnrollmentCompletedV1:
    return msgspec.convert({**facts, **more}, EnrollmentCompletedV1)


def _changed(old: Any, completion: EnrollmentCompletedV1) -> dict[str, Any]:
    """What the new certificate says differently, by field; of an erased holder nothing personal."""
    said, facts = json.loads(old.snapshot), msgspec.to_builtins(completion)
    found = {}
    for name, source in CORRECTABLE.items():
        before = said.get(name)
        if name in _NUMBERS:
            before = NOT_KNOWN if before is None else float(before)
        if before != facts[source] and not (old.erased_at and name in PERSONAL):
            found[name] = {"before": before, "after": facts[source]}
    return found


def _valid_until(tx: Transaction, old: Any, completion: EnrollmentCompletedV1) -> date | None:
    """As before, unless the day of completion or the months of the course are others now."""
    said_on = date.fromisoformat(json.loads(old.snapshot)["completed_on"])
    if (completion.completed_on, completion.refresh_every_months) == (said_on, old.refresh_every_months):
        until: date | None = old.valid_until
        return until
    held = models.held(tx, [old.employee_id], [completion.course_code], besides=old.enrollment_id)
    terms = Terms(tx)
    mine = held.get((old.employee_id, completion.course_code), [])
    return terms.valid_until(completion, terms.renewed(completion, mine))
