"""What an extract of a training record says of the person, and which of its numbers are no regulation."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

# Facts of the form (شناسنامهٔ آموزشی) beside those that have a field of their own.
FACTS = (
    "birth_date",
    "gender",
    "is_veteran",
    "hired_on",
    "left_on",
    "unit",
    "employment",
    "job_title",
    "job_family",
    "job_class",
    "rank",
    "is_manager",
    "education",
    "education_field",
    "education_status",
)
# What is said beside a number, by its key; a key that is not here is named by itself.
TITLES = {
    "annual_minimum_hours": ("سرانهٔ سالانهٔ آموزش", "Yearly minimum of hours"),
    "contract_minimum_hours": ("سرانهٔ سالانهٔ کارکنان قراردادی", "Yearly minimum of contract staff"),
    "minimum_binds": ("شمول سرانه بر فرد یا دستگاه", "Whom the minimum binds"),
    "part_year_rule": ("سهم سال ناتمام در سرانه", "Share of a part of a year"),
    "minimum_change_rule": ("سهم سال در تغییر سرانه", "Share of a year in which the minimum changes"),
    "pay_points_per_hour": ("امتیاز هر ساعت در حق شاغل", "Points for pay of an hour"),
    "pay_hours_per_year": ("سقف سالانهٔ ساعت در حق شاغل", "Most hours of a year for pay"),
    "pay_hours_in_career": ("سقف ساعت در حق شاغل در همهٔ خدمت", "Most hours of a career for pay"),
    "induction_side": ("سوی آموزش توجیهی", "Side of induction"),
    "repeat_counts": ("احتساب دورهٔ تکراری", "Whether a repeated course counts"),
}
BASES = {
    "provincial_rule": ("ضابطهٔ یک استان است، نه مقررهٔ سراسری", "a rule of one province, no national regulation"),
    "default": ("متن مقررهٔ سراسری برای آن دیده نشده است", "no text of a national regulation was found for it"),
}


def facts(person: Mapping[str, Any]) -> dict[str, str]:
    """What is known of a person, as text by name: days as ISO, yes and no as `true` and `false`."""
    return {name: _text(person[name]) for name in FACTS if person.get(name) is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def notes(sources: Iterable[Mapping[str, Any]], jalali: Callable[[date], str]) -> list[dict[str, str]]:
    """A note in both languages for each number that the record rests on and that is no national regulation, with the
    day from which it holds, and its source in English. Where there was no number there is nothing to note."""
    found = []
    for source in sources:
        if source["basis"] in BASES and source["value"] is not None:
            fa, en = TITLES.get(source["key"], (source["key"], source["key"]))
            why_fa, why_en = BASES[source["basis"]]
            day = source["effective_from"]
            found.append(
                {
                    "fa": f"{fa} (از {jalali(day)}): {why_fa}.",
                    "en": f"{en} (from {day.isoformat()}): {why_en}. {source['source']}.",
                }
            )
    return found
