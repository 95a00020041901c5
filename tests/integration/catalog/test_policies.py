"""Policies: recorded, corrected, listed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from services.catalog.policies import value_on
from shared.errors import Conflict, Forbidden, Invalid, NotFound

READER = ("agency_system",)
HIGHER = {
    "key": "yearly_minimum_hours",
    "value": {"managers": 70, "staff": 45},
    "effective_from": "2027-03-21",
    "source": "بخشنامهٔ نمونه 1/1",
    "confidence": "F",
    "reason": "نمونه",
}


def listed(catalog: Any, on: str) -> dict[str, dict[str, Any]]:
    reply = catalog.call("list_policies", roles=READER, on=on)
    assert reply["on"] == on
    return {item["key"]: item for item in reply["items"]}


def test_what_comes_with_the_product_holds_until_something_is_recorded(catalog: Any) -> None:
    before = listed(catalog, "2026-11-23")["yearly_minimum_hours"]
    assert before["value"] == {"managers": 60, "staff": 40}
    assert (before["edition"], before["basis"], before["effective_to"]) == (0, "regulation", None)
    reply = catalog.call("record_policy", **HIGHER)
    assert (reply["edition"], reply["recorded_by"]) == (1, "test")
    assert listed(catalog, "2027-03-20")["yearly_minimum_hours"]["effective_to"] == "2027-03-20"
    assert listed(catalog, "2027-03-20")["yearly_minimum_hours"]["value"] == {"managers": 60, "staff": 40}
    assert listed(catalog, "2027-03-21")["yearly_minimum_hours"]["value"] == {"managers": 70, "staff": 45}


def test_a_list_says_what_is_regulation_and_what_is_a_default(catalog: Any) -> None:
    items = listed(catalog, "2026-11-23")
    assert {key: item["basis"] for key, item in items.items()} == {
        "annual_plan_calendar": "default",
        "group_sizes": "provincial_rule",
        "max_absence_share": "default",
        "pass_mark": "default",
        "refund_table": "provincial_rule",
        "yearly_minimum_hours": "regulation",
    }
    assert list(items) == sorted(items)


def test_before_the_circular_there_was_no_yearly_minimum(catalog: Any) -> None:
    assert "yearly_minimum_hours" not in listed(catalog, "2012-02-22")
    assert "yearly_minimum_hours" in listed(catalog, "2012-02-23")


def test_services_read_the_value_of_a_day(catalog: Any) -> None:
    catalog.call("record_policy", **HIGHER | {"key": "pass_mark", "value": 50})
    with catalog.harness.db.reading() as tx:
        days = (date(2012, 2, 22), date(2027, 3, 20), date(2027, 3, 21))
        assert [value_on(tx, "pass_mark", day) for day in days] == [60, 60, 50]
        assert value_on(tx, "yearly_minimum_hours", days[0]) is None
        assert value_on(tx, "refund_table", days[1])["withdrawal"][0] == {"min_days_before": 15, "share": 0.8}


def test_a_wrong_value_is_corrected_by_another_of_the_same_day_and_stays_in_the_history(catalog: Any) -> None:
    catalog.call("record_policy", **HIGHER | {"value": {"managers": 7, "staff": 45}})
    with pytest.raises(Conflict) as refused:
        catalog.call("record_policy", **HIGHER)
    assert refused.value.code == "policy_recorded"
    assert refused.value.details["edition"] == 1
    assert set(refused.value.details["fields"]) == {"effective_from"}
    assert catalog.call("record_policy", **HIGHER, corrects=1)["edition"] == 2
    assert listed(catalog, "2027-03-21")["yearly_minimum_hours"]["value"]["managers"] == 70
    history = catalog.call("get_policy", roles=READER, key="yearly_minimum_hours")
    assert [(each["edition"], each["value"]["managers"]) for each in history["values"]] == [(0, 60), (1, 7), (2, 70)]
    assert [(each["edition"], each["effective_to"]) for each in history["in_force"]] == [(0, "2027-03-20"), (2, None)]
    assert history["values"][1]["reason"] == "نمونه"


def test_of_two_values_recorded_at_the_same_moment_one_stays(catalog: Any) -> None:
    def record(managers: int) -> str:
        try:
            return str(catalog.call("record_policy", **HIGHER | {"value": {"managers": managers, "staff": 40}})["key"])
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(record, range(60, 64)))
    assert outcomes == ["policy_recorded"] * 3 + ["yearly_minimum_hours"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"key": "yearly_maximum"}, {"key"}),
        ({"value": {"managers": "60"}}, {"value.managers", "value.staff"}),
        ({"confidence": "sure", "reason": " ", "effective_from": "1406-01-01"},
         {"confidence", "reason", "effective_from"}),
        ({"value": None}, {"value"}),
        ({"corrects": 1}, {"corrects"}),
    ],
)  # fmt: skip
def test_every_wrong_field_of_a_policy_is_named(catalog: Any, changes: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        catalog.call("record_policy", **HIGHER | changes)
    assert set(refused.value.details["fields"]) == fields


def test_only_the_national_body_records_policies(catalog: Any) -> None:
    with pytest.raises(Forbidden):
        catalog.call("record_policy", roles=("catalog_admin", "training_officer"), **HIGHER)


def test_an_unknown_policy_is_not_found(catalog: Any) -> None:
    with pytest.raises(NotFound) as refused:
        catalog.call("get_policy", roles=READER, key="yearly_maximum")
    assert refused.value.code == "policy_not_found"


def test_what_a_course_leaves_out_follows_the_policies_of_its_day(catalog: Any) -> None:
    first = catalog.define("RD-01", group_sizes={"workshop": {}})
    assert (first["completion_rule"]["min_attendance"], first["completion_rule"]["pass_mark"]) == (0.8, 60.0)
    assert first["group_sizes"] == {"workshop": {"min": 15, "max": 20}}
    said = {"effective_from": "2026-01-01", "source": "بخشنامهٔ نمونه", "confidence": "F", "reason": "نمونه"}
    catalog.call("record_policy", key="max_absence_share", value=0.1, **said)
    catalog.call("record_policy", key="pass_mark", value=71, **said)
    second = catalog.define("RD-02", completion_rule={"resits": 0})
    assert second["completion_rule"] == {"min_attendance": 0.9, "pass_mark": 71.0, "resits": 0, "assessments": []}
    assert catalog.publish("RD-01")["completion_rule"]["pass_mark"] == 60.0
