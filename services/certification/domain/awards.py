"""Type-2 certificates: what they say beside what every certificate says. They rest on an award and not on a course."""

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from operator import itemgetter
from typing import Any, Final

from services.certification.domain.snapshots import decimal
from shared.errors import Problems

KIND: Final = "type2"
NO_VERSION = 0  # a level has none
# What a completion has to say and no award does; it is never signed or shown.
OF_NO_COURSE: Mapping[str, Any] = {"course_type": "job", "delivery_mode": "in_person"}
# Who the holder is may be put right; what was awarded is another award.
CORRECTABLE = ("holder_name", "father_name", "job_title", "unit", "personnel_number")
REGULATION = "F"  # the confidence of a number that was found in a source
_PERSIAN = re.compile("[\u0600-\u06ff]")
_NAMES = {"fa": "گواهینامهٔ نوع دوم، {}", "en": "Type-2 certificate, {}"}


def award(facts: Mapping[str, Any], organisation: Mapping[str, str]) -> dict[str, Any]:
    """What the snapshot has as `award`; `facts` is Type2AwardedV1 as plain JSON values, `organisation` the name of who
    confirms.

    Hours are decimal text. `policies` are the values that were decided by, each with the day from which it holds, and
    its source and confidence where they were said; of one key there are several where caps of years were others.
    """
    research_hours = facts["research_hours"]
    known = {each["key"] for each in facts["policies"]}
    others = [
        {"key": key, "effective_from": day, "source": None, "confidence": None}
        for key, day in facts["policy"].items()
        if key not in known
    ]
    return {
        "level": facts["level"],
        "base_degree": facts["base_degree"],
        "base_degree_field": facts["base_degree_field"],
        "benefit": facts["benefit"],
        "job_side_hours": decimal(facts["job_side_hours"]),
        "exam_on": facts["exam_on"],
        "research_title": facts["research_title"],
        "research_hours": None if research_hours is None else decimal(research_hours),
        "committee": facts["committee"],
        "organisation": facts["organisation"],
        "organisation_name": dict(organisation),
        "policies": sorted([*facts["policies"], *others], key=itemgetter("key", "effective_from")),
    }


def said(snapshot: Mapping[str, Any], awarded: Mapping[str, Any]) -> dict[str, Any]:
    """The snapshot of a type-2 certificate: its course is the level, of no type and no mode."""
    return {**snapshot, "kind": KIND, "course_type": None, "delivery_mode": None, "award": dict(awarded)}


def signatories(awarded: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who signs: the head of the agency's committee, and the Organisation's representative."""
    both = (awarded["committee"], awarded["organisation"])
    return [{"title": decision["title"], "name": {"fa": decision["name"]}} for decision in both]


def name_of(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """What a certificate is called where its page is not at hand: a type-2 one by its kind and level."""
    title: dict[str, str] = snapshot["course_title"]
    if snapshot["kind"] != KIND:
        return title
    return {language: _NAMES[language].format(text) for language, text in title.items() if text}


def job_share(job_side_hours: str, hours: str) -> str:
    """How many percent of the hours are of the job or of management, never rounded up; all as decimal text."""
    share = 100 * Decimal(job_side_hours) / Decimal(hours) if Decimal(hours) else Decimal(0)
    return decimal(float(share.quantize(Decimal("0.1"), ROUND_DOWN)))


def not_regulation(awarded: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The values that were decided by and are not known to be the regulation."""
    return [each for each in awarded["policies"] if each["confidence"] != REGULATION]


def source_in(policy: Mapping[str, Any], language: str) -> str | None:
    """Where a value is from, in a language (fa, en); None where it is not said in that one."""
    source = policy["source"]
    if source is None or (language == "fa") == bool(_PERSIAN.search(source)):
        return source
    return policy.get("source_fa") if language == "fa" else None


def wrong_changes(kind: str | None, changes: Mapping[str, Any]) -> Problems:
    """What no correction of a type-2 certificate changes."""
    if kind != KIND:
        return {}
    message = "is what was awarded; ask for a revocation, and for another award"
    return {f"changes.{name}": [message] for name in changes if name not in CORRECTABLE}
