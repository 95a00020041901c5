"""The table of states: what may be done with an enrollment, and what it becomes."""

import pytest

from services.enrollment import models
from services.enrollment.domain import states as domain
from services.enrollment.schemas import enrollments as schemas
from shared.errors import Conflict

POSSIBLE = {
    "requested": {"decide", "lapse", "withdraw", "cancel"},
    "invited": {"accept", "decline", "lapse", "withdraw", "cancel"},
    "waitlisted": {"promote", "lapse", "withdraw", "cancel"},
    "offered": {"accept", "decline", "lapse", "withdraw", "cancel"},
    "confirmed": {"record_attendance", "record_assessment", "record_result", "close", "withdraw", "cancel"},
    "resit": {"record_assessment", "record_result", "close"},
    "awaiting_form": {"submit_form", "correct"},
    "completed": {"correct"},
    "failed": {"correct"},
    "no_show": {"correct"},
    "withdrawn": {"enroll", "invite", "nominate"},
    "rejected": {"enroll", "invite", "nominate"},
    "declined": {"enroll", "invite", "nominate"},
    "lapsed": {"enroll", "invite", "nominate"},
    "cancelled": set(),
}
ALLOWED = {(state, action) for state, actions in POSSIBLE.items() for action in actions}
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
        "possible": sorted(POSSIBLE[state]),
    }


def test_an_illegal_move_names_the_state_and_what_is_possible() -> None:
    with pytest.raises(Conflict, match="is invited and does not allow decide; possible now: accept, cancel, decline"):
        domain.check_move("invited", "decide")
    with pytest.raises(Conflict, match="is cancelled and does not allow withdraw; nothing can be done"):
        domain.check_move("cancelled", "withdraw")


def test_every_move_leads_to_a_state_of_the_table() -> None:
    reached = {target for moves in domain.STATES.values() for targets in moves.values() for target in targets}
    assert reached <= set(domain.STATES)


def test_tables_shapes_and_rules_know_the_same_states() -> None:
    assert tuple(domain.STATES) == models.STATUSES == schemas.STATUSES


def test_active_are_those_that_a_cancelled_offering_ends() -> None:
    assert domain.ACTIVE == ("requested", "invited", "waitlisted", "offered", "confirmed")


def test_a_move_is_the_state_before_the_action_and_what_became_of_it() -> None:
    assert domain.leads(None, "enroll", "waitlisted")
    assert domain.leads("requested", "decide", "requested")
    assert not domain.leads("requested", "decide", "invited")
    assert not domain.leads("cancelled", "enroll", "confirmed")
    assert not domain.leads(None, "accept", "confirmed")
