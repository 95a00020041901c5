import base64
import gzip
from datetime import UTC, datetime

import pytest

from services.certification.credential import status
from services.certification.domain.status_lists import LENGTH, Entries, bits, list_id, place, read_list_id

FIRST = Entries("AG-A", 1405, 1)


@pytest.mark.parametrize(
    ("number", "part", "index"), [(1, 1, 0), (LENGTH, 1, LENGTH - 1), (LENGTH + 1, 2, 0), (1_000_000, 8, 82_495)]
)
def test_list_and_index_follow_from_the_serial(number: int, part: int, index: int) -> None:
    assert place(f"AG-A-1405-{number:06d}") == (Entries("AG-A", 1405, part), index)


def test_a_list_id_is_read_as_it_was_written() -> None:
    for agency_code in ("AG", "AG-A-7", "A_1", "-1-1"):
        for purpose in ("revocation", "suspension"):
            entries = Entries(agency_code, 1405, 12)
            assert read_list_id(list_id(entries, purpose)) == (entries, purpose)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "AG-A",
        "AG-A-1405-1",
        "AG-A-1405-1-message",
        "AG-A-1405-0-revocation",
        "AG-A-1405-01-revocation",
        "AG-A-1405-۱-revocation",
        "AG-A-1405-x-revocation",
        "AG-A-1405--revocation",
        "AG-A-1405-9999999-revocation",
        "A\0-1405-1-revocation",
        "ag-1405-1-revocation",
    ],
)
def test_what_is_no_list_id_is_none(text: str) -> None:
    assert read_list_id(text) is None


def test_the_first_index_is_the_left_most_bit() -> None:
    assert bits(FIRST, [1, 10]) == bytes([0b10000000, 0b01000000]) + bytes(LENGTH // 8 - 2)
    assert bits(Entries("AG-A", 1405, 2), [2 * LENGTH]) == bytes(LENGTH // 8 - 1) + bytes([1])


def test_a_list_is_the_same_within_a_span_of_time_and_holds_for_the_next() -> None:
    moment = datetime(2026, 11, 25, 10, 4, 59, tzinfo=UTC)
    span = status.window(moment)
    made = status.list_document(FIRST, "revocation", bytes(LENGTH // 8), span, "https://c.example")
    assert (made["validFrom"], made["validUntil"]) == ("2026-11-25T10:00:00Z", "2026-11-25T10:10:00Z")
    assert made["issuer"] == "https://c.example/issuers/AG-A"
    encoded = made["credentialSubject"]["encodedList"]
    assert gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "==")) == bytes(LENGTH // 8)
