"""Tables of notification, and the statements its calls run."""

from services.notification.models.calendar import holidays_between, holidays_from, remove_holiday, set_holidays
from services.notification.models.digests import (
    follow_digests,
    hold_readers,
    items_due,
    leave_out,
    move_waiting,
    put_into_digests,
    readers_due,
    send_alone,
)
from services.notification.models.ledger import (
    claim_due,
    first_id_at,
    keep_letters,
    queue,
    queue_rows,
    record_attempts,
    settle,
)
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
from services.notification.models.secrets import make_secret, secret
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
    "follow_digests",
    "hear_agencies",
    "hear_recipients",
    "hold_person",
    "hold_readers",
    "holidays_between",
    "holidays_from",
    "items_due",
    "keep_letters",
    "known_recipients",
    "leave_out",
    "make_secret",
    "merge_recipients",
    "metadata",
    "move_waiting",
    "notifications",
    "own_settings",
    "put_into_digests",
    "queue",
    "queue_rows",
    "reader_of",
    "readers_due",
    "recipient",
    "recipients",
    "record_attempts",
    "remove_holiday",
    "secret",
    "send_alone",
    "set_holidays",
    "set_preferences",
    "set_settings",
    "settings_of",
    "settle",
]
