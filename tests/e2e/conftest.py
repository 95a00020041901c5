"""One platform for the session."""

from collections.abc import Generator, Iterator

import pytest

from tests.e2e.platform import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The four services, running; at the end each must leave in good order when it is told to."""
    made = Platform(tmp_path_factory.mktemp("platform"))
    try:
        made.start()
        yield made
        assert made.stop() == [0, 0, 0, 0]
    finally:
        made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what the services said into the report of a failed test."""
    report = yield
    made = getattr(item, "funcargs", {}).get("platform")
    if report.failed and isinstance(made, Platform):
        for name, service in made.services.items():
            lines = [line for line in service.log_text().splitlines() if '"outcome": "ok"' not in line]
            report.sections.append((f"log of {name}", "\n".join(lines[-15:])))
    return report
