"""The curriculum, put into a real catalog: once, again, after its files changed, and beside administrators."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.catalog import curriculum
from shared.errors import Unavailable
from shared.events import CoursePublishedV1, ProgrammePublishedV1
from tests.support.curriculum import write_curriculum

ADMIN = ("catalog_admin",)
READER = ("auditor",)
OTHER_HOURS = ("hours: 2\n", "hours: 3\n")
Call = Callable[..., Any]


@pytest.fixture
def call(catalog: Any) -> Call:
    """Calls of an administrator, as the command line makes them."""

    def called(method: str, **arguments: Any) -> Any:
        return catalog.call(method.removeprefix("catalog."), roles=ADMIN, **arguments)

    return called


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_curriculum(tmp_path / "files")


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The same files, but the first course is longer."""
    return write_curriculum(tmp_path / "changed", OTHER_HOURS)


def course(call: Call, code: str, version: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = call("catalog.get_course", course_code=code, version=version)
    return found


def course_versions(call: Call, code: str) -> list[tuple[int, str]]:
    """Version and status, newest first."""
    items = call("catalog.list_course_versions", course_code=code)["items"]
    return [(item["version"], item["status"]) for item in items]


def stop_at(method: str, call: Call) -> Call:
    """Calls that break off where a method is reached, as when the process is killed."""

    def called(name: str, **arguments: Any) -> Any:
        if name == method:
            raise Unavailable("no_answer", "The run ends here.")
        return call(name, **arguments)

    return called


def interrupted(call: Call, method: str, files: Path) -> None:
    with pytest.raises(Unavailable):
        curriculum.seed(stop_at(method, call), files)


def test_the_shipped_curriculum_is_published_whole_and_a_second_run_does_nothing(catalog: Any, call: Call) -> None:
    first = curriculum.seed(call)
    assert first.courses.created == [definition["code"] for definition in curriculum.definitions()]
    assert first.programmes.created == ["INDUCTION", "CITIZEN-RIGHTS", "MANAGERS-BASICS"]
    assert first.competences == 8
    (items,) = catalog.pages("list_courses", 50, roles=READER)
    assert len(items) == 25
    assert {(item["version"], item["status"], item["stale_since"]) for item in items} == {(1, "published", None)}
    said = len(catalog.harness.outbox())
    second = curriculum.seed(call)
    assert (len(second.courses.unchanged), len(second.programmes.unchanged), second.competences) == (25, 3, 0)
    assert first.skipped == second.skipped == {}
    assert first.laws == second.laws == len(curriculum.read().laws)
    assert len(catalog.harness.outbox()) == said


def test_a_changed_file_makes_a_new_version_and_leaves_the_old_one_alone(
    catalog: Any, call: Call, folder: Path, changed: Path
) -> None:
    curriculum.seed(call, folder)
    before = course(call, "RD-01", 1)
    report = curriculum.seed(call, changed)
    assert (report.courses.renewed, report.courses.unchanged) == (["RD-01"], ["RD-02"])
    assert course(call, "RD-01", 1) | {"published_version": 1} == before
    assert (course(call, "RD-01")["version"], course(call, "RD-01")["hours"]) == (2, 3.0)
    published = [(each.course_code, each.version) for each in catalog.harness.outbox(CoursePublishedV1)]
    assert published == [("RD-01", 1), ("RD-02", 1), ("RD-01", 2)]


def test_files_that_went_back_make_the_next_version(call: Call, folder: Path, changed: Path) -> None:
    for files in (folder, changed, folder):
        curriculum.seed(call, files)
    assert course_versions(call, "RD-01") == [(3, "published"), (2, "published"), (1, "published")]
    assert course(call, "RD-01")["hours"] == 2.0


def test_a_changed_programme_takes_the_place_of_the_one_before(
    catalog: Any, call: Call, folder: Path, tmp_path: Path
) -> None:
    curriculum.seed(call, folder)
    report = curriculum.seed(call, write_curriculum(tmp_path / "b", ("code: FIRST", "code: FIRST\n    min_hours: 6")))
    assert report.programmes.renewed == ["FIRST"]
    assert report.courses.renewed == []
    assert [each.version for each in catalog.harness.outbox(ProgrammePublishedV1)] == [1, 2]
    assert call("catalog.get_programme", programme_code="FIRST", version=1)["status"] == "retired"


def test_what_administrators_published_since_stays_until_the_file_changes(
    catalog: Any, call: Call, folder: Path, changed: Path
) -> None:
    curriculum.seed(call, folder)
    catalog.publish_new("RD-01", hours=7)
    assert curriculum.seed(call, folder).courses.unchanged == ["RD-01", "RD-02"]
    assert course(call, "RD-01")["hours"] == 7.0
    assert curriculum.seed(call, changed).courses.renewed == ["RD-01"]
    assert course(call, "RD-01", 2)["hours"] == 7.0
    assert course(call, "RD-01")["version"] == 3


def test_a_draft_of_administrators_is_neither_published_nor_overwritten(
    catalog: Any, call: Call, folder: Path, changed: Path
) -> None:
    curriculum.seed(call, folder)
    draft = catalog.define("RD-01", hours=9)
    report = curriculum.seed(call, changed)
    assert list(report.skipped) == ["RD-01"]
    assert "draft" in report.skipped["RD-01"]
    assert course(call, "RD-01", 2) == draft


def test_what_needs_a_skipped_course_is_skipped_with_its_reason(catalog: Any, call: Call, folder: Path) -> None:
    catalog.define("RD-01")
    report = curriculum.seed(call, folder)
    assert list(report.skipped) == ["RD-01", "RD-02", "FIRST"]
    assert "RD-01 is not a published course" in report.skipped["RD-02"]
    assert course_versions(call, "RD-01") == [(1, "draft")]


def test_a_course_without_any_origin_gets_one_version_from_the_files(catalog: Any, call: Call, folder: Path) -> None:
    catalog.publish_new("RD-01", hours=5)
    assert curriculum.seed(call, folder).courses.renewed == ["RD-01"]
    assert curriculum.seed(call, folder).courses.unchanged == ["RD-01", "RD-02"]
    assert course_versions(call, "RD-01") == [(2, "published"), (1, "published")]
    assert course(call, "RD-01", 1)["hours"] == 5.0


@pytest.mark.parametrize("method", ["publish_course", "define_programme", "publish_programme", "define_competence"])
def test_an_interrupted_run_is_finished_by_the_next(call: Call, folder: Path, method: str) -> None:
    interrupted(call, f"catalog.{method}", folder)
    curriculum.seed(call, folder)
    assert course_versions(call, "RD-01") == course_versions(call, "RD-02") == [(1, "published")]
    assert call("catalog.get_programme", programme_code="FIRST")["version"] == 1
    assert call("catalog.get_programme", programme_code="FIRST")["status"] == "published"


def test_what_an_interrupted_run_left_of_an_older_file_is_published_as_the_file_is_now(
    call: Call, folder: Path, changed: Path
) -> None:
    interrupted(call, "catalog.publish_course", folder)
    assert curriculum.seed(call, changed).courses.created == ["RD-01", "RD-02"]
    assert course_versions(call, "RD-01") == [(1, "published")]
    assert course(call, "RD-01")["hours"] == 3.0


def test_what_an_interrupted_run_left_of_an_older_programme_is_brought_up_to_date(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    interrupted(call, "catalog.publish_programme", folder)
    curriculum.seed(call, write_curriculum(tmp_path / "b", ("code: FIRST", "code: FIRST\n    min_hours: 6")))
    found = call("catalog.get_programme", programme_code="FIRST")
    assert (found["version"], found["status"], found["min_hours"]) == (1, "published", 6.0)


def test_what_was_retired_is_not_brought_back(call: Call, folder: Path, changed: Path) -> None:
    curriculum.seed(call, folder)
    call("catalog.retire_programme", programme_code="FIRST", reason="نمونه")
    call("catalog.retire_course", course_code="RD-01", reason="نمونه")
    report = curriculum.seed(call, changed)
    assert report.skipped == {"RD-01": "it was retired", "FIRST": "it was retired"}
    assert course_versions(call, "RD-01") == [(1, "retired")]


def test_competences_stay_in_the_words_of_their_administrators(call: Call, folder: Path) -> None:
    reworded = {"code": "SKILL", "title": {"fa": "توانایی"}, "levels": [{"fa": "یک"}, {"fa": "دو"}, {"fa": "سه"}]}
    call("catalog.define_competence", **reworded)
    assert curriculum.seed(call, folder).competences == 0
    assert call("catalog.list_competences")["items"] == [reworded]


def test_a_competence_with_too_few_levels_gets_those_that_courses_teach(call: Call, folder: Path) -> None:
    call("catalog.define_competence", code="SKILL", title={"fa": "توانایی"}, levels=[{"fa": "یک"}])
    assert curriculum.seed(call, folder).competences == 1
    assert course(call, "RD-01")["competences"] == [{"code": "SKILL", "level": 2}]


def test_runs_at_the_same_moment_leave_one_version(catalog: Any, call: Call, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: curriculum.seed(call, folder), range(4)))
    assert [report.skipped for report in reports] == [{}] * 4
    assert course_versions(call, "RD-01") == course_versions(call, "RD-02") == [(1, "published")]
    assert call("catalog.get_programme", programme_code="FIRST")["version"] == 1
    assert len(catalog.harness.outbox(CoursePublishedV1)) == 2
    assert len(catalog.harness.outbox(ProgrammePublishedV1)) == 1


def test_of_two_runs_the_one_that_looked_too_early_adds_no_version(call: Call, folder: Path) -> None:
    """The second run looks, then the first defines and publishes, then the second would define."""
    waited = False

    def late(method: str, **arguments: Any) -> Any:
        nonlocal waited
        if method in ("catalog.define_course", "catalog.define_programme") and not waited:
            waited = True
            curriculum.seed(call, folder)
        return call(method, **arguments)

    assert curriculum.seed(late, folder).courses.unchanged == ["RD-01", "RD-02"]
    assert course_versions(call, "RD-01") == [(1, "published")]
