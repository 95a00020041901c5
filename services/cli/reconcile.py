"""`training reconcile`: completions, awards ↔ certificates ↔ notifications, compared from outside as any caller could.

Each service only knows its own part of the chain. This reads all ledgers page by page through their queries,
compares them, and can ask the service before a gap to say again what was not heard.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from shared.events import CertificateIssuedV1, EnrollmentCompletedV1, Type2AwardedV1

Ask = Callable[[str, str, dict[str, Any]], Any]
Item = dict[str, Any]

IN_FLIGHT = timedelta(seconds=60)  # what is younger may still be on its way, and is no difference
CLOCK_SKEW = timedelta(minutes=5)  # allowed between the clocks of two services
PAGE = 200
CHUNK = 1000  # subjects in one call of repeat_events
WAIT_SECONDS = 60.0  # for a repair to have its effect

NO_CERTIFICATE = "completion without certificate"
NO_TYPE2 = "award without type-2 certificate"
NO_NOTIFICATION = "certificate without notification"
NO_COMPLETION = "certificate without completion"
NO_AWARD = "type-2 certificate without award"
UNKNOWN_CERTIFICATE = "notification without certificate"
# What was not heard can be said again: by this service, this event. The other differences need a person.
REPAIRS = {
    NO_CERTIFICATE: ("enrollment", EnrollmentCompletedV1.TYPE),
    NO_TYPE2: ("enrollment", Type2AwardedV1.TYPE),
    NO_NOTIFICATION: ("certification", CertificateIssuedV1.TYPE),
}


@dataclass(frozen=True)
class Difference:
    """`subject_id` is the id of the thing that stands alone: an enrollment, an award, a certificate, or for the last
    kind the certificate that a notification speaks of."""

    kind: str
    subject_id: str
    employee_id: str
    at: str


@dataclass(frozen=True)
class Report:
    """What was compared, and what came of it."""

    checked_at: str
    since: str | None
    counts: dict[str, int]
    in_flight: dict[str, int]
    notification_states: dict[str, int]
    differences: list[Difference] = field(default_factory=list)

    @property
    def repairable(self) -> list[Difference]:
        return [difference for difference in self.differences if difference.kind in REPAIRS]


def compare(
    completions: Sequence[Item],
    certificates: Sequence[Item],
    notifications: Sequence[Item],
    now: datetime,
    since: datetime | None = None,
    held: Sequence[Item] = (),
    awards: Sequence[Item] = (),
) -> Report:
    """The differences of ledgers read from `now` on; each item is what its query lists.

    A notification accounts for its certificate in whatever state it is: one that is held, suppressed or bounced is not
    missing, and `notification_states` says how many there are of each.
    A completion that is `held` has no certificate on purpose, as has one that was dropped; a certificate may be issued
    without mail, and one of a past record has no completion. A type-2 certificate follows from an award, whose id
    stands where that of an enrollment stands else.

    With `since`, a certificate's completion may lie before it, so only the forward direction is looked at; the
    caller has read the later ledgers from a little before `since`.
    """
    kept_back = {item["enrollment_id"] for item in held if item["status"] != "issued"}
    # An enrollment that an earlier certificate covers has none of its own, so nobody is told of one.
    own = [item for item in certificates if not item.get("is_covered")]  # a service of an earlier release does not say
    recent = [item for item in own if since is None or moment(item["issued_at"]) >= since]
    alone = _gaps(completions, awards, certificates, recent, notifications, kept_back)
    if since is None:
        alone += _strays(completions, awards, own, notifications)
    old = [difference for difference in alone if moment(difference.at) <= now - IN_FLIGHT]
    young = Counter(difference.kind for difference in alone if moment(difference.at) > now - IN_FLIGHT)
    ledgers = {"completions": completions, "certificates": recent, "notifications": notifications}
    ledgers |= {"held back": list(kept_back)} if kept_back else {}
    ledgers |= {"type-2 awards": awards} if awards else {}
    return Report(
        checked_at=_text(now),
        since=None if since is None else _text(since),
        counts={name: len(items) for name, items in ledgers.items()},
        in_flight=dict(sorted(young.items())),
        notification_states=dict(sorted(Counter(item["status"] for item in notifications).items())),
        differences=old,
    )


def _gaps(
    completions: Sequence[Item],
    awards: Sequence[Item],
    certificates: Sequence[Item],
    recent: Sequence[Item],
    notifications: Sequence[Item],
    kept_back: set[str],
) -> list[Difference]:
    """What should have had its effect and has not: completions and awards without certificate, certificates without
    mail."""
    certified = {item["enrollment_id"] for item in certificates}
    told = {item["subject_id"] for item in notifications}
    to_tell = [item for item in recent if item.get("mail", True)]
    waiting = _without(completions, certified | kept_back)
    alone = [_found(NO_CERTIFICATE, item, "enrollment_id", item["completed_at"]) for item in waiting]
    unissued = [item for item in awards if item["award_id"] not in certified]
    alone += [_found(NO_TYPE2, item, "award_id", item["awarded_at"]) for item in unissued]
    untold = _without(to_tell, told)
    return alone + [_found(NO_NOTIFICATION, item, "certificate_id", item["issued_at"]) for item in untold]


def _strays(
    completions: Sequence[Item], awards: Sequence[Item], certificates: Sequence[Item], notifications: Sequence[Item]
) -> list[Difference]:
    """What nothing led to: valid certificates without completion or award, notifications without certificate."""
    known = {"type1": {item["enrollment_id"] for item in completions}, "type2": {item["award_id"] for item in awards}}
    issued = {item["certificate_id"] for item in certificates}
    valid = [item for item in certificates if item["status"] == "valid" and not item.get("is_past_record", False)]
    alone = []
    for kind, name in (("type1", NO_COMPLETION), ("type2", NO_AWARD)):
        # A service of an earlier release does not say of what kind they are.
        own = [item for item in valid if item.get("kind", "type1") == kind]
        orphans = [item for item in own if item["enrollment_id"] not in known[kind]]
        alone += [_found(name, item, "certificate_id", item["issued_at"]) for item in orphans]
    strays = [item for item in notifications if item["subject_id"] not in issued]
    return alone + [_found(UNKNOWN_CERTIFICATE, i, "subject_id", _written(i["notification_id"])) for i in strays]


def read(ask: Ask, since: datetime | None) -> Report:
    """Read the ledgers through the services' queries, and compare them."""
    now = datetime.now(UTC)
    first = {"since": since and _text(since)}
    later = {"since": since and _text(since - CLOCK_SKEW)}
    completions = list(_all(ask, "enrollment", "list_completions", first))
    awards = list(_all(ask, "enrollment", "list_type2_awards", first))
    # In the order in which they move on, and before the certificates, so that none is overlooked on its way.
    states = ("held", "released", "dropped")
    held = [item for status in states for item in _all(ask, "certification", "list_held", {"status": status})]
    certificates = list(_all(ask, "certification", "list_issued", later))
    wanted = [{**later, "template": template} for template in ("certificate_issued", "certificate_corrected")]
    notifications = [item for each in wanted for item in _all(ask, "notification", "list_queued", each)]
    return compare(completions, certificates, notifications, now, since, held, awards)


