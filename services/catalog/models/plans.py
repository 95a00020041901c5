"""Annual plans of agencies."""

CONFLICTS: dict[str, tuple[str, str]] = {}
