import hashlib
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.certification.domain import chains, codes, snapshots


def test_a_serial_names_agency_year_and_a_padded_number() -> None:
    assert codes.serial("MOH", 1405, 123) == "MOH-1405-000123"
    assert codes.serial("MOH", 1405, 1_234_567) == "MOH-1405-1234567"


@given(st.binary(min_size=16, max_size=16))
def test_a_code_holds_all_128_bits_and_is_read_as_it_was_made(random: bytes) -> None:
    code = codes.verification_code(random)
    value = 0
    for character in code:
        value = value * 32 + codes.ALPHABET.index(character)
    assert (len(code), value) == (26, int.from_bytes(random, "big"))
    assert codes.read_code(code) == code


def test_a_code_is_read_in_any_case_with_hyphens_and_with_look_alikes() -> None:
    code = codes.verification_code(bytes(range(16)))
    assert codes.read_code(codes.grouped(code).lower()) == code
    assert codes.read_code(f" {code[:10]} {code[10:]} ") == code
    assert codes.read_code(f"\u200e{codes.grouped(code)}") == code
    assert codes.read_code("OIL" + "0" * 23) == "011" + "0" * 23


def test_what_cannot_be_a_code_is_none() -> None:
    for text in ("", "0" * 25, "0" * 27, "8" + "0" * 25, "U" * 26, "é" * 26, "0" * 25 + "\x00", "۰" * 26):
        assert codes.read_code(text) is None


def test_the_national_code_is_hashed_with_its_salt_behind() -> None:
    expected = hashlib.sha256(b"9990000018" + b"abcd").hexdigest()
    assert snapshots.hashed_national_code("abcd", "9990000018") == f"sha256${expected}"


def test_hours_and_scores_are_decimal_text_without_exponents() -> None:
    cases = {
        4.0: "4",
        7.5: "7.5",
        87.25: "87.25",
        100.0: "100",
        0.0: "0",
        0.0000001: "0.0000001",
        66.66666666666667: None,
    }
    for number, text in cases.items():
        written = snapshots.decimal(number)
        assert float(written) == number
        assert text is None or written == text


def test_a_snapshot_holds_no_float_and_no_national_code(snapshot: dict[str, Any], facts: dict[str, Any]) -> None:
    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [leaf for part in value.values() for leaf in leaves(part)]
        return [value]

    assert not [leaf for leaf in leaves(snapshot) if isinstance(leaf, float)]
    assert facts["national_code"] not in str(snapshot)
    assert (snapshot["hours"], snapshot["score"]) == ("4", "87.5")


def test_a_chain_is_followed_both_ways_and_a_circle_ends() -> None:
    def row(own: str, superseded_by: str | None) -> SimpleNamespace:
        return SimpleNamespace(id=own, superseded_by=superseded_by)

    rows = [row("c", "d"), row("a", "b"), row("d", None), row("b", "c"), row("other", None)]
    earlier, later = chains.around(rows, "b")
    assert ([each.id for each in earlier], [each.id for each in later]) == (["a"], ["c", "d"])
    assert chains.around(rows, "other") == ([], [])
    circle = [row("a", "b"), row("b", "a")]
    assert [each.id for each in chains.around(circle, "a")[1]] == ["b"]
