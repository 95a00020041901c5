"""The certification service: one nameko class, its calls sorted by subject into the files beside this one."""

from typing import ClassVar

from services.certification import models
from services.certification.policies import POLICIES
from services.certification.service.confirming import DecisionCalls
from services.certification.service.credentials import Credentials
from services.certification.service.expiring import ExpiryTimers
from services.certification.service.extracts import ExtractCalls
from services.certification.service.hearing import Subscribers
from services.certification.service.importing import ImportCalls
from services.certification.service.log_pages import PublicLog
from services.certification.service.previewing import PreviewQueries
from services.certification.service.profiles import ProfileCalls
from services.certification.service.publishing import PublicDocuments
from services.certification.service.reading import CertificateQueries
from services.certification.service.releasing import HeldCalls
from services.certification.service.requesting import RequestCalls
from services.certification.service.suspending import StandingCalls
from services.certification.service.telling import PastRecordTimers
from services.certification.service.web import PublicPages
from shared.policies import Policies
from shared.policies.calls import PolicyCalls
from shared.service import BaseService


class CertificationService(
    Subscribers,
    CertificateQueries,
    HeldCalls,
    ImportCalls,
    PastRecordTimers,
    PreviewQueries,
    RequestCalls,
    DecisionCalls,
    StandingCalls,
    ExpiryTimers,
    ExtractCalls,
    Credentials,
    ProfileCalls,
    PublicPages,
    PublicDocuments,
    PublicLog,
    PolicyCalls,
    BaseService,
):
    """Certificates: issued by events, read by agencies, corrected by two people, verified by anybody."""

    name = "certification"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policies: ClassVar[Policies] = POLICIES
