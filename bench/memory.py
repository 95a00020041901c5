"""Memory: the resident size of each service after 10 000 events handled, and after every further 10 000 to 100 000.

The catalog hears agencies that register, enrollment hears offerings that open; certification hears completions (and
the agencies), issues certificates and so publishes as many events; notification hears those.
"""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from bench.lab import Lab
from bench.people import AGENCIES, Person, agency_name, people
from bench.systems import System, ours
from shared.events import AgencyRegisteredV1, EnrollmentCompletedV1, Event, LocalizedText, OfferingOpenedV1, encode
from shared.events.catalog import CompletionRule
from shared.ids import new_id
from shared.messages import to_amqp
from shared.messaging.publisher import Outcome, Outgoing, Publisher
from shared.messaging.topology import EVENTS
from tests.support.leash import wait_until

STEP = 10_000
STEPS = 10
CHUNK = 1_000
PATIENCE_SECONDS = 600.0
SETTLE_SECONDS = 3.0
TARGET_GROWTH = 0.10
TITLE = LocalizedText("دورهٔ نمونهٔ سنجش", "Sample course")
DAY = date(2026, 1, 1)


def run(lab: Lab, steps: int = STEPS) -> dict[str, Any]:
    """Sizes in MiB after each step, and the growth from the first step to the last."""
    staff = people(CHUNK)
    sizes: dict[str, list[float]] = {}
    with ours(lab, staff) as system:
        for step in range(1, steps + 1):
            handle(system, staff, step * STEP)
            time.sleep(SETTLE_SECONDS)
            for name, process in system.processes.items():
                sizes.setdefault(name, []).append(process.memory_info().rss / 2**20)
            print(f"bench: memory, {step * STEP} events: {shown(sizes)}", flush=True)
    growth = {name: seen[-1] / seen[0] - 1 for name, seen in sizes.items()}
    return {"events_a_step": STEP, "rss_mib": sizes, "growth": growth, "target_growth": TARGET_GROWTH}


def handle(system: System, staff: list[Person], total: int) -> None:
    """Publish one step of events of each kind and wait until `total` of each have had their effect."""
    publisher = Publisher(system.place.amqp_url, confirm_timeout=60.0)
    for done in range(total - STEP, total, CHUNK):
        publish(publisher, "enrollment", [completion(person, f"BENCH-{done + 1}") for person in staff])
        publish(publisher, "enrollment", [agency(done + number) for number in range(CHUNK)])
        publish(publisher, "catalog", [opening() for _ in range(CHUNK)])
    publisher.close()
    count = system.place.count
    effects = {
        "agencies": lambda: count("catalog", "agencies") >= total,
        "offerings": lambda: count("enrollment", "offerings") > total,  # one was there before
        "certificates": lambda: count("certification", "certificates") >= total,
        "notifications": lambda: system.notified() >= total,
    }
    for name, effect in effects.items():
        wait_until(effect, PATIENCE_SECONDS, f"{total} {name}", pause=0.5)


def publish(publisher: Publisher, source: str, events: Sequence[Event]) -> None:
    """Publish as the relay does: CloudEvents attributes as headers, persistent, confirmed."""
    outcomes = publisher.publish([outgoing(source, event) for event in events])
    if set(outcomes) != {Outcome.CONFIRMED}:
        raise RuntimeError("the broker did not take the synthetic events")


def outgoing(source: str, event: Event) -> Outgoing:
    row = SimpleNamespace(
        event_id=new_id(),
        type=event.TYPE,
        subject=event.subject,
        correlation_id="bench",
        traceparent=None,
        occurred_at=datetime.now(UTC),
    )
    return Outgoing(EVENTS.name, event.TYPE, encode(event), *to_amqp(row, source))


def agency(number: int) -> AgencyRegisteredV1:
    return AgencyRegisteredV1(code=f"SAMPLE-{number}", name=TITLE)


def completion(person: Person, course_code: str) -> EnrollmentCompletedV1:
    """Each chunk is of a course of its own: nobody gets two certificates of one."""
    name = LocalizedText(**agency_name(person.agency_code))
    return EnrollmentCompletedV1(
        enrollment_id=new_id(),
        employee_id=person.employee_id,
        agency_code=person.agency_code,
        agency_name=name,
        provider_code=person.agency_code,
        provider_name=name,
        full_name=person.full_name,
        national_code=person.national_code,
        personnel_number=person.personnel_number,
        offering_id=new_id(),
        course_code=course_code,
        course_version=1,
        course_title=TITLE,
        course_type="job",
        delivery_mode="in_person",
        hours=10.0,
        starts_on=DAY,
        ends_on=DAY,
        attended_hours=10.0,
        score=90.0,
        completed_on=DAY,
        completed_at=datetime.now(UTC),
    )


def opening() -> OfferingOpenedV1:
    return OfferingOpenedV1(
        offering_id=new_id(),
        agency_code=AGENCIES[0],
        course_code="BENCH-1",
        course_version=1,
        course_title=TITLE,
        course_type="job",
        hours=10.0,
        delivery_mode="in_person",
        completion_rule=CompletionRule(0.8, 60.0),
        starts_on=DAY,
        ends_on=DAY,
        enrollment_closes_on=DAY,
        capacity=30,
    )


def shown(sizes: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {seen[-1]:.0f} MiB" for name, seen in sizes.items())
