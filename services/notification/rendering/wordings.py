"""Words of agencies: Jinja2 in a sandbox that can show given values, choose and repeat, and nothing else.

What may stand in a wording is listed, not what may not: `{{ value|filter }}`, `{% if %}` and `{% for %}` (one inside
another is refused). There are no calls, macros, imports, assignments or arithmetic, attributes are those of the given
data, and no filter makes anything much longer than it was. A wording is text: the layout escapes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

import jinja2
import structlog
from jinja2 import nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notification.domain.templates import FIELDS, Template
from services.notification.domain.wordings import READ, Wording
from services.notification.rendering.filters import ISOLATE, filters, in_order, isolated, unmarked
from services.notification.rendering.parts import words_of
from services.notification.rendering.samples import MORE_NAMES, NAMES, samples
from shared import metrics
from shared.errors import Problems
from shared.persian import normalise

log = structlog.get_logger("notification")

DEEPEST, MOST = 20, 500  # nodes of the tree, one below another and altogether
GIVEN = ("full_name", "is_type2", "attached")  # beside the fields of the template
FILTERS = (
    "number",
    "day",
    "local",
    "clock",
    "moment_day",
    "weekday",
    "isolated",
    "word",
    "words",
    "join",
    "length",
    "default",
)
TESTS = ("defined", "none")
_LOOP = ("first", "last", "index", "length")
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Tuple, nodes.List),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand),
    *(nodes.Filter, nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Concat),
)
_SHOWN_AS: Mapping[type[nodes.Node], str] = {nodes.Call: "a call", nodes.Pow: "**", nodes.Mul: "*"}


class _Sandbox(ImmutableSandboxedEnvironment):
    """Looks into given data only: keys of mappings, places in lists, and where a loop stands."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, jinja2.Undefined):
            str(obj)  # raises, and says what is missing
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)


@cache
def _sandbox(language: str) -> _Sandbox:
    shown = _shown_fa if language == "fa" else _shown
    sandbox = _Sandbox(undefined=jinja2.StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True)
    sandbox.globals.clear()
    known = {**sandbox.filters, **filters(language), "join": _joined}
    sandbox.filters = {name: known[name] for name in FILTERS}
    sandbox.tests = {name: sandbox.tests[name] for name in TESTS}
    return sandbox


