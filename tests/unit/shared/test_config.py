"""Configuration from the environment: harmless defaults, and one clear line for a wrong value."""

from pathlib import Path

import pytest

from shared.config import Config, ConfigurationError

WRONG = {
    "TRAINING_AMQP_URL": ["", "rabbit", "http://broker", "127.0.0.1:5672"],
    "TRAINING_DATABASE_URL": ["", "mysql://host/db", "var/{service}.db"],
    "TRAINING_SMTP_URL": ["", "http://host", "host:25"],
    "TRAINING_SMS_URL": ["", "carrier://pigeon", "console"],
    "TRAINING_WEBHOOK_NETWORKS": ["intranet", "10.20.0.0/33", "10.20.0.1/16", "10.20.0.0/16;10.30.0.0/16"],
    "TRAINING_PUBLIC_URL": ["", "certificates.example", "ftp://certificates.example"],
    "TRAINING_BOUNCE_ADDRESS": [
        "bounces",
        "a+b@training.example",
        "b" * 28 + "@training.example",
        "two words@a.example",
    ],
    "TRAINING_BOUNCES_URL": [
        "imap.example",
        "http://host",
        "maildir://",
        "imap://host",
        "imap://user:word@",
        "imap://user:word@host:99999",
        "imap://user:word@host:0/INBOX",
        "imap://user:word@host?starttls=maybe",
    ],
    "TRAINING_RETRY_DELAYS": ["", "soon", "1,,2", "1,-5", "0", "nan", "inf"],
    "TRAINING_CONFIRM_TIMEOUT": ["", "soon", "0", "-1", "nan", "inf"],
    "TRAINING_RELAY_BATCH": ["", "many", "0", "-3", "1.5"],
    "TRAINING_RPC_CONCURRENCY": ["", "many", "0", "-1"],
    "TRAINING_LOG_LEVEL": ["", "LOUD", "10"],
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in Config.VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_without_a_variable_everything_is_embedded_and_local() -> None:
    config = Config.from_environment()
    assert config.embedded
    assert config.amqp_url == "embedded://"
    assert config.database_url_of("catalog") == "sqlite:///var/catalog.db"
    assert config.smtp_url == "maildir://var/mail"
    assert config.sms_url == "console://"
    assert config.webhook_networks == ()
    assert config.public_url == "http://127.0.0.1:8000"
    assert config.keys_dir == Path("var/keys")
    assert list(config.retry_delays) == sorted(config.retry_delays)
    assert min(config.retry_delays) > 0


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_gives_one_line_that_names_its_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as wrong:
        Config.from_environment()
    line = str(wrong.value)
    assert variable in line
    assert "word" not in line.replace("two words", "")
    assert "\n" not in line


def test_good_values_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "TRAINING_AMQP_URL": "pyamqp://somebody:secret@broker:5672/place",
        "TRAINING_DATABASE_URL": "postgresql+psycopg2://somebody@server/training_{service}",
        "TRAINING_SMTP_URL": "smtp://mail.example:587?starttls=required",
        "TRAINING_PUBLIC_URL": "https://certificates.example/",
        "TRAINING_RETRY_DELAYS": "0.5,2",
        "TRAINING_WEBHOOK_NETWORKS": "10.20.0.0/16, fd00:20::/32",
        "TRAINING_LOG_LEVEL": "warning",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    config = Config.from_environment()
    assert not config.embedded
    assert config.database_url_of("enrollment").endswith("/training_enrollment")
    assert config.public_url == "https://certificates.example", "links are made by adding a path that begins with /"
    assert config.retry_delays == (0.5, 2.0)
    assert [str(network) for network in config.webhook_networks] == ["10.20.0.0/16", "fd00:20::/32"]
    assert config.log_level == "WARNING"


def test_every_wrong_value_belongs_to_a_known_variable() -> None:
    assert set(WRONG) <= set(Config.VARIABLES)
