"""Handing over to the systems of agencies: each webhook in a lane of its own, so that none waits for another.

A lane is a `Postman` for one webhook, with some connections of its own. It ends when nothing is due, when the receiver
is away, or after some seconds. Mail has its own timer, and waits for none of this.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from services.notification import models
from services.notification.channels.posting import Access
from services.notification.channels.webhook import Endpoint, WebhookChannel
from services.notification.domain import webhooks
from services.notification.domain.delivery import Policy
from services.notification.domain.planning import Via
from services.notification.sending import Postman
from shared import metrics
from shared.database import Database, Transaction

log = structlog.get_logger("notification")

LANES = 32  # at the same time
LOOK_AGAIN = 0.5  # seconds until webhooks are looked for that have something new, while lanes are at work
IDLE = 1.0  # seconds until one that had nothing to take is asked for again: what is due may wait behind a failed one
FAILED = 30.0  # seconds that one is left alone whose lane has raised something


class Dispatcher:
    """Hands over what is due for webhooks. Any number of processes may do so beside each other."""

    def __init__(
        self, db: Database, access: Access, ending: Callable[[], bool], policy: Policy = webhooks.POLICY
    ) -> None:
        self._db = db
        self._access = access
        self._ending = ending
        self._policy = policy
        self._lanes: dict[Future[bool], str] = {}
        self._idle: dict[str, float] = {}
        self._begun: dict[str, float] = {}  # when the last lane of each began

    def run(self) -> None:
        """Serve webhooks as long as one is at work; those that have nothing to take are not waited for."""
        with ThreadPoolExecutor(LANES) as pool:
            self._start_lanes(pool)
            while self._lanes:
                done, _at_work = wait(self._lanes, LOOK_AGAIN, FIRST_COMPLETED)
                for lane in done:
                    agency_code = self._lanes.pop(lane)
                    self._idle[agency_code] = time.monotonic() + _pause(lane, agency_code)
                self._start_lanes(pool)

    def _start_lanes(self, pool: ThreadPoolExecutor) -> None:
        """A lane for each webhook that something is due for and that has none; where there are more of them than lanes,
        first for those that have waited longest for one."""
        if self._ending():
            return
        at_work, now = set(self._lanes.values()), time.monotonic()
        with self._db.reading() as tx:
            due, since = models.webhooks_due(tx), models.failing_since(tx)
            metrics.WEBHOOK_FAILING.set((tx.now - since).total_seconds() if since else 0.0)
        for hook in sorted(due, key=self._turn):
            is_idle = self._idle.get(hook.agency_code, 0.0) > now
            if hook.agency_code not in at_work and not is_idle and len(self._lanes) < LANES:
                self._lanes[pool.submit(self._serve, hook)] = hook.agency_code
                self._begun[hook.agency_code] = now

    def _turn(self, hook: sa.Row[Any]) -> tuple[float, float]:
        """Who waits longest comes first. Of those that this dispatcher has not served chance decides: the one before it
        may have ended at any of them."""
        return self._begun.get(hook.agency_code, 0.0), random.random()  # noqa: S311 - shares out turns, guards nothing

    def _serve(self, hook: sa.Row[Any]) -> bool:
        """Hand over to one webhook, and note how it does; whether more waits for it."""
        with self._db.reading() as tx:
            channel = open_channel(tx, hook, self._access)
        try:
            channels = {Via.WEBHOOK: channel}
            more = Postman(self._db, channels, self._policy, self._ending, hook.agency_code).send_due()
        finally:
            channel.close()
        if channel.taken or channel.trouble:
            with self._db.transaction() as tx:
                note(tx, hook, channel)
        return more


def _pause(lane: Future[bool], agency_code: str) -> float:
    """The seconds until a webhook whose lane has ended gets another one. Its own trouble is not that of the others."""
    try:
        return 0.0 if lane.result() else IDLE
    except Exception:
        metrics.TIMER_FAILURES.labels("notification", "send_webhooks").inc()
        log.exception("webhook_lane_failed", agency=agency_code)
        return FAILED


def open_channel(tx: Transaction, hook: sa.Row[Any], access: Access) -> WebhookChannel:
    """The channel to a webhook. After a rotation the former secret signs as well for a while."""
    rotating = hook.former_until is not None and hook.former_until > tx.now
    secrets = [hook.secret, hook.former_secret] if rotating else [hook.secret]
    return WebhookChannel(Endpoint(hook.agency_code, hook.url, secrets), access)


def note(tx: Transaction, hook: sa.Row[Any], channel: WebhookChannel) -> None:
    """Remember how a webhook did, for the next look at it: it goes on, rests a while, or is switched off."""
    if channel.taken:
        models.note_taken(tx, hook.agency_code)
    if channel.is_gone:
        if models.switch_off(tx, hook.agency_code, hook.url, channel.trouble):
            log.warning("webhook_disabled", agency=hook.agency_code)
            tx.after_commit(metrics.WEBHOOKS_DISABLED.inc)
    elif channel.is_away:
        failures = 1 if channel.taken else hook.failures + 1
        rests_until = tx.now + timedelta(seconds=webhooks.rest(failures, channel.asked_for))
        what = {"failures": failures, "rests_until": rests_until, "last_trouble": channel.trouble}
        models.note_trouble(tx, hook.agency_code, **what)
        log.warning("webhook_away", agency=hook.agency_code, failures=failures)
    elif channel.trouble and not channel.taken:
        models.note_trouble(tx, hook.agency_code, last_trouble=channel.trouble)
