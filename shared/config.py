"""Configuration: read from the environment once, checked at the start, passed on as one frozen object.

Every variable has a harmless default; a wrong value stops the start with one clear line.
"""

import ipaddress
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

from environs import Env, EnvError, ValidationError

EMBEDDED = "embedded"


class ConfigurationError(Exception):
    """A variable has a value that cannot be used; the text is the one line to show."""


def _scheme(*schemes: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if urlsplit(value).scheme not in schemes:
            raise ValidationError(f"must start with one of {', '.join(f'{scheme}://' for scheme in schemes)}")

    return check


def _positive(value: float) -> None:
    if not math.isfinite(value) or value <= 0:
        raise ValidationError("must be a positive number")


def _hops(value: int) -> None:
    if not 0 <= value <= 10:
        raise ValidationError("must be the number of proxies in front of us, 0 to 10")


def _bounce_address(value: str) -> None:
    # RFC 5321 allows 64 letters before the @; "+" and the id of a notification take 37 of them.
    if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,27}@[A-Za-z0-9.-]{1,190}", value):
        raise ValidationError("must be an address of letters, digits, '.', '_' and '-', up to 27 of them before the @")


def _fits_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _mailbox(value: str) -> None:
    """Off, or where reports of mail servers lie; what is wrong is said without the password in it."""
    if not value:
        return
    _scheme("maildir", "imap", "imaps")(value)
    parts = urlsplit(value)
    if not _fits_port(parts):
        raise ValidationError("has a port that is none")
    if parts.scheme == "maildir":
        if not parts.netloc + parts.path:
            raise ValidationError("needs a folder")
        return
    starttls = dict(parse_qsl(parts.query, keep_blank_values=True)).get("starttls", "required")
    if not (parts.hostname and parts.username) or starttls not in ("required", "none"):
        raise ValidationError("needs user and host, and knows starttls=required and starttls=none")


def _delays(values: list[float]) -> None:
    if not values:
        raise ValidationError("must be one or more numbers of seconds")
    for value in values:
        _positive(value)


