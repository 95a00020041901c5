"""Texts of two directions in one line: what is marked here as an element of its own is read as it is written."""

import re

from markupsafe import Markup, escape

_LEFT_TO_RIGHT, _BY_ITSELF, _END = "\u2066", "\u2068", "\u2069"
_MARKS = re.compile(f"[{_LEFT_TO_RIGHT}{_BY_ITSELF}{_END}]")
_DAY = re.compile(f"{_LEFT_TO_RIGHT}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_END}")
_OPENED = {_LEFT_TO_RIGHT: '<bdi dir="ltr">', _BY_ITSELF: "<bdi>", _END: "</bdi>"}


def code(text: str) -> str:
    """A number, code or Gregorian day: from left to right in any text."""
    return f"{_LEFT_TO_RIGHT}{_MARKS.sub('', text)}{_END}"


def written(text: str) -> str:
    """What somebody wrote, in a direction of its own."""
    return f"{_BY_ITSELF}{_MARKS.sub('', text)}{_END}"


def marked(text: str) -> Markup:
    """A text as HTML, with an element for each of these parts."""
    days = _DAY.sub(r'<time dir="ltr" datetime="\1">\1</time>', str(escape(text)))
    return Markup(_MARKS.sub(lambda mark: _OPENED[mark[0]], days))  # noqa: S704 - escaped above
