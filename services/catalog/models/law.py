"""Laws, articles and circulars, what changed in them, and who cites them."""

CONFLICTS: dict[str, tuple[str, str]] = {}
