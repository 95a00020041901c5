"""The notification service: one nameko class, what it hears and what it is asked in the files beside this one."""

from contextlib import closing
from typing import ClassVar

from services.notification import domain, models
from services.notification.domain import Policy
from services.notification.mailer import open_mailer
from services.notification.sending import Sender
from services.notification.service.hearing import Subscribers
from services.notification.service.reading import NotificationQueries
from shared.entrypoints import timer
from shared.service import BaseService


class NotificationService(Subscribers, NotificationQueries, BaseService):
    """Mails: queued by events, sent by a timer, asked for by agencies."""

    name = "notification"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policy: ClassVar[Policy] = domain.POLICY

    @timer(interval=1.0)
    def send_pending(self) -> None:
        """Send what is due. After some seconds it lets a stop through, and goes on."""
        sender = Sender(self.db, self.config.mail_from, self.policy)
        with closing(open_mailer(self.config.smtp_url)) as mailer:
            more = sender.send_due(mailer)
        if more:
            self.wake("send_pending")
