"""The mailbox of reports, read by a timer, and the officers who hear of addresses that failed."""

import time
from contextlib import closing
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from services.notification import models
from services.notification.domain.templates import Template
from services.notification.mailbox import Incoming, Mailbox, MailboxError, NotMarkedError, open_mailbox, returned_mail
from services.notification.sending import bouncing
from services.notification.service.queueing import Queue
from shared import metrics
from shared.config import Config
from shared.database import Database, Transaction
from shared.entrypoints import timer
from shared.events import Event
from shared.messages import Message
from shared.persian import tehran_date

BATCH = 50
RUN_SECONDS = 20.0

LATER = "later"  # outcomes of a mail; what is to be read again is left as it is
LOOK = ("unreadable", "unmatched")


class AddressFailed(Event, frozen=True, kw_only=True):
    """What officers are told of an address. It is never published: it only has the form that a queue takes."""

    SUBJECT: ClassVar = "suppression_id"
    suppression_id: UUID
    agency_code: str
    participant_name: str
    address: str
    answer: str
    failed_on: date


class MailboxTimers(Queue):
    """Mixed into the service."""

    config: Config
    db: Database
    log: Any
    ending: Any

    @timer(interval=30.0)
    def read_bounces(self) -> None:
        """Read what servers reported. A mail is marked when its effect is committed: after a crash in between it is
        read again, and known."""
        if not self.config.bounces_url:
            return
        try:
            with closing(open_mailbox(self.config.bounces_url)) as mailbox:
                self._read(mailbox)
        except MailboxError as error:
            self.log.warning("bounce_mailbox_unreadable", reason=str(error))
            metrics.BOUNCE_MAILBOX_FAILING.set(1)
        else:
            metrics.BOUNCE_MAILBOX_FAILING.set(0)

    def _read(self, mailbox: Mailbox) -> None:
        """Batches until nothing is left but what is to be read later; after some seconds the next run goes on. What
        cannot be marked is told once the others are read: it comes again at every run."""
        ends, later = time.monotonic() + RUN_SECONDS, set[str]()
        unmarked: NotMarkedError | None = None
        while not self.ending() and time.monotonic() < ends:
            mails = [each for each in mailbox.unseen(BATCH + len(later)) if each.key not in later]
            for mail in mails:
                outcome = self._take(mail)
                metrics.BOUNCE_MAILS.labels(outcome).inc()
                if outcome == LATER:
                    later.add(mail.key)
                    continue
                try:
                    mailbox.mark(mail, look=outcome in LOOK)
                except NotMarkedError as error:
                    later.add(mail.key)
                    unmarked = error
            if not mails:
                break
        if unmarked is not None:
            raise unmarked

    def _take(self, incoming: Incoming) -> str:
        """What came of a mail, as the metric names it. One transaction each: an odd one harms no other."""
        try:
            if incoming.raw is None:
                return "unreadable"
            mail = returned_mail.read(incoming.raw)
        except returned_mail.UnreadableError as error:
            self.log.warning("bounce_mail_unreadable", mail=incoming.key[:100], reason=str(error))
            return "unreadable"
        if mail is None:
            return "nothing"
        try:
            with self.db.transaction() as tx:
                taken = bouncing.take_mail(tx, mail, returned_mail.report_id(incoming.raw), bouncing.BY_MAIL)
                tx.after_commit(lambda: self.wake("tell_failed_addresses"))
        except bouncing.TooEarlyError:
            return LATER
        except bouncing.UnmatchedError as error:
            self.log.info("bounce_unmatched", mail=incoming.key[:100], reason=str(error))
            return "unmatched"
        return "taken" if taken.is_new else "repeated"

    @timer(interval=10.0)
    def tell_failed_addresses(self) -> None:
        """Tell officers of the addresses that were given up, each once; one in a transaction."""
        with self.db.reading() as tx:  # which takes no writer's turn while there is nothing to do
            waits = models.has_untold(tx)
        while waits and not self.ending():
            with self.db.transaction() as tx:
                waits = self._tell_one(tx)

    def _tell_one(self, tx: Transaction) -> bool:
        row = models.next_untold(tx)
        if row is None:
            return False
        models.set_told(tx, row.suppression_id)
        if row.employee_id is None or row.lifted_at is not None:
            return True  # nobody's any more, or mended before anybody had to be told
        day = tehran_date(tx.now)
        officers = models.officers_of(tx, row.agency_code, day, without=[row.employee_id])
        if not officers:
            tx.after_commit(metrics.FAILED_ADDRESSES_UNTOLD.inc)
            return True
        event = AddressFailed(
            suppression_id=row.suppression_id,
            agency_code=row.agency_code,
            participant_name=row.full_name,
            address=row.address,
            answer=row.answer or "",
            failed_on=tehran_date(row.suppressed_at),
        )
        message = Message(row.suppression_id, event, tx.now, tx.cause.correlation_id, tx.cause.traceparent)
        self.queue(tx, Template.ADDRESS_FAILED, [message], lambda _event: officers)
        return True
