"""Requests to change what is proved: what may be asked, and that two different people decide."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.certification.domain.awards import wrong_changes
from shared.errors import Conflict, Forbidden, Invalid, Problems, refuse

PENDING = "pending"
CORRECTION, REVOCATION = "correction", "revocation"
ACTION = {CORRECTION: "correct", REVOCATION: "revoke"}
# The reason code of a certificate that a corrected result took away; another correction may bring one back.
RESULT_ANNULLED = "result_annulled"


class Asker(NamedTuple):
    """The system that called, and the officer for whom it did, where one was named."""

    system: str
    officer_id: UUID | None = None


def check_pending(status: str) -> None:
    if status != PENDING:
        raise Conflict("request_decided", f"The request is {status} already.", {"status": status})


def check_four_eyes(asked: Asker, decides: Asker) -> None:
    """Forbidden `four_eyes` where one person could be both: one officer through two systems, or one system that does
    not name two officers."""
    if asked.officer_id is not None and decides.officer_id is not None:
        alone = asked.officer_id == decides.officer_id
    else:
        alone = asked.system == decides.system
    if alone:
        raise Forbidden("four_eyes", "Who asked for it does not decide on it; somebody else does.")


def check_not_holder(holder_id: UUID, officer_id: UUID | None) -> None:
    if officer_id == holder_id:
        raise Forbidden("own_certificate", "Nobody decides on a certificate of their own.")


def differences(said: Mapping[str, Any], changes: Mapping[str, Any], today: date) -> dict[str, dict[str, Any]]:
    """What would be different, before and after, by field; Invalid names what is wrong with each change.

    Both are plain JSON values, by the names of the snapshot; numbers of `said` are decimal text.
    """
    if not changes:
        raise Invalid.field("changes", "must name at least one field")
    refuse(wrong_changes(said.get("kind"), changes))
    now = {name: _plain(name, said.get(name)) for name in changes}
    problems: Problems = {
        f"changes.{name}": ["is what it says already"] for name in changes if now[name] == changes[name]
    }
    refuse(problems | _wrong_days({**said, **changes}, changes, today) | _wrong_score(said, changes))
    return {name: {"before": now[name], "after": value} for name, value in changes.items()}


def _plain(name: str, value: Any) -> Any:
    return float(value) if name in ("score", "hours") and value is not None else value


def _wrong_days(whole: Mapping[str, Any], changes: Mapping[str, Any], today: date) -> Problems:
    problems: Problems = {}
    if whole["ends_on"] < whole["starts_on"]:
        problems["changes.ends_on" if "ends_on" in changes else "changes.starts_on"] = ["must not end before it starts"]
    if "completed_on" in changes and whole["completed_on"] < whole["starts_on"]:
        problems["changes.completed_on"] = ["must not be before the course starts"]
    if "completed_on" in changes and whole["completed_on"] > today.isoformat():
        problems["changes.completed_on"] = ["must not be in the future"]
    return problems


def _wrong_score(said: Mapping[str, Any], changes: Mapping[str, Any]) -> Problems:
    """Below the pass mark nothing was earned: that is a revocation."""
    mark = said.get("pass_mark")
    if "score" in changes and mark is not None and changes["score"] < float(mark):
        return {"changes.score": [f"is below the pass mark of {mark}: ask for a revocation instead"]}
    return {}
