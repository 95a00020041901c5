"""Tables of the catalog and the questions asked of them, by subject."""

from services.catalog.models import courses, law, offerings, plans, policy, programmes, providers
from services.catalog.models.base import Base

__all__ = ["CONFLICTS", "Base", "courses", "law", "metadata", "offerings", "plans", "policy", "programmes", "providers"]

metadata = Base.metadata

_DRAFT_EXISTS = ("draft_exists", "A draft of this course was defined at the same moment.")
CONFLICTS = {
    "pk_course_versions": _DRAFT_EXISTS,
    "uq_course_versions_draft": _DRAFT_EXISTS,
    "pk_courses": _DRAFT_EXISTS,
    "pk_competences": ("competence_exists", "The competence was defined at the same moment."),
    "pk_course_groups": ("group_changed", "The group was made at the same moment."),
    "pk_course_group_members": ("course_in_another_group", "A course came into another group at the same moment."),
    **law.CONFLICTS,
    **plans.CONFLICTS,
    **policy.CONFLICTS,
    **programmes.CONFLICTS,
    **providers.CONFLICTS,
}
