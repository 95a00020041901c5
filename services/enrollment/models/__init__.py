"""Tables of enrollment, and the statements its calls run."""

# The modules are named here so that their tables are part of the metadata whenever it is.
from services.enrollment.models import courses, forms, programmes, queries
from services.enrollment.models.tables import STATUSES, agencies, employees, enrollments, history, metadata, offerings

__all__ = [
    "CONFLICTS",
    "STATUSES",
    "agencies",
    "courses",
    "employees",
    "enrollments",
    "forms",
    "history",
    "metadata",
    "offerings",
    "programmes",
    "queries",
]

CONFLICTS = {
    "pk_agencies": ("agency_exists", "The agency's code is registered already."),
    "uq_employees_national_code": ("already_employed", "The person is registered already."),
    "uq_employees_personnel_number": ("personnel_number_taken", "The agency has given this personnel number already."),
    "uq_enrollments_employee": ("already_enrolled", "The employee is enrolled already."),
    "pk_questionnaires": ("questionnaire_exists", "The questionnaire was published at the same time; try again."),
    "uq_form_requests_about_id": ("form_exists", "The form was opened at the same time; try again."),
}
