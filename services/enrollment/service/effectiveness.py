"""What training did, in figures: of an offering, a course, a provider or an agency. Nobody's own answers are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain import effectiveness as domain
from services.enrollment.domain.effectiveness import Pairs, Tally
from services.enrollment.domain.forms import GAINS
from services.enrollment.models import effectiveness as models
from services.enrollment.models import forms, offerings, queries
from services.enrollment.models.forms import form_answers, form_requests
from services.enrollment.models.people import agency_tree
from services.enrollment.policies import value_on
from services.enrollment.questionnaires import Questionnaire, latest
from services.enrollment.schemas import forms as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.questionnaires import read
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Invalid, NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.persian import jalali_year_bounds, tehran_date
from shared.schemas import page_of


class EffectivenessQueries:
    @query(schemas.Effectiveness, reply=schemas.EffectivenessFigures, roles=roles.READERS)
    def effectiveness(self, tx: Transaction, caller: Caller, **asked: Any) -> dict[str, Any]:
        """The four levels of Kirkpatrick (usual practice) of an offering, a course, a provider or an agency's staff.

        Names of more than one narrow each other down; an agency stands for those below it too, and `jalali_year` is
        that of the offerings' last days. An agency sees what its own offerings and its own staff are part of, and those
        of the agencies below it; national callers see everything. No figure of fewer than
        `min_answers_shown` people (policy default 5) is shown, nor one in which the people of other agencies are fewer
        than that and not none: those are left out of it. What agencies say of the gains is not about people and always
        shown. Rounded to two digits. Invalid without any of the four; NotFound `offering_not_found`,
        `agency_not_found`.
        """
        _check(tx, caller, asked)
        least = value_on(tx, "min_answers_shown", tehran_date(tx.now))
        conditions = _conditions(tx, caller, asked, models.asked_of)
        counted = models.forms_counted(tx, conditions)
        found = by_item(models.answers_counted(tx, conditions, _is_own(tx, caller, models.asked_of)))
        tested = _conditions(tx, caller, asked, forms.employer)
        pairs = [
            Pairs(bool(row.own), *row[1:])
            for row in models.scores_counted(tx, tested, _is_own(tx, caller, forms.employer))
        ]
        return figures(tx, counted, found, pairs, least)

    @query(schemas.ListRemarks, reply=page_of(schemas.Remark), roles=roles.READERS)
    def list_remarks(
        self, tx: Transaction, caller: Caller, offering_id: UUID, kind: str, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """What people wrote about an offering, without names and in an order drawn by lot.

        Shown as figures are: from `min_answers_shown` answered forms on, and those of other agencies' people only if
        they too are that many. NotFound `offering_not_found`.
        """
        _check(tx, caller, {"offering_id": offering_id, "agency_code": None})
        least = value_on(tx, "min_answers_shown", tehran_date(tx.now))
        is_own = _is_own(tx, caller, models.asked_of)
        conditions = [
            *_conditions(tx, caller, {"offering_id": offering_id}, models.asked_of),
            form_requests.c.kind == kind,
        ]
        answered = models.answered_by(tx, conditions, is_own)
        shown = domain.shown_part([Tally(own, 0, count) for own, count in answered.items()], least)
        if not shown:
            return {"items": [], "next": None}
        statement = models.remarks().where(*conditions)
        if not any(not one.own for one in shown):
            statement = statement.where(is_own)
        if cursor is not None:
            statement = statement.where(form_answers.c.place > decode_cursor(cursor, {"place": UUID})["place"])
        rows, last = queries.page(tx, statement, limit)
        items = [{"item": row.item, "text": row.text} for row in rows]
        return {"items": items, "next": last and encode_cursor({"place": last.place})}


Found = dict[tuple[str, str, str, int, str], list[Tally]]


def _check(tx: Transaction, caller: Caller, asked: dict[str, Any]) -> None:
    if all(value is None for name, value in asked.items() if name != "jalali_year"):
        reason = "one of offering_id, course_code, provider_code and agency_code is required"
        raise Invalid.field("offering_id", reason)
    if asked["agency_code"] is not None:
        scope.must_see(tx, caller, asked["agency_code"])
    offering_id = asked["offering_id"]
    if offering_id is not None:
        offering = forms.offerings_by_id(tx, {offering_id}).get(offering_id)
        if offering is None or not (
            scope.sees(tx, caller, offering.agency_code)
            or forms.has_staff_in(tx, offering_id, scope.within(tx, caller, forms.employer))
        ):
            raise NotFound("offering_not_found", "There is no such offering.")


def _conditions(tx: Transaction, caller: Caller, asked: dict[str, Any], employer: Any) -> list[Any]:
    """What was asked for, of what the caller may see; `employer` is the column of the people's agency."""
    own = offerings.c
    provider = sa.func.coalesce(own.provider_code, own.agency_code)
    columns = {"offering_id": own.id, "course_code": own.course_code, "provider_code": provider}
    found = [column == asked[name] for name, column in columns.items() if asked.get(name) is not None]
    if asked.get("agency_code") is not None:
        found.append(employer.in_(agency_tree.subtree(asked["agency_code"])))
    if asked.get("jalali_year") is not None:
        found.append(own.ends_on.between(*jalali_year_bounds(asked["jalali_year"])))
    if not caller.is_national:
        found.append(sa.or_(scope.within(tx, caller, own.agency_code), scope.within(tx, caller, employer)))
    return found


