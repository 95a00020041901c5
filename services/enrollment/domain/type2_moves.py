"""The states of an application for a type-2 certificate, the moves between them, and who may sign."""

from typing import NamedTuple

from shared.errors import Conflict, Forbidden

# Every state, what may be done in it, and what becomes of it; None is before the application. Who was refused, has
# withdrawn, or whose certificate was revoked, applies anew.
_WITHDRAW: dict[str, tuple[str, ...]] = {"withdraw": ("withdrawn",)}
MOVES: dict[str | None, dict[str, tuple[str, ...]]] = {
    None: {"apply": ("applied",)},
    "applied": {"review": ("accepted", "refused", "returned"), **_WITHDRAW},
    "returned": {"apply": ("applied",), **_WITHDRAW},
    "accepted": {"record_exam": ("exam_passed", "exam_failed"), "record_research": ("accepted",), **_WITHDRAW},
    "exam_failed": {"record_exam": ("exam_passed", "exam_failed"), "record_research": ("exam_failed",), **_WITHDRAW},
    "exam_passed": {
        "record_exam": ("exam_passed", "exam_failed"),
        "record_research": ("exam_passed",),
        "sign": ("exam_passed", "awarded"),
        **_WITHDRAW,
    },
    "awarded": {"revoke": ("revoked",)},  # by the revocation of its certificate, which nobody asks for here
    "refused": {},
    "withdrawn": {},
    "revoked": {},
}
STATES = tuple(state for state in MOVES if state is not None)
RUNNING = tuple(state for state in STATES if "withdraw" in MOVES[state])
SIDES = ("committee", "organisation")


class Signature(NamedTuple):
    """Who signed: the system that called, and whose name stands there in a form for comparing."""

    system: str
    name: str


def check_move(state: str, action: str) -> None:
    """Conflict `illegal_state` unless `action` may be done in `state`; details say what may be done instead."""
    if action in MOVES[state]:
        return
    possible = sorted(set(MOVES[state]) - {"revoke"})
    if possible:
        hint = f"possible now: {', '.join(possible)}"
    elif MOVES[state]:
        hint = "it stands until certification revokes its certificate"
    else:
        hint = "nothing can be done with it any more"
    message = f"The application is {state} and does not allow {action}; {hint}."
    raise Conflict("illegal_state", message, {"state": state, "possible": possible})


def leads(before: str | None, action: str, after: str) -> bool:
    """Whether the table has this move."""
    return after in MOVES[before].get(action, ())


def check_two_sign(first: Signature | None, second: Signature) -> None:
    """Forbidden `four_eyes` where one could stand behind both signatures: one system, or one name."""
    if first is not None and (first.system == second.system or first.name == second.name):
        raise Forbidden("four_eyes", "The committee and the Organisation sign by two systems, and two people.")
