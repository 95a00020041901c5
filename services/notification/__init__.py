"""Notification: messages to people, each told once, in their language.

Owns: recipients (who can be written to, where and in which language) and the ledger of notifications.
Says: nothing yet.
Hears: training.enrollment.employee_registered.v1; training.enrollment.confirmed.v1, .failed.v1, .cancelled.v1,
.schedule_changed.v1, .programme_completed.v1, .form_due.v1; training.certification.issued.v1.
"""
