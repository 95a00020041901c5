"""Messages that come twice, backwards, or before what they are about."""

from tests.faults.course import (
    PEOPLE,
    Completions,
    certificates,
    open_offering,
    person,
    record_all,
    register,
    register_agencies,
    sent,
    settled,
)
from tests.support.cluster import MAIN, PATIENCE_SECONDS, Cluster, put_back, take_all
from tests.support.leash import wait_for, wait_until
from tests.support.postgres import SERVICES

COMPLETED = "training.certification.on_enrollment_completed"
ISSUED = "training.notification.on_certificate_issued"


def twice_and_backwards(cluster: Cluster, queue: str) -> None:
    """Replace what a queue holds by two copies of each message, the last one first."""
    with cluster.client() as client:
        for message in reversed(take_all(client, queue, PEOPLE)):
            put_back(client, queue, message)
            put_back(client, queue, message)


def test_messages_delivered_twice_and_backwards_have_one_effect(cluster: Cluster) -> None:
    cluster.start(*MAIN)
    for name in ("certification", "notification"):
        cluster.stop(name)
    record_all(cluster, 5)
    twice_and_backwards(cluster, COMPLETED)
    cluster.resume("certification")
    wait_for(lambda: certificates(cluster), PEOPLE, PATIENCE_SECONDS)
    twice_and_backwards(cluster, ISSUED)
    cluster.resume("notification")
    settled(cluster)
    assert cluster.metric("certification", "training_inbox_duplicates_total") == PEOPLE


def test_a_mail_waits_for_the_person_it_is_for(empty_cluster: Cluster) -> None:
    cluster = empty_cluster.start()
    register_agencies(cluster)
    offering_id = open_offering(cluster)
    cluster.stop("notification")
    (employee_id,) = register(cluster, [person(1, "TEST-A")])
    enrollment_id = cluster.call("enrollment.enroll", employee_id=employee_id, offering_id=offering_id)["enrollment_id"]
    result = {"enrollment_id": enrollment_id, "attended_hours": 8, "score": 90}
    cluster.call("enrollment.record_results", offering_id=offering_id, results=[result])
    with cluster.client() as client:
        (registered,) = take_all(client, "training.notification.on_employee_registered", 1)
        cluster.resume("notification")
        delayed = {"type": "training.certification.issued.v1", "outcome": "delayed"}
        wait_until(
            lambda: cluster.metric("notification", "training_events_handled_total", **delayed),
            PATIENCE_SECONDS,
            "a delay",
        )
        assert sent(cluster) == 0
        put_back(client, "training.notification.on_employee_registered", registered)
    settled(cluster, people=1)


def test_a_cancellation_waits_for_the_offering_it_is_about(empty_cluster: Cluster) -> None:
    cluster = empty_cluster.start("catalog", "enrollment")
    register_agencies(cluster)
    cluster.stop("enrollment")
    offering_id = open_offering(cluster)
    cluster.call("catalog.cancel_offering", offering_id=offering_id, reason="نبود استاد")
    with cluster.client() as client:
        (opened,) = take_all(client, "training.enrollment.on_offering_opened", 1)
        cluster.resume("enrollment")
        delayed = {"type": "training.catalog.offering_cancelled.v1", "outcome": "delayed"}
        wait_until(
            lambda: cluster.metric("enrollment", "training_events_handled_total", **delayed),
            PATIENCE_SECONDS,
            "a delay",
        )
        put_back(client, "training.enrollment.on_offering_opened", opened)
    status = "SELECT status FROM offerings WHERE id = %s"
    wait_for(lambda: cluster.one("enrollment", status, offering_id), "cancelled", PATIENCE_SECONDS)


def test_a_rolling_restart_under_load_runs_no_handler_twice(cluster: Cluster) -> None:
    cluster.start()
    cluster.answer_seconds = 50.0  # a call waits in its queue while its service starts; only a lost one is repeated
    completions = Completions(cluster, slices=50, pause=0.1).start()
    duplicates = 0.0
    for name in SERVICES:
        duplicates += cluster.metric(name, "training_inbox_duplicates_total")
        cluster.stop(name)
        cluster.resume(name)
    completions.finish()
    settled(cluster)
    duplicates += sum(cluster.metric(name, "training_inbox_duplicates_total") for name in SERVICES)
    assert duplicates == 0  # a message acknowledged too late would have come again to the next life
    assert cluster.repeated_calls == []
