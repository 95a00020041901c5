"""How a certificate will look, decided at its issue: later changes of a profile leave it as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

VARIANTS = ("fa", "en", "both")
DEFAULT_VARIANT = "fa"

# Name (both languages, or none) and title of each signatory, as JSON.
Signatories = list[dict[str, Any]]


def design(profile: Mapping[str, Any] | None, template: str | None, default_signatories: Signatories) -> dict[str, Any]:
    """What the snapshot fixes: the course version's own `template` goes before the agency's.

    An agency without a profile is signed for by the usual titles, without names.
    """
    if profile is None:
        return {"template": template, "variant": DEFAULT_VARIANT, "signatories": default_signatories, "logo": None}
    return {
        "template": template or profile["template"],
        "variant": profile["variant"],
        "signatories": profile["signatories"],
        "logo": profile["logo"],
    }


def readable(designed: str | None, language: str | None) -> str:
    """The variant for a reader of `language`: the designed one where it says everything in it, else that language's."""
    designed = designed or DEFAULT_VARIANT
    return designed if language is None or designed in (language, "both") else language


def grade(score: float, words: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The word for a score of 100: that of the highest minimum it reaches; None below all of them."""
    reached = [each for each in words if score >= each["minimum"]]
    return dict(max(reached, key=lambda each: each["minimum"])["word"]) if reached else None
