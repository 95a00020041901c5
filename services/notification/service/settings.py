"""How agencies write to their people."""

from typing import Any

from services.notification import models
from services.notification.domain.inheritance import NAMES, Setting
from services.notification.domain.preferences import quiet_problems
from services.notification.policies import value_on
from services.notification.rendering.composing import SENDER_NAMES
from services.notification.schemas import settings as schemas
from services.notification.service import scope
from shared.auth import Caller
from shared.config import Config
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import refuse
from shared.persian import tehran_date

_SPOOFABLE = frozenset({"national"})


class MailSettingsCalls:
    """Mixed into the service."""

    config: Config

    @command(schemas.SetMailSettings, reply=schemas.MailSettings, roles=("training_officer", "national"))
    def set_mail_settings(self, tx: Transaction, caller: Caller, agency_code: str, **changes: Any) -> dict[str, Any]:
        """Change how an agency and those below it write to their people: what is not given stays, null lets the agency
        above decide, and where none does the system.

        `sender_address` is changed by the role `national` alone, since the mail server must be allowed to send for its
        domain (Forbidden `role_missing`). NotFound `agency_not_found` also for one that is not the caller's.
        """
        agency = scope.must_see_agency(tx, caller, agency_code)
        if "sender_address" in changes:
            caller.must_have(_SPOOFABLE)
        row = models.own_settings(tx, agency_code)
        refuse(quiet_problems({**(row._mapping if row else {}), **changes}))
        if isinstance(changes.get("weekend"), list):
            changes["weekend"] = sorted(set(changes["weekend"]))
        if row is None or any(getattr(row, name) != value for name, value in changes.items()):
            models.set_settings(tx, agency_code, {**changes, "updated_at": tx.now, "updated_by": caller.system})
        return self._mail_settings(tx, agency)

    @query(schemas.GetMailSettings, reply=schemas.MailSettings, roles=scope.READERS)
    def get_mail_settings(self, tx: Transaction, caller: Caller, agency_code: str) -> dict[str, Any]:
        """How an agency writes to its people, and where each value comes from. NotFound `agency_not_found`."""
        return self._mail_settings(tx, scope.must_see_agency(tx, caller, agency_code))

    def _mail_settings(self, tx: Transaction, agency: Any) -> dict[str, Any]:
        found = models.settings_of(tx, [agency.code])[agency.code]
        today = tehran_date(tx.now)
        quiet = value_on(tx, "quiet_hours", today)["email"] or {"from": None, "to": None}
        system = {
            "sender_name": agency.name or SENDER_NAMES,
            "sender_address": self.config.mail_from,
            "attach_certificates": True,
            "quiet_from": quiet["from"],
            "quiet_to": quiet["to"],
            "weekend": value_on(tx, "weekend", today),
        }
        values = {name: system.get(name) if found[name].agency_code is None else found[name].value for name in NAMES}
        return {
            "agency_code": agency.code,
            **values,
            "sources": {name: _source(found[name], agency.code) for name in NAMES},
        }


def _source(setting: Setting, agency_code: str) -> str:
    return "own" if setting.agency_code == agency_code else setting.agency_code or "system"
