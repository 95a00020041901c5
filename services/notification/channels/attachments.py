"""What goes along with a letter, whatever made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attachment:
    """A file in a mail. `content_type` as `application/pdf`; `params` are parameters of the type, as
    `{"method": "REQUEST"}` of `text/calendar`."""

    filename: str
    content_type: str
    content: bytes
    params: Mapping[str, str] = field(default_factory=dict)
