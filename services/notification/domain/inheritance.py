"""Settings of agencies: each value is an agency's own, or that of the nearest agency above it that has one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# What goes together is inherited together: half of somebody else's quiet hours would be nobody's.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("sender_name",),
    ("sender_address",),
    ("reply_to",),
    ("attach_certificates",),
    ("mails_per_minute",),
    ("quiet_from", "quiet_to"),
    ("weekend",),
)
NAMES = tuple(name for group in GROUPS for name in group)


class Setting(NamedTuple):
    """A value and the agency that set it; both None where nobody did, and the system's holds."""

    value: Any = None
    agency_code: str | None = None


UNSET: Mapping[str, Setting] = dict.fromkeys(NAMES, Setting())


def inherited(chain: Sequence[str], rows: Mapping[str, Any]) -> dict[str, Setting]:
    """What holds for the first agency of `chain`, which lists those above it, the nearest first.

    `rows` has the settings of agencies by code; None in one means that the agency says nothing of it.
    """
    found = dict(UNSET)
    for group in GROUPS:
        setter = next((code for code in chain if code in rows and getattr(rows[code], group[0]) is not None), None)
        if setter is not None:
            found |= {name: Setting(getattr(rows[setter], name), setter) for name in group}
    return found
