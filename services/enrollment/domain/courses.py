"""What a change of law means for the versions of a course that were taught before it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def stale_since(marks: Sequence[Mapping[str, Any]], reviewed_at: datetime | None) -> datetime | None:
    """Since when a version says what the law no longer does; None when it says what the law does.

    `marks` are the changes of law, each with its moment `at`. A review answers all of them up to its own moment,
    whichever was heard first.
    """
    moments = [datetime.fromisoformat(mark["at"]) for mark in marks]
    return min((at for at in moments if reviewed_at is None or at > reviewed_at), default=None)


def with_mark(marks: Sequence[Mapping[str, Any]], mark: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The marks with one more, once however often it is heard."""
    return list(marks) if mark in marks else [*marks, mark]
