"""The six kinds of error and the form they travel in."""

import pytest

from shared import errors
from shared.errors import KINDS, Internal, Invalid, TrainingError, Unavailable, as_dict

STATUS = {
    "Invalid": 422,
    "Unauthenticated": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "Conflict": 409,
    "Unavailable": 503,
}


def test_there_are_six_kinds_each_with_its_status() -> None:
    assert {name: kind.http_status for name, kind in KINDS.items()} == STATUS
    assert all(kind is getattr(errors, name) for name, kind in KINDS.items())


@pytest.mark.parametrize("kind", KINDS.values())
def test_an_error_carries_code_sentence_and_details_as_its_arguments(kind: type[TrainingError]) -> None:
    details = {"offering": "X"}
    error = kind("offering_full", "No seat is left.", details)
    assert error.args == ("offering_full", "No seat is left.", {"offering": "X"})
    assert kind(*error.args).args == error.args
    assert as_dict(error) == {"kind": kind.__name__, "code": error.code, "message": error.message, "details": details}
    details["offering"] = "changed later"
    assert error.details == {"offering": "X"}


def test_a_code_alone_makes_a_readable_sentence() -> None:
    error = Unavailable("offering_not_known_yet")
    assert error.message == "offering not known yet"
    assert str(error) == "offering_not_known_yet: offering not known yet"
    assert error.details == {}


def test_one_wrong_field_has_the_form_of_a_failed_shape() -> None:
    error = Invalid.field("results[3].score", "must be between 0 and 100")
    assert error.code == "invalid_arguments"
    assert error.details == {"fields": {"results[3].score": ["must be between 0 and 100"]}}


def test_only_unavailable_is_worth_trying_again() -> None:
    assert [name for name, kind in KINDS.items() if kind.retryable] == ["Unavailable"]


def test_a_bug_shows_its_reference_and_is_none_of_the_six() -> None:
    error = Internal.with_reference("abc123")
    assert error.details == {"reference": "abc123"}
    assert error.http_status == 500
    assert "Internal" not in KINDS
