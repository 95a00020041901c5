"""Comparing the three ledgers, and having what was not heard said again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.cli import reconcile
from services.cli.reconcile import (
    NO_AWARD,
    NO_CERTIFICATE,
    NO_COMPLETION,
    NO_NOTIFICATION,
    NO_TYPE2,
    UNKNOWN_CERTIFICATE,
    Report,
)

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=2)


def text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def notification_id(at: datetime, number: int) -> str:
    return str(UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number))


def completion(number: int, at: datetime = LONG_AGO) -> dict[str, Any]:
    return {"enrollment_id": f"e{number}", "employee_id": f"p{number}", "completed_at": text(at)}


def certificate(number: int, at: datetime = LONG_AGO, status: str = "valid") -> dict[str, Any]:
    same = {"enrollment_id": f"e{number}", "employee_id": f"p{number}", "status": status}
    return {**same, "certificate_id": f"c{number}", "issued_at": text(at)}


def notification(number: int, at: datetime = LONG_AGO, status: str = "sent") -> dict[str, Any]:
    same = {"subject_id": f"c{number}", "employee_id": f"p{number}", "template": "certificate_issued"}
    return {**same, "notification_id": notification_id(at, number), "status": status}


def kinds(report: Report) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for difference in report.differences:
        found.setdefault(difference.kind, []).append(difference.subject_id)
    return found


def test_a_type2_certificate_needs_an_award_and_no_completion() -> None:
    awards = [{"award_id": f"e{number}", "employee_id": "p", "awarded_at": text(LONG_AGO)} for number in (1, 2, 3)]
    type2 = [certificate(number) | {"kind": "type2"} for number in (1, 2, 4)]
    told = [notification(number) for number in (1, 4, 5)]
    report = reconcile.compare([], [*type2, certificate(5)], told, NOW, awards=awards)
    assert kinds(report) == {NO_COMPLETION: ["c5"], NO_NOTIFICATION: ["c2"], NO_TYPE2: ["e3"], NO_AWARD: ["c4"]}
    assert report.counts["type-2 awards"] == 3


def test_three_ledgers_that_agree_have_no_differences() -> None:
    everybody = range(5)
    report = reconcile.compare(
        [completion(n) for n in everybody],
        [certificate(n) for n in everybody],
        [notification(n, status="bounced" if n == 4 else "sent") for n in everybody],
        NOW,
    )
    assert report.differences == []
    assert report.in_flight == {}
    assert report.counts == {"completions": 5, "certificates": 5, "notifications": 5}
    assert report.notification_states == {"bounced": 1, "sent": 4}


def test_what_a_correction_ended_needs_no_completion() -> None:
    report = reconcile.compare([], [certificate(1, status="revoked")], [notification(1)], NOW)
    assert report.differences == []


def test_what_is_kept_back_or_was_never_to_be_told_is_no_loss() -> None:
    held = [{"enrollment_id": f"e{number}", "status": status} for number, status in ((1, "held"), (2, "dropped"))]
    silent = [certificate(3) | {"mail": False}, certificate(4) | {"mail": False, "is_past_record": True}]
    completions = [completion(number) for number in (1, 2, 3)]
    report = reconcile.compare(completions, silent, [], NOW, held=held)
    assert report.differences == []
    assert report.counts["held back"] == 2


def test_a_released_completion_whose_certificate_is_lost_is_a_loss() -> None:
    report = reconcile.compare([completion(1)], [], [], NOW, held=[{"enrollment_id": "e1", "status": "issued"}])
    assert kinds(report) == {NO_CERTIFICATE: ["e1"]}


def test_what_an_earlier_certificate_covers_is_no_difference() -> None:
    since = NOW - timedelta(days=1)
    late = since + timedelta(hours=1)
    covered = certificate(1, late) | {"enrollment_id": "e2", "is_covered": True}
    assert reconcile.compare([completion(2, late)], [covered], [], NOW, since).differences == []
    everything = [certificate(1), covered | {"enrollment_id": "e9"}]
    assert reconcile.compare([completion(1)], everything, [notification(1)], NOW).differences == []


def test_every_gap_and_every_stray_is_named() -> None:
    report = reconcile.compare(
        [completion(1), completion(2)], [certificate(2), certificate(3)], [notification(3), notification(4)], NOW
    )
    expected = {NO_CERTIFICATE: ["e1"], NO_NOTIFICATION: ["c2"], NO_COMPLETION: ["c3"], UNKNOWN_CERTIFICATE: ["c4"]}
    assert kinds(report) == expected
    assert {difference.kind for difference in report.repairable} == {NO_CERTIFICATE, NO_NOTIFICATION}


@pytest.mark.parametrize(("seconds", "differs"), [(59, False), (60, True), (61, True)])
def test_what_is_younger_than_a_minute_is_in_flight(seconds: int, differs: bool) -> None:
    at = NOW - timedelta(seconds=seconds)
    report = reconcile.compare([completion(1, at)], [certificate(2, at)], [notification(3, at)], NOW)
    assert len(report.differences) == (4 if differs else 0)
    assert sum(report.in_flight.values()) == (0 if differs else 4)


def test_from_a_moment_on_only_the_forward_direction_is_compared() -> None:
    since = NOW - timedelta(days=1)
    later = NOW - timedelta(hours=1)
    report = reconcile.compare(
        [completion(2, later)], [certificate(1, since - timedelta(seconds=1)), certificate(3, later)], [], NOW, since
    )
    assert kinds(report) == {NO_CERTIFICATE: ["e2"], NO_NOTIFICATION: ["c3"]}


class Services:
    """Answers the queries from lists, two items a page, and remembers the repairs asked for."""

    def __init__(self, completions: list[Any], certificates: list[Any], notifications: list[Any]) -> None:
        self.ledgers = {
            "list_completions": completions,
            "list_issued": certificates,
            "list_queued": notifications,
            "list_held": [],
            "list_type2_awards": [],
        }
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        self.asked.append((service, method, arguments))
        if method == "repeat_events":
            return {"count": len(arguments["subjects"]) - 1, "missing": arguments["subjects"][-1:]}
        start = int(arguments["cursor"] or 0)
        wanted = arguments.get("template")
        items = [item for item in self.ledgers[method] if wanted in (None, item.get("template"))]
        return {"items": items[start : start + 2], "next": str(start + 2) if start + 2 < len(items) else None}


def test_all_pages_are_read() -> None:
    everybody = range(5)
    told = [notification(n) for n in range(4)] + [notification(4) | {"template": "certificate_corrected"}]
    services = Services([completion(n) for n in everybody], [certificate(n) for n in everybody], told)
    report = reconcile.read(services, None)
    assert report.counts == {"completions": 5, "certificates": 5, "notifications": 5}
    assert {arguments.get("template") for _, method, arguments in services.asked if method == "list_queued"} == {
        "certificate_issued",
        "certificate_corrected",
    }
    assert report.differences == []


def test_the_later_ledgers_are_read_from_a_little_before_the_moment() -> None:
    services = Services([], [], [])
    reconcile.read(services, NOW)
    since = [arguments["since"] for _, method, arguments in services.asked if method != "list_held"]
    assert since == [*[text(NOW)] * 2, *[text(NOW - reconcile.CLOCK_SKEW)] * 3]


def test_a_repair_asks_the_service_before_each_gap_a_thousand_at_a_time() -> None:
    services = Services([], [], [])
    report = reconcile.compare(
        [completion(n) for n in range(1500)], [certificate(2000), completion(1) | certificate(1)], [], NOW
    )
    count, missing = reconcile.repair(services, report)
    asked = [(service, arguments["event_type"], len(arguments["subjects"])) for service, _, arguments in services.asked]
    assert asked == [
        ("enrollment", "training.enrollment.completed.v1", 1000),
        ("enrollment", "training.enrollment.completed.v1", 499),
        ("certification", "training.certification.issued.v1", 2),
    ]
    assert (count, len(missing)) == (1498, 3)
    assert all(arguments["since"] < text(LONG_AGO) for _, _, arguments in services.asked)


def test_a_moment_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        reconcile.moment("2026-11-23T20:00:00")