def _shown(value: Any) -> Any:
    """A value as it stands in a sentence: its direction is its own affair."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | jinja2.Undefined):
        raise ValueError(  # noqa: TRY004 - its words are for whoever wrote the wording
            "a list, an object or a yes or no is no text: name a part of it, ask with if, or use a filter such as local"
        )
    return isolated(value) if isinstance(value, str) and ISOLATE not in value else value


class _Day(str):
    """A day of the data, which a wording may show without a filter."""

    __slots__ = ()


def _shown_fa(value: Any) -> Any:
    """Days, numbers and codes as Persian readers need them, also where no filter says so."""
    if isinstance(value, _Day):
        value = filters("fa")["day"](value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        value = filters("fa")["number"](value)
    elif isinstance(value, str) and ISOLATE not in value:
        value = in_order(value, "fa")
    return _shown(value)


def _joined(values: Sequence[str], separator: str = "، ") -> str:
    if not isinstance(values, list) or len(values) * len(separator) + sum(map(len, values)) > READ["opening"]:
        raise ValueError("join needs a list that is not too long")
    return separator.join(values)


@lru_cache(maxsize=1000)
def _compiled(language: str, source: str) -> jinja2.Template:
    return _sandbox(language).from_string(source)


def said(part: str, language: str, source: str, words: Mapping[str, Any]) -> str:
    """What a part of a wording says. Raises jinja2.TemplateError, or ValueError, TypeError or KeyError, for data that
    it cannot be said of, ValueError for too much or nothing."""
    text, limit = "", READ[part]
    given = {name: _Day(value) if _is_day(name, value) else value for name, value in words.items()}
    for piece in _compiled(language, source).generate(given):
        text += piece
        if len(text) > 2 * limit:  # marks count here, so that a loop over nothing ends too
            break
    shown = unmarked(text).strip()
    if len(shown) > limit or len(text) > 2 * limit:
        raise ValueError(f"has more than {limit} characters")
    if not shown:
        raise ValueError("is empty")
    return text


def _is_day(name: str, value: Any) -> bool:
    """By its name: the code of a course may look like a day."""
    return isinstance(value, str) and value != "" and name.endswith(("_on", "_until"))


class Own:
    """The wordings that hold for one letter, by template; which of them was used.

    One that cannot be said of this letter's data is left out, and the shipped words go: nobody waits because of a
    wording. The log and a metric tell of it.
    """

    def __init__(self, wordings: Mapping[str, Wording], language: str) -> None:
        self.wordings = {name: each for name, each in wordings.items() if each.language == language}
        self.used: dict[str, UUID] = {}

    def __call__(self, template: str, words: Mapping[str, Any]) -> Mapping[str, str]:
        wording = self.wordings.get(template)
        if wording is None:
            return {}
        try:
            own = {part: said(part, wording.language, source, words) for part, source in wording.parts().items()}
        except Exception as error:  # noqa: BLE001 - whatever it is, the letter goes
            log.warning(
                "wording_failed", wording_id=str(wording.wording_id), template=template, error=type(error).__name__
            )
            metrics.WORDINGS_FAILED.labels(template).inc()
            return {}
        self.used[template] = wording.wording_id
        return own


def problems(template: str, language: str, sources: Mapping[str, str]) -> Problems:
    """What is wrong with the parts of a wording, by field, each with its line; found by reading it, and then by saying
    it of every sample."""
    found: Problems = {}
    for part, source in sources.items():
        wrong = list(islice(_forbidden(template, language, source), 10)) or _failing(part, template, language, source)
        if wrong:
            found[part] = wrong
    return found


def _forbidden(template: str, language: str, source: str) -> Iterator[str]:
    """What in a source is not allowed. It is compiled only when nothing is, as compiling works constants out."""
    try:
        tree = _sandbox(language).parse(source)
        found = list(_unlisted(tree, {*FIELDS[Template(template)], *GIVEN}, DEEPEST))
        if sum(1 for _ in tree.find_all(nodes.Node)) > MOST:
            found.append("line 1: has too many values and statements")
        yield from found
        if not found:
            _compiled(language, source)
    except jinja2.TemplateSyntaxError as error:
        yield f"line {error.lineno}: {error.message}"
    except RecursionError:
        yield "line 1: goes too deep"


def _unlisted(node: nodes.Node, known: set[str], depth: int) -> Iterator[str]:
    """What in a tree is not on the list. `known` are the names of values, and `loop` inside one."""
    wrong = _wrong(node, known) if depth else "goes too deep"
    if wrong:
        yield f"line {node.lineno}: {wrong}"
        return
    if isinstance(node, nodes.For):
        known = known | {"loop"} | {name.name for name in node.target.find_all(nodes.Name)} | _name_of(node.target)
    for child in node.iter_child_nodes():
        yield from _unlisted(child, known, depth - 1)


def _wrong(node: nodes.Node, known: set[str]) -> str | None:
    if not isinstance(node, _ALLOWED):
        return f"{_SHOWN_AS.get(type(node), type(node).__name__)} is not allowed"
    if isinstance(node, nodes.For) and (node.recursive or "loop" in known):
        return "a loop inside another is not allowed"
    if isinstance(node, nodes.For) and not isinstance(node.iter, nodes.Name | nodes.Getattr | nodes.Getitem):
        return "a loop goes over a given list"
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and normalise(node.value) != node.value.strip():
        return "a text has characters that cannot be seen"
    return _unknown(node, known)


def _unknown(node: nodes.Node, known: set[str]) -> str | None:
    """A name of nothing, and what there is instead."""
    if isinstance(node, nodes.Name) and node.ctx == "load":
        what, there_are = "value", sorted(known)
    elif isinstance(node, nodes.Filter):
        what, there_are = "filter", list(FILTERS)
    elif isinstance(node, nodes.Test):
        what, there_are = "test", list(TESTS)
    else:
        return None
    return None if node.name in there_are else f"there is no {what} {node.name!r}; there are {', '.join(there_are)}"


def _name_of(target: nodes.Node) -> set[str]:
    return {target.name} if isinstance(target, nodes.Name) else set()


def _failing(part: str, template: str, language: str, source: str) -> list[str]:
    """The first sample that a part cannot be said of."""
    first, *others = samples(template)
    differing = [(NAMES[language], each, _differences(first, each)) for each in others]
    named = [(name, first, f"where full_name is {name[:30]}") for name in MORE_NAMES]
    for full_name, context, which in [(NAMES[language], first, "the first sample"), *differing, *named]:
        try:
            said(part, language, source, words_of(full_name, context))
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody would have got it as a mail
            return [f"line {_line_of(error)}: {_reason(error)} ({which})"]
    return []


def _differences(first: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    differing = [f"{name} is {str(value)[:40]}" for name, value in other.items() if first.get(name) != value]
    return f"where {', '.join(differing)}"


def _line_of(error: BaseException) -> int:
    """Where in the source: the last frame of the template, whose lines Jinja2 has put right."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _reason(error: Exception) -> str:
    if isinstance(error, jinja2.TemplateError | ValueError):
        return str(error)[:200]
    return "a value is missing, or not of the kind that its filter takes"
