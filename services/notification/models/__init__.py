"""Tables of notification, and the statements its calls run."""

from services.notification.models.ledger import claim_due, first_id_at, keep_letters, queue, record_attempts, settle
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
from services.notification.models.rates import buckets, keep_buckets
from services.notification.models.tables import CONFLICTS, agencies, agency_tree, metadata, notifications, recipients
from services.notification.models.wordings import (
    Holding,
    agency_as_sender,
    record_wording,
    wording_history,
    wording_revision,
    wordings_for,
    wordings_of_agency,
)

__all__ = [
    "CONFLICTS",
    "ERASED",
    "Holding",
    "Recipient",
    "agencies",
    "agency_as_sender",
    "agency_tree",
    "buckets",
    "claim_due",
    "erase_recipient",
    "first_id_at",
    "hear_agencies",
    "hear_recipients",
    "keep_buckets",
    "keep_letters",
    "known_recipients",
    "merge_recipients",
    "metadata",
    "notifications",
    "queue",
    "recipient",
    "recipients",
    "record_attempts",
    "record_wording",
    "settle",
    "wording_history",
    "wording_revision",
    "wordings_for",
    "wordings_of_agency",
]
