"""Counted answers and scores: one statement for each kind of figure, however many people stand behind it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.enrollment.models.forms import form_answers, form_requests, test_scores
from services.enrollment.models.tables import employees, enrollments, offerings
from shared.database import Transaction

Conditions = Sequence[Any]
asked_of = form_requests.c.agency_code


def forms_counted(tx: Transaction, conditions: Conditions) -> dict[str, Any]:
    """By kind of form: how many people were asked, how many answered, and how many of those late."""
    own = form_requests.c
    late = sa.func.sum(sa.case((own.late, 1), else_=0))
    counted = (
        sa.select(
            own.kind,
            sa.func.count().label("asked"),
            sa.func.count(own.answered_at).label("answered"),
            late.label("late"),
        )
        .join(offerings, offerings.c.id == own.offering_id)
        .where(*conditions)
        .group_by(own.kind)
    )
    return {row.kind: row for row in tx.execute(counted)}


def answers_counted(tx: Transaction, conditions: Conditions, is_own: Any) -> Sequence[Any]:
    """How many gave which number to which item of which questionnaire, those of the caller's agency apart."""
    names = ("kind", "questionnaire_agency", "questionnaire_code", "questionnaire_version")
    given = (
        sa.select(*(form_requests.c[name] for name in names), form_answers.c.item, form_answers.c.number)
        .add_columns(is_own.label("own"))
        .join(form_requests, form_requests.c.id == form_answers.c.form_id)
        .join(offerings, offerings.c.id == form_requests.c.offering_id)
        .where(form_answers.c.number.is_not(None), *conditions)
        .subquery()
    )
    return tx.execute(sa.select(*given.c, sa.func.count().label("people")).group_by(*given.c)).all()


def scores_counted(tx: Transaction, conditions: Conditions, is_own: Any) -> Sequence[Any]:
    """Sums over people with a score before and one after, those of the caller's agency apart."""
    before, after = test_scores.alias("before"), test_scores.alias("after")
    could_gain = before.c.score < 100
    share = (after.c.score - before.c.score) / (100.0 - before.c.score)
    pairs = (
        sa.select(
            before.c.score.label("before"),
            after.c.score.label("after"),
            sa.case((could_gain, share), else_=None).label("normalised"),
            is_own.label("own"),
        )
        .select_from(before)
        .join(after, after.c.enrollment_id == before.c.enrollment_id)
        .join(enrollments, enrollments.c.id == before.c.enrollment_id)
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .join(offerings, offerings.c.id == enrollments.c.offering_id)
        .where(before.c.kind == "pre", after.c.kind == "post", *conditions)
        .subquery()
    )
    sums = (
        pairs.c.own,
        sa.func.count().label("people"),
        sa.func.sum(pairs.c.before).label("before"),
        sa.func.sum(pairs.c.after).label("after"),
        sa.func.coalesce(sa.func.sum(pairs.c.normalised), 0.0).label("normalised"),
        sa.func.count(pairs.c.normalised).label("could_gain"),
    )
    return tx.execute(sa.select(*sums).group_by(pairs.c.own)).all()


def answered_by(tx: Transaction, conditions: Conditions, is_own: Any) -> dict[bool, int]:
    """How many forms were answered by the caller's own agency (True) and by others (False)."""
    given = (
        sa.select(is_own.label("own"))
        .select_from(form_requests.join(offerings, offerings.c.id == form_requests.c.offering_id))
        .where(form_requests.c.answered_at.is_not(None), *conditions)
        .subquery()
    )
    rows = tx.execute(sa.select(given.c.own, sa.func.count().label("people")).group_by(given.c.own))
    return {bool(row.own): row.people for row in rows}


def remarks() -> sa.Select[Any]:
    """Texts in the order drawn by lot, with nothing that tells whose they are."""
    own = form_answers.c
    return (
        sa.select(own.item, own.text, own.place)
        .join(form_requests, form_requests.c.id == own.form_id)
        .join(offerings, offerings.c.id == form_requests.c.offering_id)
        .where(own.text.is_not(None))
        .order_by(own.place)
    )
