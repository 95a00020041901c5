"""Hours of people and agencies in a Jalali year: three counters, each of its own, with what they rest on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrollment.service.hours_figures import Rules, plain, read_people
from shared.database import Transaction
from shared.persian import jalali_year, tehran_date


def year_figures(
    tx: Transaction, employee_ids: Collection[UUID], as_of: datetime | None = None
) -> dict[UUID, list[dict[str, Any]]]:
    """Of each of these people their Jalali years, the first one first, from the first hours or employment until today.

    Each year: `hours` that count, `job_hours` and `general_hours` of them, `required_hours` of the whole year (0: it
    asks for none), `missing_hours`, and `pay_hours` and `pay_points` that pay counts. As of a moment: the hours that
    were known then, and employment that had begun. Years without hours that ask for none are left out.
    """
    rules, day = Rules(tx), tehran_date(as_of or tx.now)
    people = read_people(tx, employee_ids, as_of, day)
    return {one: plain(person.figures(rules, jalali_year(day))) for one, person in people.items()}
