"""Cursors of paged lists."""

import base64
import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.paging import decode_cursor, encode_cursor

OFFERING = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def _cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_cursor_gives_back_the_key_in_its_own_types() -> None:
    cursor = encode_cursor({"starts_on": date(2026, 11, 23), "offering_id": OFFERING})
    assert decode_cursor(cursor, {"starts_on": date.fromisoformat, "offering_id": UUID}) == {
        "starts_on": date(2026, 11, 23),
        "offering_id": OFFERING,
    }


def test_a_persian_key_survives() -> None:
    assert decode_cursor(encode_cursor({"name": "علی"})) == {"name": "علی"}


@pytest.mark.parametrize(
    "cursor",
    [
        "not a cursor",
        "====",
        "YQ",
        "é",
        "A" * 5000,
        _cursor_of([1]),
        _cursor_of({"code": "a\x00b"}),
        _cursor_of({"code": "a\ud800"}),
        _cursor_of({"code": 2**63}),
        _cursor_of({"code": {"$gt": 1}}),
        _cursor_of({"other": "x"}),
        _cursor_of({"code": "x", "more": 1}),
    ],
)
def test_a_cursor_that_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor(cursor, {"code": str})
    assert list(refused.value.details["fields"]) == ["cursor"]


@pytest.mark.parametrize("value", ["no uuid", 3, None])
def test_a_key_of_the_wrong_type_is_refused(value: Any) -> None:
    with pytest.raises(Invalid):
        decode_cursor(_cursor_of({"offering_id": value}), {"offering_id": UUID})


@given(st.text(st.integers(0, 0x10FFFF).map(chr)))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    try:
        decode_cursor(text, {"code": str})
    except Invalid as refused:
        assert refused.details["fields"]["cursor"]
