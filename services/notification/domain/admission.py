"""Whether a notification may still go when its time has come: asked at every attempt, as people change their minds."""

from collections.abc import Collection

from services.notification.domain.planning import Reason
from services.notification.domain.templates import TRAITS, Template


def refusal(
    template: Template, unsubscribed: Collection[str], is_suppressed: bool, legal: Collection[str]
) -> Reason | None:
    """Why nothing is sent; None when it may go.

    `unsubscribed` are kinds that the person wants nothing of, `legal` the templates that the law asks for: those go
    whatever is suppressed (policy `legal_notices`).
    """
    if template in legal:
        return None
    if is_suppressed:
        return Reason.ADDRESS_SUPPRESSED
    return Reason.UNSUBSCRIBED if TRAITS[template].kind in unsubscribed else None
