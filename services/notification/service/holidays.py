"""Official holidays: those of every Jalali year are a policy, those of the lunar year are announced."""

from datetime import date, timedelta
from typing import Any

from services.notification import models
from services.notification.policies import value_on
from services.notification.schemas import holidays as schemas
from services.notification.service import scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Invalid, NotFound
from shared.persian import jalali, jalali_year, jalali_year_bounds

KEEPERS = ("national", "operator")


class HolidayCalls:
    """Mixed into the service."""

    @command(schemas.SetHolidays, reply=schemas.Holidays, roles=KEEPERS)
    def set_holidays(self, tx: Transaction, caller: Caller, days: list[dict[str, Any]]) -> dict[str, Any]:
        """Record announced free days; one that is known gets the new title. Answers with the free days of the Jalali
        years they lie in. A digest that was to come on such a day comes on the next working day."""
        known = [each["day"] for each in days]
        twice = sorted({day.isoformat() for day in known if known.count(day) > 1})
        if twice:
            raise Invalid.field("days", f"has {', '.join(twice)} more than once")
        recorded = {"recorded_at": tx.now, "recorded_by": caller.system}
        models.set_holidays(tx, [{**each, **recorded} for each in days])
        years = sorted({jalali_year(day) for day in known})
        return {"items": [item for year in years for item in _holidays(tx, year)]}

    @command(schemas.RemoveHoliday, reply=schemas.Holidays, roles=KEEPERS)
    def remove_holiday(self, tx: Transaction, caller: Caller, day: date) -> dict[str, Any]:
        """Take back an announced free day, as when the moon was seen a day later. Answers with the free days of its
        Jalali year. NotFound `holiday_not_found`, also for one of every year, which is a policy (`fixed_holidays`)."""
        if not models.remove_holiday(tx, day):
            raise NotFound("holiday_not_found", "No such day was announced.")
        return {"items": _holidays(tx, jalali_year(day))}

    @query(schemas.ListHolidays, reply=schemas.Holidays, roles=scope.READERS)
    def list_holidays(self, tx: Transaction, caller: Caller, jalali_year: int) -> dict[str, Any]:
        """The official free days of a Jalali year: those of every year and those that were announced."""
        return {"items": _holidays(tx, jalali_year)}


def _holidays(tx: Transaction, year: int) -> list[dict[str, Any]]:
    first, last = jalali_year_bounds(year)
    announced = [{**row._mapping, "kind": "announced"} for row in models.holidays_between(tx, first, last)]
    titles = {each["day"]: each["title"] for each in value_on(tx, "fixed_holidays", last)}
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    fixed = [
        {"day": day, "title": titles[name], "kind": "fixed", "recorded_at": None, "recorded_by": None}
        for day, name in ((day, f"{jalali(day)[1]:02d}-{jalali(day)[2]:02d}") for day in days)
        if name in titles
    ]
    return sorted([*fixed, *announced], key=lambda each: each["day"])
