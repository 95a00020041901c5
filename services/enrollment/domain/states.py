"""The states of an enrollment and the moves between them."""

from shared.errors import Conflict

# Every state of an enrollment, what may be done in it, and what becomes of it. There is no other move.
# Entering again after a withdrawal or a rejection re-activates the same row: one row per person and offering.
STATES: dict[str, dict[str, tuple[str, ...]]] = {
    "requested": {
        "decide": ("confirmed", "waitlisted", "rejected"),
        "withdraw": ("withdrawn",),
        "cancel": ("cancelled",),
    },
    "waitlisted": {"promote": ("confirmed",), "withdraw": ("withdrawn",), "cancel": ("cancelled",)},
    "confirmed": {"record_result": ("completed", "failed"), "withdraw": ("withdrawn",), "cancel": ("cancelled",)},
    "completed": {},
    "failed": {},
    "withdrawn": {"enroll": ("requested", "waitlisted", "confirmed")},
    "rejected": {"enroll": ("requested", "waitlisted", "confirmed")},
    "cancelled": {},
}
ACTIVE = tuple(state for state, moves in STATES.items() if "cancel" in moves)
SEATED = ("confirmed", "completed", "failed")


def check_move(state: str, action: str) -> None:
    """Conflict `illegal_state` unless `action` may be done in `state`; details say what may be done instead."""
    if action in STATES[state]:
        return
    possible = sorted(STATES[state])
    hint = f"possible now: {', '.join(possible)}" if possible else "nothing can be done with it any more"
    message = f"The enrollment is {state} and does not allow {action}; {hint}."
    raise Conflict("illegal_state", message, {"state": state, "possible": possible})
