"""Annual plans: saved, submitted, decided on, revised; and who sees them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

OFFICER, AUDITOR = ("training_officer",), ("auditor",)
NEED = {"number": 1, "job_family": "کارشناس", "people": 30, "hours": 4, "source": "appraisal", "course_code": "RD-01"}
LINE = {"course_code": "RD-01", "quarter": 1, "offerings": 2, "seats": 20, "cost": 30_000_000}
CONTENT = {
    "headcount": {"managers": 10, "staff": 90},
    "needs": [NEED],
    "planned_offerings": [LINE],
    "budget": 10**15,
}
MINUTES = {"minutes_number": "12/الف", "minutes_on": "2026-11-23"}


class Plans:
    """The plan of one agency for 1406, on 1405/09/03."""

    def __init__(self, catalog: Any) -> None:
        self.catalog = catalog
        catalog.publish_new()

    def call(self, method: str, roles: tuple[str, ...] = OFFICER, system: str = "test", **arguments: Any) -> Any:
        tokens = self.catalog.harness.service.tokens
        del tokens
        return self.catalog.call(method, roles=roles, **{"agency_code": "MOH", "jalali_year": 1406} | arguments)

    def save(self, edit: int = 0, **changes: Any) -> Any:
        return self.call("save_annual_plan", edit=edit, **CONTENT | changes)

    def submit(self, **arguments: Any) -> Any:
        return self.call("submit_annual_plan", **arguments)

    def decide(self, revision: int = 1, approve: bool = True, **arguments: Any) -> Any:
        """Decided by the national body, unless other roles are given."""
        said = {"roles": ("national",), "revision": revision, "approve": approve} | MINUTES | arguments
        return self.call("decide_annual_plan", **said)

    def approve(self) -> Any:
        self.save()
        self.submit()
        return self.decide()
