"""The notification service: one nameko class, what it hears and what it is asked in the files beside this one."""

from typing import Any, ClassVar

from services.notification import models
from services.notification.channels.email import EmailChannel
from services.notification.domain.delivery import POLICY, Policy
from services.notification.domain.planning import Via
from services.notification.mailer import open_mailer
from services.notification.policies import POLICIES
from services.notification.sending import Postman
from services.notification.service.bounces import BounceCalls
from services.notification.service.hearing import Subscribers
from services.notification.service.mailboxes import MailboxTimers
from services.notification.service.reading import NotificationQueries
from services.notification.service.suppressions import SuppressionCalls
from shared.entrypoints import timer
from shared.policies import Policies
from shared.policies.calls import PolicyCalls
from shared.service import BaseService, Kept


class NotificationService(
    Subscribers, NotificationQueries, BounceCalls, SuppressionCalls, MailboxTimers, PolicyCalls, BaseService
):
    """Mails: queued by events, sent by a timer, asked for by agencies."""

    name = "notification"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policy: ClassVar[Policy] = POLICY
    policies: ClassVar[Policies] = POLICIES

    mailer: Any = Kept(lambda config: open_mailer(config.smtp_url, config.bounce_address))

    @timer(interval=1.0)
    def send_pending(self) -> None:
        """Send what is due. After some seconds it lets a stop through, and goes on."""
        channels = {Via.EMAIL: EmailChannel(self.mailer, self.config.mail_from)}
        more = Postman(self.db, channels, self.policy, self.ending).send_due()
        self.mailer.tidy()
        if more:
            self.wake("send_pending")
