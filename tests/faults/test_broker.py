"""A broker that stops, cuts connections, raises an alarm, or has nobody to give a message to."""

import time
from functools import partial

from tests.faults.course import Completions, record_all, settled, slices, unpublished
from tests.support.cluster import MAIN, PATIENCE_SECONDS, Cluster, Servers
from tests.support.leash import wait_for, wait_until
from tests.support.processes import run_training

ALARM_SECONDS = 20.0


def test_a_broker_that_stops_and_starts_loses_and_doubles_nothing(cluster: Cluster, servers: Servers) -> None:
    cluster.start(*MAIN)
    completions = Completions(cluster).start()
    for end in (servers.rabbit.stop, servers.rabbit.kill):
        time.sleep(0.8)
        end()
        time.sleep(1.0)
        servers.rabbit.start()
    completions.finish()
    settled(cluster)
    assert not cluster.supervisor.restarts


def test_connections_that_are_cut_lose_and_double_nothing(cluster: Cluster, servers: Servers) -> None:
    cluster.start(*MAIN)
    completions = Completions(cluster).start()
    for _ in range(3):
        time.sleep(0.5)
        servers.rabbit.close_all_connections()
    completions.finish()
    settled(cluster)
    assert not cluster.supervisor.restarts


def test_during_a_memory_alarm_calls_are_served_and_events_wait(cluster: Cluster, servers: Servers) -> None:
    cluster.start(*MAIN)
    enrollment = cluster.service("enrollment")
    parts = slices(cluster, 5)
    servers.rabbit.memory_alarm(True)
    try:
        ends = time.monotonic() + ALARM_SECONDS
        for arguments in parts:
            assert enrollment.post("record_results", arguments, cluster.token)["completed"] == len(arguments["results"])
        while time.monotonic() < ends:
            for name in MAIN:
                assert cluster.service(name).get("/healthz", timeout=2.0)[0] == 200
            time.sleep(0.5)
        assert enrollment.metric("training_outbox_pending") > 0
        assert enrollment.metric("training_outbox_oldest_seconds") > 5
    finally:
        servers.rabbit.memory_alarm(False)
    settled(cluster)
    assert not cluster.supervisor.restarts


def test_an_event_that_no_queue_takes_stays_in_the_outbox_and_is_counted(empty_cluster: Cluster) -> None:
    empty_cluster.start("enrollment")
    empty_cluster.call("enrollment.register_agency", code="TEST-A", name={"fa": "سازمان آزمایشی"})
    counted = wait_until(
        lambda: empty_cluster.metric("enrollment", "training_outbox_unroutable_total"),
        PATIENCE_SECONDS,
        "the metric to count it",
    )
    assert counted >= 1
    assert unpublished(empty_cluster) == 1
    run_training("topology", env=empty_cluster.env)
    wait_for(lambda: unpublished(empty_cluster), 0, PATIENCE_SECONDS)
    empty_cluster.start("catalog", "certification")
    for service in ("catalog", "certification"):
        wait_for(partial(empty_cluster.one, service, "SELECT count(*) FROM agencies"), 1, PATIENCE_SECONDS)


def test_two_replicas_of_every_service_share_the_work(cluster: Cluster) -> None:
    cluster.start(replicas=2)
    record_all(cluster, 10)
    settled(cluster)
    assert not cluster.supervisor.restarts
