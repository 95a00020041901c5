"""Who may enter an offering, and every reason why not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from services.enrollment.domain.reasons import (
    CANCELLED,
    CLOSED,
    DEGREE,
    NOT_EMPLOYED,
    NOT_FORMED,
    NOT_OPEN,
    Reason,
    already_enrolled,
)
from services.enrollment.domain.seats import Seats
from services.enrollment.domain.states import STATES


class Offering(Protocol):
    """What the rules of entering ask of an offering. `formed` is None until its day of decision."""

    agency_code: Any
    open_to: Any
    status: Any
    formed: Any
    closed_at: Any
    enrollment_opens_on: Any
    enrollment_closes_on: Any
    audience: Any
    leads_to_degree: Any
    veterans_exception: Any
    course_code: Any
    course_version: Any
    refresh_every_months: Any
    prerequisites: Any
    prerequisite_versions: Any


@dataclass(frozen=True)
class Candidate:
    """Someone who wants to enter: who they are, the enrollment they have already, and what they completed.

    `completed` has the highest version of each course they completed, `clashes` the other offerings with a session of
    theirs at the time of one of this one (`offering_id`, `course_code`, `sessions`), `no_shows` those that count.
    """

    agency_code: str
    state: str | None = None
    enrollment_id: str | None = None
    is_manager: bool = False
    employment: str = "official"
    is_veteran: bool = False
    completed: Mapping[str, int] = field(default_factory=dict)
    job_family: str | None = None
    employed: bool = True
    clashes: Sequence[Mapping[str, Any]] = ()
    no_shows: int = 0


@dataclass(frozen=True)
class Choices:
    """What policies decide about entering: whether a completed course may be repeated, and what no-shows do."""

    may_repeat: bool = False
    no_show_count: int = 0
    no_show_effect: str = "none"

    def applies_to(self, no_shows: int) -> bool:
        return self.no_show_effect != "none" and no_shows >= self.no_show_count > 0


@dataclass(frozen=True)
class Related:
    """Courses that go together: those that stand for each other, and those of which only one counts."""

    equivalent: Mapping[str, Collection[str]] = field(default_factory=dict)
    counts_once: Mapping[str, Collection[str]] = field(default_factory=dict)


def is_open_to(offering: Offering, agency_code: str) -> bool:
    """Whether an agency's staff may enter: its own, everybody's, or exactly those of the agencies listed."""
    if offering.open_to == "all":
        return True
    if offering.open_to == "agency":
        return bool(offering.agency_code == agency_code)
    return agency_code in offering.open_to


def takes_people(offering: Any) -> bool:
    """Whether seats are given at all: neither cancelled, nor called off for want of people, nor closed."""
    return not closed_reasons(offering)


def closed_reasons(offering: Any) -> list[Reason]:
    """Why nobody gets a seat any more; empty while `takes_people`."""
    if offering.status == "cancelled":
        return [CANCELLED]
    if offering.formed is False:
        return [NOT_FORMED]
    return [CLOSED] if offering.closed_at is not None else []


def refusals(
    offering: Offering,
    candidate: Candidate,
    seats: Seats,
    today: date,
    related: Related | None = None,
    choices: Choices | None = None,
) -> list[Reason]:
    """All reasons not to let somebody enter, the weightiest first; empty when they may.

    An offering that is not open to the agency says nothing else: to them it does not exist.
    """
    if not is_open_to(offering, candidate.agency_code):
        return [NOT_OPEN]
    related, choices = related or Related(), choices or Choices()
    enrolled = candidate.state is not None and "enroll" not in STATES[candidate.state]
    full = seats.full_for(candidate.agency_code) and not enrolled
    return [
        *([] if candidate.employed else [NOT_EMPLOYED]),
        *closed_reasons(offering),
        *([already_enrolled(candidate.enrollment_id, candidate.state)] if enrolled else []),
        *_outside_the_window(offering, today),
        *_not_allowed(offering, candidate),
        *not_meant(offering.audience, candidate),
        *_not_prepared(offering, candidate, related),
        *_completed_already(offering, candidate, choices),
        *_counted_already(offering, candidate, related),
        *clash_reasons(candidate.clashes),
        *_stayed_away(candidate, choices),
        *([seats.why_full()] if full else []),
    ]


def _outside_the_window(offering: Offering, today: date) -> list[Reason]:
    """The first and the last day are wholly inside, in Tehran (policy default)."""
    opens_on, closes_on = offering.enrollment_opens_on, offering.enrollment_closes_on
    if opens_on is not None and today < opens_on:
        message = f"Enrollment opens at the beginning of {opens_on.isoformat()}."
        return [Reason("enrollment_not_open_yet", message, {"enrollment_opens_on": opens_on.isoformat()})]
    if today > closes_on:
        message = f"Enrollment closed at the end of {closes_on.isoformat()}."
        return [Reason("enrollment_closed", message, {"enrollment_closes_on": closes_on.isoformat()})]
    return []


def _not_allowed(offering: Offering, candidate: Candidate) -> list[Reason]:
    """Courses that lead to a degree are closed to all staff but veterans, who follow rules of their own (CSML 61)."""
    excepted = offering.veterans_exception and candidate.is_veteran
    return [DEGREE] if offering.leads_to_degree and not excepted else []


def not_meant(audience: Mapping[str, Any], candidate: Candidate) -> list[Reason]:
    """Whom the course is for: managers or not, kinds of employment, and job families.

    Nobody is refused for a job family that their agency has not told.
    """
    found = []
    families = audience.get("job_families", [])
    if (
        families
        and candidate.job_family
        and candidate.job_family.casefold() not in [one.casefold() for one in families]
    ):
        message = f"The course is for other job families: {', '.join(families)}."
        found.append(Reason("audience_job_family", message, {"job_families": list(families)}))
    managers, kinds = audience.get("managers", "any"), audience.get("employments", [])
    if managers == "only" and not candidate.is_manager:
        found.append(Reason("audience_managers", "The course is for managers only.", {"managers": managers}))
    if managers == "none" and candidate.is_manager:
        found.append(Reason("audience_managers", "The course is not for managers.", {"managers": managers}))
    if kinds and candidate.employment not in kinds:
        message = f"The course is for staff with another kind of employment: {', '.join(kinds)}."
        found.append(Reason("audience_employment", message, {"employments": list(kinds)}))
    return found


def _not_prepared(offering: Offering, candidate: Candidate, related: Related) -> list[Reason]:
    """Prerequisites not completed: in the least version where one is named, or by a course that stands for it.

    Versions of another course cannot be compared, so any version of an equivalent one counts.
    """
    least: Mapping[str, int] = offering.prerequisite_versions
    missing = [
        code
        for code in offering.prerequisites
        if candidate.completed.get(code, 0) < least.get(code, 1)
        and not any(other in candidate.completed for other in related.equivalent.get(code, ()))
    ]
    if not missing:
        return []
    versions = {code: least[code] for code in missing if code in least}
    shown = [f"{code} (version {versions[code]} or later)" if code in versions else code for code in missing]
    message = f"To be completed before: {', '.join(shown)}."
    return [Reason("prerequisite_missing", message, {"missing": missing, "min_versions": versions})]


def _counted_already(offering: Offering, candidate: Candidate, related: Related) -> list[Reason]:
    """Another course of a group that counts once is completed."""
    peers = related.counts_once.get(offering.course_code, ())
    done = sorted(code for code in peers if code in candidate.completed and code != offering.course_code)
    if not done:
        return []
    message = f"Of these courses only one counts, and another one is completed: {', '.join(done)}."
    return [Reason("counts_once", message, {"completed": done})]


def _completed_already(offering: Offering, candidate: Candidate, choices: Choices) -> list[Reason]:
    """The same version, or a later one, is completed and is not to be refreshed from time to time (policy)."""
    version = candidate.completed.get(offering.course_code, 0)
    if choices.may_repeat or offering.refresh_every_months or version < offering.course_version:
        return []
    return [Reason("already_completed", "The employee has completed this course.", {"version": version})]


def clash_reasons(clashes: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Sessions at the time of other ones in which the employee has a seat."""
    if not clashes:
        return []
    codes = ", ".join(sorted({str(clash["course_code"]) for clash in clashes}))
    details = {"clashes": [dict(clash) for clash in clashes]}
    return [Reason("session_clash", f"Sessions are at the time of others that are booked: {codes}.", details)]


def _stayed_away(candidate: Candidate, choices: Choices) -> list[Reason]:
    """Too many no-shows, where the policy refuses for them."""
    if choices.no_show_effect != "refuse" or not choices.applies_to(candidate.no_shows):
        return []
    return [Reason("no_shows", "The employee stayed away from courses too often.", {"no_shows": candidate.no_shows})]
