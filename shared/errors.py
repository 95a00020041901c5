"""The six kinds of error a caller can meet.

Every error carries `[code, message, details]`: a stable code for programs, a sentence for people and a JSON
object with what they need to act on it. All three cross RPC and HTTP unchanged. An exception that is none of
these is a bug: the caller sees `Internal` with a reference number, its text stays in the log.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class TrainingError(Exception):
    """Base of the six kinds; never raised itself."""

    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, code: str, message: str = "", details: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message or code.replace("_", " ")
        self.details = dict(details or {})
        super().__init__(self.code, self.message, self.details)

    @property
    def kind(self) -> str:
        return type(self).__name__

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(TrainingError):
    """The arguments are wrong. `details["fields"]` maps each wrong field's path to its reasons."""

    http_status = 422

    @classmethod
    def field(cls, path: str, reason: str, code: str = "invalid_arguments") -> "Invalid":
        """One wrong field, in the form that a failed shape gives."""
        return cls(code, f"{path}: {reason}", {"fields": {path: [reason]}})


class Unauthenticated(TrainingError):
    """No token, or one that is malformed, expired or not signed by us."""

    http_status = 401


class Forbidden(TrainingError):
    """The caller's roles do not allow this call."""

    http_status = 403


class NotFound(TrainingError):
    """No such record, or one the caller may not see (the two look alike)."""

    http_status = 404


class Conflict(TrainingError):
    """The call is well formed but does not fit what is already true."""

    http_status = 409


class Unavailable(TrainingError):
    """Try again: something needed is not here yet, or not reachable now."""

    http_status = 503
    retryable = True


class Internal(TrainingError):
    """A bug of ours: the caller gets a reference number, the log has the rest. Raised by the entrypoints alone."""

    @classmethod
    def with_reference(cls, reference: str) -> "Internal":
        return cls("internal", f"Something went wrong here; the log knows it as {reference}.", {"reference": reference})


KINDS: dict[str, type[TrainingError]] = {
    kind.__name__: kind for kind in (Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Unavailable)
}


def as_dict(error: TrainingError) -> dict[str, Any]:
    """`{kind, code, message, details}`: the form an error has in JSON, wherever it is shown."""
    return {"kind": error.kind, "code": error.code, "message": error.message, "details": error.details}


Problems = dict[str, list[str]]  # what is wrong, by the path of each field


def refuse(problems: Problems) -> None:
    """Raise Invalid naming every field in `problems` at once; nothing happens when there is none."""
    if problems:
        message = "; ".join(f"{path}: {reasons[0]}" for path, reasons in list(problems.items())[:5])
        raise Invalid("invalid_arguments", message, {"fields": problems})
