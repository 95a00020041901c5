"""Which days are worked on: the weekend, the holidays of every Jalali year, and those that were announced for one.

Days are Tehran's.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = 7
LONGEST_REST = 60  # free days in a row; a calendar that has more is wrong, and must not stop a digest for ever


@dataclass(frozen=True)
class Calendar:
    """The free days of a reader.

    `weekend` has days of the week, 0 for Monday; `fixed` days of the Jalali year such as "01-13"; `announced` days.
    `jalali` gives year, month and day of a date in the Jalali calendar.
    """

    weekend: Collection[int]
    fixed: Collection[str]
    announced: Collection[date]
    jalali: Callable[[date], tuple[int, int, int]]

    def is_free(self, day: date) -> bool:
        if day.weekday() in self.weekend or day in self.announced:
            return True
        _, month, day_of_month = self.jalali(day)
        return f"{month:02d}-{day_of_month:02d}" in self.fixed

    def working_day_from(self, day: date) -> date:
        """The day itself if it is worked on, else the first one after it that is."""
        return self._first(day, 1)

    def working_day_until(self, day: date) -> date:
        """The day itself if it is worked on, else the last one before it that is."""
        return self._first(day, -1)

    def _first(self, day: date, step: int) -> date:
        days = (day + timedelta(days=step * ahead) for ahead in range(LONGEST_REST))
        return next((each for each in days if not self.is_free(each)), day)
