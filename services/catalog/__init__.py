"""The catalog: what is taught, by what right, and when and where it can be attended.

Owns   courses and their versions, competences and groups of courses; programmes; laws, articles and circulars, and
       who cites them; providers, instructors and rooms; offerings with their sessions, prices and reservations;
       annual plans of agencies; numbers that are data (policies); the ready-made curriculum.
Says   training.catalog.course_published.v1, .course_retired.v1, .course_reviewed.v1, .course_group_changed.v1
       training.catalog.legal_reference_changed.v1
       training.catalog.programme_published.v1, .programme_retired.v1
       training.catalog.plan_approved.v1
       training.catalog.offering_opened.v1, .offering_changed.v1, .offering_cancelled.v1
Hears  training.enrollment.agency_registered.v1, .agency_changed.v1 (who may hold offerings)
       training.enrollment.offering_decided.v1 (whether an offering is held, on its go/no-go day)
       training.enrollment.completed.v1 (what was done of an annual plan)
"""
