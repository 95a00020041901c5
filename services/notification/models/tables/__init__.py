"""Tables of notification, by subject, and what their unique constraints mean."""

from services.notification.models.tables.agencies import (
    agencies,
    agency_officers,
    agency_settings,
    agency_tree,
    webhooks,
    wordings,
)
from services.notification.models.tables.base import holidays, metadata, policies, secrets
from services.notification.models.tables.courses import offering_revisions, offerings, seats
from services.notification.models.tables.ledger import (
    attempts,
    bounce_reports,
    brake_counters,
    letters,
    notifications,
    rates,
    resends,
)
from services.notification.models.tables.people import preferences, recipients, suppressions, welcomes

CONFLICTS: dict[str, tuple[str, str]] = {
    "uq_notifications_event_recipient_template": ("already_notified", "This event was already told to this person."),
    "uq_notifications_recipient_subject_template": ("already_notified", "This person was already told of it."),
    "uq_wordings_revision": ("wording_changed", "Somebody else has changed this wording at the same moment."),
    "pk_policies": ("policy_recorded", "Somebody else has recorded this policy at the same moment."),
}

__all__ = [
    "CONFLICTS",
    "agencies",
    "agency_officers",
    "agency_settings",
    "agency_tree",
    "attempts",
    "bounce_reports",
    "brake_counters",
    "holidays",
    "letters",
    "metadata",
    "notifications",
    "offering_revisions",
    "offerings",
    "policies",
    "preferences",
    "rates",
    "recipients",
    "resends",
    "seats",
    "secrets",
    "suppressions",
    "webhooks",
    "welcomes",
    "wordings",
]
