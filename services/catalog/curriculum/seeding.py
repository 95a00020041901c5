"""Puts the curriculum into a catalog through its public calls; run twice, the second run does nothing.

A version that came from the files says so in `origin`, with a digest of its definition. Another digest in the files
makes the next version; the same one makes nothing, whatever administrators published since. A course whose versions
all have no such origin may be an administrator's own or come from a release that kept no origins, which cannot be
told apart: it gets one version from the files, and those before stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.catalog.curriculum.checking import Arguments
from services.catalog.curriculum.reading import FOLDER, ORIGIN, read
from services.catalog.curriculum.shelves import Call, Courses, Programmes, Shelf, Version, pages
from shared.errors import Conflict, Invalid, NotFound

ATTEMPTS = 10  # each is lost to somebody who changed the same course at the same moment
DEFINE, EDIT, PUBLISH, UNCHANGED = "define", "edit", "publish", "unchanged"
RETIRED = "it was retired"
FOREIGN_DRAFT = "a draft of its administrators waits"


@dataclass
class Outcome:
    """What became of the courses, or the programmes: their codes, and why some were left alone."""

    created: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        counts = {"new": self.created, "with a new version": self.renewed, "unchanged": self.unchanged}
        return ", ".join(f"{len(codes)} {word}" for word, codes in {**counts, "skipped": self.skipped}.items())


@dataclass(frozen=True)
class Report:
    """How many laws and articles are recorded, how many competences defined now, and what became of the rest.

    `refused` are laws that the catalog would not take, such as one that is there under another code.
    """

    laws: int
    competences: int
    courses: Outcome
    programmes: Outcome
    refused: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        beside = f"{self.laws} laws and articles recorded; {self.competences} competences new"
        return f"{beside}; courses: {self.courses}; programmes: {self.programmes}"

    @property
    def skipped(self) -> dict[str, str]:
        return self.refused | self.courses.skipped | self.programmes.skipped


def seed(call: Call, folder: Path = FOLDER) -> Report:
    """Record the laws, define what is missing, publish what is new; raises CurriculumError before the first call.

    `call("catalog.define_course", **arguments)` is any way to call a service as a catalog administrator.
    """
    curriculum = read(folder)
    refused = _record_laws(call, curriculum.laws)
    competences = _define_competences(call, curriculum.competences)
    courses = _seed(Courses(call), curriculum.definitions)
    programmes = _seed(Programmes(call), curriculum.programmes)
    return Report(len(curriculum.laws) - len(refused), competences, courses, programmes, refused)


def decide(versions: Sequence[Version], origin: str) -> str:
    """What is to be done about a course or programme, whose versions are given newest first."""
    statuses = {version["status"] for version in versions}
    done = [each["origin"] for each in versions if each["status"] != "draft" and _is_ours(each)]
    if "retired" in statuses and "published" not in statuses:
        return RETIRED
    if done and done[0] == origin:
        return UNCHANGED
    if "draft" not in statuses:
        return DEFINE
    draft = versions[0]
    if not _is_ours(draft):
        return FOREIGN_DRAFT
    # An earlier run stopped between its two calls; what it left of an older file is brought up to date.
    return PUBLISH if draft["origin"] == origin else EDIT


def _is_ours(version: Version) -> bool:
    return str(version["origin"] or "").startswith(ORIGIN)


def _seed(shelf: Shelf, definitions: Sequence[Arguments]) -> Outcome:
    outcome = Outcome()
    newest = shelf.newest()
    for definition in definitions:
        code = definition["code"]
        shown = newest.get(code)
        if shown is not None and (shown["status"], shown["origin"]) == ("published", definition["origin"]):
            outcome.unchanged.append(code)
            continue
        try:
            _settle(shelf, definition, outcome)
        except (Conflict, Invalid) as refusal:
            # The files fit together, so the catalog is another: a course that this one needs was skipped or retired.
            outcome.skipped[code] = refusal.message
    return outcome


def _settle(shelf: Shelf, definition: Arguments, outcome: Outcome) -> None:
    """Look, decide and act until there is nothing left to do; whoever was faster is looked at again."""
    lost: Conflict | NotFound | None = None
    for _ in range(ATTEMPTS):
        try:
            if _step(shelf, definition, outcome):
                return
        except (Conflict, NotFound) as faster:
            lost = faster
    raise Conflict("changed_meanwhile", str(lost))


def _step(shelf: Shelf, definition: Arguments, outcome: Outcome) -> bool:
    """One look and one act; whether that was the last."""
    code = definition["code"]
    versions = shelf.versions(code)
    verdict = decide(versions, definition["origin"])
    if verdict == DEFINE:
        # Only after what was looked at: of two that seed at once, the second must not add a version of its own.
        shelf.define(definition, versions[0]["version"] if versions else 0)
    elif verdict == EDIT:
        shelf.edit(definition, versions[0])
    elif verdict == PUBLISH:
        shelf.publish(versions[0])
        (outcome.created if versions[0]["version"] == 1 else outcome.renewed).append(code)
    elif verdict == UNCHANGED:
        outcome.unchanged.append(code)
    else:
        outcome.skipped[code] = verdict
    return verdict not in (DEFINE, EDIT)


def _record_laws(call: Call, laws: Sequence[Arguments]) -> dict[str, str]:
    """Record each law and article; gives those that were refused, and why. What cites them is refused in its turn."""
    refused: dict[str, str] = {}
    for law in laws:
        try:
            _twice(call, "catalog.record_legal_reference", law)
        except (Conflict, Invalid) as refusal:
            refused[" ".join((law["law"], law.get("article", ""))).rstrip()] = refusal.message
    return refused


def _define_competences(call: Call, competences: Sequence[Arguments]) -> int:
    """Define what the framework lacks; what it has stays in the words of its administrators.

    Only one with fewer levels than our courses teach is written anew.
    """
    known = {item["code"]: len(item["levels"]) for item in pages(call, "catalog.list_competences")}
    wanted = [each for each in competences if known.get(each["code"], 0) < len(each["levels"])]
    for competence in wanted:
        _twice(call, "catalog.define_competence", competence)
    return len(wanted)


def _twice(call: Call, method: str, arguments: Arguments) -> None:
    """A call that may be repeated, once more when somebody else made the same one at the same moment."""
    try:
        call(method, **arguments)
    except Conflict:
        call(method, **arguments)
