"""Counting figures of agencies again: marks are taken, rows locked, sums written in their place."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.enrollment.domain.record import TYPES
from services.enrollment.models import effectiveness, forms
from services.enrollment.models.compliance import (
    ASKED,
    GROUPS,
    SUMS,
    agency_answers,
    agency_lines,
    agency_plans,
    agency_years,
    answer_marks,
    count_marks,
)
from services.enrollment.models.hours import TINY, hours_in
from services.enrollment.models.record import person_years
from services.enrollment.models.tables import offerings
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.persian import jalali_year_bounds


class Key(NamedTuple):
    """An agency in a Jalali year."""

    jalali_year: int
    agency_code: str


def take_marks(tx: Transaction, limit: int) -> Sequence[Any]:
    """Remove up to `limit` marks of sums and return them; those that another replica is taking are left to it."""
    return _taken(tx, count_marks, limit)


def take_answer_marks(tx: Transaction, limit: int) -> Sequence[Any]:
    return _taken(tx, answer_marks, limit)


def add_lines(tx: Transaction, marks: Sequence[Any]) -> None:
    """Add the lines of these marks to those of their types of course."""
    added: dict[tuple[int, str, str], int] = {}
    for mark in marks:
        if mark.course_type is not None:
            key = (mark.jalali_year, mark.agency_code, mark.course_type)
            added[key] = added.get(key, 0) + mark.lines
    names = ("jalali_year", "agency_code", "course_type")
    rows = [dict(zip(names, key, strict=True)) | {"lines": added[key]} for key in sorted(added)]
    insert_rows(tx, agency_lines, rows, adding=("lines",))


def count_years(tx: Transaction, keys: Collection[Key]) -> None:
    """Count the sums of these agencies and years from the rows of their people.

    Their rows are locked before the counting begins: of two replicas the later one counts what the other saw and more.
    """
    wanted = sorted(keys)
    zero = dict.fromkeys((*SUMS, *ASKED), 0)
    rows = {(key, group): {**key._asdict(), "staff_group": group, **zero} for key in wanted for group in sorted(GROUPS)}
    insert_rows(tx, agency_years, list(rows.values()), skip_known=True)
    own = agency_years.c
    mine = sa.tuple_(own.jalali_year, own.agency_code).in_(wanted)
    order = (own.jalali_year, own.agency_code, own.staff_group)
    tx.execute(sa.select(*order).where(mine).order_by(*order).with_for_update()).all()
    for row in tx.execute(_counted(wanted)):
        rows[Key(row.jalali_year, row.agency_code), row.staff_group] |= row._mapping
    _put(tx, agency_years, list(rows.values()))


def count_answers(tx: Transaction, key: Key) -> None:
    """Count what the people of an agency answered and scored after offerings that ended in a year."""
    row = {**key._asdict(), "counted": {}}
    insert_rows(tx, agency_answers, [row], skip_known=True)
    own = agency_answers.c
    same = own.jalali_year == key.jalali_year, own.agency_code == key.agency_code
    tx.execute(sa.select(own.agency_code).where(*same).with_for_update()).one()
    in_year = offerings.c.ends_on.between(*jalali_year_bounds(key.jalali_year))
    asked = effectiveness.asked_of == key.agency_code, in_year
    kinds = effectiveness.forms_counted(tx, asked)
    answers = effectiveness.answers_counted(tx, asked, effectiveness.asked_of.is_not(None))
    tested = forms.employer == key.agency_code, in_year
    pairs = effectiveness.scores_counted(tx, tested, forms.employer.is_not(None))
    counted = {
        "forms": {kind: [one.asked, one.answered, one.late] for kind, one in kinds.items()},
        "answers": [[*one[:6], one.people] for one in answers],
        "pairs": [list(one[1:]) for one in pairs],
    }
    _put(tx, agency_answers, [row | {"counted": counted}])


def last_days(tx: Transaction, offering_ids: Collection[Any]) -> Mapping[Any, Any]:
    """The last days of these offerings."""
    own = offerings.c
    return {row.id: row.ends_on for row in tx.execute(sa.select(own.id, own.ends_on).where(own.id.in_(offering_ids)))}


def take_plans(tx: Transaction, plans: Sequence[Mapping[str, Any]]) -> None:
    """Keep these plans, one an agency and year, where no later revision is known."""
    dialect: Any = postgresql if tx.dialect == "postgresql" else sqlite
    statement = dialect.insert(agency_plans)
    given = statement.excluded
    others = {name: given[name] for name in plans[0] if name not in agency_plans.primary_key.columns}
    newer = given.revision >= agency_plans.c.revision
    keys = list(agency_plans.primary_key.columns)
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=others, where=newer), list(plans))


def _taken(tx: Transaction, marks: sa.Table, limit: int) -> Sequence[Any]:
    oldest = sa.select(marks.c.id).order_by(marks.c.id).limit(limit).with_for_update(skip_locked=True)
    return tx.execute(sa.delete(marks).where(marks.c.id.in_(oldest)).returning(*marks.c)).all()


def _counted(keys: Sequence[Key]) -> sa.Select[Any]:
    """Sums by agency, year and group of the rows of people there."""
    own = person_years.c
    missing = own.required_hours - hours_in(person_years)
    is_known, is_short = own.days > 0, sa.and_(own.days > 0, missing > TINY)
    group = sa.case((is_known, sa.func.coalesce(own.staff_group, "unknown")), else_="unknown").label("staff_group")

    def count(condition: Any, what: Any = 1) -> Any:
        return sa.func.sum(sa.case((condition, what), else_=0))

    sums = {
        # Of people without known employment only those are somebody who have hours.
        "people": count(sa.or_(is_known, own.lines > 0)),
        "trained": count(own.lines > 0),
        "lines": sa.func.sum(own.lines),
        **{f"{kind}_hours": sa.func.sum(own[f"{kind}_hours"]) for kind in TYPES},
        "required_hours": count(is_known, own.required_hours),
        "people_short": count(is_short),
        "missing_hours": count(is_short, missing),
    }
    chosen = sa.select(own.jalali_year, own.agency_code, group, *(sums[name].label(name) for name in (*SUMS, *ASKED)))
    wanted = sa.tuple_(own.agency_code, own.jalali_year).in_([(key.agency_code, key.jalali_year) for key in keys])
    return chosen.where(wanted).group_by(own.jalali_year, own.agency_code, group)


def _put(tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in place of those with the same key."""
    dialect: Any = postgresql if tx.dialect == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = list(table.primary_key.columns)
    others = {name: statement.excluded[name] for name in rows[0] if name not in table.primary_key.columns}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows))
