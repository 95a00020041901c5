"""What the links in letters do. Who has a letter is its reader: there is no login and no cookie.

Nothing ever changes by GET: scanners of mail open every link before its reader does. What changes, changes by POST, as
RFC 8058 has it, and pressing twice does no more than pressing once.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from services.notification import links, models, pages
from services.notification.domain import preferences
from services.notification.domain.planning import Cadence
from services.notification.domain.templates import Kind
from services.notification.service import preferring
from services.notification.service.timetable import rules_of
from shared import metrics
from shared.config import Config
from shared.database import Database, Transaction
from shared.entrypoints import http
from shared.limits import limiter_of

ONE_CLICK = ("List-Unsubscribe", "One-Click")
BY = "a link in a letter"
LONGEST_FORM = 16_384


class Reader(NamedTuple):
    """Whom a letter was for, what it was about, and what they chose; `person` is None of nobody heard of."""

    token: str
    kinds: list[Kind]
    person: Any

    @property
    def language(self) -> str | None:
        return self.person and (self.person.language or self.person.registered_language)

    @property
    def all_choices(self) -> str:
        return f"/preferences/{self.token}"


class LinkPages:
    """Mixed into the service."""

    db: Database
    config: Config
    wake: Callable[[str], None]
    too_often: Callable[[Request], int]

    @http("GET", "/unsubscribe/<token>")
    def unsubscribe_page(self, request: Request, token: str) -> Response:
        """Says what the letter's link unsubscribes from, with a button that does it."""
        return self._answer(request, token, _ask)

    @http("POST", "/unsubscribe/<token>")
    def unsubscribe(self, request: Request, token: str) -> Response:
        """Unsubscribe the reader of a letter from its kind, or of a digest from the kinds in it (RFC 8058 section
        3.2)."""
        return self._answer(request, token, self._unsubscribe)

    @http("GET", "/preferences/<token>")
    def preferences_page(self, request: Request, token: str) -> Response:
        """All kinds of news as the reader of a letter gets them, in a form."""
        return self._answer(request, token, _show)

    @http("POST", "/preferences/<token>")
    def keep_preferences(self, request: Request, token: str) -> Response:
        """Keep what was chosen in the form; a kind without a tick is unsubscribed."""
        return self._answer(request, token, self._keep)

    def _answer(
        self, request: Request, token: str, act: Callable[[Transaction, Request, Reader], Response]
    ) -> Response:
        with self.db.reading() as tx:
            notification_id = links.read_token(tx, token)
        if seconds := self._seconds(request, notification_id):
            return pages.limited(seconds, pages.words_for(request, None))
        if notification_id is None:  # nobody without a link gets as far as a write
            return pages.unknown(pages.words_for(request, None))
        with self.db.transaction() if request.method == "POST" else self.db.reading() as tx:
            reader = _reader(tx, token, notification_id)
            if reader is None or reader.person is None:
                return pages.unknown(pages.words_for(request, None))
            if reader.person.erased_at is not None:
                return pages.erased(pages.words_for(request, None))
            return act(tx, request, reader)

    def _seconds(self, request: Request, notification_id: UUID | None) -> int:
        """0, or after how many seconds to come again. A link of ours is counted by itself: providers of mail press the
        buttons of all their readers from a few addresses."""
        if notification_id is None:
            return self.too_often(request)
        seconds = limiter_of(self.config).wait(f"link {notification_id}")
        if seconds:
            metrics.LOOKUPS_REFUSED.labels("notification").inc()
        return seconds

    def _unsubscribe(self, tx: Transaction, request: Request, reader: Reader) -> Response:
        words = pages.words_for(request, reader.language)
        if ONE_CLICK not in _form(request):
            return pages.unread(words)
        if not reader.kinds:
            return _show(tx, request, reader)
        legal = rules_of(tx).legal
        models.hold_person(tx, reader.person.employee_id)
        chosen = models.chosen(tx, reader.person.employee_id)
        unsubscribed = {*(chosen.unsubscribed or ()), *reader.kinds} if chosen else set[str]()
        kinds = [kind.value for kind in preferences.KINDS if kind in unsubscribed]
        allowed = [kind for kind in kinds if preferences.can_unsubscribe(kind, legal)]
        self._change(tx, reader, {"unsubscribed": allowed})
        return pages.done(reader.kinds, all_choices=reader.all_choices, words=words)

    def _keep(self, tx: Transaction, request: Request, reader: Reader) -> Response:
        form = _form(request)
        cadence = next((value for name, value in form if name == "cadence"), None)
        wanted = {value for name, value in form if name == "kind"}
        if cadence not in list(Cadence) or not wanted <= set(preferences.KINDS):
            return pages.unread(pages.words_for(request, reader.language))
        legal = rules_of(tx).legal
        unwanted = [
            kind.value for kind in preferences.KINDS if kind not in wanted and preferences.can_unsubscribe(kind, legal)
        ]
        self._change(tx, reader, {"unsubscribed": unwanted, "cadence": cadence})
        return _show(tx, request, reader._replace(person=models.chosen(tx, reader.person.employee_id)), is_saved=True)

    def _change(self, tx: Transaction, reader: Reader, changes: Mapping[str, Any]) -> None:
        preferring.change(tx, self.wake, reader.person.employee_id, changes, BY)


def _reader(tx: Transaction, token: str, notification_id: UUID) -> Reader | None:
    own = models.notifications.c
    found = sa.select(own.employee_id, own.template, own.context).where(own.notification_id == notification_id)
    row = tx.execute(found).first()
    if row is None:
        return None
    kinds = preferences.kinds_of(row.template, row.context, rules_of(tx).legal)
    return Reader(token, kinds, models.chosen(tx, row.employee_id))


def _ask(tx: Transaction, request: Request, reader: Reader) -> Response:
    words = pages.words_for(request, reader.language)
    if not reader.kinds:  # the law has come to ask for it since it was sent
        return _show(tx, request, reader)
    is_done = set(reader.kinds) <= set(reader.person.unsubscribed or ())
    return pages.asked(reader.kinds, is_done=is_done, all_choices=reader.all_choices, words=words)


def _show(tx: Transaction, request: Request, reader: Reader, *, is_saved: bool = False) -> Response:
    found = preferences.choices(reader.person.unsubscribed or (), rules_of(tx).legal)
    cadence = reader.person.cadence or Cadence.IMMEDIATELY.value
    return pages.choices(found, cadence, is_saved=is_saved, words=pages.words_for(request, reader.language))


def _form(request: Request) -> list[tuple[str, str]]:
    """Names and values of a form, of either encoding; nothing of one that is too large."""
    request.max_content_length = LONGEST_FORM
    try:
        return list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        return []
