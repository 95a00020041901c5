"""Tables of notification, and the statements its calls run."""

from services.notification.models.calendar import holidays_between, holidays_from, remove_holiday, set_holidays
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
    reader_of,
    recipient,
)
from services.notification.models.preferences import chosen, hold_person, set_preferences
from services.notification.models.settings import own_settings, set_settings, settings_of
from services.notification.models.tables import CONFLICTS, agencies, agency_tree, metadata, notifications, recipients

__all__ = [
    "CONFLICTS",
    "ERASED",
    "Recipient",
    "agencies",
    "agency_tree",
    "chosen",
    "claim_due",
    "erase_recipient",
    "first_id_at",
    "hear_agencies",
    "hear_officers",
    "hear_recipients",
    "hold_person",
    "holidays_between",
    "holidays_from",
    "keep_letters",
    "known_recipients",
    "merge_recipients",
    "metadata",
    "notifications",
    "officers_of",
    "own_settings",
    "queue",
    "reader_of",
    "recipient",
    "recipients",
    "record_attempts",
    "remove_holiday",
    "set_holidays",
    "set_preferences",
    "set_settings",
    "settings_of",
    "settle",
]
