"""Numbers of certificates: gap-free in each agency and Jalali year, whatever else happens."""

from collections.abc import Iterable

from services.certification import models
from services.certification.domain import codes
from shared.database import Transaction
from shared.persian import jalali_year, tehran_date


class Numbers:
    """The counters of some agencies for the Jalali year in Tehran, locked until the transaction ends.

    Whoever numbers anything locks these first, before it looks at certificates: so two that issue and correct wait for
    each other in one order, and the second sees what the first has done.
    """

    def __init__(self, tx: Transaction, agency_codes: Iterable[str]) -> None:
        self._year = jalali_year(tehran_date(tx.now))
        self._last = models.lock_counters(tx, agency_codes, self._year)
        self._taken: set[str] = set()

    def take(self, agency_code: str) -> str:
        """The next serial of an agency."""
        self._last[agency_code] += 1
        self._taken.add(agency_code)
        return codes.serial(agency_code, self._year, self._last[agency_code])

    def write(self, tx: Transaction) -> None:
        """Write the numbers that were taken."""
        if self._taken:
            models.set_counters(tx, {code: self._last[code] for code in self._taken}, self._year)