@dataclass(frozen=True)
class Config:
    """All settings. Times are in seconds."""

    amqp_url: str
    database_url: str
    smtp_url: str
    sms_url: str
    public_url: str
    notification_url: str
    keys_dir: Path
    mail_from: str
    bounce_address: str
    retry_delays: tuple[float, ...]
    confirm_timeout: float
    relay_batch: int
    rpc_concurrency: int
    lookups_per_minute: int
    lookups_burst: int
    trusted_proxies: int
    log_level: str
    # Where webhooks of agencies may lead besides public addresses, and whose certificates hold there besides the usual.
    webhook_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    webhook_cafile: str | None = None
    # Secrets: no log line that shows a configuration shows these.
    bounces_url: str = field(default="", repr=False)
    keys_passphrase: str | None = field(default=None, repr=False)
    signing_keys: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # variable and PEM text

    VARIABLES: ClassVar[tuple[str, ...]] = (
        "TRAINING_AMQP_URL",
        "TRAINING_DATABASE_URL",
        "TRAINING_SMTP_URL",
        "TRAINING_SMS_URL",
        "TRAINING_PUBLIC_URL",
        "TRAINING_NOTIFICATION_URL",
        "TRAINING_KEYS_DIR",
        "TRAINING_MAIL_FROM",
        "TRAINING_BOUNCE_ADDRESS",
        "TRAINING_BOUNCES_URL",
        "TRAINING_RETRY_DELAYS",
        "TRAINING_CONFIRM_TIMEOUT",
        "TRAINING_RELAY_BATCH",
        "TRAINING_RPC_CONCURRENCY",
        "TRAINING_LOOKUPS_PER_MINUTE",
        "TRAINING_LOOKUPS_BURST",
        "TRAINING_TRUSTED_PROXIES",
        "TRAINING_LOG_LEVEL",
        "TRAINING_WEBHOOK_NETWORKS",
        "TRAINING_WEBHOOK_CAFILE",
        "TRAINING_KEYS_PASSPHRASE",
        "TRAINING_SIGNING_KEY",
    )

    @classmethod
    def from_environment(cls) -> "Config":
        """Read and check `TRAINING_*`; raises ConfigurationError naming the variable."""
        env = Env()
        try:
            with env.prefixed("TRAINING_"):
                return cls(
                    amqp_url=env.str(
                        "AMQP_URL", f"{EMBEDDED}://", validate=_scheme(EMBEDDED, "pyamqp", "amqp", "amqps")
                    ),
                    database_url=env.str(
                        "DATABASE_URL",
                        "sqlite:///var/{service}.db",
                        validate=_scheme("sqlite", "postgresql", "postgresql+psycopg2"),
                    ),
                    smtp_url=env.str("SMTP_URL", "maildir://var/mail", validate=_scheme("maildir", "smtp", "smtps")),
                    sms_url=env.str("SMS_URL", "console://", validate=_scheme("console")),
                    public_url=env.str("PUBLIC_URL", "http://127.0.0.1:8000", validate=_scheme("http", "https")).rstrip(
                        "/"
                    ),
                    notification_url=env.str(
                        "NOTIFICATION_URL", "http://127.0.0.1:8003", validate=_scheme("http", "https")
                    ).rstrip("/"),
                    keys_dir=Path(env.str("KEYS_DIR", "var/keys")),
                    mail_from=env.str("MAIL_FROM", "no-reply@training.example"),
                    bounce_address=env.str("BOUNCE_ADDRESS", "", validate=_bounce_address),
                    retry_delays=tuple(
                        env.list("RETRY_DELAYS", [1.0, 5.0, 30.0, 120.0, 600.0], subcast=float, validate=_delays)
                    ),
                    confirm_timeout=env.float("CONFIRM_TIMEOUT", 5.0, validate=_positive),
                    relay_batch=env.int("RELAY_BATCH", 500, validate=_positive),
                    rpc_concurrency=env.int("RPC_CONCURRENCY", 10, validate=_positive),
                    lookups_per_minute=env.int("LOOKUPS_PER_MINUTE", 30, validate=_positive),
                    lookups_burst=env.int("LOOKUPS_BURST", 60, validate=_positive),
                    trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=_hops),
                    log_level=env.str("LOG_LEVEL", "INFO", validate=_level).upper(),
                    webhook_networks=_networks(env.list("WEBHOOK_NETWORKS", [], validate=_networks)),
                    webhook_cafile=env.str("WEBHOOK_CAFILE", "") or None,
                    bounces_url=env.str("BOUNCES_URL", "", validate=_mailbox),
                    keys_passphrase=env.str("KEYS_PASSPHRASE", "") or None,
                    signing_keys=_signing_keys(),
                )
        except EnvError as error:
            raise ConfigurationError(str(error)) from None

    @property
    def embedded(self) -> bool:
        """Whether the broker lives inside this process."""
        return urlsplit(self.amqp_url).scheme == EMBEDDED

    def database_url_of(self, service: str) -> str:
        """The URL of a service's database; plain `postgresql://` means psycopg2, not SQLAlchemy's newer default."""
        url = self.database_url.replace("{service}", service)
        return f"postgresql+psycopg2{url.removeprefix('postgresql')}" if url.startswith("postgresql:") else url


def _signing_keys() -> tuple[tuple[str, str], ...]:
    """`TRAINING_SIGNING_KEY` and those that add an agency's code to it; an empty one is none."""
    name = "TRAINING_SIGNING_KEY"
    given = sorted(key for key in os.environ if key == name or key.startswith(f"{name}_"))
    return tuple((key, os.environ[key]) for key in given if os.environ[key])


def _networks(values: list[str]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(value.strip()) for value in values if value.strip())
    except ValueError as error:
        raise ValidationError(f"must be networks such as 10.20.0.0/16, with commas between them: {error}") from None


def _level(value: str) -> None:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValidationError("must be DEBUG, INFO, WARNING or ERROR")
