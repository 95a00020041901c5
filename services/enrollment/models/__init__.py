"""Tables of enrollment, and the statements its calls run."""

# The modules are named here so that their tables are part of the metadata whenever it is.
from services.enrollment.models import (
    courses,
    extracts,
    foreseen,
    forms,
    hours,
    jobs,
    people,
    policies,
    programmes,
    queries,
    recognitions,
    record,
    running,
)
from services.enrollment.models.tables import (
    STATUSES,
    agencies,
    approval_rules,
    employees,
    enrollments,
    history,
    metadata,
    offerings,
)

__all__ = [
    "CONFLICTS",
    "STATUSES",
    "agencies",
    "approval_rules",
    "closings",
    "courses",
    "employees",
    "enrollments",
    "extracts",
    "foreseen",
    "forms",
    "history",
    "hours",
    "jobs",
    "metadata",
    "offerings",
    "people",
    "policies",
    "programmes",
    "queries",
    "ranks",
    "recognitions",
    "record",
    "running",
    "type2",
]

CONFLICTS = {
    "pk_policies": ("policy_recorded", "Somebody recorded a value from the same day at the same moment."),
    "pk_agencies": ("agency_exists", "The agency's code is registered already."),
    "uq_employees_national_code": ("already_employed", "The person is registered already."),
    "uq_employees_personnel_number": ("personnel_number_taken", "The agency has given this personnel number already."),
    "uq_transfers_running": ("transfer_running", "A transfer of this person is being decided on already."),
    "uq_employment_periods_open": (
        "employment_changed",
        "Somebody changed this person's employment at the same moment.",
    ),
    "uq_enrollments_employee": ("already_enrolled", "The employee is enrolled already."),
    "pk_questionnaires": ("questionnaire_exists", "The questionnaire was published at the same time; try again."),
    "uq_training_entries_reverses": (
        "entry_reversed",
        "Somebody took the same line back at the same moment; try again.",
    ),
    "uq_recognitions_evidence_key": (
        "evidence_known",
        "Somebody asked for the recognition of this document at the same moment.",
    ),
    "uq_year_closings_revision": ("preview_outdated", "Somebody recomputed this year at the same moment."),
    "uq_rank_decisions_rank": ("rank_recorded", "This rank of the person was recorded at the same moment."),
    "uq_hour_uses_line_id": ("hours_used", "The hours were used for the same purpose at the same moment."),
    "uq_type2_applications_running": ("application_running", "An application of this person runs already."),
    "uq_candidacies_running": ("candidacy_running", "The person is a candidate for this post already."),
    "uq_form_requests_about_id": ("form_exists", "The form was opened at the same time; try again."),
}
