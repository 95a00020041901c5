"""Every metric of the system, in one place. Names follow `docs/operations.md`; labels are bounded by the code."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

RPC_SECONDS = Histogram("training_rpc_seconds", "Time to answer a call", ["service", "method", "outcome"])
RPC_POISON = Counter(
    "training_rpc_poison_total", "Requests that could not be served or answered", ["service", "reason"]
)
REPLIES_DROPPED = Counter("training_replies_dropped_total", "Replies that could not be sent", ["service"])

EVENTS_HANDLED = Counter("training_events_handled_total", "Events taken from queues", ["service", "type", "outcome"])
INBOX_DUPLICATES = Counter("training_inbox_duplicates_total", "Events that had had their effect", ["service", "type"])
DEAD_LETTERS = Counter("training_dead_letters_total", "Messages parked with a reason", ["service", "type"])

LOOKUPS_REFUSED = Counter("training_lookups_refused_total", "Look-ups without a token that came too often", ["service"])

DEAD_LETTERS_WAITING = Gauge("training_dead_letters_waiting", "Messages parked at this moment", ["service"])

OUTBOX_PENDING = Gauge("training_outbox_pending", "Events committed and not yet at the broker", ["service"])
OUTBOX_OLDEST = Gauge("training_outbox_oldest_seconds", "Age of the oldest of them", ["service"])
OUTBOX_PUBLISHED = Counter("training_outbox_published_total", "Events confirmed by the broker", ["service"])
OUTBOX_UNROUTABLE = Counter("training_outbox_unroutable_total", "Publishes that no queue was bound for", ["service"])
OUTBOX_FAILURES = Counter(
    "training_outbox_publish_failures_total", "Publishes refused or not confirmed in time", ["service"]
)

DATABASE_UP = Gauge("training_database_up", "Whether the database answered last time", ["service"])
BROKER_UP = Gauge("training_broker_up", "Whether the broker connection stands", ["service"])
TIMER_FAILURES = Counter("training_timer_failures_total", "Runs of a timer that raised", ["service", "timer"])

UNACCREDITED_OFFERINGS = Gauge(
    "training_catalog_unaccredited_offerings", "Offerings ahead whose provider is not accredited on all their days"
)
JOB_ROWS = Counter("training_job_rows_total", "Rows of bulk jobs by what came of them", ["kind", "outcome"])
YEARS_DUE = Gauge("training_years_due", "People of whom it waits to be worked out what their years ask")
FIGURES_BEHIND = Gauge(
    "training_figures_behind_seconds", "Age of the oldest change that the figures of agencies do not have yet"
)
SHORTFALLS_TOLD = Counter(
    "training_hours_shortfalls_total", "People told that hours of the year are missing", ["occasion"]
)
YEAR_CLOSINGS = Counter("training_year_closings_total", "Closed years of agencies, told in full", ["kind"])
YEAR_CLOSINGS_FAILING = Gauge("training_year_closings_failing", "Closings that raised and wait for their next try")
DUE_WAITING = Gauge("training_due_waiting", "Changes of people of whom what is due is still to be worked out")
COURSES_DUE = Counter("training_courses_due_total", "People told that a course is due or overdue", ["cause"])
LOG_ENTRIES = Counter("training_log_entries_total", "Entries appended to the log of certificates", ["kind"])
CERTIFICATES_ISSUED = Counter("training_certificates_issued_total", "Certificates signed and stored", ["kind"])
COMPLETIONS_HELD = Counter("training_completions_held_total", "Completions that the brake held for release")
COMPLETIONS_WAITING = Gauge("training_completions_waiting", "Held completions that nobody has decided on")
CERTIFICATE_CHANGES = Counter(
    "training_certificate_changes_total", "Certificates whose status changed, by what it is now", ["status"]
)
NOTIFICATIONS_QUEUED = Counter("training_notifications_queued_total", "Messages to people, queued", ["template"])
NOTIFICATIONS_HELD = Counter("training_notifications_held_total", "Messages held until somebody decides", ["reason"])
NOTIFICATIONS_HELD_WAITING = Gauge(
    "training_notifications_held_waiting", "Held messages that nobody has decided on", ["template"]
)
NOTIFICATIONS_DUE = Gauge("training_notifications_due", "Messages whose time has come and that are not sent")
NOTIFICATIONS_OLDEST_DUE = Gauge("training_notifications_oldest_due_seconds", "Since when the oldest of them is due")
NOTIFICATIONS = Counter("training_notifications_total", "Outcomes of sending", ["template", "status"])
DELIVERIES = Counter("training_deliveries_total", "Outcomes of handing over, by channel", ["channel", "outcome"])
WEBHOOKS_DISABLED = Counter("training_webhook_disabled_total", "Webhooks switched off because their receiver is gone")
WEBHOOK_FAILING = Gauge(
    "training_webhook_failing_seconds", "How long the webhook that has failed longest has taken nothing"
)
WORDINGS_FAILED = Counter(
    "training_wordings_failed_total", "Agencies' own words that could not be said, so that ours went out", ["template"]
)
MAIL_DOCUMENTS = Counter(
    "training_mail_documents_total", "Certificates for mails that tell of them, by what came of it", ["outcome"]
)
MAILS_OVER_RATE = Counter("training_mails_over_rate_total", "Mails put back because of a rate of domain or agency")
COMPLETION_TO_CERTIFICATE = Histogram(
    "training_completion_to_certificate_seconds", "From the recorded result to the stored certificate", buckets=_SECONDS
)
COMPLETION_TO_MAIL = Histogram(
    "training_completion_to_mail_seconds", "From the recorded result to the mail handed over", buckets=_SECONDS
)
