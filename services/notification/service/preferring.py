"""How people want to be told: asked and changed by their agency, and by themselves through the links in letters."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from services.notification import models
from services.notification.domain import planning, preferences
from services.notification.domain.planning import Cadence
from services.notification.schemas import preferences as schemas
from services.notification.service import scope
from services.notification.service.digests import wait_for_next
from services.notification.timetable import rules_of
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import refuse

CHOICES = ("language", "channel", "mobile", "cadence", "unsubscribed", "quiet_from", "quiet_to")


class PreferenceCalls:
    """Mixed into the service."""

    wake: Callable[[str], None]

    @command(schemas.SetPreferences, reply=schemas.Preferences, roles=("agency_system", "training_officer", "national"))
    def set_preferences(self, tx: Transaction, caller: Caller, employee_id: UUID, **changes: Any) -> dict[str, Any]:
        """Change how somebody is told: what is not given stays, null gives the default back.

        What the law asks for (policy `legal_notices`) goes to everybody: a kind that holds nothing else is Invalid in
        `unsubscribed`, and so is `digest`. The channel `sms` needs a mobile number. Notifications that wait for a
        digest follow a new `cadence`; text messages never wait for one. NotFound `employee_not_found` also for another
        agency's person.
        """
        known = scope.person(tx, caller, employee_id)
        change(tx, self.wake, known.employee_id, changes, caller.system)
        return shown(tx, scope.person(tx, caller, known.employee_id))

    @query(schemas.GetPreferences, reply=schemas.Preferences, roles=scope.READERS)
    def get_preferences(self, tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
        """How somebody is told, with the defaults filled in, and all kinds of news with their titles.

        NotFound `employee_not_found` also for another agency's person.
        """
        return shown(tx, scope.person(tx, caller, employee_id))


def change(
    tx: Transaction, wake: Callable[[str], None], employee_id: UUID, changes: Mapping[str, Any], by: str
) -> None:
    """Keep changes of somebody who is not merged; nothing is written when nothing changes. Invalid names all that does
    not fit together."""
    models.hold_person(tx, employee_id)
    known = models.chosen(tx, employee_id)
    assert known is not None
    own = {name: getattr(known, name) for name in CHOICES}
    refuse(preferences.problems(changes, own, rules_of(tx).legal))
    after = preferences.settled(changes)
    if known.updated_at is not None and all(own[name] == value for name, value in after.items()):
        return
    models.set_preferences(tx, employee_id, {**after, "updated_at": tx.now, "updated_by": by})
    if after.get("cadence", own["cadence"]) != own["cadence"]:
        _move_waiting(tx, wake, employee_id, Cadence(after["cadence"]))


def _move_waiting(tx: Transaction, wake: Callable[[str], None], employee_id: UUID, cadence: Cadence) -> None:
    """What waits for a digest goes into the next of the new cadence, or by itself where that is too late; who wants no
    more digests gets a last one now."""
    if cadence is Cadence.IMMEDIATELY:
        models.move_waiting(tx, [employee_id], tx.now)
        tx.after_commit(lambda: wake("make_digests"))
    else:
        wait_for_next(tx, rules_of(tx), employee_id, models.known_recipients(tx, [employee_id])[employee_id].reader)
        tx.after_commit(lambda: wake("send_pending"))


def shown(tx: Transaction, row: Any) -> dict[str, Any]:
    """Somebody's preferences with the defaults of their agency and of the system."""
    rules = rules_of(tx)
    reader = models.reader_of(row, models.settings_of(tx, [row.agency_code])[row.agency_code])
    quiet = planning.quiet_of(reader, rules)
    defaults = {"cadence": Cadence.IMMEDIATELY.value, "unsubscribed": []}
    own = [name for name in CHOICES if getattr(row, name) not in (None, defaults.get(name))]
    kinds = preferences.choices(reader.unsubscribed, rules.legal)
    return {
        "employee_id": row.employee_id,
        "language": row.language or row.registered_language,
        "channel": reader.via.value,
        "mobile": row.mobile,
        "cadence": reader.cadence.value,
        "unsubscribed": [each.kind.value for each in kinds if each.is_unsubscribed],
        "quiet_from": quiet and f"{quiet.begins:%H:%M}",
        "quiet_to": quiet and f"{quiet.ends:%H:%M}",
        "own": own,
        "kinds": [{**each._asdict(), "title": preferences.TITLES[each.kind]} for each in kinds],
        "updated_at": row.updated_at,
        "updated_by": row.updated_by,
    }
