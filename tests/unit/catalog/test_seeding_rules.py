"""What seeding decides about a course, and the order in which it calls a catalog."""

from pathlib import Path
from typing import Any

import pytest

from services.catalog import curriculum
from services.catalog.curriculum import seeding
from shared.errors import Conflict, NotFound
from tests.support.curriculum import write_curriculum

OURS, OLDER, THEIRS = "curriculum 1111", "curriculum 0000", None


def versions(*made: tuple[str, str | None]) -> list[dict[str, Any]]:
    """Versions as a catalog lists them, newest first; given oldest first."""
    rows = [{"version": n, "status": status, "origin": origin} for n, (status, origin) in enumerate(made, start=1)]
    return rows[::-1]


@pytest.mark.parametrize(
    ("made", "decision"),
    [
        ([], seeding.DEFINE),
        ([("published", OURS)], seeding.UNCHANGED),
        ([("published", OLDER)], seeding.DEFINE),
        ([("published", OURS), ("published", THEIRS)], seeding.UNCHANGED),
        ([("published", OURS), ("draft", THEIRS)], seeding.UNCHANGED),
        ([("published", OLDER), ("published", THEIRS)], seeding.DEFINE),
        ([("published", OURS), ("published", OLDER)], seeding.DEFINE),
        ([("published", THEIRS)], seeding.DEFINE),
        ([("published", THEIRS), ("draft", THEIRS)], seeding.FOREIGN_DRAFT),
        ([("published", OLDER), ("draft", "my curriculum")], seeding.FOREIGN_DRAFT),
        ([("draft", THEIRS)], seeding.FOREIGN_DRAFT),
        ([("draft", OURS)], seeding.PUBLISH),
        ([("published", OLDER), ("draft", OURS)], seeding.PUBLISH),
        ([("draft", OLDER)], seeding.EDIT),
        ([("published", THEIRS), ("draft", OLDER)], seeding.EDIT),
        ([("published", OURS), ("draft", OLDER)], seeding.UNCHANGED),
        ([("retired", OURS)], seeding.RETIRED),
        ([("retired", OLDER), ("draft", OURS)], seeding.RETIRED),
        ([("retired", OLDER), ("published", OURS)], seeding.UNCHANGED),
        ([("retired", OURS), ("published", THEIRS)], seeding.UNCHANGED),
    ],
)
def test_what_is_done_follows_from_the_versions_that_are_there(
    made: list[tuple[str, str | None]], decision: str
) -> None:
    assert seeding.decide(versions(*made), OURS) == decision


class FakeCatalog:
    """A catalog of dictionaries that knows nothing yet and keeps the order of what changes it."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str]] = []
        self.kept: dict[str, dict[str, Any]] = {}

    def __call__(self, method: str, **arguments: Any) -> dict[str, Any]:
        verb, _, what = method.removeprefix("catalog.").partition("_")
        code = next(
            (arguments[name] for name in ("code", "course_code", "programme_code", "law") if name in arguments), ""
        )
        if verb == "list" and what != "course_versions":
            return {"items": [], "next": None}
        if verb in ("list", "get"):
            if code not in self.kept:
                raise NotFound("not_found")
            return {"items": [self.kept[code]], "next": None} | self.kept[code]
        self.changes.append((f"{verb} {what}", code))
        if verb == "define":
            key = f"{what}_code"
            self.kept[code] = {key: code, "version": 1, "revision": 1, "status": "draft", **arguments}
        return {}


def test_laws_come_first_then_competences_then_courses_then_programmes(tmp_path: Path) -> None:
    catalog = FakeCatalog()
    report = curriculum.seed(catalog, write_curriculum(tmp_path))
    assert catalog.changes == [
        ("record legal_reference", "NEW"),
        ("record legal_reference", "OLD"),
        *[("record legal_reference", "ACT")] * 4,
        ("define competence", "SKILL"),
        ("define course", "RD-01"),
        ("publish course", "RD-01"),
        ("define course", "RD-02"),
        ("publish course", "RD-02"),
        ("define programme", "FIRST"),
        ("publish programme", "FIRST"),
    ]
    assert (report.laws, report.competences) == (6, 1)
    assert report.courses.created == ["RD-01", "RD-02"]
    assert report.programmes.created == ["FIRST"]


def test_a_law_that_the_catalog_refuses_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    catalog = FakeCatalog()

    def refusing(method: str, **arguments: Any) -> Any:
        if arguments.get("law") == "OLD" or arguments.get("article") == "3":
            raise Conflict("number_taken", "The number is another law's.")
        return catalog(method, **arguments)

    report = curriculum.seed(refusing, write_curriculum(tmp_path))
    assert report.laws == 4
    assert report.skipped == {"OLD": "The number is another law's.", "ACT 3": "The number is another law's."}
    assert report.courses.created == ["RD-01", "RD-02"]


def test_a_catalog_is_not_touched_by_files_with_a_mistake(tmp_path: Path) -> None:
    catalog = FakeCatalog()
    with pytest.raises(curriculum.CurriculumError):
        curriculum.seed(catalog, write_curriculum(tmp_path, ("code: FIRST", "code: FIRST\n    min_electives: 2")))
    assert catalog.changes == []


def test_the_report_is_one_line() -> None:
    outcome = curriculum.Outcome(created=["RD-01", "RD-02"], renewed=["RD-03"], skipped={"RD-04": "it was retired"})
    report = curriculum.Report(6, 1, outcome, curriculum.Outcome(unchanged=["FIRST"]))
    assert str(report) == (
        "6 laws and articles recorded; 1 competences new; "
        "courses: 2 new, 1 with a new version, 0 unchanged, 1 skipped; "
        "programmes: 0 new, 0 with a new version, 1 unchanged, 0 skipped"
    )
    assert report.skipped == {"RD-04": "it was retired"}
