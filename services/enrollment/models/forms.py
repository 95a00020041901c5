"""Forms after a course: questionnaires, who is asked, what they answered, and scores of tests before and after."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import SEATED
from services.enrollment.models.tables import employees, enrollments, metadata, offerings
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

# Those of agencies, each version as it was published; those that come with the product are in a file.
questionnaires = sa.Table(
    "questionnaires",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("code", sa.String(30), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("title", JSON, nullable=False),
    sa.Column("items", JSON, nullable=False),
    sa.Column("published_at", UTCDateTime, nullable=False),
)

# `about_id` is the enrollment that a form is about; for what an agency says of an offering it follows from the two.
# `agency_code` is the agency of the participant, `questionnaire_agency` empty for a questionnaire of the product.
# No key to offerings: inserting would lock the offering's row after its enrollments, which is the wrong order.
form_requests = sa.Table(
    "form_requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("about_id", sa.Uuid, nullable=False),
    sa.Column("enrollment_id", sa.ForeignKey("enrollments.id")),
    sa.Column("offering_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("respondent_id", sa.Uuid),
    sa.Column("questionnaire_agency", sa.String(20), nullable=False),
    sa.Column("questionnaire_code", sa.String(30), nullable=False),
    sa.Column("questionnaire_version", sa.Integer, nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("answered_at", UTCDateTime),
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
    # Asked once, however often the clock comes round or replicas look at the same time.
    sa.UniqueConstraint("about_id", "kind", name="uq_form_requests_about_id"),
    sa.Index("ix_form_requests_enrollment_id", "enrollment_id"),
    sa.Index("ix_form_requests_offering_id", "offering_id", "id"),
    sa.Index("ix_form_requests_respondent_id", "respondent_id", "id"),
    sa.Index("ix_form_requests_agency_code", "agency_code", "id"),
)

# One row an item. `place` is drawn by lot: texts are read in its order, which tells nothing of who wrote them.
form_answers = sa.Table(
    "form_answers",
    metadata,
    sa.Column("form_id", sa.ForeignKey("form_requests.id"), primary_key=True),
    sa.Column("item", sa.String(30), primary_key=True),
    sa.Column("number", sa.Double),
    sa.Column("text", sa.Text),
    sa.Column("place", sa.Uuid, nullable=False),
)

test_scores = sa.Table(
    "test_scores",
    metadata,
    sa.Column("enrollment_id", sa.ForeignKey("enrollments.id"), primary_key=True),
    sa.Column("kind", sa.String(4), primary_key=True),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
)

# An offering whose people have all been asked for their reaction, since it is over.
reactions_opened = sa.Table(
    "reactions_opened",
    metadata,
    sa.Column("offering_id", sa.ForeignKey("offerings.id"), primary_key=True),
    sa.Column("opened_at", UTCDateTime, nullable=False),
)

# Who took part: of those who did not come nobody asks how they liked it.
ATTENDED = tuple(state for state in SEATED if state != "no_show")

_participant, _respondent = employees.alias("participant"), employees.alias("respondent")
_supervisor = employees.alias("supervisor")
employer = sa.func.coalesce(enrollments.c.agency_code, employees.c.agency_code)
# The agency whose system answers, and may see that it is asked: today's of the person asked, else the participant's.
answering_agency = sa.func.coalesce(_respondent.c.agency_code, form_requests.c.agency_code)


def latest_version(tx: Transaction, agency_code: str, code: str) -> Any:
    own = questionnaires.c
    statement = sa.select(questionnaires).where(own.agency_code == agency_code, own.code == code)
    return tx.execute(statement.order_by(own.version.desc()).limit(1)).first()


def newest_of(tx: Transaction, agency_codes: Collection[str], kind: str) -> dict[str, Any]:
    """The questionnaire of this kind that each of these agencies published last, by agency."""
    own = questionnaires.c
    order = (own.published_at.desc(), own.code, own.version.desc())
    place = sa.func.row_number().over(partition_by=own.agency_code, order_by=order).label("place")
    ranked = sa.select(own.agency_code, own.code, own.version, place)
    newest = ranked.where(own.agency_code.in_(agency_codes), own.kind == kind).subquery()
    return {row.agency_code: row for row in tx.execute(sa.select(newest).where(newest.c.place == 1))}


def questionnaires_after(
    tx: Transaction, seen: Any, kind: str | None, after: tuple[str, str, int] | None, limit: int
) -> Sequence[Any]:
    """Those that fulfil the condition `seen`, in the order of their keys."""
    own = questionnaires.c
    key = (own.agency_code, own.code, own.version)
    statement = sa.select(questionnaires).where(seen).order_by(*key).limit(limit)
    if kind is not None:
        statement = statement.where(own.kind == kind)
    if after is not None:
        statement = statement.where(sa.tuple_(*key) > after)
    return tx.execute(statement).all()


def over_without_forms(tx: Transaction, since: date, today: date, limit: int) -> Sequence[Any]:
    """Offerings that ended from `since` on and before today and asked nobody yet, locked; a busy one is left alone."""
    opened = sa.select(reactions_opened.c.offering_id).where(reactions_opened.c.offering_id == offerings.c.id)
    own = offerings.c
    statement = (
        sa.select(offerings)
        .where(own.ends_on >= since, own.ends_on < today, ~opened.exists())
        .order_by(own.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=offerings)
    )
    return tx.execute(statement).all()


def to_ask(tx: Transaction, kind: str, *conditions: Any, limit: int | None = None) -> Sequence[Any]:
    """Who took part and was not asked yet, by id of the enrollment: what a form and its event need."""
    asked = sa.select(form_requests.c.id).where(
        form_requests.c.about_id == enrollments.c.id, form_requests.c.kind == kind
    )
    statement = (
        sa.select(
            enrollments.c.id.label("enrollment_id"),
            enrollments.c.offering_id,
            employer.label("agency_code"),
            *_named(employees, "participant"),
            *_named(_supervisor, "supervisor"),
        )
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .join(offerings, offerings.c.id == enrollments.c.offering_id)
        .outerjoin(_supervisor, _supervisor.c.id == employees.c.supervisor_id)
        .where(enrollments.c.status.in_(ATTENDED), ~asked.exists(), *conditions)
        .order_by(enrollments.c.id)
    )
    return tx.execute(statement if limit is None else statement.limit(limit)).all()


def can_be_asked(today: date) -> Any:
    """Of participants: still employed, not erased, and not another entry of somebody."""
    own = employees.c
    still = sa.or_(own.left_on.is_(None), own.left_on > today)
    return sa.and_(own.erased_at.is_(None), own.merged_into.is_(None), still)


def _named(person: Any, role: str) -> list[Any]:
    gone = sa.or_(person.c.erased_at.is_not(None), person.c.merged_into.is_not(None))
    names = ("id", "agency_code", "full_name", "left_on")
    return [*(person.c[name].label(f"{role}_{name}") for name in names), gone.label(f"{role}_gone")]


def offerings_by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in tx.execute(sa.select(offerings).where(offerings.c.id.in_(ids)))}


def answered(tx: Transaction, kind: str, enrollment_ids: Collection[UUID]) -> set[UUID]:
    """Which of these enrollments have an answered form of this kind."""
    own = form_requests.c
    statement = sa.select(own.enrollment_id).where(
        own.enrollment_id.in_(enrollment_ids), own.kind == kind, own.answered_at.is_not(None)
    )
    return set(tx.scalars(statement))


def form_statement() -> sa.Select[Any]:
    """Forms with what they are about and who is asked."""
    own = form_requests.c
    names = ("kind", "enrollment_id", "offering_id", "respondent_id", "opened_on", "due_on", "answered_at", "late")
    return (
        sa.select(
            own.id.label("form_id"),
            *(own[name] for name in names),
            *(own[f"questionnaire_{name}"] for name in ("agency", "code", "version")),
            answering_agency.label("agency_code"),
            _respondent.c.full_name.label("respondent_name"),
            _participant.c.id.label("employee_id"),
            _participant.c.full_name,
            offerings.c.course_code,
            offerings.c.course_title,
            offerings.c.form_before_certificate,
            enrollments.c.status.label("enrollment_status"),
        )
        .join(offerings, offerings.c.id == own.offering_id)
        .outerjoin(enrollments, enrollments.c.id == own.enrollment_id)
        .outerjoin(_participant, _participant.c.id == enrollments.c.employee_id)
        .outerjoin(_respondent, _respondent.c.id == own.respondent_id)
    )


def of_participant(employee_id: UUID) -> Any:
    return _participant.c.id == employee_id


def lock_form(tx: Transaction, *conditions: Any) -> Any:
    return tx.execute(sa.select(form_requests).where(*conditions).with_for_update()).first()


def answers_of(tx: Transaction, form_id: UUID) -> Sequence[Any]:
    own = form_answers.c
    return tx.execute(sa.select(own.item, own.number, own.text).where(own.form_id == form_id)).all()


def set_answered(tx: Transaction, form_id: UUID, at: datetime, late: bool) -> None:
    own = sa.update(form_requests).where(form_requests.c.id == form_id)
    tx.execute(own.values(answered_at=at, late=late))


def has_staff_in(tx: Transaction, offering_id: UUID, of_agency: Any) -> bool:
    """Whether people took part whose `employer` fulfils a condition."""
    statement = (
        sa.select(enrollments.c.id)
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .where(enrollments.c.offering_id == offering_id, of_agency, enrollments.c.status.in_(ATTENDED))
        .limit(1)
    )
    return tx.execute(statement).first() is not None


def waiting_result(tx: Transaction, enrollment_id: UUID) -> Any:
    """The result of an enrollment that waits for its form: hours, score and the day; None for any other."""
    own = enrollments.c
    statement = sa.select(own.attended_hours, own.score, own.completed_on)
    return tx.execute(statement.where(own.id == enrollment_id, own.status == "awaiting_form")).first()


def states_in(tx: Transaction, offering_id: UUID, ids: Collection[UUID]) -> dict[UUID, str]:
    own = enrollments.c
    statement = sa.select(own.id, own.status).where(own.offering_id == offering_id, own.id.in_(ids))
    return {row.id: row.status for row in tx.execute(statement)}


def scores_of(tx: Transaction, kind: str, ids: Collection[UUID]) -> dict[UUID, float]:
    own = test_scores.c
    statement = sa.select(own.enrollment_id, own.score).where(own.kind == kind, own.enrollment_id.in_(ids))
    return {row.enrollment_id: row.score for row in tx.execute(statement)}


def forget_scores(tx: Transaction, kind: str, ids: Collection[UUID]) -> None:
    """Scores that others take the place of."""
    if ids:
        own = test_scores.c
        tx.execute(sa.delete(test_scores).where(own.kind == kind, own.enrollment_id.in_(ids)))


def forget_words(tx: Transaction, employee_id: UUID) -> None:
    """What somebody wrote freely may tell who they are; their marks stay, as figures."""
    theirs = sa.select(form_requests.c.id).where(form_requests.c.respondent_id == employee_id)
    tx.execute(sa.delete(form_answers).where(form_answers.c.form_id.in_(theirs), form_answers.c.text.is_not(None)))


def answer_for(tx: Transaction, duplicate_id: UUID, employee_id: UUID) -> None:
    """Forms that a duplicate was to answer are the kept person's."""
    own = sa.update(form_requests).where(form_requests.c.respondent_id == duplicate_id)
    tx.execute(own.values(respondent_id=employee_id))
