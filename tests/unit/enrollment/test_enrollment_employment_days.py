"""One history of employment from two registrations."""

from datetime import date

import pytest

from services.enrollment.domain.employment import Days, days_left


def day(number: int) -> date:
    return date(2020, 1, number)


@pytest.mark.parametrize(
    ("known", "wanted", "left"),
    [
        ([], (day(1), None), (day(1), None)),
        ([(day(10), None)], (day(1), None), (day(1), day(9))),
        ([(day(10), None)], (day(10), None), None),
        ([(day(10), None)], (day(15), day(20)), None),
        ([(day(1), day(5))], (day(3), day(8)), (day(6), day(8))),
        ([(day(1), day(5)), (day(6), day(7))], (day(2), day(7)), None),
        ([(day(5), day(6)), (day(1), day(2))], (day(1), None), (day(3), day(4))),
        ([(day(5), day(6))], (day(1), day(3)), (day(1), day(3))),
    ],
)
def test_days_that_are_known_already_are_left_out(known: list[Days], wanted: Days, left: Days | None) -> None:
    assert days_left(known, wanted) == left
