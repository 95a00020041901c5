"""Cursors of paged lists: the sort key of the last row seen, as opaque text.

Paging by key and not by offset keeps a list stable while rows are added, and as fast at its end as at its start.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.errors import Invalid

MAX_LENGTH = 1000


def encode_cursor(key: Mapping[str, Any]) -> str:
    """The opaque text of a sort key. UUIDs, dates and times are written as text."""
    body = json.dumps(dict(key), default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def decode_cursor(text: str, types: Mapping[str, Callable[[Any], Any]] | None = None) -> dict[str, Any]:
    """The sort key in a cursor; raises Invalid (field `cursor`) for anything `encode_cursor` did not make.

    A caller can write any cursor it likes, so name the expected keys with a converter each, for example
    `{"code": str, "version": int, "offering_id": UUID, "starts_on": date.fromisoformat}`.
    """
    key = _parse(text)
    if types is None:
        return key
    if set(key) != set(types):
        raise _broken()
    try:
        return {name: convert(key[name]) for name, convert in types.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise _broken() from error


def _parse(text: str) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) > MAX_LENGTH or not text.isascii():
        raise _broken()
    try:
        key = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _broken() from error
    if not isinstance(key, dict) or not all(_storable(value) for value in key.values()):
        raise _broken()
    return key


def _storable(value: Any) -> bool:
    """Whether a database can compare with this value: a null character or a lone surrogate is refused there."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**63)


def _broken() -> Invalid:
    return Invalid.field("cursor", "is not a cursor that this list gave; leave it out to start again")
