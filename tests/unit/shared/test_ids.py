"""Time-ordered identifiers."""

import time
from uuid import RFC_4122

from shared.ids import new_id


def test_an_id_is_a_uuid_of_version_seven() -> None:
    made = new_id()
    assert made.version == 7
    assert made.variant == RFC_4122


def test_an_id_begins_with_the_millisecond_it_was_made_in() -> None:
    before = time.time_ns() // 1_000_000
    milliseconds = new_id().int >> 80
    assert before <= milliseconds <= time.time_ns() // 1_000_000


def test_a_later_id_is_greater() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()
    assert str(first) < str(new_id())


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id() for _ in range(5_000)}) == 5_000
