"""What one claim took, handed over: who goes in order, who at once, and what comes of each."""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from services.notification import models
from services.notification.channels import Channel, Deferred, Delivery, Letter, Postponed, Refused, Sender, Unreachable
from services.notification.domain import admission, delivery
from services.notification.domain.delivery import Outcome, Policy, Status
from services.notification.domain.planning import Reason, Via
from services.notification.domain.preferences import has_link
from services.notification.domain.templates import Template
from services.notification.links import Links
from services.notification.policies import value_on
from shared.database import Transaction
from shared.persian import tehran_date

log = structlog.get_logger("notification")


@dataclass(frozen=True)
class Rules:
    """What holds for everything that one claim took: policies of the day and agencies' own words; and which of it is
    overtaken by what happened since it was queued."""

    legal: Sequence[str] = ()
    attach: bool = True
    attachment_wait: timedelta = timedelta(0)
    wordings: models.Holding = field(default_factory=dict)
    overtaken: Collection[UUID] = ()


def rules_for(tx: Transaction, rows: Sequence[sa.Row[Any]]) -> Rules:
    """The wordings are looked up for all rows at once, with the claim: a change holds from the next one on."""
    told = {name for row in rows for name in _templates(row)}
    wordings = models.wordings_for(tx, {row.recipient_agency for row in rows}, told)
    day = tehran_date(tx.now)
    legal, attach = value_on(tx, "legal_notices", day), value_on(tx, "attach_certificates", day)
    wait = timedelta(minutes=value_on(tx, "attachment_wait_minutes", day))
    return Rules(legal, attach, wait, wordings, _overtaken(tx, rows))


def _overtaken(tx: Transaction, rows: Sequence[sa.Row[Any]]) -> Collection[UUID]:
    """Those that are not to be told any more; the others tell what holds by now."""
    lates = models.seats_told_of(tx, rows)
    ended = models.overtaken(lates, tx.now)
    models.bring_up_to_date(tx, lates, ended)
    return ended


def _templates(row: sa.Row[Any]) -> set[str]:
    """The template of a notification, and of a digest those of what is in it."""
    items = row.context.get("items", ()) if row.template == Template.DIGEST else ()
    return {row.template, *(item["template"] for item in items)}


@dataclass(frozen=True)
class Settled:
    """A claimed row, what came of it, and when; the words if they went out."""

    row: sa.Row[Any]
    outcome: Outcome
    at: datetime
    address: str = ""
    letter: Letter | None = None
    refused_at: str = ""  # the step at which the other side refused it for good


