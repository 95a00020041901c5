"""Alert rules and the dashboard speak of metrics that the code has, with labels that they have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from shared import metrics

OPS = Path(__file__).resolve().parents[3] / "ops"
RULES = [
    rule
    for file in sorted((OPS / "prometheus/rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARDS = {file.name: json.loads(file.read_text()) for file in sorted((OPS / "grafana/dashboards").glob("*.json"))}
ADDED_BY_PROMETHEUS = {"job", "instance"}


def _samples() -> dict[str, set[str]]:
    """Names under which the metrics of the code are stored, with their labels."""
    samples: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if not isinstance(metric, Counter | Gauge | Histogram):
            continue
        name, labels = next(iter(metric.describe())).name, set(metric._labelnames)
        if isinstance(metric, Counter):
            samples[f"{name}_total"] = labels
        elif isinstance(metric, Gauge):
            samples[name] = labels
        else:
            samples |= {f"{name}_count": labels, f"{name}_sum": labels, f"{name}_bucket": labels | {"le"}}
    return samples


def _expressions() -> Iterator[Any]:
    for rule in RULES:
        yield pytest.param(rule["expr"], id=rule["alert"])
    for file, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield pytest.param(target["expr"], id=f"{file}: {panel['title']} {target['refId']}")


def test_operations_describe_every_metric_with_its_labels_and_every_alert() -> None:
    page = (OPS.parent / "docs/operations.md").read_text()
    described = dict(re.findall(r"^\| `(\w+)`[^|]*\|([^|]*)\|", page, re.MULTILINE))
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            name = next(iter(metric.describe())).name.removeprefix("training_")
            name += "_total" if isinstance(metric, Counter) else ""
            assert name in described
            assert re.findall(r"\w+", described[name]) == list(metric._labelnames), name
    assert {rule["alert"] for rule in RULES} <= set(re.findall(r"\bTraining\w+", page))


@pytest.mark.parametrize("expression", list(_expressions()))
def test_every_metric_and_label_exists(expression: str) -> None:
    samples = _samples()
    for name, selector in re.findall(r"\b(training_\w+)(\{[^}]*\})?", expression):
        assert name in samples
        asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
        assert asked <= samples[name] | ADDED_BY_PROMETHEUS, name
    named = set(re.findall(r"\btraining_\w+", expression))
    grouped = {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in re.findall(r"\w+", labels)}
    if named:
        assert grouped <= set().union(*(samples[name] for name in named)) | ADDED_BY_PROMETHEUS


def test_each_rule_says_how_urgent_it_is_what_it_means_and_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]


def test_each_rule_has_a_case_in_the_rule_tests() -> None:
    cases = "".join(file.read_text() for file in sorted((OPS / "prometheus/tests").glob("*.yml")))
    patterns = re.findall(r"Training\w+(?:\.\*)?", cases)
    uncovered = [r["alert"] for r in RULES if not any(re.fullmatch(pattern, r["alert"]) for pattern in patterns)]
    assert uncovered == []


def test_the_95th_percentiles_are_compared_with_a_bucket_boundary() -> None:
    for name, limit in re.findall(r"rate\((training_\w+)_bucket.*?> (\d+)", "\n".join(r["expr"] for r in RULES)):
        histogram = next(
            m for m in vars(metrics).values() if isinstance(m, Histogram) and next(iter(m.describe())).name == name
        )
        assert float(limit) in histogram._upper_bounds


def test_prometheus_scrapes_each_service_on_its_own_port() -> None:
    config = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())
    scraped = {
        found["names"][0]: (job["job_name"], found["port"])
        for job in config["scrape_configs"]
        for found in job.get("dns_sd_configs", [])
    }
    assert scraped == {
        "certification": ("certification", 8000),
        "catalog": ("catalog", 8001),
        "enrollment": ("enrollment", 8002),
        "notification": ("notification", 8003),
    }


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_has_panels_with_a_title_a_data_source_and_room_of_their_own(name: str) -> None:
    source = yaml.safe_load((OPS / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    panels = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["type"] == "row" or panel["datasource"]["uid"] == source["uid"]
