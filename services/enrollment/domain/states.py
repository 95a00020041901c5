"""The states of an enrollment and the moves between them."""

from shared.errors import Conflict

# Every state of an enrollment, what may be done in it, and what becomes of it. There is no other move.
# Entering again after a withdrawal, a rejection or a lapse re-activates the same row: one row per person and offering.
_ENTER = ("requested", "waitlisted", "confirmed")
_LEAVE: dict[str, tuple[str, ...]] = {"withdraw": ("withdrawn",), "cancel": ("cancelled",)}
_OUTCOMES = ("completed", "awaiting_form", "failed", "resit")
_OUTSIDE: dict[str, tuple[str, ...]] = {"enroll": _ENTER, "nominate": _ENTER, "invite": ("invited",)}
STATES: dict[str, dict[str, tuple[str, ...]]] = {
    # A request waits for the next step of its approval route.
    "requested": {"decide": (*_ENTER, "rejected"), "lapse": ("lapsed",), **_LEAVE},
    # An invitation holds no seat; accepting it is entering.
    "invited": {"accept": _ENTER, "decline": ("declined",), "lapse": ("lapsed",), **_LEAVE},
    "waitlisted": {"promote": ("offered", "confirmed"), "lapse": ("lapsed",), **_LEAVE},
    # An offered seat is held until its time is over.
    "offered": {"accept": ("confirmed",), "decline": ("declined",), "lapse": ("lapsed",), **_LEAVE},
    "confirmed": {
        "record_attendance": ("confirmed", *_OUTCOMES),
        "record_assessment": ("confirmed", *_OUTCOMES),
        "record_result": _OUTCOMES,
        "close": (*_OUTCOMES, "no_show"),
        **_LEAVE,
    },
    # Failed by the score alone, with another sitting to come.
    "resit": {"record_assessment": _OUTCOMES, "record_result": _OUTCOMES, "close": ("failed",)},
    # Passed; the certificate waits for the reaction form.
    "awaiting_form": {"submit_form": ("completed",), "correct": _OUTCOMES},
    "completed": {"correct": ("completed", "failed")},
    "failed": {"correct": _OUTCOMES},
    "no_show": {"correct": _OUTCOMES},
    "withdrawn": _OUTSIDE,
    "rejected": _OUTSIDE,
    "declined": _OUTSIDE,
    "lapsed": _OUTSIDE,
    "cancelled": {},
}
ACTIVE = tuple(state for state, moves in STATES.items() if "cancel" in moves)
# Nothing was decided and nothing is held: such a row may become part of another one's history.
INERT = tuple(state for state, moves in STATES.items() if "enroll" in moves or not moves)
SEATED = ("confirmed", "resit", "awaiting_form", "completed", "failed", "no_show")


def leads(before: str | None, action: str, after: str) -> bool:
    """Whether the table has this move; `before` is None for somebody who was never in the offering."""
    return after in (STATES[before] if before is not None else _OUTSIDE).get(action, ())


def check_move(state: str, action: str) -> None:
    """Conflict `illegal_state` unless `action` may be done in `state`; details say what may be done instead."""
    if action in STATES[state]:
        return
    possible = sorted(STATES[state])
    hint = f"possible now: {', '.join(possible)}" if possible else "nothing can be done with it any more"
    message = f"The enrollment is {state} and does not allow {action}; {hint}."
    raise Conflict("illegal_state", message, {"state": state, "possible": possible})
