"""What people may choose: kinds with their names, what cannot be unsubscribed from, and what fits together."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from services.notification.domain.planning import Cadence, Via
from services.notification.domain.templates import TRAITS, Kind, Template
from shared.errors import Problems

CHANNELS = (Via.EMAIL, Via.SMS)  # what a person chooses; a webhook is their agency's

TITLES: Mapping[Kind, Mapping[str, str]] = {
    Kind.ENROLLMENT: {"fa": "ثبت‌نام در دوره‌ها", "en": "Enrollment in courses"},
    Kind.SCHEDULE: {"fa": "تغییر زمان و لغو دوره‌ها", "en": "Changed and cancelled courses"},
    Kind.REMINDERS: {"fa": "یادآوری‌ها", "en": "Reminders"},
    Kind.RESULTS: {"fa": "نتیجهٔ دوره‌ها", "en": "Results"},
    Kind.CERTIFICATES: {"fa": "گواهینامه‌ها", "en": "Certificates"},
    Kind.FORMS: {"fa": "فرم‌های نظرخواهی و ارزیابی", "en": "Forms to fill in"},
    Kind.HOURS: {"fa": "ساعات آموزش و دوره‌های الزامی", "en": "Training hours and compulsory courses"},
    Kind.APPROVALS: {"fa": "درخواست‌های در انتظار تصمیم شما", "en": "Requests that wait for your decision"},
    Kind.AGENCY: {"fa": "خبرهای دستگاه برای مسئولان آموزش", "en": "News of the agency for training officers"},
    Kind.WELCOME: {"fa": "خوشامد", "en": "Welcome"},
}
# A digest is not of a kind that one unsubscribes from: what is in it is, and how often it comes is a choice.
KINDS = tuple(TITLES)


class Choice(NamedTuple):
    """A kind, and what of it goes to a person whatever they choose."""

    kind: Kind
    is_unsubscribed: bool
    can_unsubscribe: bool
    always_sent: list[str]


def choices(unsubscribed: Collection[str], legal: Collection[str]) -> list[Choice]:
    """All kinds in order, as they stand for somebody; `legal` are the templates that the law asks for."""
    return [
        Choice(
            kind,
            kind in unsubscribed and can_unsubscribe(kind, legal),
            can_unsubscribe(kind, legal),
            [template.value for template in _templates(kind) if template in legal],
        )
        for kind in KINDS
    ]


def _templates(kind: str) -> list[Template]:
    return [template for template, trait in TRAITS.items() if trait.kind == kind]


def can_unsubscribe(kind: str, legal: Collection[str]) -> bool:
    """Whether anything of this kind is more than the law asks for."""
    return kind in KINDS and any(template not in legal for template in _templates(kind))


def kinds_of(template: str, context: Mapping[str, Any], legal: Collection[str]) -> list[Kind]:
    """What the link in a letter unsubscribes from: its kind, or of a digest the kinds of what was in it; none of what a
    later release tells."""
    told = [item["template"] for item in context.get("items", ())] if template == Template.DIGEST else [template]
    kinds = {TRAITS[Template(each)].kind for each in told if each in TRAITS and each not in legal}
    return [kind for kind in KINDS if kind in kinds]


def has_link(template: str, legal: Collection[str]) -> bool:
    """Whether a letter offers to unsubscribe: one that the law asks for does not."""
    return template == Template.DIGEST or template not in legal


def problems(changes: Mapping[str, Any], own: Mapping[str, Any], legal: Collection[str]) -> Problems:
    """What is wrong with changes to somebody's own preferences."""
    after = {**own, **changes}
    found: Problems = {}
    for kind in changes.get("unsubscribed") or ():
        if not can_unsubscribe(kind, legal):
            found.setdefault("unsubscribed", []).append(f"{kind} cannot be unsubscribed from")
    if after.get("channel") == Via.SMS and not after.get("mobile"):
        found["mobile"] = ["is needed for the channel sms"]
    return found | quiet_problems(after)


def quiet_problems(after: Mapping[str, Any]) -> Problems:
    """What is wrong with quiet hours: they have both ends, and these differ."""
    begins, ends = after.get("quiet_from"), after.get("quiet_to")
    if bool(begins) != bool(ends):
        missing = "quiet_to" if begins else "quiet_from"
        return {missing: ["quiet hours need both quiet_from and quiet_to"]}
    return {"quiet_to": ["must differ from quiet_from"]} if begins and begins == ends else {}


def settled(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as they are kept: null of what has a default that is no null is that default."""
    defaults: dict[str, Any] = {"cadence": Cadence.IMMEDIATELY.value, "unsubscribed": []}
    given: dict[str, Any] = {name: defaults.get(name) if value is None else value for name, value in changes.items()}
    if "unsubscribed" in given:
        given["unsubscribed"] = [kind.value for kind in KINDS if kind in given["unsubscribed"]]
    return given
