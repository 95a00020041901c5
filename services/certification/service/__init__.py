"""The certification service: one nameko class, its calls sorted by subject into the files beside this one."""

from services.certification import models
from services.certification.service.hearing import Subscribers
from services.certification.service.log_pages import PublicLog
from services.certification.service.reading import CertificateQueries
from services.certification.service.web import PublicPages
from shared.service import BaseService


class CertificationService(Subscribers, CertificateQueries, PublicPages, PublicLog, BaseService):
    """Certificates: issued by events, read by agencies, verified by anybody."""

    name = "certification"
    metadata = models.metadata
    conflicts = models.CONFLICTS
