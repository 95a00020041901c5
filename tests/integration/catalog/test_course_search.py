"""Search: both languages, any spelling, filters, and pages that stay in place."""

from typing import Any

import pytest

from shared.errors import Invalid

ADMIN = ("catalog_admin",)


@pytest.fixture
def library(catalog: Any) -> Any:
    """Four published courses, a draft and a retired one."""
    catalog.call("define_competence", roles=ADMIN, code="CITING", title={"fa": "استناد"}, levels=[{"fa": "پایه"}])
    catalog.publish_new(
        "TS-04",
        title={"fa": "گواهی‌نامه‌های آموزشی و سازوکار صدور آن‌ها", "en": "Training certificates and their issue"},
        gains=["growth"],
        hours=2,
        course_type="induction",
    )
    catalog.publish_new(
        "RD-02",
        title={"fa": "آشنایی با انواع مرخصی‌ها", "en": "Kinds of leave"},
        topics=[{"fa": "گواهینامهٔ پزشک برای مرخصی استعلاجی", "en": "The doctor's certificate"}],
        gains=["morale", "growth"],
        hours=4,
    )
    catalog.publish_new(
        "OC-06",
        title={"fa": "مهارت‌های ارتباط مؤثر", "en": "Effective communication"},
        objectives=[{"fa": "کيفيت گفت‌وگو", "en": "Quality of talk"}],
        competences=[{"code": "CITING", "level": 1}],
        delivery_mode="lms",
        languages=["fa", "en"],
        course_type="general_ability",
        hours=6,
    )
    catalog.publish_new("SS-04", title={"fa": "ماده ۹۵ و بازنشستگان", "en": "Article 95"}, hours=8)
    catalog.define("ZZ-01", title={"fa": "پیش‌نویس گواهینامه"})
    catalog.publish_new("OC-09", title={"fa": "گواهینامهٔ قدیمی"})
    catalog.call("retire_course", roles=ADMIN, course_code="OC-09", reason="نمونه")
    return catalog


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("گواهینامه", ["TS-04", "RD-02"]),
        ("گواهي نامه", ["TS-04", "RD-02"]),
        ("گواهی‌نامه", ["TS-04", "RD-02"]),
        ("صدور گواهینامه", ["TS-04"]),
        ("CERTIFICATE", ["TS-04", "RD-02"]),
        ("کیفیت گفتگو", []),
        ("كيفيت گفت و گو", ["OC-06"]),
        ("موثر", ["OC-06"]),
        ("ماده 95", ["SS-04"]),
        ("rd02", ["RD-02"]),
        ("RD-۰۲", ["RD-02"]),
        ("هیچ‌کدام", []),
    ],
)
def test_words_are_found_however_they_are_written_and_titles_come_first(
    library: Any, query: str, codes: list[str]
) -> None:
    assert library.found(query=query) == codes


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"course_type": "induction"}, ["TS-04"]),
        ({"group": "general_side"}, ["OC-06", "TS-04"]),
        ({"delivery_mode": "lms"}, ["OC-06"]),
        ({"language": "en"}, ["OC-06"]),
        ({"gain": "growth"}, ["RD-02", "TS-04"]),
        ({"gain": "growth", "query": "مرخصی"}, ["RD-02"]),
        ({"competence": "citing"}, ["OC-06"]),
        ({"area": "SS"}, ["SS-04"]),
        ({"min_hours": 4, "max_hours": 6}, ["OC-06", "RD-02"]),
        ({"status": "retired"}, ["OC-09"]),
        ({"status": "draft"}, []),
        ({}, ["OC-06", "RD-02", "SS-04", "TS-04"]),
    ],
)
def test_filters_narrow_the_list(library: Any, asked: dict[str, Any], codes: list[str]) -> None:
    assert library.found(**asked) == codes


def test_administrators_find_drafts_and_what_is_retired_too(library: Any) -> None:
    assert library.found(roles=ADMIN, query="گواهینامه") == ["OC-09", "TS-04", "ZZ-01", "RD-02"]
    assert library.found(roles=ADMIN, status="draft") == ["ZZ-01"]


def test_a_new_version_is_found_by_its_new_words_and_not_by_the_old(library: Any) -> None:
    library.publish_new("SS-04", title={"fa": "به‌کارگیری بازنشستگان"}, hours=2)
    assert library.found(query="95") == []
    assert library.found(query="بکارگیری") == []
    assert library.found(query="به کارگیری") == ["SS-04"]
    assert library.found(max_hours=2) == ["SS-04", "TS-04"]


def test_a_course_that_is_added_meanwhile_moves_no_page(library: Any) -> None:
    first = library.call("list_courses", roles=("auditor",), limit=2)
    library.publish_new("AA-01")
    second = library.call("list_courses", roles=("auditor",), limit=2, cursor=first["next"])
    assert [item["course_code"] for item in second["items"]] == ["SS-04", "TS-04"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"query": "؟!"}, "query"), ({"min_hours": 3, "max_hours": 2}, "max_hours"), ({"gain": "money"}, "gain")],
)
def test_a_question_that_means_nothing_is_refused(library: Any, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        library.found(**asked)
    assert list(refused.value.details["fields"]) == [field]
