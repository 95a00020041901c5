"""A call, however it came in."""

from dataclasses import dataclass
from typing import Any

import msgspec

from shared.errors import Invalid
from shared.messages import Cause

MAX_BODY_BYTES = 1_048_576


@dataclass(frozen=True)
class Call:
    """One call as it came through a door: raw arguments, token, and what it follows from."""

    arguments: Any
    token: Any = None
    cause: Cause | None = None
    idempotency_key: Any = None


def parse_json(body: bytes) -> Any:
    """The JSON value in a body; raises Invalid when it is too large, not JSON, or holds what no database stores."""
    if len(body) > MAX_BODY_BYTES:
        raise Invalid("too_large", f"The body has {len(body)} bytes; at most {MAX_BODY_BYTES} are read.")
    if b"\\u0000" in body:
        raise Invalid("not_json", "The body holds a NUL character.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("not_json", f"The body is not JSON: {str(error)[:200] or type(error).__name__}.") from None
