"""What enrollment says of seats and results; of agencies and people: `staff.py`, of hours and records: `hours.py`."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.catalog import Accreditation, CourseType, Permit, Session
from shared.events.contract import Event, LocalizedText, released


@released
class EnrollmentConfirmedV1(Event, frozen=True, kw_only=True):
    """A seat is theirs. `move_id` is another one each time that somebody gets a seat in the same offering.

    `sessions` are those of the offering's `revision`; None in what was said before they were carried.
    """

    TYPE: ClassVar = "training.enrollment.confirmed.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    delivery_mode: str
    starts_on: date
    ends_on: date
    move_id: UUID | None = None
    revision: int | None = None
    sessions: list[Session] | None = None


class Move(Event, frozen=True, kw_only=True):
    """What every move of an enrollment says: whose, in which offering. `move_id` is one for each move."""

    SUBJECT: ClassVar = "move_id"
    move_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    delivery_mode: str
    starts_on: date
    ends_on: date


Step = Literal["supervisor", "training_officer"]


@released
class EnrollmentRequestedV1(Move, frozen=True, kw_only=True):
    """A request waits for a step of its approval route: the first of `steps`, until `decide_by`.

    Said for every step; `is_first` when somebody has just asked for the seat. `deciders` are the employees who may
    decide at that moment.
    """

    TYPE: ClassVar = "training.enrollment.requested.v1"
    steps: list[Step]
    decide_by: datetime
    is_first: bool
    deciders: list[UUID]


@released
class EnrollmentInvitedV1(Move, frozen=True, kw_only=True):
    """A training officer asks somebody to take part. An invitation holds no seat."""

    TYPE: ClassVar = "training.enrollment.invited.v1"
    answer_by: datetime
    reason: str | None = None


@released
class EnrollmentWaitlistedV1(Move, frozen=True, kw_only=True):
    """All seats are taken; `place` is the one in the queue at that moment, 1 for the next."""

    TYPE: ClassVar = "training.enrollment.waitlisted.v1"
    place: int


@released
class SeatOfferedV1(Move, frozen=True, kw_only=True):
    """A seat became free and is held for the one who waited longest, until `answer_by`."""

    TYPE: ClassVar = "training.enrollment.seat_offered.v1"
    answer_by: datetime


@released
class EnrollmentRejectedV1(Move, frozen=True, kw_only=True):
    """A step of the approval route said no."""

    TYPE: ClassVar = "training.enrollment.rejected.v1"
    step: Step
    reason: str | None = None


@released
class EnrollmentLapsedV1(Move, frozen=True, kw_only=True):
    """The time for a decision or an answer is over, or the course began while somebody still waited."""

    TYPE: ClassVar = "training.enrollment.lapsed.v1"
    state: Literal["requested", "invited", "offered", "waitlisted"]


@released
class EnrollmentWithdrawnV1(Move, frozen=True, kw_only=True):
    """Somebody is taken out of an offering; `state` says what they had in it."""

    TYPE: ClassVar = "training.enrollment.withdrawn.v1"
    state: Literal["requested", "invited", "offered", "waitlisted", "confirmed"]
    reason: str


@released
class EnrollmentCompletedV1(Event, frozen=True, kw_only=True):
    """The course was attended and passed. Carries all that the certificate says, as of that moment.

    `accreditation` is the provider's on the days of the course, as far as the catalog had said by then; None where the
    provider needs none (the agency's own unit, the national centre), and where it was withdrawn before the last day.
    """

    TYPE: ClassVar = "training.enrollment.completed.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    agency_name: LocalizedText
    provider_code: str
    provider_name: LocalizedText
    full_name: str
    national_code: str
    personnel_number: str
    job_title: str | None = None
    offering_id: UUID
    course_code: str
    course_version: int
    course_title: LocalizedText
    course_type: CourseType
    delivery_mode: str
    hours: float
    starts_on: date
    ends_on: date
    attended_hours: float
    score: float
    refresh_every_months: int | None = None
    completed_on: date
    completed_at: datetime
    father_name: str | None = None
    unit: str | None = None
    pass_mark: float | None = None
    certificate_template: str | None = None
    permit: Permit | None = None
    accreditation: Accreditation | None = None


@released
class ResitDueV1(Event, frozen=True, kw_only=True):
    """The score was below the pass mark and may be made up for in another sitting, without repeating the course."""

    TYPE: ClassVar = "training.enrollment.resit_due.v1"
    SUBJECT: ClassVar = "move_id"
    move_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    attended_hours: float
    score: float
    pass_mark: float
    sittings_left: int


@released
class ResultCorrectedV1(Event, frozen=True, kw_only=True):
    """A result that had been a completion is another one: with other numbers (`completed`), or none (`failed`).

    Carries all that a certificate says, as a completion does. `correction_id` is one for each correction; of several
    the one with the latest `corrected_at` holds.
    """

    TYPE: ClassVar = "training.enrollment.result_corrected.v1"
    SUBJECT: ClassVar = "correction_id"
    correction_id: UUID
    outcome: Literal["completed", "failed"]
    reason: str
    corrected_at: datetime
    before_attended_hours: float | None
    before_score: float | None
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    agency_name: LocalizedText
    provider_code: str
    provider_name: LocalizedText
    full_name: str
    national_code: str
    personnel_number: str
    job_title: str | None = None
    offering_id: UUID
    course_code: str
    course_version: int
    course_title: LocalizedText
    course_type: CourseType
    delivery_mode: str
    hours: float
    starts_on: date
    ends_on: date
    attended_hours: float
    score: float
    refresh_every_months: int | None = None
    completed_on: date
    completed_at: datetime
    father_name: str | None = None
    unit: str | None = None
    pass_mark: float | None = None
    certificate_template: str | None = None
    permit: Permit | None = None
    accreditation: Accreditation | None = None


@released
class EnrollmentFailedV1(Event, frozen=True, kw_only=True):
    """Attendance or score were below the course's rule; `reasons` says which. `no_show`: nobody ever saw the person.

    `move_id` names a correction that this failure comes from: another one than the first, to be told of once more.
    """

    TYPE: ClassVar = "training.enrollment.failed.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    attended_hours: float
    score: float
    min_attendance: float
    pass_mark: float
    reasons: list[Literal["attendance", "score"]]
    no_show: bool = False
    move_id: UUID | None = None


@released
class EnrollmentCancelledV1(Event, frozen=True, kw_only=True):
    """The offering is not held, so the request, waiting place or seat is gone; `state` says which of them it was."""

    TYPE: ClassVar = "training.enrollment.cancelled.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    starts_on: date
    ends_on: date
    state: Literal["requested", "waitlisted", "confirmed"]
    cause: Literal["agency", "not_formed"]
    reason: str


@released
class ScheduleChangedV1(Event, frozen=True, kw_only=True):
    """When or where somebody is taught is no longer what they were told; carries what holds now.

    `schedule_id` is one for each person and revision of the offering.
    """

    TYPE: ClassVar = "training.enrollment.schedule_changed.v1"
    SUBJECT: ClassVar = "schedule_id"
    schedule_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    delivery_mode: str
    state: Literal["requested", "waitlisted", "confirmed"]
    revision: int
    changed: list[str]
    reason: str
    starts_on: date
    ends_on: date
    sessions: list[Session]


@released
class OfferingDecidedV1(Event, frozen=True, kw_only=True):
    """On the go/no-go day an offering had its least number of seats taken (`formed`), or had not and is called off."""

    TYPE: ClassVar = "training.enrollment.offering_decided.v1"
    SUBJECT: ClassVar = "offering_id"
    offering_id: UUID
    formed: bool
    seats_taken: int
    min_seats: int
    decided_at: datetime


@released
class ProgrammeCompletedV1(Event, frozen=True, kw_only=True):
    """Somebody has completed all that a programme asks for."""

    TYPE: ClassVar = "training.enrollment.programme_completed.v1"
    SUBJECT: ClassVar = "completion_id"
    completion_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    programme_code: str
    programme_version: int
    programme_title: LocalizedText
    purpose: Literal["induction", "pre_appointment", "other"]
    hours: float
    course_codes: list[str]
    completed_on: date
    completed_at: datetime


@released
class FormDueV1(Event, frozen=True, kw_only=True):
    """A short form waits for somebody's answers: of a participant (`reaction`) or of their supervisor (`behaviour`).

    `employee_id`, `agency_code` and `full_name` are those of who is to answer. `certificate_waits`: a certificate
    of the course is issued only once this form is answered.
    """

    TYPE: ClassVar = "training.enrollment.form_due.v1"
    SUBJECT: ClassVar = "form_id"
    form_id: UUID
    kind: Literal["reaction", "behaviour"]
    employee_id: UUID
    agency_code: str
    full_name: str
    enrollment_id: UUID
    participant_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    ends_on: date
    due_on: date
    certificate_waits: bool = False
