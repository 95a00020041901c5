"""How the files of a curriculum are read, and that every mistake in them is named with its place."""

from pathlib import Path

import pytest

from services.catalog import curriculum
from tests.support.curriculum import write_curriculum


def test_a_citation_of_several_articles_becomes_a_reference_for_each(tmp_path: Path) -> None:
    first, second = curriculum.read(write_curriculum(tmp_path)).definitions
    assert first["legal_references"] == [
        {"law": "ACT", "article": "1", "note": "یادداشت", "as_of": "1990-01-01"},
        {"law": "ACT", "article": "2", "note": "یادداشت", "as_of": "1990-01-01"},
        {"law": "NEW"},
    ]
    assert second["legal_references"] == []


def test_a_law_is_recorded_before_its_articles(tmp_path: Path) -> None:
    laws = curriculum.read(write_curriculum(tmp_path)).laws
    assert [(law["law"], law.get("article")) for law in laws] == [
        ("NEW", None),
        ("OLD", None),
        ("ACT", None),
        ("ACT", "1"),
        ("ACT", "2"),
        ("ACT", "3"),
    ]
    assert laws[3] == {
        "law": "ACT",
        "article": "1",
        "kind": "article",
        "title": {"fa": "موضوع"},
        "source": "صفحهٔ نمونه",
        "confidence": "F",
    }


def test_the_origin_follows_what_is_said_and_not_how_it_is_written(tmp_path: Path) -> None:
    before = curriculum.read(write_curriculum(tmp_path / "a")).definitions
    same = curriculum.read(write_curriculum(tmp_path / "b", ("gains: [goals]", 'gains: ["goals"]  # as before')))
    other = curriculum.read(write_curriculum(tmp_path / "c", ("hours: 2", "hours: 3"))).definitions
    assert same.definitions == before
    assert other[0]["origin"] != before[0]["origin"]
    assert other[1]["origin"] == before[1]["origin"]
    assert all(each["origin"].startswith(curriculum.ORIGIN) and len(each["origin"]) <= 100 for each in before)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kind: law", "kind: rule", r"laws\.yaml: laws\[2\]\.kind must be one of"),
        ("kind: law", "sort: law", r"laws\.yaml: laws\[2\]\.sort is not a known field"),
        ("confidence: I", "confidence: X", r"laws\.yaml: laws\[1\]\.confidence"),
        ('"2001-01-01"', '"1380-10-11"', r"laws\.yaml: laws\[1\]\.issued_on .*Jalali"),
        ("source: page\n    confidence: I", "source: book\n    confidence: I", r"laws\.yaml: OLD: book is not among"),
        ("code: OLD", "code: NEW", r"laws\.yaml: NEW: is there twice"),
        ("successor: NEW", "successor: ACT", r"laws\.yaml: OLD: successor ACT is not above it"),
        ("successor: NEW", "successor: OLD", r"laws\.yaml: OLD: successor OLD is not above it"),
        ('    changed_on: "2020-01-01"\n', "", r"laws\.yaml: OLD: changed_on"),
        ("articles: [3]", "articles: [11]", r"laws\.yaml: ACT article 11: the law has 10 articles"),
        ("articles: [3]", "articles: [2]", r"laws\.yaml: ACT article 2: is there twice"),
        ('title: {fa: "مهارت"}, ', "", r"competences\.yaml: competences\[0\]\.title is required"),
        (
            "cites: [{law: ACT",
            "cites: [{law: ATC",
            r"courses\.yaml: RD-01: the citation of ATC article 1 names an unknown",
        ),
        ("articles: [1, 2], note", "articles: [1, 4], note", r"RD-01: the citation of ACT article 4 names an article"),
        ("articles: [1, 2], note", "articles: [3], note", r"RD-01: .* ACT article 3 must be as_of 2016-05-09 or later"),
        ('note: "یادداشت"', 'remark: "یادداشت"', r"courses\.yaml: RD-01: cites\[0\]\.remark is not a known field"),
        ('cites: [{law: ACT, articles: [1, 2], note: "یادداشت"}, {law: NEW}]', "cites: 3", r"RD-01: cites"),
        ("{code: SKILL, level", "{code: SKIL, level", r"courses\.yaml: RD-01: competences\[0\]\.code: SKIL is not in"),
        ("level: 2", "level: 3", r"courses\.yaml: RD-01: competences\[0\]\.level: must be between 1 and 2"),
        ("gains: [goals]", "gains: [gold]", r"courses\.yaml: RD-01: gains\[0\] must be one of"),
        ("hours: 2", "hours: 0", r"courses\.yaml: RD-01: hours: must be more than 0"),
        ("hours: 2", "hours: many", r"courses\.yaml: RD-01: hours must be a number"),
        ("hours: 2", "hour: 2", r"courses\.yaml: RD-01: hour is not a known field"),
        ("code: RD-01\n", "code: SS-01\n", r"courses\.yaml: SS-01 does not belong to area RD"),
        ("{code: RD-02, t", "{code: RD-01, t", r"courses\.yaml: RD-01: is there twice"),
        ("{code: RD-02, t", "{t", r"courses\.yaml: an entry without a code"),
        ("prerequisites: [RD-01]", "prerequisites: [RD-03]", r"courses\.yaml: RD-02: prerequisites\[0\]: RD-03"),
        ("course_type: job", "course_type: jobs", r"courses\.yaml: areas\[0\]\.course_type must be one of"),
        (
            "{course_code: RD-02, ",
            "{course_code: RD-09, ",
            r"programmes\.yaml: FIRST: courses\[1\]\.course_code: RD-09",
        ),
        ("code: FIRST", "code: FIRST\n    min_electives: 2", r"programmes\.yaml: FIRST: min_electives"),
        ("code: FIRST", "code: FIRST\n    aim: other", r"programmes\.yaml: FIRST: aim is not a known field"),
        ("programmes:", "programmes: {", r"programmes\.yaml: .*line"),
        ("competences:\n", "abilities:\n", r"competences\.yaml: .*abilities is not a known field"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(curriculum.CurriculumError, match=f"(?s){said}"):
        curriculum.read(write_curriculum(tmp_path, (before, after)))


def test_a_prerequisite_stands_above_the_course_that_needs_it(tmp_path: Path) -> None:
    folder = write_curriculum(tmp_path, ("hours: 2\n", "hours: 2\n        prerequisites: [RD-02]\n"))
    with pytest.raises(curriculum.CurriculumError, match=r"RD-01: prerequisites\[0\]: RD-02 is not a published course"):
        curriculum.read(folder)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    folder = write_curriculum(
        tmp_path, ("hours: 2", "hours: 0"), ("level: 2", "level: 3"), ("successor: NEW", "successor: ACT")
    )
    with pytest.raises(curriculum.CurriculumError) as refused:
        curriculum.read(folder)
    assert len(str(refused.value).splitlines()) == 2
    assert "hours" in str(refused.value)
    assert "competences[0].level" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (write_curriculum(tmp_path) / "laws.yaml").unlink()
    with pytest.raises(curriculum.CurriculumError, match=r"laws\.yaml"):
        curriculum.read(tmp_path)
