"""An agency's own words for a mail: which parts of it they may take the place of, and how long they may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

# The parts in the agency's hands, and how many characters each may have: as it is written, and as it is read.
# Facts, action and layout stay ours, so that no wording can leave out what somebody has to know.
WRITTEN: Mapping[str, int] = {"subject": 400, "opening": 4000, "closing": 4000}
READ: Mapping[str, int] = {"subject": 500, "opening": 4000, "closing": 4000}


@dataclass(frozen=True)
class Wording:
    """One revision of an agency's words for a template in a language. None: the shipped words."""

    wording_id: UUID
    template: str
    language: str
    subject: str | None = None
    opening: str | None = None
    closing: str | None = None

    def parts(self) -> dict[str, str]:
        """The parts it has words for."""
        own = {"subject": self.subject, "opening": self.opening, "closing": self.closing}
        return {part: source for part, source in own.items() if source is not None}
