"""The notification service: one nameko class, what it hears and what it is asked in the files beside this one."""

from contextlib import closing
from typing import ClassVar

from services.notification import models
from services.notification.channels.email import EmailChannel
from services.notification.domain.delivery import POLICY, Policy
from services.notification.domain.planning import Via
from services.notification.links import open_links
from services.notification.mailer import open_mailer
from services.notification.policies import POLICIES
from services.notification.sending import Postman
from services.notification.service.agency_settings import MailSettingsCalls
from services.notification.service.calendar import HolidayCalls
from services.notification.service.digests import Digests
from services.notification.service.hearing import Subscribers
from services.notification.service.preferring import PreferenceCalls
from services.notification.service.reading import NotificationQueries
from services.notification.service.web import LinkPages
from shared.entrypoints import timer
from shared.policies import Policies
from shared.policies.calls import PolicyCalls
from shared.service import BaseService


class NotificationService(
    Subscribers,
    NotificationQueries,
    PreferenceCalls,
    MailSettingsCalls,
    HolidayCalls,
    Digests,
    LinkPages,
    PolicyCalls,
    BaseService,
):
    """Mails: queued by events, sent by a timer, asked for by agencies."""

    name = "notification"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policy: ClassVar[Policy] = POLICY
    policies: ClassVar[Policies] = POLICIES

    @timer(interval=1.0)
    def send_pending(self) -> None:
        """Send what is due. After some seconds it lets a stop through, and goes on."""
        with closing(open_mailer(self.config.smtp_url)) as mailer:
            channels = {Via.EMAIL: EmailChannel(mailer, self.config.mail_from)}
            links = open_links(self.db, self.config.notification_url)
            more = Postman(self.db, channels, self.policy, links).send_due()
        if more:
            self.wake("send_pending")