class Batch:
    """The handing over of what one claim took.

    What is for one person by one channel goes in order, one after the other; the rest at once, as far as the policy
    allows. When a channel is away, the first message that finds it so is deferred and all others go back untried: an
    outage costs one attempt now and then, not one for every message that waits. Each channel gets one message alone
    first, so that whoever refuses us is not asked by all connections at once.
    """

    def __init__(
        self,
        channels: Mapping[Via, Channel],
        rules: Rules,
        policy: Policy,
        ending: Callable[[], bool],
        links: Links | None,
    ) -> None:
        self.away: set[str] = set()
        self._channels = channels
        self._rules = rules
        self._policy = policy
        self._ending = ending
        self._links = links
        self._ends = time.monotonic() + policy.batch_window
        self._first_to_tell = threading.Lock()

    def hand_over(self, rows: Sequence[sa.Row[Any]]) -> list[Settled]:
        """What came of each row, in any order."""
        lines: dict[tuple[str, UUID], list[sa.Row[Any]]] = {}
        for row in rows:
            lines.setdefault((row.channel, row.employee_id), []).append(row)
        for line in lines.values():  # the urgent people first, and what is for one in the order in which it happened
            line.sort(key=lambda row: row.notification_id.int)
        firsts = {channel: (channel, person) for channel, person in reversed(lines)}
        settled = [one for key in firsts.values() for one in self._in_order(lines.pop(key))]
        if lines:
            with ThreadPoolExecutor(self._policy.at_once) as threads:
                settled += [one for line in threads.map(self._in_order, lines.values()) for one in line]
        return settled

    def _in_order(self, rows: Iterable[sa.Row[Any]]) -> list[Settled]:
        return [self._one(row) for row in rows]

    def _one(self, row: sa.Row[Any]) -> Settled:
        """One that cannot be made, or is of a template or channel of a later release, must not stop the others."""
        try:
            return self._handled(row)
        except Exception as error:
            log.exception("mail_held", notification_id=str(row.notification_id), template=row.template)
            now = datetime.now(UTC)
            return Settled(row, delivery.held(f"{type(error).__name__}: {error}", now, Reason.CANNOT_BE_MADE), now)

    def _handled(self, row: sa.Row[Any]) -> Settled:
        reason = admission.refusal(Template(row.template), row.unsubscribed or (), row.is_suppressed, self._rules.legal)
        if row.notification_id in self._rules.overtaken:
            reason = Reason.OVERTAKEN
        if reason is not None:
            return Settled(row, delivery.suppressed(reason, datetime.now(UTC)), datetime.now(UTC))
        if row.channel in self.away or time.monotonic() > self._ends or self._ending():
            return _untried(row)
        return self._attempt(row)

    def _attempt(self, row: sa.Row[Any]) -> Settled:
        now, letter, refused_at = datetime.now(UTC), None, ""
        channel, what = self._channels[Via(row.channel)], _delivery(row, self._rules, self._link(row))
        try:
            receipt = channel.deliver(what)
            outcome, letter = delivery.sent(receipt.answer, now), receipt.letter
        except Refused as error:
            outcome, refused_at = delivery.bounced(str(error), now), error.stage
        except Postponed as error:
            outcome = delivery.postponed(str(error), row.attempts, error.until)
        except Unreachable as error:
            if not self._is_news(row.channel, error):
                return _untried(row)
            outcome = self._later(row, error, now)
        except Deferred as error:
            outcome = self._later(row, error, now)
        return Settled(row, outcome, datetime.now(UTC), channel.address_of(what), letter, refused_at)

    def _link(self, row: sa.Row[Any]) -> str | None:
        """Where its reader unsubscribes; nowhere from what the law asks for."""
        if self._links is None or not has_link(row.template, self._rules.legal):
            return None
        return self._links.unsubscribe(row.notification_id)

    def _later(self, row: sa.Row[Any], error: Exception, now: datetime) -> Outcome:
        first, chance = row.first_tried_at or now, random.random()  # noqa: S311 - spreads delays, guards nothing
        return delivery.deferred(str(error), row.attempts + 1, first, now, chance, self._policy)

    def _is_news(self, channel: str, error: Unreachable) -> bool:
        """Whether nobody has found the channel away before."""
        with self._first_to_tell:
            known = channel in self.away
            self.away.add(channel)
        if not known:
            log.warning("channel_away", channel=channel, error=str(error).partition(":")[0][:60])
        return not known


def _untried(row: sa.Row[Any]) -> Settled:
    now = datetime.now(UTC)
    return Settled(row, delivery.released(row.attempts, row.due_at, now), now)


def _delivery(row: sa.Row[Any], rules: Rules, link: str | None) -> Delivery:
    return Delivery(
        notification_id=row.notification_id,
        event_id=row.event_id,
        employee_id=row.employee_id,
        agency_code=row.agency_code,
        template=row.template,
        context=row.context,
        correlation_id=row.correlation_id,
        created_at=row.created_at,
        full_name=row.full_name,
        email=row.email,
        mobile=row.mobile,
        language=row.language,
        sender=Sender(row.sender_name or row.agency_name, row.sender_address, row.reply_to),
        attach_certificates=rules.attach and row.attach_certificates is not False,
        attachment_wait=rules.attachment_wait,
        waiting_since=row.waiting_since,
        unsubscribe_url=link,
        told_by=getattr(row, "told_by", None),
        is_suppressed=getattr(row, "told_status", None) == Status.SUPPRESSED,
        wordings=rules.wordings.get((row.recipient_agency, row.language), {}),
    )
