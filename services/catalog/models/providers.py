"""Who teaches and where: providers, their accreditation, instructors, rooms."""

CONFLICTS: dict[str, tuple[str, str]] = {}
