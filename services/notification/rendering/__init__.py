"""From a notification to a mail: words by Jinja2, dates and digits by language, headers nobody can break out of.

Every template has one source in each language, `templates/<language>/<template>.j2`, made of blocks that are plain
text (see `parts`); two layouts show them, as HTML and as text.
"""

from services.notification.channels.attachments import Attachment
from services.notification.rendering.composing import compose
from services.notification.rendering.letters import Letter, render, sms

__all__ = ["Attachment", "Letter", "compose", "render", "sms"]
