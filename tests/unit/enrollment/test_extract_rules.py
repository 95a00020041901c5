"""What an extract says of a person, and of numbers that are no regulation."""

from datetime import date

from services.enrollment.domain import extracts
from shared.persian import format_jalali


def test_facts_are_text_and_what_is_not_known_is_left_out() -> None:
    person = {
        "full_name": "نمونه",
        "birth_date": date(1980, 5, 1),
        "is_veteran": False,
        "is_manager": True,
        "job_class": 12,
        "rank": None,
        "unit": "واحد",
    }
    known = {"birth_date": "1980-05-01", "is_veteran": "false", "is_manager": "true", "job_class": "12", "unit": "واحد"}
    assert extracts.facts(person) == known


def test_a_number_that_is_no_regulation_says_so_and_a_regulation_says_nothing() -> None:
    def source(key: str, basis: str, value: object = 1) -> dict[str, object]:
        return {"key": key, "basis": basis, "source": "Ours", "effective_from": date(2012, 2, 23), "value": value}

    said = extracts.notes(
        [
            source("annual_minimum_hours", "regulation"),
            source("annual_minimum_hours", "default", None),
            source("induction_side", "default", "general"),
            source("new", "provincial_rule"),
        ],
        format_jalali,
    )
    assert said[0] == {
        "fa": "سوی آموزش توجیهی (از ۱۳۹۰/۱۲/۰۴): متن مقررهٔ سراسری برای آن دیده نشده است.",
        "en": "Side of induction (from 2012-02-23): no text of a national regulation was found for it. Ours.",
    }
    assert [note["en"].partition(" ")[0] for note in said] == ["Side", "new"]
