"""Who may call what."""

from shared.auth import ROLES

COURSE_ROLES = ("catalog_admin", "national")
OFFERING_ROLES = ("training_officer", "national")
EVERYONE = tuple(sorted(ROLES))
