"""Who did what with an enrollment, when and why: written with every move, in the transaction of the move."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from services.enrollment.domain.states import leads
from services.enrollment.models import history
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.ids import new_id


class Actor(NamedTuple):
    """The system that called, and the officer for whom it did, where one was named."""

    system: str
    officer_id: UUID | None = None

    @classmethod
    def of(cls, caller: Caller, officer_id: UUID | None = None) -> "Actor":
        return cls(caller.system, officer_id)


CLOCK = Actor("clock")  # what falls due by itself
CATALOG = Actor("catalog")  # what follows from news of the catalog
CERTIFICATION = Actor("certification")  # and of certificates
MERGE = "merge"


@dataclass(frozen=True)
class Step:
    """One enrollment moved: `before` is None for a new one. `id` names the move in events."""

    enrollment_id: UUID
    before: str | None
    after: str
    reason: str | None = None
    step: str | None = None
    details: dict[str, Any] | None = None
    id: UUID = field(default_factory=new_id)


def write(tx: Transaction, actor: Actor, action: str, steps: Iterable[Step]) -> None:
    """One statement, however many they are. Nothing is written that the table of states does not have."""
    steps = list(steps)
    for step in steps:
        # Merging two registrations moves rows between people and leaves each as it is.
        if action != MERGE and not leads(step.before, action, step.after):
            raise AssertionError(f"no move of the table: {step.before} {action} {step.after}")
    same = {"at": tx.now, "action": action, "system": actor.system, "officer_id": actor.officer_id}
    insert_rows(tx, history, [vars(step) | same for step in steps])
