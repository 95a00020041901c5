"""Approval routes: who decides on a request, in which order."""

from collections.abc import Iterable, Sequence

# Every route by its name, with its steps in order.
ROUTES: dict[str, tuple[str, ...]] = {
    "none": (),
    "supervisor": ("supervisor",),
    "training_officer": ("training_officer",),
    "both": ("supervisor", "training_officer"),
}
STEPS = ROUTES["both"]


def steps_of(routes: Iterable[Sequence[str]], *, by_officer: bool) -> list[str]:
    """The steps that a request goes through, in order and each once.

    `routes` are those of the offering, of the employee's agency and of their no-shows. Whom a training officer
    nominated or invited needs no second word of theirs.
    """
    wanted = {step for route in routes for step in route}
    return [step for step in STEPS if step in wanted and not (by_officer and step == "training_officer")]


def route_name(steps: Sequence[str]) -> str:
    """The name of the route with exactly these steps."""
    return next(name for name, route in ROUTES.items() if route == tuple(steps))
