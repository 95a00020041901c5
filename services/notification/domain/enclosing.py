"""Which letters a file goes along with, and how long a letter waits for one that cannot be had.

A file is worth a short delay and never the letter: it can always be had at the address in the words.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notification.domain.templates import Template

# Those that tell of a new certificate. Of one that holds again its holder has the file.
WITH_CERTIFICATE = (Template.CERTIFICATE_ISSUED, Template.CERTIFICATE_CORRECTED)

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=1)


def certificate_code(template: str, context: Mapping[str, Any], attach: bool) -> str | None:
    """The verification code of the certificate that goes along; None where none does."""
    code = context.get("verification_code") if attach and template in WITH_CERTIFICATE else None
    return code or None


def goes_along(status: str) -> bool:
    """Whether a certificate in this state is sent to its holder. Of any other state they hear by itself."""
    return status == "valid"


def look_again(waiting_since: datetime, now: datetime, wait: timedelta) -> datetime | None:
    """When a letter that waits for a file since then is tried again; None when it goes without (policy
    `attachment_wait_minutes`). The pauses grow, and the last look is when the wait is over."""
    ends = waiting_since + wait
    if now >= ends:
        return None
    pause = min(max(now - waiting_since, SHORTEST_PAUSE), LONGEST_PAUSE)
    return min(now + pause, ends)
