"""Which services there are, and how their parts are put together."""

from importlib import import_module
from typing import Any

from services.certification import signing
from services.notification import mailer
from services.notification.channels import posting, texter
from shared.config import Config, ConfigurationError
from shared.entrypoints import subscriptions_of
from shared.messaging.topology import Subscription
from shared.service import BaseService

CLASSES = {
    "catalog": "CatalogService",
    "enrollment": "EnrollmentService",
    "certification": "CertificationService",
    "notification": "NotificationService",
}
MAX_WORKERS = 64


def service_class(name: str) -> type[BaseService]:
    """The nameko class of a service; ValueError for an unknown name."""
    if name not in CLASSES:
        raise ValueError(f"there is no service {name!r}; there are {', '.join(CLASSES)}")
    found: type[BaseService] = getattr(import_module(f"services.{name}.service"), CLASSES[name])
    return found


def all_subscriptions() -> list[Subscription]:
    """What all services hear."""
    return [subscription for name in CLASSES for subscription in subscriptions_of(service_class(name))]


def check(config: Config, names: list[str]) -> None:
    """What only a service can say of its settings; raises ConfigurationError."""
    if "certification" in names:
        signing.keyring_of(config)
    if "notification" in names:
        try:
            mailer.open_mailer(config.smtp_url).close()
        except ValueError as error:
            raise ConfigurationError(f"TRAINING_SMTP_URL: {error}") from None
        try:
            texter.open_texter(config.sms_url).close()
        except ValueError as error:
            raise ConfigurationError(f"TRAINING_SMS_URL: {error}") from None
        try:
            posting.Access(config.webhook_networks, config.webhook_cafile).tls()
        except OSError as error:
            raise ConfigurationError(f"TRAINING_WEBHOOK_CAFILE: {error}") from None


def container_config(config: Config, port: int) -> dict[str, Any]:
    """The configuration that a nameko container gets; `training` holds ours."""
    return {
        "training": config,
        "AMQP_URI": config.amqp_url,
        "WEB_SERVER_ADDRESS": f"{'127.0.0.1' if config.embedded else '0.0.0.0'}:{port}",  # noqa: S104 - in containers
        "max_workers": MAX_WORKERS,
    }
