"""The laws, circulars and articles that ship with the curriculum."""

import re
from datetime import date
from typing import Any

from services.catalog import curriculum
from shared.persian import format_jalali

# The days as the documents print them.
JALALI = {
    "R-1380": "1380/12/28",
    "CSML": "1386/07/08",
    "R-1389": "1389/10/09",
    "R-1386": "1386/02/01",
    "R-1390A": "1390/01/30",
    "R-1390B": "1390/10/20",
    "R-1390C": "1390/12/04",
    "R-1390D": "1390/12/15",
    "R-1392": "1392/11/14",
    "R-1395A": "1395/12/22",
    "R-1395B": "1395/12/28",
    "R-1402": "1402/09/08",
    "CHARTER-1395": "1395/09/29",
    "VIOLATIONS-1372": "1372/09/07",
    "VIOLATIONS-BYLAW-1373": "1373/07/27",
}
NUMBERS = {
    "R-1380": "105/22554",
    "R-1386": "10158/1803",
    "R-1389": "51875/200",
    "R-1390A": "1834/200",
    "R-1390B": "26680/200",
    "R-1390C": "31146/90/200",
    "R-1390D": "200/90/32664",
    "R-1392": "18819/92/200",
    "R-1395A": "1091808",
    "R-1395B": "1127128",
    "R-1402": "98565",
}
CHANGED = {
    ("R-1380", None): ("repealed", "1390/01/30", "R-1390A"),
    ("R-1386", None): ("repealed", "1389/10/09", "R-1389"),
    ("R-1390B", None): ("repealed", "1403/01/01", "R-1402"),
    ("CSML", "95"): ("repealed", "1395/02/20", "RETIREES-1395"),
    ("CSML", "113"): ("amended", "1388/12/05", None),
}


def laws() -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(each["law"], each.get("article")): each for each in curriculum.read().laws}


def jalali(day: str) -> str:
    return format_jalali(date.fromisoformat(day), digits="en")


def segments(number: str) -> list[str]:
    """A number whichever way round it is printed."""
    return sorted(re.split(r"\D+", number))


def test_the_day_of_every_document_is_the_one_that_it_prints() -> None:
    issued = {code: each["issued_on"] for (code, article), each in laws().items() if "issued_on" in each}
    assert {code: jalali(day) for code, day in issued.items()} == JALALI


def test_a_number_finds_the_same_document_in_both_orders() -> None:
    shipped = {code: each["number"] for (code, _), each in laws().items() if "number" in each}
    assert {code: segments(number) for code, number in shipped.items()} == {
        code: segments(number) for code, number in NUMBERS.items()
    }
    assert len({tuple(segments(number)) for number in shipped.values()}) == len(shipped)


def test_what_is_no_longer_as_it_was_says_since_when_and_what_came_after() -> None:
    found = {
        place: (each["status"], jalali(each["changed_on"]), each.get("successor"))
        for place, each in laws().items()
        if each.get("status", "in_force") != "in_force"
    }
    assert found == CHANGED


def test_a_successor_is_recorded_before_what_it_replaced() -> None:
    codes = [law["law"] for law in curriculum.read().laws]
    for place, law in enumerate(curriculum.read().laws):
        assert law.get("successor", law["law"]) in codes[: place + 1]


def test_the_civil_service_law_has_its_articles() -> None:
    assert laws()["CSML", None]["article_count"] == 128
    found = {int(article) for law, article in laws() if law == "CSML" and article}
    assert found >= {6, *range(28, 41), 56, *range(58, 64), 65, *range(84, 114), 116, 117, 120, 124, 127, 128}
    assert max(found) <= 128


def test_every_entry_says_where_it_is_from_and_how_sure_it_is() -> None:
    for law in laws().values():
        assert law["source"]
        assert law["confidence"] in ("F", "I", "G")
    unsure = {law for (law, article), each in laws().items() if each["confidence"] == "G" and article is None}
    assert unsure == {"RETIREES-1395", "PLAN-7", "ANTI-CORRUPTION", "CLIENTS-1381", "CSML-BYLAW-1389"}


def test_nothing_is_both_found_and_from_general_knowledge() -> None:
    unread = [each for each in laws().values() if "شناخت عمومی" in each["source"]]
    assert unread
    assert {each["confidence"] for each in unread} == {"G"}


def cited() -> list[tuple[str, dict[str, str]]]:
    return [(each["code"], one) for each in curriculum.definitions() for one in each["legal_references"]]


def test_every_citation_is_recorded_and_follows_its_last_change() -> None:
    assert len(cited()) > 60
    for code, reference in cited():
        law = laws()[reference["law"], None]
        article = reference.get("article")
        assert article is None or int(article) <= law.get("article_count", 1000), code
        assert reference.get("as_of", "") >= laws()[reference["law"], article].get("changed_on", ""), code


def articles(code: str, law: str = "CSML") -> list[str]:
    return [each["article"] for course, each in cited() if course == code and each["law"] == law]


def test_courses_cite_the_articles_they_teach() -> None:
    assert articles("RD-01") == ["87", "90", "93", "94", "96", "99"]
    assert articles("RD-05") == ["85", "86", "88", "89", "95", "98"]
    assert articles("SS-03") == ["104", "106", "107", "109", "110", "111", "112"]
    assert articles("OM-01") == ["6", "28", "29", "30", "31", "32", "33", "34", "35"]
    assert articles("RD-04", "VIOLATIONS-1372") == ["8", "9"]


def test_a_repealed_article_says_so_where_it_is_taught() -> None:
    (reference,) = [one for code, one in cited() if code == "SS-04" and one.get("article") == "95"]
    assert "نسخ" in reference["note"]
    assert jalali(reference["as_of"]) == "1395/02/20"


def test_a_circular_is_cited_in_the_text_of_its_day_and_no_day_is_claimed_for_the_civil_service_law() -> None:
    assert {one.get("as_of") for _, one in cited() if one["law"] == "R-1390A"} == {"2011-04-19"}
    assert {one.get("as_of") for _, one in cited() if one.get("article") == "84"} == {None}
