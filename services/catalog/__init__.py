"""The catalog: what is taught, and when and where it can be attended.

Owns   courses and their versions, the ready-made curriculum, offerings and whom they are open to, annual plans of
       agencies, and numbers that are data.
Says   training.catalog.offering_opened.v1, training.catalog.offering_cancelled.v1
Hears  training.enrollment.agency_registered.v1 (who may hold offerings),
       training.enrollment.completed.v1 (what was done of an annual plan)
"""
