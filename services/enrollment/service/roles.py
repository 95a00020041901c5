"""Who may call what. A call of an agency's own system only ever reaches that agency's own records."""

STAFF = ("agency_system", "training_officer", "national")
OFFICERS = ("training_officer", "national")
READERS = (*STAFF, "auditor")
EVERYBODY = (*READERS, "catalog_admin", "certification_officer", "operator")
