"""Numbers that are data: each with its effective day, its source and how sure it is."""

CONFLICTS: dict[str, tuple[str, str]] = {}
