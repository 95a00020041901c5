"""Tables of notification, and the statements its calls run."""

from services.notification.models.ledger import claim_due, first_id_at, keep_letters, queue, record_attempts, settle
from services.notification.models.officers import hear_officers, officers_of
from services.notification.models.people import (
    ERASED,
    Recipient,
    erase_recipient,
    hear_agencies,
    hear_recipients,
    known_recipients,
    merge_recipients,
    recipient,
)
from services.notification.models.tables import CONFLICTS, agencies, agency_tree, metadata, notifications, recipients

__all__ = [
    "CONFLICTS",
    "ERASED",
    "Recipient",
    "agencies",
    "agency_tree",
    "claim_due",
    "erase_recipient",
    "first_id_at",
    "hear_agencies",
    "hear_officers",
    "hear_recipients",
    "keep_letters",
    "known_recipients",
    "merge_recipients",
    "metadata",
    "notifications",
    "officers_of",
    "queue",
    "recipient",
    "recipients",
    "record_attempts",
    "settle",
]
