"""What follows from results: rows, history, events and programmes, for one person or for a thousand alike."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from services.enrollment.domain import results as domain
from services.enrollment.domain.attendance import Excuses
from services.enrollment.models import foreseen_marks, people, queries
from services.enrollment.models.programmes import programmes_with
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.service import asking, facts, history, programmes
from services.enrollment.service.facts import Marked
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.record import recording
from shared.database import Transaction
from shared.errors import Conflict, Unavailable
from shared.events import LocalizedText
from shared.persian import tehran_date


def refuse_closed(offering: Any) -> None:
    """Conflict `offering_closed` once everything was decided; corrections have their own call."""
    if offering.closed_at is not None:
        raise Conflict("offering_closed", "The offering is closed; a result can be corrected.")


def resits_allowed(tx: Transaction, offering: Any) -> int:
    """How often somebody may sit again: what the course says, else the policy `resits_when_unsaid`."""
    if offering.resits is not None:
        return int(offering.resits)
    return int(_policy(tx, "resits_when_unsaid", offering))


def excuses_of(tx: Transaction, offering: Any) -> Excuses:
    counts = {kind["code"]: kind["counts"] for kind in _policy(tx, "excuse_kinds", offering)}
    return Excuses(counts, _policy(tx, "max_excused_share", offering))


def as_of(tx: Transaction, row: Any, day: date) -> Any:
    """A row locked for results, with the number, job and unit that the person had in the agency of the seat on that
    day: a certificate that comes later says what was true then."""
    period = people.period_on(tx, row.employee_id, row.agency_code, day)
    if period is None:
        return row
    then = {
        "personnel_number": period.personnel_number or row.personnel_number,
        "job_title": period.job_title,
        "unit": period.unit,
    }
    return SimpleNamespace(**{**row._mapping, **then})


def best_counts(tx: Transaction, offering: Any) -> bool:
    return bool(_policy(tx, "resit_counts", offering) == "best")


def _policy(tx: Transaction, key: str, offering: Any) -> Any:
    """What held on the offering's first day, or first of all: everybody in a course is judged by the same, whenever
    their hours and scores come in."""
    return value_on(tx, key, max(offering.starts_on, FIRST_DAY))


def judge(offering: Any, row: Any, attended_hours: float, score: float, allowed: int) -> Marked:
    """What a person's hours and score come to; whoever sat again has used one of their sittings."""
    used = row.resits_used + (row.status == "resit")
    failures = domain.completion_failures(offering, attended_hours, score)
    form_first = bool(offering.form_before_certificate)
    status = domain.outcome(offering, attended_hours, score, allowed - used, form_first)
    return Marked(row, attended_hours, score, failures, status, used, allowed - used)


def with_forms(tx: Transaction, offering: Any, marked: Sequence[Marked]) -> list[Marked]:
    """Of those who passed where the reaction form comes first, who has answered it completes and who has not waits."""
    if not offering.form_before_certificate:
        return list(marked)
    waiting = asking.unanswered(tx, [mark for mark in marked if not mark.failures])
    return [
        mark if mark.failures else mark._replace(status="awaiting_form" if mark.row.id in waiting else "completed")
        for mark in marked
    ]


def settle(
    tx: Transaction, actor: Actor, action: str, offering: Any, marked: Sequence[Marked], reason: str | None = None
) -> Counter[str]:
    """Write and say what became of these people; how many became what. A fixed number of statements."""
    steps = [Step(mark.row.id, mark.row.status, mark.status, reason) for mark in marked]
    history.write(tx, actor, action, steps)
    by_status: dict[str, list[tuple[Marked, Step]]] = {}
    for mark, step in zip(marked, steps, strict=True):
        by_status.setdefault(mark.status, []).append((mark, step))
    complete(tx, actor, offering, [mark for mark, _step in by_status.pop("completed", [])])
    day = domain.completion_day(offering.ends_on, tehran_date(tx.now))
    asking.await_forms(tx, offering, [mark for mark, _step in by_status.pop("awaiting_form", [])], day)
    for status, pairs in by_status.items():
        rows = [_columns(mark) for mark, _step in pairs]
        queries.update_each(tx, rows, status=status, changed_at=tx.now)
        if status == "resit":
            for mark, step in pairs:
                tx.publish(facts.resit_due(offering, mark, step))
        elif status in ("failed", "no_show"):
            for event in facts.failed(offering, [mark for mark, _step in pairs], no_show=status == "no_show"):
                tx.publish(event)
    return Counter(mark.status for mark in marked)


def complete(tx: Transaction, actor: Actor, offering: Any, marked: Sequence[Marked], day: date | None = None) -> None:
    """These people have completed the course: from its last day on, or from today where that comes first, unless `day`
    says from when. It enters their training records."""
    if not marked:
        return
    day = day or domain.completion_day(offering.ends_on, tehran_date(tx.now))
    names = names_of(tx, offering, {mark.row.agency_code for mark in marked})
    same = {"status": "completed", "changed_at": tx.now, "completed_at": tx.now, "completed_on": day}
    queries.update_each(tx, [_columns(mark) for mark in marked], **same)
    recording.completed(tx, actor, offering, {mark.row.id: mark.row.employee_id for mark in marked}, names, day)
    for event in facts.completed(offering, marked, names, day, tx.now):
        tx.publish(event)
    complete_programmes(tx, offering, marked)


def complete_programmes(tx: Transaction, offering: Any, marked: Sequence[Marked]) -> None:
    """Find the programmes that these people, who have the course now, have completed by it; what is due of them is
    worked out anew soon."""
    foreseen_marks.mark(tx, [mark.row.employee_id for mark in marked])
    # One look by an index where no programme has the course, which is nearly always.
    due = programmes_with(tx, offering.course_code)
    programmes.complete(tx, due, {mark.row.employee_id: mark.row for mark in marked})


def names_of(tx: Transaction, offering: Any, employers: set[str]) -> dict[str, LocalizedText]:
    """Names as the certificates will say them; a provider that the catalog did not name must be registered here."""
    own, provider = offering.agency_code, facts.provider_of(offering)
    names = queries.agency_names(tx, {own, *employers})
    if offering.provider_name:
        names[provider] = offering.provider_name
    if provider not in names:
        raise Unavailable("agency_not_known_yet", "The agency that gives the course is not registered here yet.")
    return {code: LocalizedText(**name) for code, name in names.items()}


def _columns(mark: Marked) -> dict[str, Any]:
    numbers = {"attended_hours": mark.attended_hours, "score": mark.score, "resits_used": mark.resits_used}
    return {"id": mark.row.id, **numbers}
