"""The unit tests take seconds: a quarter of Hypothesis's usual examples, new ones in every run, and little garbage
collection, which would go through all modules and collected tests again and again (a quarter of the processor time)."""

import gc

from hypothesis import settings

settings.register_profile("unit", max_examples=25)
settings.load_profile("unit")

gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end."""
    gc.freeze()
