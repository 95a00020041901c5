"""Notification: messages to people, each told once, in their language.

Owns: recipients (who can be written to, where, when and in which language) and what they chose, the ledger of
notifications, what mail servers reported of them, addresses that nothing is sent to, the settings, wordings and
webhooks of agencies, announced holidays, and what it heard of the tree of agencies, whose upper ones may ask about
people of the lower ones, of their training officers, and of offerings and their seats.
Says: nothing yet.
Hears: training.catalog.offering_opened.v1, .offering_changed.v1, .offering_cancelled.v1;
training.enrollment.agency_registered.v1, .agency_changed.v1, .officers_changed.v1;
training.enrollment.employee_registered.v1, .employee_changed.v1, .employees_merged.v1, .employee_erased.v1;
training.enrollment.requested.v1, .invited.v1, .waitlisted.v1,
.seat_offered.v1, .confirmed.v1, .rejected.v1, .lapsed.v1, .withdrawn.v1, .cancelled.v1, .schedule_changed.v1,
.resit_due.v1, .failed.v1, .programme_completed.v1, .form_due.v1,
.hours_shortfall.v1, .course_due.v1, .annual_training_hours_closed.v1, .type2_moved.v1;
training.certification.issued.v1, .revoked.v1, .suspended.v1, .reinstated.v1, .expiring.v1, .expired.v1.
"""
