"""The ready-made curriculum against the text that the system was founded on."""

import re
from pathlib import Path
from typing import Any

import pytest

from services.catalog import curriculum
from shared.errors import Conflict
from shared.persian import normalise

# Word for word, slips of the pen included: each area's heading, then its topics.
FOUNDING_TEXT = {
    "1.آشنایی با حقوق و تکالیف کارکنان و مقررات انضباطی ( فصول دوازده و پانزده قانون مدیریت خدمات کشوری )": [
        "تکالیف و مسئولیت های اداری کارکنان",
        "آشنایی با انواع مرخصی ها و شرایط استفاده از آنها",
        "راههای پیگیری از فساد اداری",
        "قانون رسیدگی به تخلفات اداری",
        "دیگر قوانین مرتبط",
    ],
    "2.آشنایی با نظام تامین اجتماعی و بازنشستگی کارکنان ( فصل سیزدهم قانون مدیریت خدمات کشوری )": [
        "نظام تامین اجتماعی کارمندان دولت",
        "نظام بازنشستگی و از کار افتادگی",
        "حقوق و مزایای بازنشستگان قبل و بعد از اجرای قانون",
        "نحوه به کار گیری بازنشستگان و باز خریدان",
    ],
    "3.آشنایی با نظام آموزش کارکنان": [
        "اهداف ، اصول و ویزگی های نظام آموزش کارکنان دولت",
        "ساختار نظام آموزش",
        "دوره های آموزش پیش بینی شده در نظام آموزش",
        "گواهی نامه های آموزشی و ساز وکار صدور آنها",
        "شناسنامه آموزشی کارکنان و دستورالعمل آن",
        "بخشنامه های و مصوبات جاری مرتبط با نظام آموزش کارکنان دولت",
    ],
    "4.قوانین و مقررات تشکیلات و روشها :": ["آشنایی با فصل چهارم قانون مدیریت خدمات کشوری"],
    "5.ارتباطات سازمانی :": [
        "تعریف ارتباطات ، فرآیند ارتباطات",
        "نظریه های ارتباطات ، انواع ارتباطات",
        "روشها ، الگوها و تجهیزات تسهیل کننده در فرآیند ارتباطات",
        "راهکارهای برقراری ارتباط با مردم",
        "عوامل موثر در برقراری ارتباط",
        "مهارت های برقراری ارتباط موثر در سازمان",
        "نقش کارکنان دولت در برقراری ارتباط با ارباب رجوع",
    ],
}
SLIPS = {"ویزگیها": "ویژگیها", "بخشنامههایو": "بخشنامههاو"}
FOLDED_HAMZA = str.maketrans("أؤ", "او")


def folded(text: str) -> str:
    """The letters alone: spacing, half-spaces, hamza seats and known slips aside."""
    letters = re.sub(r"[^\w]|_", "", normalise(text)).translate(FOLDED_HAMZA)
    for slip, meant in SLIPS.items():
        letters = letters.replace(slip.translate(FOLDED_HAMZA), meant)
    return letters


def required_areas() -> list[curriculum.Area]:
    return [area for area in curriculum.areas() if area.required]


def test_the_five_areas_are_there_in_their_order() -> None:
    titles = [folded(area.title["fa"]) for area in required_areas()]
    headings = [folded(heading) for heading in FOUNDING_TEXT]
    assert len(titles) == len(headings) == 5
    assert all(title in heading for title, heading in zip(titles, headings, strict=True))


@pytest.mark.parametrize("place", range(5))
def test_every_topic_of_an_area_is_a_course_in_the_same_order(place: int) -> None:
    titles = [folded(definition["title"]["fa"]) for definition in required_areas()[place].definitions]
    assert titles == [folded(topic) for topic in list(FOUNDING_TEXT.values())[place]]


def test_every_course_speaks_both_languages_and_is_written_in_one_form() -> None:
    for definition in curriculum.definitions():
        for text in (definition["title"], *definition["topics"]):
            assert set(text) == {"fa", "en"}
            assert all(normalise(part) == part for part in text.values())


def test_codes_follow_their_area_and_count_up() -> None:
    for area in curriculum.areas():
        codes = [definition["code"] for definition in area.definitions]
        assert codes == [f"{area.code}-{place:02d}" for place in range(1, len(codes) + 1)]


def test_suggested_hours_are_never_passed_off_as_the_regulation() -> None:
    suggested = [course for area in required_areas() for course in area.definitions]
    assert {course["hours_source"] for course in suggested} == {"suggestion"}
    assert sum(course["hours"] for course in suggested) == 66
    citizen_rights = [course for area in curriculum.areas() if not area.required for course in area.definitions]
    assert [course["hours"] for course in citizen_rights] == [10, 8]
    assert all("circular" in course["hours_source"] for course in citizen_rights)


