"""Programmes: defined, published, retired."""


class ProgrammeCalls:
    """Calls of this subject."""
