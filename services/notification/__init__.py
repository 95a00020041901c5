"""Notification: messages to people, each told once, in their language.

Owns: recipients (who can be written to, where and in which language) and the ledger of notifications.
Says: nothing yet.
Hears: training.enrollment.employee_registered.v1, training.enrollment.confirmed.v1,
training.enrollment.failed.v1, training.enrollment.cancelled.v1, training.enrollment.schedule_changed.v1,
training.enrollment.programme_completed.v1 and training.certification.issued.v1.
"""
