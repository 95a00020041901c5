"""Webhooks: the calls of those whose system takes what their people are told, and the timer that hands it over."""

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from services.notification import models
from services.notification.channels import Deferred, Refused, Unreachable
from services.notification.channels.posting import Access, ForbiddenAddress
from services.notification.channels.webhook import trial_message
from services.notification.domain import webhooks as rules
from services.notification.domain.planning import Reason
from services.notification.schemas import webhooks as schemas
from services.notification.sending.dispatcher import Dispatcher, open_channel
from shared.auth import Caller
from shared.config import Config
from shared.database import Database, Transaction
from shared.entrypoints import command, query, timer
from shared.errors import Conflict, Invalid, NotFound, Unavailable
from shared.ids import new_id

KEEPERS = ("agency_system", "training_officer", "national")


class Webhooks:
    """Mixed into the service."""

    config: Config
    db: Database
    wake: Callable[[str], None]
    ending: Callable[[], bool]
    log: Any

    @command(schemas.SetWebhook, reply=schemas.WebhookWithSecret, roles=KEEPERS)
    def set_webhook(
        self, tx: Transaction, caller: Caller, agency_code: str, url: str, templates: list[str] | None, enabled: bool
    ) -> dict[str, Any]:
        """Send what the people of an agency are told to its own system too, from now on; see docs/webhooks.md.

        It holds for the agencies below as well, but for those that have a webhook of their own. The secret is shown at
        the first call alone, and with the same idempotency key; later ones keep it. One that is not enabled takes
        nothing new, and what waits for it stays. Invalid when the address is none that may be reached: HTTPS, without
        a password, at a public address or in one of `TRAINING_WEBHOOK_NETWORKS`. NotFound `agency_not_found`.
        """
        _must_keep(tx, caller, agency_code)
        self._check(url)
        made = rules.secret_of(secrets.token_bytes(rules.SECRET_BYTES))
        anew: dict[str, Any] = {"failures": 0, "failing_since": None, "rests_until": None, "last_trouble": None}
        wanted = {"url": url, "templates": sorted(set(templates)) if templates else None, "enabled": enabled}
        by = {"updated_at": tx.now, "updated_by": caller.system}
        secret = models.save_webhook(tx, agency_code, made, **wanted, **by, **anew)
        self.log.info("webhook_set", agency=agency_code, enabled=enabled, system=caller.system)
        tx.after_commit(lambda: self.wake("send_webhooks"))
        return _shown(tx, agency_code) | {"secret": made if secret == made else None}

    @command(schemas.WebhookOf, reply=schemas.WebhookWithSecret, roles=KEEPERS)
    def rotate_webhook_secret(self, tx: Transaction, caller: Caller, agency_code: str) -> dict[str, Any]:
        """Another secret, shown this once; the former one signs as well for 24 hours. NotFound `webhook_not_found`."""
        hook = _kept(tx, caller, agency_code, for_change=True)
        made = rules.secret_of(secrets.token_bytes(rules.SECRET_BYTES))
        former = {"former_secret": hook.secret, "former_until": tx.now + rules.ROTATION}
        by = {"updated_at": tx.now, "updated_by": caller.system}
        models.change_webhook(tx, agency_code, secret=made, **former, **by)
        self.log.info("webhook_secret_rotated", agency=agency_code, system=caller.system)
        return _shown(tx, agency_code) | {"secret": made}

    @query(schemas.WebhookOf, reply=schemas.Webhook, roles=KEEPERS)
    def get_webhook(self, tx: Transaction, caller: Caller, agency_code: str) -> dict[str, Any]:
        """The webhook of an agency, and how it does; its secret is not shown again.

        NotFound `webhook_not_found` when it has none, with the agency above whose webhook takes its place in
        `inherited_from`.
        """
        _kept(tx, caller, agency_code)
        return _shown(tx, agency_code)

    @command(schemas.WebhookOf, reply=schemas.WebhookRemoved, roles=KEEPERS)
    def remove_webhook(self, tx: Transaction, caller: Caller, agency_code: str) -> dict[str, Any]:
        """Send nothing more to this system; what waits for it, held messages too, is suppressed for good.

        The nearest webhook above takes what comes from now on. NotFound `webhook_not_found`.
        """
        _kept(tx, caller, agency_code, for_change=True)
        suppressed = models.remove_webhook(tx, agency_code, Reason.WEBHOOK_REMOVED)
        self.log.info("webhook_removed", agency=agency_code, suppressed=suppressed, system=caller.system)
        return {"agency_code": agency_code, "suppressed": suppressed}

    @query(schemas.WebhookOf, reply=schemas.WebhookTested, roles=KEEPERS)
    def test_webhook(self, tx: Transaction, caller: Caller, agency_code: str) -> dict[str, Any]:
        """Send a signed test message now, also to one that is not enabled, and say what was answered.

        Nothing is written down, and nothing waits for it. Conflict `webhook_refused` for any answer but 2xx, with its
        `status` where there was one and `answer`; Unavailable `webhook_unreachable` when none came in 15 s, or when
        the address may not be reached. NotFound `webhook_not_found`.
        """
        hook = _kept(tx, caller, agency_code)
        channel, message_id = open_channel(tx, hook, _access(self.config)), new_id()
        message = trial_message(str(message_id), agency_code, tx.now)
        tx.rollback()  # the answer may take its time, and needs no connection to the database
        started = time.monotonic()
        try:
            answer = channel.post(str(message_id), message)
        except (Deferred, Refused, Unreachable) as error:
            raise _trouble(channel.status, str(error)) from error
        finally:
            channel.close()
        took = round((time.monotonic() - started) * 1000)
        return {"message_id": message_id, "status": answer.status, "answer": answer.text, "milliseconds": took}

    @timer(interval=1.0)
    def send_webhooks(self) -> None:
        """Hand over what is due for the systems of agencies."""
        Dispatcher(self.db, _access(self.config), self.ending).run()

    def _check(self, url: str) -> None:
        """Raise Invalid when a webhook may not lead there."""
        access = _access(self.config)
        problems = rules.url_problems(url, access.networks)
        if not problems:
            parts = urlsplit(url)
            try:
                access.addresses(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
            except ForbiddenAddress as error:
                problems = [str(error)]
            except (OSError, ValueError):
                problems = ["the host is not known"]
        if problems:
            raise Invalid("invalid_arguments", f"url: {problems[0]}", {"fields": {"url": problems}})


def _access(config: Config) -> Access:
    return Access(config.webhook_networks, config.webhook_cafile)


def _must_keep(tx: Transaction, caller: Caller, agency_code: str) -> None:
    """An agency's own people keep its webhook, and national callers that of any agency that was heard of."""
    caller.must_see(agency_code, "agency_not_found", "There is no such agency.")
    if agency_code != caller.agency and not models.is_known_agency(tx, agency_code):
        raise NotFound("agency_not_found", "There is no such agency.")


def _kept(tx: Transaction, caller: Caller, agency_code: str, *, for_change: bool = False) -> Any:
    _must_keep(tx, caller, agency_code)
    hook = models.webhook(tx, agency_code, for_change=for_change)
    if hook is None:
        above = models.inherited_from(tx, agency_code)
        raise NotFound("webhook_not_found", "This agency has no webhook.", {"inherited_from": above})
    return hook


def _shown(tx: Transaction, agency_code: str) -> dict[str, Any]:
    hook = models.webhook(tx, agency_code)._mapping
    rotating = hook["former_until"] is not None and hook["former_until"] > tx.now
    until = {"former_secret_until": hook["former_until"] if rotating else None}
    return {**hook, **until, "waiting": models.waiting_for(tx, agency_code)}


def _trouble(status: int | None, answer: str) -> Conflict | Unavailable:
    """What a caller is told of a test message that was not taken."""
    if status is None:
        return Unavailable("webhook_unreachable", f"The webhook did not answer: {answer}", {"reason": answer})
    return Conflict("webhook_refused", f"The webhook answered {answer}", {"status": status, "answer": answer})
