"""Lines of a training record, as all rules about hours read them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

TYPES = ("induction", "job", "general_ability", "cultural", "managerial")
# Rank promotion asks for hours of the job and of management (circulars 200/55588 and 200/91/5982), the old shares of
# type-2 certificates too (105/22554).
JOB_SIDE = ("job", "managerial")


class Line(NamedTuple):
    """What somebody completed, worth `hours`; `uses` are the purposes that it serves already, such as rank:base.

    `counts` is false where the same course counts by another line.
    """

    line_id: UUID
    course_code: str | None
    course_type: str
    hours: float
    counts: bool
    completed_on: date
    jalali_year: int
    agency_code: str
    uses: tuple[str, ...] = ()

    @property
    def is_job_side(self) -> bool:
        return self.course_type in JOB_SIDE


def lines(entries: Iterable[Any], uses: Iterable[Any] = ()) -> list[Line]:
    """Lines of one person from rows of entries, and rows of uses; the oldest first."""
    used: dict[UUID, list[str]] = {}
    for use in uses:
        used.setdefault(use.line_id, []).append(f"{use.purpose}:{use.detail}" if use.detail else use.purpose)
    found = [
        Line(
            row.line_id,
            row.course_code,
            row.course_type,
            row.hours,
            row.counted,
            row.completed_on,
            row.jalali_year,
            row.agency_code,
            tuple(used.get(row.line_id, ())),
        )
        for row in entries
    ]
    return sorted(found, key=lambda line: (line.completed_on, line.line_id))


def hours_by_side(sums: Mapping[str, float], induction_side: str) -> tuple[float, float]:
    """Hours of the job's side and of the general one, from sums by type of course; induction counts with one."""
    job = sum(sums.get(kind, 0.0) for kind in JOB_SIDE)
    general = sum(sums.get(kind, 0.0) for kind in ("general_ability", "cultural"))
    induction = sums.get("induction", 0.0)
    return (job + induction, general) if induction_side == "job" else (job, general + induction)
