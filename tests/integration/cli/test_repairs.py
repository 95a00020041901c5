"""Reconciling three real ledgers, and repairing what a restored backup lost."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.certification.models import certificates
from services.cli import reconcile
from services.notification.models import notifications
from shared.errors import Forbidden, Invalid
from shared.events import EnrollmentCompletedV1
from tests.integration.enrollment.conftest import World
from tests.integration.enrollment.type2 import applicant, awarded

COMPLETED = EnrollmentCompletedV1.TYPE


def outbox_of(chain: Any, service: str, event_type: str) -> list[Any]:
    table = chain.services[service].service.metadata.tables["outbox"]
    rows = chain.rows(service, table)
    return sorted((row for row in rows if row.type == event_type), key=lambda row: row.position)


def kinds(report: reconcile.Report) -> list[str]:
    return sorted(difference.kind for difference in report.differences)


@pytest.fixture
def finished(chain: Any) -> Any:
    """Everybody has completed an hour ago and has a certificate and a mail."""
    chain.complete_all()
    chain.carry()
    chain.grow_old()
    return chain


def test_a_whole_chain_has_no_differences(finished: Any) -> None:
    report = reconcile.read(finished.ask, None)
    assert report.differences == []
    assert report.counts == {"completions": 3, "certificates": 3, "notifications": 3}


def test_what_is_held_and_what_is_issued_without_mail_is_no_difference(chain: Any) -> None:
    limit = {"per_hour": 1, "times_usual": None}
    chain.services["certification"].call(
        "record_policy",
        key="issuance_brake",
        value={"default": limit, "agencies": {}, "usual_days": 28},
        effective_from="2026-01-01",
        source="Sample",
        confidence="policy_default",
        reason="Sample",
    )
    chain.complete_all()
    chain.carry()
    chain.ask("certification", "release_held", {"agency_code": "AG-A", "count": 1, "mail": False})
    chain.services["certification"].service.issue_released()
    chain.carry()
    chain.grow_old()
    report = reconcile.read(chain.ask, None)
    assert report.differences == []
    assert report.counts == {"completions": 3, "certificates": 2, "notifications": 1, "held back": 1}


def test_a_mail_that_is_held_suppressed_or_bounced_is_not_missing(finished: Any) -> None:
    states = {"held": "stale", "suppressed": "unsubscribed", "bounced": None}
    for row, (status, reason) in zip(finished.mails(), states.items(), strict=True):
        with finished.services["notification"].db.transaction() as tx:
            own = notifications.c.notification_id == row.notification_id
            tx.execute(sa.update(notifications).where(own).values(status=status, reason=reason))
    report = reconcile.read(finished.ask, None)
    assert (report.differences, report.notification_states) == ([], {"bounced": 1, "held": 1, "suppressed": 1})


def test_completions_of_this_minute_are_in_flight(chain: Any) -> None:
    chain.complete_all()
    report = reconcile.read(chain.ask, None)
    assert report.differences == []
    assert report.in_flight == {reconcile.NO_CERTIFICATE: 3}


def test_a_lost_certificate_is_issued_again_although_the_inbox_knows_its_event(finished: Any) -> None:
    lost = finished.rows("certification", certificates)[0]
    finished.lose("certification", certificates, id=lost.id)
    report = reconcile.read(finished.ask, None)
    assert reconcile.NO_CERTIFICATE in kinds(report)

    assert reconcile.repair(finished.ask, report) == (1, [])
    finished.carry()

    found = finished.rows("certification", certificates)
    assert len(found) == 3
    assert lost.enrollment_id in {row.enrollment_id for row in found}
    # What was mailed of the lost certificate stays in the ledger, a stray (here of this minute) to be looked at.
    report = reconcile.read(finished.ask, None)
    assert (report.differences, report.in_flight) == ([], {reconcile.UNKNOWN_CERTIFICATE: 1})


def test_a_lost_notification_is_queued_again(finished: Any) -> None:
    lost = finished.mails()[0]
    finished.lose("notification", notifications, notification_id=lost.notification_id)
    report = reconcile.read(finished.ask, None)
    assert kinds(report) == [reconcile.NO_NOTIFICATION]

    assert reconcile.repair(finished.ask, report) == (1, [])
    finished.carry()

    assert lost.subject_id in {row.subject_id for row in finished.mails()}
    assert reconcile.read(finished.ask, None).differences == []


def test_a_lost_type2_certificate_is_issued_again(chain: Any) -> None:
    world = World(chain.services["enrollment"])
    awarded(world, applicant(world))
    chain.carry()
    chain.grow_old()
    assert reconcile.read(chain.ask, None).differences == []
    (lost,) = chain.rows("certification", certificates)
    chain.lose("certification", certificates, id=lost.id)
    report = reconcile.read(chain.ask, None)
    assert {each.subject_id for each in report.differences if each.kind == reconcile.NO_TYPE2} == {
        str(lost.enrollment_id)
    }

    assert reconcile.repair(chain.ask, report) == (1, [])
    chain.carry()

    (again,) = chain.rows("certification", certificates)
    assert (again.kind, again.enrollment_id) == ("type2", lost.enrollment_id)
    assert world.call("list_type2_awards", ("auditor",), "AG-B")["items"] == []
    (seen,) = world.call("list_type2_awards", ("auditor",), "AG-A")["items"]
    assert seen["award_id"] == str(lost.enrollment_id)


def test_repeating_what_had_its_effect_changes_nothing_and_mails_nobody(finished: Any) -> None:
    before, mailed = finished.rows("certification", certificates), finished.mails()
    for kind in (reconcile.NO_CERTIFICATE, reconcile.NO_NOTIFICATION):
        service, event_type = reconcile.REPAIRS[kind]
        subjects = [row.subject for row in outbox_of(finished, service, event_type)]
        reply = finished.ask(service, "repeat_events", {"event_type": event_type, "subjects": subjects})
        assert reply == {"count": 3, "missing": []}
    finished.carry()
    assert finished.rows("certification", certificates) == before
    assert finished.mails() == mailed


def test_a_repeated_event_is_the_same_but_for_its_id(finished: Any) -> None:
    first = outbox_of(finished, "enrollment", COMPLETED)[0]
    finished.ask("enrollment", "repeat_events", {"event_type": COMPLETED, "subjects": [first.subject, first.subject]})
    *_, copy = outbox_of(finished, "enrollment", COMPLETED)
    assert copy.event_id != first.event_id
    assert copy.published_at is None
    for name in ("type", "subject", "body", "correlation_id", "traceparent", "occurred_at"):
        assert getattr(copy, name) == getattr(first, name)


def test_only_the_latest_event_of_a_subject_is_repeated(finished: Any) -> None:
    first = outbox_of(finished, "enrollment", COMPLETED)[0]
    wanted = {"event_type": COMPLETED, "subjects": [first.subject]}
    finished.ask("enrollment", "repeat_events", wanted)
    finished.carry()
    assert finished.ask("enrollment", "repeat_events", wanted)["count"] == 1


def test_an_event_that_is_still_on_its_way_is_not_repeated(chain: Any) -> None:
    chain.complete_all()
    subjects = [row.subject for row in outbox_of(chain, "enrollment", COMPLETED)]
    reply = chain.ask("enrollment", "repeat_events", {"event_type": COMPLETED, "subjects": subjects})
    assert reply == {"count": 0, "missing": []}


def test_subjects_whose_event_is_no_longer_kept_are_named(finished: Any) -> None:
    table = finished.services["enrollment"].service.metadata.tables["outbox"]
    gone, kept, _ = (row.subject for row in outbox_of(finished, "enrollment", COMPLETED))
    with finished.services["enrollment"].db.transaction() as tx:
        tx.execute(sa.delete(table).where(table.c.subject == gone))
    reply = finished.ask("enrollment", "repeat_events", {"event_type": COMPLETED, "subjects": [gone, kept]})
    assert reply == {"count": 1, "missing": [gone]}


def test_repeating_is_for_operators_and_has_a_limit(chain: Any) -> None:
    enrollment = chain.services["enrollment"]
    with pytest.raises(Forbidden):
        enrollment.call("repeat_events", token_roles=("national",), event_type=COMPLETED, subjects=["a"])
    for subjects in ([], ["a"] * 1001, [""]):
        with pytest.raises(Invalid):
            chain.ask("enrollment", "repeat_events", {"event_type": COMPLETED, "subjects": subjects})
