"""What the page of a type-2 certificate says: the level and what it rests on, and what it is not."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from services.certification.document import texts
from services.certification.document.words import Words
from services.certification.domain import awards

_Snapshot = Mapping[str, Any]
PRINTED = ("type2_thresholds", "type2_exam_pass_mark")
SOURCE = 110  # characters of a source that are printed; the public page has all of it


def parts(snapshot: _Snapshot, words: Words) -> dict[str, Any]:
    """The parts of a page, in place of those of a course."""
    return {
        "heading": words["type2_heading"],
        "kind": words["type2_system"],
        "passed": words["type2_awarded"],
        "course": texts.local(snapshot["course_title"], words),
        "sentence": _sentence(snapshot, words),
        "facts": _facts(snapshot, words),
        "remarks": list(remarks(snapshot["award"], words)),
    }


def remarks(award: _Snapshot, words: Words) -> list[str]:
    """That it is no degree; and which numbers it rests on that were not found in the regulation in force."""
    said = [words["type2_no_degree"].format(texts.local(award["benefit"], words))]
    unfounded = awards.not_regulation(award)
    if unfounded:
        said.append(" ".join(_rests_on(unfounded, words)))
    return said


def _rests_on(policies: Sequence[_Snapshot], words: Words) -> Iterator[str]:
    """The numbers that the page shows by name, day and source; that there are others, which the public page lists."""
    shown = [each for each in policies if each["key"] in PRINTED]
    if shown:
        yield words["type2_rests_on"].format(f"{words.semicolon} ".join(_number_of(each, words) for each in shown))
    if len(shown) < len(policies):
        yield words["type2_rests_on_more" if shown else "type2_rests_on_some"]


def _number_of(policy: _Snapshot, words: Words) -> str:
    since = words["since"].format(words.policies[policy["key"]], texts.day(policy["effective_from"], words))
    source = awards.source_in(policy, words.language)
    said = texts.code(shorten(source, SOURCE, placeholder="…")) if source else words.how_sure(policy["confidence"])
    return f"{since} ({said})" if said else since


def _sentence(snapshot: _Snapshot, words: Words) -> str:
    spelled = words.in_words(snapshot["hours"])
    return words["type2_sentence"].format(
        hours=texts.number(snapshot["hours"], words),
        words=words["hours_in_words"].format(spelled) if spelled else "",
        start=texts.day(snapshot["starts_on"], words),
        end=texts.day(snapshot["ends_on"], words),
    )


def _facts(snapshot: _Snapshot, words: Words) -> list[list[str]]:
    award = snapshot["award"]
    said = {
        words["base_degree"]: _base_degree(award, words),
        words["job_share"]: words["hours_share"].format(
            texts.number(award["job_side_hours"], words),
            texts.number(awards.job_share(award["job_side_hours"], snapshot["hours"]), words),
        ),
        words["exam_score"]: words["exam_passed"].format(
            texts.number(snapshot["score"], words),
            texts.number(snapshot["pass_mark"], words),
            texts.day(award["exam_on"], words),
        ),
        words["committee"]: _decision(award["committee"], words),
        words["organisation"].format(texts.local(award["organisation_name"], words)): _decision(
            award["organisation"], words
        ),
        words["awarded_on"]: texts.day(snapshot["completed_on"], words),
        words["research"]: _research(award, words),
    }
    return [[label, value] for label, value in said.items() if value]


def _base_degree(award: _Snapshot, words: Words) -> str:
    parts = words.degrees.get(award["base_degree"], award["base_degree"]), award["base_degree_field"]
    return texts.held(f"{words.comma} ".join(part for part in parts if part), words)


def _research(award: _Snapshot, words: Words) -> str:
    title, hours = award["research_title"], award["research_hours"]
    named = [texts.closed(texts.held(title, words), words)] if title else []
    lasting = [words["hours"].format(texts.number(hours, words))] if hours else []
    return f"{words.comma} ".join([*named, *lasting])


def _decision(decision: _Snapshot, words: Words) -> str:
    number = texts.code(texts.digits(decision["number"], words))
    return words["decided"].format(number, texts.day(decision["decided_on"], words))
