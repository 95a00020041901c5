"""The public pages: plain HTML that needs no script and loads nothing, whole in Persian and whole in English."""

from services.certification.pages.responses import code_form, limited, pdf, protected, refused, verified, wants_json
from services.certification.pages.words import Words, language_of

__all__ = [
    "Words",
    "code_form",
    "language_of",
    "limited",
    "pdf",
    "protected",
    "refused",
    "verified",
    "wants_json",
]
