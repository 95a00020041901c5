"""Conditions on the ledger that several statements share, in the words of its indexes (tables/ledger.py): so a look at
what waits costs nothing of what was sent long ago."""

import sqlalchemy as sa

from services.notification.domain import delivery
from services.notification.domain.delivery import Status
from services.notification.domain.planning import Via
from services.notification.models.tables import notifications

_own = notifications.c

ACTIVE = tuple(status.value for status in delivery.ACTIVE)
UNSETTLED = (*ACTIVE, Status.HELD.value)
IS_ACTIVE = _own.status.in_(ACTIVE)

FOR_WEBHOOKS = _own.channel == Via.WEBHOOK.value
FOR_PEOPLE = _own.channel != Via.WEBHOOK.value
# What the sender of mails and texts takes: of the rest of what is for people a digest takes care.
FOR_THE_SENDER = sa.and_(IS_ACTIVE, _own.cadence.is_(None), FOR_PEOPLE)