def articles(code: str, law: str = "قانون مدیریت خدمات کشوری") -> list[str]:
    (course,) = [course for course in curriculum.definitions() if course["code"] == code]
    return [reference["article"] for reference in course["legal_references"] if reference["law"] == law]


def test_courses_cite_the_articles_they_teach() -> None:
    assert articles("RD-01") == ["87", "90", "93", "94", "96", "99"]
    assert articles("RD-05") == ["85", "86", "88", "89", "95", "98"]
    assert articles("SS-03") == ["104", "106", "107", "109", "110", "111", "112"]
    assert articles("OM-01") == ["6", "28", "29", "30", "31", "32", "33", "34", "35"]
    assert articles("RD-04", "قانون رسیدگی به تخلفات اداری") == ["8", "9"]


def test_a_repealed_article_says_so() -> None:
    (course,) = [course for course in curriculum.definitions() if course["code"] == "SS-04"]
    (reference,) = [one for one in course["legal_references"] if one.get("article") == "95"]
    assert "نسخ" in reference["note"]
    assert reference["as_of"] == "2016-05-09"


def test_only_what_was_never_published_is_missing() -> None:
    everything = curriculum.definitions()
    assert curriculum.missing({}) == everything
    first, second, *rest = [definition["code"] for definition in everything]
    existing: dict[str, Any] = {code: {"published_version": 1} for code in rest}
    existing[second] = {"published_version": None}
    assert [definition["code"] for definition in curriculum.missing(existing)] == [first, second]


class FakeCatalog:
    """A catalog of dictionaries, one course a page, reached the way a real one is."""

    def __init__(self) -> None:
        self.courses: dict[str, int | None] = {}

    def __call__(self, method: str, **arguments: Any) -> dict[str, Any]:
        return getattr(self, method.removeprefix("catalog."))(**arguments)

    def list_courses(self, limit: int, cursor: str | None) -> dict[str, Any]:
        codes = sorted(code for code in self.courses if code > (cursor or ""))
        items = [{"course_code": code, "published_version": self.courses[code]} for code in codes[:1]]
        return {"items": items, "next": codes[0] if len(codes) > 1 else None}

    def define_course(self, code: str, **_: Any) -> dict[str, Any]:
        if code in self.courses:
            raise Conflict("draft_exists", "", {"version": 1})
        self.courses[code] = None
        return {"course_code": code, "version": 1}

    def publish_course(self, course_code: str, version: int) -> dict[str, Any]:
        self.courses[course_code] = version
        return {}


def test_seeding_twice_publishes_once() -> None:
    catalog = FakeCatalog()
    assert curriculum.seed(catalog) == [definition["code"] for definition in curriculum.definitions()]
    assert curriculum.seed(catalog) == []
    assert set(catalog.courses.values()) == {1}


def test_a_seeding_that_was_interrupted_is_finished_by_the_next() -> None:
    catalog = FakeCatalog()
    catalog.courses["RD-01"] = None
    curriculum.seed(catalog)
    assert catalog.courses["RD-01"] == 1


GOOD = """
hours_source: suggestion
laws: {{csml: {{name: "قانون"}}}}
areas:
  - code: RD
    title: {{fa: "الف"}}
    course_type: job
    courses:
      - {{code: {code}, title: {{fa: "ب"}}, hours: {hours}, cites: [{{law: {law}, articles: [1, 2]}}]}}
      - {{code: RD-02, title: {{fa: "پ"}}, hours: 2}}
"""


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "curriculum.yaml"
    path.write_text(GOOD.format(**({"code": "RD-01", "hours": 2, "law": "csml"} | changes)), encoding="utf-8")
    return path


def test_a_citation_of_several_articles_becomes_a_reference_for_each(tmp_path: Path) -> None:
    first, second = curriculum.definitions(written(tmp_path))
    assert first["legal_references"] == [{"law": "قانون", "article": "1"}, {"law": "قانون", "article": "2"}]
    assert second["legal_references"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": "SS-01"}, "SS-01 does not belong to area RD"),
        ({"code": "RD-02"}, "RD-02 is there twice"),
        ({"hours": 0}, "RD-01.*hours"),
        ({"hours": "many"}, "RD-01.*must be a number"),
        ({"law": "unknown"}, "RD-01.*unknown"),
        ({"law": "{"}, "curriculum.yaml"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(curriculum.CurriculumError, match=said):
        curriculum.areas(written(tmp_path, **changes))
