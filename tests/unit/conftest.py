"""The unit tests take seconds: half of Hypothesis's usual examples, new ones in every run."""

from hypothesis import settings

settings.register_profile("unit", max_examples=50)
settings.load_profile("unit")
