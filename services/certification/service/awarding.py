"""Awards: from a type-2 certificate that was decided to one that is numbered, signed twice, and told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.certification import models
from services.certification.domain import awards
from services.certification.policies import value_on
from services.certification.service import issuing
from services.certification.service.minting import Draft, Office
from services.certification.service.numbering import Numbers
from shared.database import Transaction
from shared.events import EnrollmentCompletedV1, Type2AwardedV1
from shared.messages import Message


def issue(tx: Transaction, messages: Sequence[Message[Type2AwardedV1]], office: Office) -> int:
    """Issue a certificate for each award that has none; how many were issued.

    Numbers are those of the agency and the year, as of all its certificates. An award has one certificate: the id of
    the award stands where that of an enrollment stands else, and what was corrected or revoked counts too.
    """
    numbers = Numbers(tx, (message.event.agency_code for message in messages))
    awarded = {message.event.award_id: message.event for message in messages}
    wanted = issuing.without_certificate(tx, [_completion(message) for message in messages])
    people = models.people_now(tx, {message.event.employee_id for message in wanted})
    levels = {message.event.course_code for message in wanted}
    held = models.held(tx, {person.id for person in people.values()}, levels)
    drafts, taken = list[Draft](), dict[tuple[UUID, str], int]()
    for message in wanted:
        completion, person = message.event, people[message.event.employee_id]
        # How many awards there may be is enrollment's rule; another one of the level never stands in its way here.
        key = (person.id, completion.course_code)
        taken[key] = 1 + taken.get(key, max((each.cycle for each in held.get(key, ())), default=0))
        draft = Draft(
            completion,
            person,
            numbers.take(completion.agency_code),
            message.cause,
            award=_award(tx, awarded[completion.enrollment_id]),
            cycle=taken[key],
        )
        drafts.append(draft)
    if drafts:
        issuing.finish(tx, office, numbers, drafts, awards.KIND)
    return len(drafts)


def _completion(message: Message[Type2AwardedV1]) -> Message[EnrollmentCompletedV1]:
    """An award in the form of what is certified otherwise: the level as the course, given by the agency."""
    event = message.event
    same = ("employee_id", "agency_code", "agency_name", "full_name", "national_code", "personnel_number")
    known = ("father_name", "job_title", "unit")
    completion = EnrollmentCompletedV1(
        **{name: getattr(event, name) for name in (*same, *known)},
        **awards.OF_NO_COURSE,
        enrollment_id=event.award_id,
        provider_code=event.agency_code,
        provider_name=event.agency_name,
        offering_id=event.award_id,
        course_code=event.level,
        course_version=awards.NO_VERSION,
        course_title=event.level_title,
        hours=event.counted_hours,
        attended_hours=event.counted_hours,
        starts_on=event.first_on,
        ends_on=event.last_on,
        score=event.exam_score,
        pass_mark=event.exam_pass_mark,
        completed_on=event.awarded_on,
        completed_at=event.awarded_at,
    )
    return Message(message.id, completion, message.time, message.correlation_id, message.traceparent)


def _award(tx: Transaction, event: Type2AwardedV1) -> dict[str, Any]:
    return awards.award(msgspec.to_builtins(event), value_on(tx, "type2_organisation", event.awarded_on))
