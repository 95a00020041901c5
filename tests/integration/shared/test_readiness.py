"""When a service is ready: not before every event that it hears would reach it."""

from types import SimpleNamespace

from shared.service import ListeningProvider


def test_a_service_listens_when_each_of_its_queues_is_consumed() -> None:
    first, second = SimpleNamespace(consuming=True), SimpleNamespace(consuming=False)
    provider = ListeningProvider()
    provider.container = SimpleNamespace(subscribers={"first": first, "second": second})
    listening = provider.get_dependency(None)
    assert not listening()
    second.consuming = True
    assert listening()


def test_one_that_hears_nothing_is_never_waited_for() -> None:
    provider = ListeningProvider()
    provider.container = SimpleNamespace()
    assert provider.get_dependency(None)()
