"""The numbers that come with the product."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from services.catalog.policies import KEYS, POLICIES
from services.enrollment.policies import POLICIES as ENROLLMENT
from shared.policies import store

ENTRIES = yaml.safe_load(POLICIES.file.read_text(encoding="utf-8"))["policies"]


def test_every_key_has_a_shipped_value() -> None:
    assert set(POLICIES.shipped()) == set(KEYS)
    assert all(POLICIES.shipped()[key] for key in KEYS)


def test_enrollment_ships_a_value_of_every_key_and_calls_few_the_regulation() -> None:
    shipped = ENROLLMENT.shipped()
    assert set(shipped) == set(ENROLLMENT.keys)
    assert all(values for values in shipped.values())
    named = {key for key, values in shipped.items() for value in values if value.basis == "regulation"}
    assert named == {"annual_minimum_hours", "rank_requirements"}


def test_the_yearly_minimum_is_the_circulars_from_its_day_on() -> None:
    (minimum,) = POLICIES.shipped()["yearly_minimum_hours"]
    assert minimum.value == {"managers": 60, "staff": 40}
    assert minimum.effective_from == date(2012, 2, 23)
    assert minimum.basis == "regulation"
    assert "200/90/31146" in minimum.source


def test_nothing_else_is_called_the_regulation() -> None:
    named = {key for key, values in POLICIES.shipped().items() for value in values if value.basis == "regulation"}
    assert named == {"yearly_minimum_hours"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": 200}, "pass_mark"),
        ({"key": "pass_marks"}, "pass_marks"),
        ({"confidence": "sure"}, "confidence"),
        ({"scope": "everywhere"}, "scope"),
        ({"extra": 1}, "extra"),
        ({"unit": "m" * 101}, "unit"),
        ({"effective_from": date(2001, 3, 22)}, "one for each day"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    pass_mark = next(entry for entry in ENTRIES if entry["key"] == "pass_mark")
    twice = {"effective_from": date(2001, 3, 22)} == changes
    entries = [*ENTRIES, pass_mark | changes] if not twice else [*ENTRIES, pass_mark | changes, pass_mark | changes]
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump({"policies": entries}), encoding="utf-8")
    with pytest.raises(store.PolicyFileError, match=said):
        store.read_file(file, tuple(KEYS.items()))


def test_a_key_without_a_shipped_value_is_named(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump({"policies": ENTRIES[1:]}), encoding="utf-8")
    with pytest.raises(store.PolicyFileError, match=str(ENTRIES[0]["key"])):
        store.read_file(file, tuple(KEYS.items()))
