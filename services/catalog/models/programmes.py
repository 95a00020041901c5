"""Programmes: sets of courses that are completed together."""

CONFLICTS: dict[str, tuple[str, str]] = {}
