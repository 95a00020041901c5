"""The notification service: one nameko class, what it hears and what it is asked in the files beside this one."""

from typing import Any, ClassVar

from services.notification import models
from services.notification.channels import Channel
from services.notification.channels.certificate_file import Certificates
from services.notification.channels.email import EmailChannel
from services.notification.channels.sms import SmsChannel
from services.notification.channels.texter import open_texter
from services.notification.domain.delivery import POLICY, Policy
from services.notification.domain.planning import Via
from services.notification.links import open_links
from services.notification.mailer import open_mailer
from services.notification.policies import POLICIES
from services.notification.sending import Postman
from services.notification.service.bounces import BounceCalls
from services.notification.service.courses import CourseNews
from services.notification.service.digests import Digests
from services.notification.service.hearing import Subscribers
from services.notification.service.holidays import HolidayCalls
from services.notification.service.mailboxes import MailboxTimers
from services.notification.service.preferring import PreferenceCalls
from services.notification.service.reading import NotificationQueries
from services.notification.service.releasing import HeldCalls
from services.notification.service.reminding import Reminders
from services.notification.service.reporting import ReportQueries
from services.notification.service.settings import MailSettingsCalls
from services.notification.service.suppressions import SuppressionCalls
from services.notification.service.watching import Watch
from services.notification.service.web import LinkPages
from services.notification.service.webhooks import Webhooks
from services.notification.service.welcoming import WelcomeCalls
from services.notification.service.wordings import WordingCalls
from shared.entrypoints import timer
from shared.entrypoints.asking import Asking
from shared.policies import Policies
from shared.policies.calls import PolicyCalls
from shared.service import BaseService, Kept


class NotificationService(
    Subscribers,
    CourseNews,
    Reminders,
    WelcomeCalls,
    NotificationQueries,
    ReportQueries,
    HeldCalls,
    WordingCalls,
    PreferenceCalls,
    MailSettingsCalls,
    HolidayCalls,
    Digests,
    BounceCalls,
    SuppressionCalls,
    MailboxTimers,
    LinkPages,
    Webhooks,
    Watch,
    PolicyCalls,
    BaseService,
):
    """Messages to people: queued by events and clocks, sent by timers, asked for by agencies."""

    name = "notification"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policy: ClassVar[Policy] = POLICY
    policies: ClassVar[Policies] = POLICIES

    # Of ten workers that certification has, verifying and issuing keep seven.
    certification: Any = Asking("certification", at_once=3)
    mailer: Any = Kept(lambda config: open_mailer(config.smtp_url, config.bounce_address))
    texter: Any = Kept(lambda config: open_texter(config.sms_url))

    @timer(interval=1.0)
    def send_pending(self) -> None:
        """Send what is due. After some seconds it lets a stop through, and goes on."""
        certificates = Certificates(self.certification.ask)
        by_mail: Channel = EmailChannel(self.mailer, self.config.mail_from, certificates)
        channels = {Via.EMAIL: by_mail, Via.SMS: SmsChannel(self.texter)}
        links = open_links(self.db, self.config.notification_url)
        more = Postman(self.db, channels, self.policy, self.ending, links=links).send_due()
        self.mailer.tidy()
        if more:
            self.wake("send_pending")
