"""Tables of notification, and the statements its calls run."""

from services.notification.models.braking import count_messages, forget_counters, hold
from services.notification.models.held import Held, drop, held_groups, list_held, release
from services.notification.models.ledger import claim_due, first_id_at, keep_letters, queue, record_attempts, settle
from services.notification.models.letters import letter_of, reports_of, tries_of
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
from services.notification.models.reporting import Stretch, answers, counted, undelivered
from services.notification.models.tables import CONFLICTS, agencies, agency_tree, metadata, notifications, recipients
from services.notification.models.waiting import due, reminders_ahead, waiting
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
    "Held",
    "Holding",
    "Recipient",
    "Stretch",
    "agencies",
    "agency_as_sender",
    "agency_tree",
    "answers",
    "buckets",
    "claim_due",
    "count_messages",
    "counted",
    "drop",
    "due",
    "erase_recipient",
    "first_id_at",
    "forget_counters",
    "hear_agencies",
    "hear_recipients",
    "held_groups",
    "hold",
    "keep_buckets",
    "keep_letters",
    "known_recipients",
    "letter_of",
    "list_held",
    "merge_recipients",
    "metadata",
    "notifications",
    "queue",
    "recipient",
    "recipients",
    "record_attempts",
    "record_wording",
    "release",
    "reminders_ahead",
    "reports_of",
    "settle",
    "tries_of",
    "undelivered",
    "waiting",
    "wording_history",
    "wording_revision",
    "wordings_for",
    "wordings_of_agency",
]
