"""What a change of policy would do, counted before it is recorded.

A change acts forward only: what was issued stays, and what is held waits for its release. The count says what the value
would have done.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.certification import models
from services.certification.domain import brake, validity
from services.certification.policies import KEYS
from services.certification.schemas import held as schemas
from services.certification.service.braking import allowances
from services.certification.service.desk import Desk
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import refuse
from shared.persian import add_jalali_months, tehran_date
from shared.policies.rules import value_problems


class Counted(NamedTuple):
    """Certificates of an agency that a value would have issued besides, and kept back."""

    agency_code: str
    issues: int = 0
    holds: int = 0


# (transaction, value, the day from which it holds) → what differs, by agency.
Preview = Callable[[Transaction, Any, date], list[Counted]]


def brake_preview(tx: Transaction, value: Any, effective_from: date) -> list[Counted]:
    """What is held now and would have passed; what was issued in the last days and would have been held."""
    held, issued = defaultdict[tuple[str, Any], int](int), defaultdict[tuple[str, Any], int](int)
    for row in models.held_times(tx):
        held[row.agency_code, brake.hour_of(row.held_at)] += 1
    for row in models.hours_issued(tx, tx.now - timedelta(days=value["usual_days"])):
        issued[row.agency_code, row.hour] += row.issued
    allowed = allowances(tx, value, {code for code, _hour in held | issued})
    issues, holds = defaultdict[str, int](int), defaultdict[str, int](int)
    for code, hour in held | issued:
        issues[code] += brake.freed(held[code, hour], issued[code, hour], allowed[code])
        holds[code] += brake.over(issued[code, hour], allowed[code])
    return [Counted(code, issues[code], holds[code]) for code in sorted(allowed)]


def renewal_preview(tx: Transaction, value: Any, effective_from: date) -> list[Counted]:
    """Completions that are covered now and would have begun a cycle of their own, in a window that opens earlier."""
    issues = Counter[str]()
    for row in models.covered_before_end(tx):
        term = validity.term_of(value, row.course_code)
        issues[row.agency_code] += add_jalali_months(row.valid_until, -term.window_months) <= row.completed_on
    return [Counted(code, issues[code]) for code in sorted(issues)]


PREVIEWS: dict[str, Preview] = {"issuance_brake": brake_preview, "renewal": renewal_preview}


class PreviewQueries(Desk):
    @query(schemas.PreviewPolicy, reply=schemas.PolicyPreview, roles=("national", "operator"))
    def preview_policy(
        self, tx: Transaction, caller: Caller, key: str, value: Any, effective_from: date
    ) -> dict[str, Any]:
        """How many certificates a change of policy would issue or keep back, before `record_policy` records it.

        `issuance_brake`: how many of those that are held now would have passed in their hour, and how many of the last
        `usual_days` would have been held, with the usual rates as they are at present. Nothing is released by a change:
        `release_held` does that. `renewal`: how many completions that a certificate covers would have begun a cycle of
        their own, had the window been as wide as this. Other keys decide on no certificate and are Invalid, as is a
        value that `record_policy` would refuse, or a day that is over.
        """
        problems = value_problems(KEYS, key, value)
        if not problems and key not in PREVIEWS:
            problems = {"key": [f"decides on no certificate; those that do are {', '.join(sorted(PREVIEWS))}"]}
        if effective_from < tehran_date(tx.now):
            problems["effective_from"] = ["is over; a change acts forward only"]
        refuse(problems)
        found = [each for each in PREVIEWS[key](tx, value, effective_from) if each.issues or each.holds]
        sums = {name: sum(getattr(each, name) for each in found) for name in ("issues", "holds")}
        return {"key": key, "effective_from": effective_from, **sums, "agencies": [each._asdict() for each in found]}
