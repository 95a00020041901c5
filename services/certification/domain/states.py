"""The states of a certificate and the moves between them. What it says never changes; whether it holds may."""

from datetime import date

from shared.errors import Conflict

# Every state, what may be done in it, and what becomes of the certificate. There is no other move.
# A revoked one stays revoked: where a result is made good again, another certificate is issued beside it.
STATES: dict[str, dict[str, str]] = {
    "valid": {"suspend": "suspended", "correct": "superseded", "revoke": "revoked", "expire": "expired"},
    "suspended": {"reinstate": "valid", "correct": "superseded", "revoke": "revoked", "expire": "expired"},
    # Whoever shows it years later is entitled to a right name on it, and everybody to know that it was forged.
    "expired": {"correct": "superseded", "revoke": "revoked"},
    "superseded": {},
    "revoked": {},
}
# Of these one person has one at most for a course and a cycle.
IN_FORCE = ("valid", "suspended")


def after(state: str, action: str) -> str:
    """What becomes of a certificate; Conflict `illegal_state` says what may be done with it instead."""
    moves = STATES[state]
    if action in moves:
        return moves[action]
    possible = sorted(moves)
    hint = f"possible now: {', '.join(possible)}" if possible else "nothing can be done with it any more"
    message = f"The certificate is {state} and does not allow {action}; {hint}."
    raise Conflict("illegal_state", message, {"state": state, "possible": possible})


def status_on(status: str, valid_until: date | None, day: date) -> str:
    """Whether it holds on a day, also before the clock has written it down: the last day is wholly inside."""
    over = valid_until is not None and valid_until < day
    return "expired" if over and status in IN_FORCE else status


def of_replacement(status: str, valid_until: date | None, day: date) -> str:
    """The state that the new certificate begins in: a correction changes what is said, not whether it holds."""
    return status_on("suspended" if status == "suspended" else "valid", valid_until, day)
