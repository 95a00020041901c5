"""Training that others gave: what it is worth, and what keeps it from being asked for or accepted."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from shared.errors import Problems

# Kinds, and the unit of their amounts.
UNITS = {
    "course": "hours",
    "workshop": "hours",
    "seminar": "hours",
    "conference": "hours",
    "cme": "points",
    "university": "units",
}
# Of these units the hours are a policy.
HOURS_PER = {"points": "hours_per_cme_point", "units": "hours_per_university_unit"}
EVIDENCE = ("certificate", "transcript", "attendance_letter", "cme_record", "other")


def worth(kind: str, amount: float, hours_per_unit: float) -> float:
    """The hours of an amount; of what is counted in hours, itself."""
    return amount if UNITS[kind] == "hours" else round(amount * hours_per_unit, 2)


def problems(given: Mapping[str, Any], today: date, employed_from: date | None) -> Problems:
    """What does not fit in a request whose fields are right each for itself; a record begins with employment."""
    found: Problems = {}
    if given["ends_on"] < given["starts_on"]:
        found["ends_on"] = ["must not be before starts_on"]
    elif given["ends_on"] > today:
        found["ends_on"] = ["must not be a day to come"]
    elif employed_from is not None and given["ends_on"] < employed_from:
        found["ends_on"] = [f"is before the first employment, which began on {employed_from}"]
    for name in ("evidence", "permit"):
        issued_on = (given[name] or {}).get("issued_on")
        if issued_on is not None and issued_on > today:
            found[f"{name}.issued_on"] = ["must not be a day to come"]
    issued_on = given["evidence"]["issued_on"]
    if issued_on is not None and issued_on < given["starts_on"]:
        found["evidence.issued_on"] = ["is before the training began"]
    return found


def lacks_permit(kind: str, permit: Mapping[str, Any] | None, kinds: Collection[str]) -> bool:
    """Whether a licence of the training committee is missing, of which the policy says what needs one."""
    return kind in kinds and not permit
