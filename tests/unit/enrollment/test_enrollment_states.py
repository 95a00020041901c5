"""The table of states: what may be done with an enrollment, and what it becomes."""

import pytest

from services.enrollment import models
from services.enrollment.domain import states as domain
from services.enrollment.schemas import enrollments as schemas
from shared.errors import Conflict

ALLOWED = {
    ("requested", "decide"),
    ("requested", "withdraw"),
    ("requested", "cancel"),
    ("waitlisted", "promote"),
    ("waitlisted", "withdraw"),
    ("waitlisted", "cancel"),
    ("confirmed", "record_result"),
    ("confirmed", "withdraw"),
    ("confirmed", "cancel"),
    ("withdrawn", "enroll"),
    ("rejected", "enroll"),
}
ACTIONS = {action for _state, action in ALLOWED}


@pytest.mark.parametrize("state", domain.STATES)
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_exactly_the_moves_of_the_table_are_legal(state: str, action: str) -> None:
    if (state, action) in ALLOWED:
        domain.check_move(state, action)
        return
    with pytest.raises(Conflict) as refused:
        domain.check_move(state, action)
    assert refused.value.code == "illegal_state"
    assert refused.value.details == {
        "state": state,
        "possible": sorted(done for at, done in ALLOWED if at == state),
    }


def test_an_illegal_move_names_the_state_and_what_is_possible() -> None:
    with pytest.raises(Conflict, match="is confirmed and does not allow decide; possible now: cancel, record_result"):
        domain.check_move("confirmed", "decide")
    with pytest.raises(Conflict, match="is completed and does not allow withdraw; nothing can be done"):
        domain.check_move("completed", "withdraw")


def test_every_move_leads_to_a_state_of_the_table() -> None:
    reached = {target for moves in domain.STATES.values() for targets in moves.values() for target in targets}
    assert reached <= set(domain.STATES)


def test_tables_shapes_and_rules_know_the_same_states() -> None:
    assert tuple(domain.STATES) == models.STATUSES == schemas.STATUSES


def test_active_are_those_that_a_cancelled_offering_ends() -> None:
    assert domain.ACTIVE == ("requested", "waitlisted", "confirmed")
