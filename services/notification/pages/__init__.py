"""The public pages behind the links in letters: plain HTML that needs no script and loads nothing, in Persian and in
English."""

from services.notification.pages.responses import asked, choices, done, erased, limited, unknown, unread
from services.notification.pages.words import Words, words_for

__all__ = ["Words", "asked", "choices", "done", "erased", "limited", "unknown", "unread", "words_for"]
