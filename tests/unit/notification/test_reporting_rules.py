"""What an agency is shown: shares, percentiles, and answers that name nobody."""

from collections import Counter

import pytest

from services.notification.domain import reporting
from services.notification.domain.reporting import Line


def test_a_line_counts_what_is_being_sent_as_pending_and_knows_its_shares() -> None:
    line = Line()
    for status, seconds, count in (("sent", 3, 3), ("sending", None, 1), ("bounced", None, 4)):
        line.add(status, seconds, count)
    assert line.total == 8
    assert line.counts == {"pending": 1, "sent": 3, "deferred": 0, "bounced": 4, "suppressed": 0, "held": 0}
    assert (line.rates["sent"], line.rates["bounced"], line.rates["held"]) == (0.375, 0.5, 0.0)
    assert set(Line().rates.values()) == {0.0}


@pytest.mark.parametrize(
    ("seconds", "share", "expected"),
    [
        ({}, 0.5, None),
        ({7: 1}, 0.5, 7),
        ({7: 1}, 0.95, 7),
        ({1: 50, 2: 45, 600: 5}, 0.5, 1),
        ({1: 50, 2: 45, 600: 5}, 0.95, 2),
        ({1: 50, 2: 44, 600: 6}, 0.95, 600),
    ],
)
def test_percentiles_are_by_the_nearest_rank(seconds: dict[int, int], share: float, expected: int | None) -> None:
    assert reporting.percentile(Counter(seconds), share) == expected


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("550 5.1.1 <sample1@example.ir>: no such user", "550 5.1.1 <address>: no such user"),
        ("552 sample.one@example.ir is over quota", "552 <address> is over quota"),
        ("451 4.7.1 try later (a1b2c3d4e5-x7)", "451 4.7.1 try later (…)"),
        ("ConnectionRefusedError", "ConnectionRefusedError"),
        ("", ""),
    ],
)
def test_answers_are_shown_without_addresses_and_ids(answer: str, shown: str) -> None:
    assert reporting.masked(answer) == shown


def test_answers_of_one_kind_are_one() -> None:
    answers = [("bounced", f"550 <sample{n}@example.ir>: no such user", 1) for n in range(5)]
    found = reporting.most_frequent([*answers, ("held", None, 2), ("bounced", "552 full", 2)], 2)
    assert found == [("bounced", "550 <address>: no such user", 5), ("bounced", "552 full", 2)]
