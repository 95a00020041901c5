"""Forms after a course: who is asked, and the answers. Answers go in and come out as figures only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa

from services.enrollment.domain import forms as domain
from services.enrollment.domain.forms import Answer
from services.enrollment.models import forms as models
from services.enrollment.models import people, queries
from services.enrollment.models.forms import form_requests
from services.enrollment.questionnaires import Questionnaire
from services.enrollment.schemas import forms as schemas
from services.enrollment.service import history, judging, questionnaires, roles, scope
from services.enrollment.service.facts import Marked
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.seating import known_offering
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import NotFound, Unavailable
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of


class FormCalls:
    @command(schemas.SubmitForm, reply=schemas.Submitted, roles=roles.STAFF)
    def submit_form(self, tx: Transaction, caller: Caller, form_id: UUID, answers: dict[str, Any]) -> dict[str, Any]:
        """Answer a form for the one who is asked; a form without a respondent is answered by the participant's agency.

        The system of an agency above may send the answers. An enrollment that waited for its reaction form is
        completed by it, as of the course's day. Answers after `due_on` (wholly inside, in Tehran) are taken and
        count; they are marked `late` (policy default). The same answers again answer the same. NotFound
        `form_not_found`; Invalid `invalid_answers` with `answers.<item>`; Conflict `already_answered` for other
        answers; Unavailable `agency_not_known_yet` where a certificate follows.
        """
        form = _visible(tx, caller, form_id)
        # The person and the offering come first in the order of locks, and are needed only where the form moves them.
        moves = form.kind == "reaction" and form.form_before_certificate
        if moves:
            people.hold_those_of(tx, [form.enrollment_id])
        offering = known_offering(tx, form.offering_id) if moves else None
        locked = models.lock_form(tx, form_requests.c.id == form_id)
        given = domain.read_answers(_questionnaire(tx, form).items, answers)
        if locked.answered_at is not None:
            domain.check_same(_answers(tx, form_id), given)
            return _submitted(tx, form, locked.answered_at, locked.late)
        late = domain.is_late(form.due_on, tehran_date(tx.now))
        models.set_answered(tx, form_id, tx.now, late)
        _write(tx, form_id, given)
        if offering is not None:
            _complete(tx, caller, offering, form.enrollment_id)
        return _submitted(tx, form, tx.now, late)

    @command(schemas.SubmitResultsForm, reply=schemas.Submitted, roles=roles.OFFICERS)
    def submit_results_form(
        self, tx: Transaction, caller: Caller, offering_id: UUID, agency_code: str | None, answers: dict[str, Any]
    ) -> dict[str, Any]:
        """Say what an offering that is over brought one's own agency: the seven gains, once for each agency.

        Answered by the officer of an agency that gave the course or whose staff took part. The same answers again
        answer the same. NotFound `agency_not_found`, `offering_not_found`; Invalid `invalid_answers`; Conflict
        `offering_not_over`, `already_answered`; Unavailable `offering_not_known_yet`.
        """
        agency_code = agency_code or caller.agency
        scope.must_see(tx, caller, agency_code)
        offering = models.offerings_by_id(tx, {offering_id}).get(offering_id)
        if offering is None:
            raise Unavailable("offering_not_known_yet", "The offering is not known here yet; try again.")
        if offering.agency_code != agency_code and not models.has_staff_in(
            tx, offering_id, models.employer == agency_code
        ):
            raise NotFound("offering_not_found", "There is no such offering.")
        domain.check_over(offering.ends_on, tehran_date(tx.now))
        about_id = uuid5(offering_id, f"results of {agency_code}")
        known = form_requests.c.about_id == about_id, form_requests.c.kind == "results"
        form = models.lock_form(tx, *known) or _new_results_form(tx, about_id, offering_id, agency_code)
        given = domain.read_answers(_questionnaire(tx, form).items, answers)
        kept = _answers(tx, form.id)
        if kept:
            domain.check_same(kept, given)
        else:
            _write(tx, form.id, given)
        return {"form_id": form.id, "answered_at": form.answered_at, "late": False, "enrollment_status": None}

    @query(schemas.GetForm, reply=schemas.FormWithQuestions, roles=roles.READERS)
    def get_form(self, tx: Transaction, caller: Caller, form_id: UUID) -> dict[str, Any]:
        """A form that one's own agency or one below it answers, with its questions in both languages.

        NotFound `form_not_found`.
        """
        form = _visible(tx, caller, form_id)
        return _shown(form) | {"questionnaire": questionnaires.shown(_questionnaire(tx, form))}

    @query(schemas.ListForms, reply=page_of(schemas.Form), roles=roles.READERS)
    def list_forms(
        self,
        tx: Transaction,
        caller: Caller,
        employee_id: UUID | None,
        respondent_id: UUID | None,
        offering_id: UUID | None,
        kind: str | None,
        open_only: bool,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """The forms that one's own agency and those below it answer, oldest first; those of others are left out.

        The agency that gives the course does not see who was asked and who answered, but figures: `effectiveness`.
        """
        statement = _visible_to(tx, caller).order_by(form_requests.c.id)
        same = {"respondent_id": respondent_id, "offering_id": offering_id, "kind": kind}
        for name, value in same.items():
            if value is not None:
                statement = statement.where(form_requests.c[name] == value)
        if employee_id is not None:
            statement = statement.where(models.of_participant(employee_id))
        if open_only:
            statement = statement.where(form_requests.c.answered_at.is_(None))
        if cursor is not None:
            statement = statement.where(form_requests.c.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [_shown(row) for row in rows], "next": last and encode_cursor({"id": last.form_id})}


def _visible_to(tx: Transaction, caller: Caller) -> sa.Select[Any]:
    return models.form_statement().where(scope.within(tx, caller, models.answering_agency))


def _visible(tx: Transaction, caller: Caller, form_id: UUID) -> Any:
    form = tx.execute(_visible_to(tx, caller).where(form_requests.c.id == form_id)).first()
    if form is None:
        raise NotFound("form_not_found", "There is no such form.")
    return form


def _shown(form: Any) -> dict[str, Any]:
    waits = form.kind == "reaction" and form.enrollment_status == "awaiting_form"
    return dict(form._mapping) | {"certificate_waits": waits}


def _questionnaire(tx: Transaction, form: Any) -> Questionnaire:
    key = form.questionnaire_agency, form.questionnaire_code, form.questionnaire_version
    return questionnaires.read(tx, {key})[key]


def _new_results_form(tx: Transaction, about_id: UUID, offering_id: UUID, agency_code: str) -> Any:
    """The row of an agency that has not answered yet, with its answers to follow in the same transaction."""
    today = tehran_date(tx.now)
    by = questionnaires.chosen(tx, {agency_code}, "results")[agency_code]
    row = {
        "id": new_id(),
        "kind": "results",
        "about_id": about_id,
        "offering_id": offering_id,
        "agency_code": agency_code,
        "questionnaire_agency": by[0],
        "questionnaire_code": by[1],
        "questionnaire_version": by[2],
        "opened_on": today,
        "due_on": today,
        "answered_at": tx.now,
    }
    insert_rows(tx, form_requests, [row], skip_known=True)
    # Another officer's answers, given at the same moment, are the ones that count.
    return models.lock_form(tx, form_requests.c.about_id == about_id, form_requests.c.kind == "results")


def _answers(tx: Transaction, form_id: UUID) -> list[Answer]:
    return [Answer(*row) for row in models.answers_of(tx, form_id)]


def _write(tx: Transaction, form_id: UUID, answers: Sequence[Answer]) -> None:
    # The place is drawn by lot: an id of ours would tell the order in which people answered.
    rows = [{"form_id": form_id, **answer._asdict(), "place": uuid4()} for answer in answers]
    insert_rows(tx, models.form_answers, rows)


def _complete(tx: Transaction, caller: Caller, offering: Any, enrollment_id: UUID) -> None:
    """Complete the enrollment if it waits for this form; its offering is locked."""
    row = queries.lock_for_results(tx, offering.id, {enrollment_id})[enrollment_id]
    waiting = models.waiting_result(tx, enrollment_id)
    if waiting is None:
        return
    row = judging.as_of(tx, row, waiting.completed_on)
    marked = Marked(row, waiting.attended_hours, waiting.score, [], "completed", row.resits_used)
    judging.complete(tx, Actor.of(caller), offering, [marked], waiting.completed_on)
    history.write(tx, Actor.of(caller), "submit_form", [Step(enrollment_id, "awaiting_form", "completed")])


def _submitted(tx: Transaction, form: Any, answered_at: Any, late: bool) -> dict[str, Any]:
    states = models.states_in(tx, form.offering_id, {form.enrollment_id} if form.enrollment_id else set())
    return {
        "form_id": form.form_id,
        "answered_at": answered_at,
        "late": late,
        "enrollment_status": states.get(form.enrollment_id),
    }
