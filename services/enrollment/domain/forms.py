"""Rules of the forms after a course: what a questionnaire may ask, what an answer may be, and when one is late."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.enrollment.domain.reasons import Reason
from services.enrollment.domain.states import SEATED
from shared.errors import Conflict, Invalid

# Levels 1, 3 and 4 of Kirkpatrick (domain: usual practice): what the participants, their supervisors and their agency
# say. Level 2 is measured by tests.
KINDS = ("reaction", "behaviour", "results")
# What an organisation gains from training, in the order of the founding text; the codes are those of the catalog.
GAINS = ("goals", "quality", "morale", "loyalty", "clarity", "talents", "growth")
ITEM_KINDS = ("scale", "choice", "yes_no", "text")
MAX_ITEMS = 30
MAX_CHOICES = 20
MAX_TEXT = 1000
LOWEST, HIGHEST = 0, 10  # of any scale
GAIN_SCALE = (1, 5)

Item = Mapping[str, Any]
Problems = dict[str, list[str]]


class Answer(NamedTuple):
    """An answer as it is kept: a number (of a choice its place, of yes 1 and of no 0), or a text."""

    item: str
    number: float | None
    text: str | None


def item_problems(kind: str, items: Sequence[Item]) -> Problems:
    """What is wrong with the items of a questionnaire, by path; empty when nothing is."""
    problems: Problems = {}
    seen = set[str]()
    for place, item in enumerate(items):
        path = f"items[{place}]"
        if item["code"] in seen:
            problems[f"{path}.code"] = ["is used by an item above"]
        seen.add(item["code"])
        problems |= {f"{path}.{name}": [reason] for name, reason in _own_problems(item).items()}
    if kind == "results":
        scales = {item["code"] for item in items if _is_gain_scale(item)}
        missing = [gain for gain in GAINS if gain not in scales]
        if missing:
            problems["items"] = [f"must ask for each gain on a scale of 1 to 5; missing: {', '.join(missing)}"]
    elif all(item["kind"] == "text" for item in items):
        problems["items"] = ["must hold an item that can be counted, not texts alone"]
    return problems


def check_items(kind: str, items: Sequence[Item]) -> None:
    """Invalid with every wrong field, unless these are the items of a questionnaire of this kind."""
    problems = item_problems(kind, items)
    if problems:
        raise _invalid("invalid_questionnaire", problems)


def read_answers(items: Sequence[Item], given: Mapping[str, Any]) -> list[Answer]:
    """The answers in the order of their items; Invalid naming every wrong one as `answers.<item>`.

    Null and an empty text are no answer.
    """
    problems: Problems = {f"answers.{code}": ["is not an item of this form"] for code in _unknown(items, given)}
    answers = []
    for item in items:
        value = given.get(item["code"])
        if value is None or value == "":
            if item["required"]:
                problems[f"answers.{item['code']}"] = ["is required"]
            continue
        try:
            answers.append(_READERS[item["kind"]](item, value))
        except ValueError as error:
            problems[f"answers.{item['code']}"] = [str(error)]
    if problems:
        raise _invalid("invalid_answers", problems)
    return answers


def check_same(known: Sequence[Answer], given: Sequence[Answer]) -> None:
    """Conflict `already_answered` unless the answers given again are those that are kept."""
    if {answer.item: answer for answer in known} != {answer.item: answer for answer in given}:
        raise Conflict("already_answered", "The form was answered before, with other answers; those stay.")


def due_on(opened_on: date, days: int) -> date:
    """The last day for answers, wholly inside."""
    return opened_on + timedelta(days=days)


def is_late(due: date, today: date) -> bool:
    """Late answers are taken and count in all figures; how many were late is told beside them (policy default)."""
    return today > due


def check_over(ends_on: date, today: date) -> None:
    """Conflict `offering_not_over`: what a course brought is not known before its last day is over."""
    if today <= ends_on:
        raise Conflict("offering_not_over", "The offering is not over yet.", {"ends_on": ends_on.isoformat()})


def score_refusal(state: str | None) -> Reason | None:
    """Why a test score cannot be recorded for an enrollment in `state` (None: no such enrollment), or None."""
    if state is None:
        return Reason("enrollment_not_found", "The offering has no such enrollment.")
    if state in SEATED and state != "no_show":
        return None
    code = {"cancelled": "offering_cancelled", "withdrawn": "withdrawn", "no_show": "no_show"}.get(
        state, "not_confirmed"
    )
    return Reason(code, f"The enrollment is {state}; scores are recorded for those who take part.")


def _own_problems(item: Item) -> dict[str, str]:
    kind = item["kind"]
    problems = {}
    if kind == "scale":
        if item["min"] is None or item["max"] is None or item["min"] >= item["max"]:
            problems["max"] = "a scale needs `min` and a greater `max`"
    elif item["min"] is not None or item["max"] is not None or item["labels"] is not None:
        problems["min"] = "only a scale has `min`, `max` and `labels`"
    codes = [choice["code"] for choice in item["choices"]]
    if kind == "choice" and not 2 <= len(codes) <= MAX_CHOICES:
        problems["choices"] = f"must be 2 to {MAX_CHOICES}"
    elif kind != "choice" and codes:
        problems["choices"] = "only an item of kind choice has choices"
    elif len(set(codes)) < len(codes):
        problems["choices"] = "must have different codes"
    return problems


def _is_gain_scale(item: Item) -> bool:
    return item["kind"] == "scale" and (item["min"], item["max"]) == GAIN_SCALE


def _unknown(items: Sequence[Item], given: Mapping[str, Any]) -> list[str]:
    return sorted(set(given) - {item["code"] for item in items})


def _scale(item: Item, value: Any) -> Answer:
    number = _whole(value)
    if not item["min"] <= number <= item["max"]:
        raise ValueError(f"must be between {item['min']} and {item['max']}")
    return Answer(item["code"], float(number), None)


def _choice(item: Item, value: Any) -> Answer:
    codes = [choice["code"] for choice in item["choices"]]
    if not isinstance(value, str) or value not in codes:
        raise ValueError(f"must be one of: {', '.join(codes)}")
    return Answer(item["code"], float(codes.index(value)), None)


def _yes_no(item: Item, value: Any) -> Answer:
    if value is not True and value is not False:
        raise ValueError("must be true or false")
    return Answer(item["code"], float(value), None)


def _text(item: Item, value: Any) -> Answer:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"must be text of at most {MAX_TEXT} characters")
    return Answer(item["code"], None, value)


_READERS = {"scale": _scale, "choice": _choice, "yes_no": _yes_no, "text": _text}


def _whole(value: Any) -> int:
    """A whole number, or its digits in any script, since people type them."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 3:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise ValueError("must be a whole number")
    return int(value)


def _invalid(code: str, problems: Problems) -> Invalid:
    summary = "; ".join(f"{path}: {reasons[0]}" for path, reasons in list(problems.items())[:5])
    return Invalid(code, summary, {"fields": problems})
