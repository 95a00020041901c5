"""A database that restarts as after a crash, and one that takes connections and never answers."""

import time

from tests.faults.course import Completions, settled
from tests.support.cluster import MAIN, Cluster, Servers
from tests.support.tcp_proxy import TcpProxy

SILENT_SECONDS = 8.0


def test_a_database_that_crashes_loses_and_doubles_nothing(cluster: Cluster, servers: Servers) -> None:
    cluster.start(*MAIN)
    completions = Completions(cluster).start()
    for _ in range(3):
        time.sleep(0.8)
        servers.postgres.restart("immediate")
    completions.finish()
    settled(cluster)
    assert not cluster.supervisor.restarts


def test_a_database_that_never_answers_stops_no_process(proxied_cluster: Cluster, proxy: TcpProxy) -> None:
    cluster = proxied_cluster.start(*MAIN)
    completions = Completions(cluster).start()
    time.sleep(0.8)
    proxy.pause()
    ends = time.monotonic() + SILENT_SECONDS
    while time.monotonic() < ends:
        for name in MAIN:
            assert cluster.service(name).get("/healthz", timeout=2.0)[0] == 200
        time.sleep(0.2)
    assert cluster.service("certification").get("/readyz", timeout=1.0)[0] != 200
    proxy.cut()
    proxy.forward()
    completions.finish()
    settled(cluster)
    assert not cluster.supervisor.restarts
