"""Providers, instructors and rooms."""


class ProviderCalls:
    """Calls of this subject."""
