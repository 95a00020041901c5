"""The catalog service: one nameko class, its calls sorted by subject into the files beside this one."""

from typing import ClassVar

from services.catalog import models
from services.catalog.policies import POLICIES
from services.catalog.service.citations import CitationCalls
from services.catalog.service.competences import CompetenceCalls
from services.catalog.service.course_lists import CourseQueries
from services.catalog.service.courses import CourseCalls
from services.catalog.service.instructors import InstructorCalls, RoomCalls
from services.catalog.service.law import LawCalls
from services.catalog.service.offering_lists import OfferingQueries
from services.catalog.service.offerings import OfferingCalls
from services.catalog.service.plans import PlanCalls
from services.catalog.service.programmes import ProgrammeCalls
from services.catalog.service.providers import ProviderCalls
from shared.policies import Policies
from shared.policies.calls import PolicyCalls
from shared.service import BaseService


class CatalogService(
    CourseCalls,
    CourseQueries,
    CompetenceCalls,
    OfferingCalls,
    OfferingQueries,
    LawCalls,
    CitationCalls,
    ProgrammeCalls,
    ProviderCalls,
    InstructorCalls,
    RoomCalls,
    PlanCalls,
    PolicyCalls,
    BaseService,
):
    name = "catalog"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policies: ClassVar[Policies] = POLICIES