def repair(ask: Ask, report: Report) -> tuple[int, list[str]]:
    """Have the events of all repairable differences said again: (how many, subjects whose event is not kept)."""
    count, missing = 0, list[str]()
    for kind, (service, event_type) in REPAIRS.items():
        found = [difference for difference in report.differences if difference.kind == kind]
        for start in range(0, len(found), CHUNK):
            chunk = found[start : start + CHUNK]
            earliest = min(moment(difference.at) for difference in chunk) - CLOCK_SKEW
            subjects = [difference.subject_id for difference in chunk]
            wanted = {"event_type": event_type, "subjects": subjects, "since": _text(earliest)}
            reply = ask(service, "repeat_events", wanted)
            count += reply["count"]
            missing += reply["missing"]
    return count, missing


def run(ask: Ask, console: Console, *, with_repair: bool, since: datetime | None, export: Path | None) -> int:
    """The command: 0 when nothing differs (any more), else 1. `ask` calls the services as an operator."""
    report = read(ask, since)
    _print(report, console)
    if with_repair and report.repairable:
        report = _repaired(ask, report, since, console)
    if export is not None:
        export.write_text(json.dumps(asdict(report), ensure_ascii=False, indent=2) + "\n")
        console.print(f"Written to {export}.", soft_wrap=True)
    return 1 if report.differences else 0


def _repaired(ask: Ask, report: Report, since: datetime | None, console: Console) -> Report:
    """Repair, then compare again until nothing more can be expected of it."""
    count, missing = repair(ask, report)
    console.print(f"{count} events go out again.")
    if missing:
        console.print(f"{len(missing)} events are no longer kept (90 days); somebody has to look at: {_some(missing)}")
    hopeless = set(missing)
    deadline = time.monotonic() + WAIT_SECONDS
    while any(found.subject_id not in hopeless for found in report.repairable) and time.monotonic() < deadline:
        time.sleep(1.0)
        report = read(ask, since)
    _print(report, console)
    return report


def moment(text: str) -> datetime:
    """A moment with its zone; ValueError for one without."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without its zone")
    return found


def _all(ask: Ask, service: str, method: str, arguments: dict[str, Any]) -> Iterator[Item]:
    cursor = None
    while True:
        page = ask(service, method, {**arguments, "limit": PAGE, "cursor": cursor})
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _without(items: Sequence[Item], known: set[str]) -> list[Item]:
    """Completions without a certificate, or certificates without a notification."""
    key = "enrollment_id" if items and "completed_at" in items[0] else "certificate_id"
    return [item for item in items if item[key] not in known]


def _found(kind: str, item: Item, key: str, at: str) -> Difference:
    return Difference(kind, item[key], item["employee_id"], at)


def _written(notification_id: str) -> str:
    """When a notification was queued: its id begins with the millisecond (RFC 9562, version 7)."""
    return _text(datetime.fromtimestamp((UUID(notification_id).int >> 80) / 1000, UTC))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _print(report: Report, console: Console) -> None:
    console.print(f"As of {report.checked_at}{f', from {report.since} on' if report.since else ''}:")
    table = Table("ledger", "entries")
    for name, count in report.counts.items():
        table.add_row(name, str(count))
    console.print(table)
    if report.notification_states:
        states = ", ".join(f"{count} {state}" for state, count in report.notification_states.items())
        console.print(f"Notifications: {states}.")
    if report.notification_states.get("held"):
        console.print("What is held waits for somebody's word: `training notify held`.")
    for kind, count in report.in_flight.items():
        console.print(f"In flight (younger than {IN_FLIGHT.seconds} s): {count} × {kind}.")
    if not report.differences:
        console.print("[green]No differences.[/]")
        return
    table = Table("difference", "how many", "first ones")
    for kind in dict.fromkeys(difference.kind for difference in report.differences):
        subjects = [difference.subject_id for difference in report.differences if difference.kind == kind]
        table.add_row(kind, str(len(subjects)), _some(subjects))
    console.print(table)


def _some(subjects: Sequence[str]) -> str:
    return "\n".join(subjects[:3]) + ("\n…" if len(subjects) > 3 else "")
