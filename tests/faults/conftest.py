"""Fault tests run on a private broker and a private database server, which they stop, starve and crash."""

import shutil
from collections.abc import Generator, Iterator

import pytest

from tests.faults import course
from tests.support.cluster import Cluster, Servers
from tests.support.postgres import SERVICES, PrivatePostgres
from tests.support.rabbit import PrivateRabbit
from tests.support.tcp_proxy import TcpProxy


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with PrivatePostgres() as postgres, PrivateRabbit() as rabbit:
        servers = Servers(rabbit, postgres)
        yield servers
        shutil.rmtree(servers.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def token(servers: Servers) -> str:
    return servers.token()


@pytest.fixture(scope="session")
def migrated(servers: Servers, token: str) -> Iterator[str]:
    """Prefix of four empty, migrated databases to clone."""
    with Cluster(servers, token) as cluster:
        yield cluster.databases.prefix


@pytest.fixture(scope="session")
def prepared(servers: Servers, token: str, migrated: str) -> Iterator[str]:
    """Prefix of four databases to clone, in which the people of `course` have their seats and wait for results."""
    with Cluster(servers, token, clone_of=migrated) as cluster:
        course.prepare(cluster.start())
        for name in SERVICES:
            cluster.stop(name)
        yield cluster.databases.prefix


@pytest.fixture
def cluster(servers: Servers, token: str, prepared: str) -> Iterator[Cluster]:
    """A cluster of its own with everybody in their seats; the test starts the services."""
    with Cluster(servers, token, clone_of=prepared) as made:
        yield made


@pytest.fixture
def empty_cluster(servers: Servers, token: str, migrated: str) -> Iterator[Cluster]:
    """A cluster whose databases hold nothing."""
    with Cluster(servers, token, clone_of=migrated) as made:
        yield made


@pytest.fixture
def proxy(servers: Servers) -> Iterator[TcpProxy]:
    """A proxy in front of the database server."""
    with TcpProxy(servers.postgres.port) as made:
        yield made


@pytest.fixture
def proxied_cluster(servers: Servers, token: str, prepared: str, proxy: TcpProxy) -> Iterator[Cluster]:
    """Like `cluster`, its services reach the database through `proxy`."""
    with Cluster(servers, token, clone_of=prepared, database_port=proxy.port) as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the services' logs into the report of a failed test."""
    report = yield
    if report.failed:
        clusters = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Cluster)]
        report.sections += [("logs of the services", cluster.logs()) for cluster in clusters]
    return report