def _is_own(tx: Transaction, caller: Caller, employer: Any) -> Any:
    # For national callers nobody is somebody else's.
    return employer.is_not(None) if caller.is_national else scope.within(tx, caller, employer)


def figures(
    tx: Transaction, counted: Mapping[str, Any], found: Found, pairs: Sequence[Pairs], least: int
) -> dict[str, Any]:
    """The reply of `effectiveness` from what was counted: rows by kind of form, tallies by item, pairs of scores."""
    questions = read(tx, {key[1:4] for key in found})
    return {
        "min_answers_shown": least,
        "reaction": _level("reaction", counted, found, questions, least),
        "learning": domain.learning_figures(pairs, least),
        "behaviour": _level("behaviour", counted, found, questions, least),
        "results": _results(counted, found),
    }


def by_item(rows: Sequence[Any]) -> Found:
    found: Found = {}
    for row in rows:
        key = (row.kind, row.questionnaire_agency, row.questionnaire_code, row.questionnaire_version, row.item)
        found.setdefault(key, []).append(Tally(bool(row.own), row.number, row.people))
    return found


def _level(
    kind: str, counted: Mapping[str, Any], found: Found, questions: dict[Any, Questionnaire], least: int
) -> dict[str, Any]:
    items = []
    for key, questionnaire in sorted(questions.items()):
        if questionnaire.kind != kind:
            continue
        for item in questionnaire.items:
            tallies = found.get((kind, *key, item["code"]))
            if tallies:
                shown = {"questionnaire_agency": key[0] or None, "item": item["code"], "text": item["text"]}
                named = {"questionnaire_code": key[1], "questionnaire_version": key[2]}
                items.append(shown | named | asdict(domain.item_figures(item, tallies, least)))
    row = counted.get(kind)
    asked, answered, late = (row.asked, row.answered, row.late) if row else (0, 0, 0)
    rate = domain.rate(answered, asked)
    return {"asked": asked, "answered": answered, "late": late, "response_rate": rate, "items": items}


def _results(counted: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """The gains across all questionnaires: every one asks for each of them under its code, on one scale."""
    titles = {item["code"]: item["text"] for item in latest("results").items}
    gains = []
    for gain in GAINS:
        tallies = [tally for key, all_of in found.items() if (key[0], key[4]) == ("results", gain) for tally in all_of]
        n = sum(tally.people for tally in tallies)
        mean = round(sum(tally.number * tally.people for tally in tallies) / n, 2) if n else None
        gains.append({"gain": gain, "text": titles[gain], "n": n, "mean": mean})
    return {"answered": counted["results"].answered if "results" in counted else 0, "gains": gains}
