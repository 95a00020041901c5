"""Where a webhook may lead, how a message is signed, and what an answer means."""

import re
import time
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from services.notification.domain import webhooks
from services.notification.domain.webhooks import Verdict

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
INTRANET = (ip_network("10.20.0.0/16"), ip_network("fd00:20::/32"))


def test_a_signature_is_the_one_that_the_published_library_makes() -> None:
    """Made with `standardwebhooks` 1.1.0; the secret and the message are the example of its documentation."""
    made = webhooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_receiver_that_the_page_shows_takes_what_is_ours_and_nothing_else() -> None:
    page = (Path(__file__).parents[3] / "docs/webhooks.md").read_text("utf-8")
    code: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], code)
    secret, other, body = webhooks.secret_of(b"a" * 32), webhooks.secret_of(b"b" * 32), '{"text": "دورهٔ"}'.encode()

    def is_ours(sent_at: int, received: bytes = body, secret: str = secret, more: str = "") -> bool:
        signed = webhooks.signature(secret, "id-1", sent_at, body)
        headers = {"webhook-id": "id-1", "webhook-timestamp": str(sent_at), "webhook-signature": more + signed}
        return bool(code["is_ours"](webhooks.secret_of(b"a" * 32), headers, received))

    now = int(time.time())
    assert is_ours(now)
    assert is_ours(now, more=webhooks.signature(other, "id-1", now, body) + " ")
    assert not is_ours(now, received=body + b" ")
    assert not is_ours(now, secret=other)
    assert not is_ours(now - 600)


def test_a_secret_has_the_prefix_and_gives_its_key_back() -> None:
    secret = webhooks.secret_of(bytes(range(32)))
    assert secret == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert webhooks.signature(secret, "a", 1, b"b") != webhooks.signature(secret, "a", 2, b"b")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo for 127.0.0.1
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_inner_address_is_not_allowed_unless_its_network_is_named(address: str) -> None:
    assert not webhooks.is_allowed(ip_address(address), INTRANET)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::808:808"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert webhooks.is_allowed(ip_address(address), ())


@pytest.mark.parametrize("address", ["10.20.3.4", "::ffff:10.20.3.4", "fd00:20::5"])
def test_a_named_network_is_allowed_however_its_address_is_written(address: str) -> None:
    assert webhooks.is_allowed(ip_address(address), INTRANET)
    assert not webhooks.is_allowed(ip_address(address), ())


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "host"),
        ("hr.example.gov/hook", "host"),
        ("ftp://hr.example.gov/", "https"),
        ("http://hr.example.gov/", "https"),
        ("http://10.20.3.4/", "https"),
        ("https://user:secret@hr.example.gov/", "password"),
        ("https://user@hr.example.gov/", "password"),
        ("https://hr.example.gov/#here", "fragment"),
        ("https://hr.example.gov:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://hr.example.gov:0/", "host"),
        ("https:///hook", "host"),
        ("https://hr.example.gov/a b", "ASCII"),
        ("https://hr.example.gov/\r\nX-Header: 1", "ASCII"),
        ("https://سازمان.example/", "ASCII"),
        ("https://hr.example.gov/" + "x" * 500, "500"),
    ],
)
def test_an_address_that_cannot_be_a_webhook_is_refused_with_its_reason(url: str, word: str) -> None:
    problems = webhooks.url_problems(url, INTRANET)
    assert any(word in problem for problem in problems), problems


def test_everything_wrong_with_an_address_is_said_at_once() -> None:
    assert len(webhooks.url_problems("http://user:secret@hr.example.gov/#here", ())) == 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/hook", "http://localhost:8080/", "http://[::1]:8080/"])
def test_plain_http_is_for_this_machine_alone_and_only_if_its_network_is_named(url: str) -> None:
    assert webhooks.url_problems(url, LOOPBACK) == []
    assert webhooks.url_problems(url, INTRANET) == ["must begin with https://"]
    assert webhooks.url_problems("https://hr.example.gov:8443/hook?of=training", ()) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Verdict.TAKEN),
        (204, Verdict.TAKEN),
        (301, Verdict.AWAY),
        (400, Verdict.LATER),
        (401, Verdict.AWAY),
        (404, Verdict.AWAY),
        (408, Verdict.LATER),
        (410, Verdict.GONE),
        (413, Verdict.NEVER),
        (422, Verdict.NEVER),
        (425, Verdict.LATER),
        (429, Verdict.AWAY),
        (500, Verdict.LATER),
        (503, Verdict.AWAY),
    ],
)
def test_what_a_status_means(status: int, expected: Verdict) -> None:
    assert webhooks.verdict(status) is expected


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        ("9" * 400, 3600),
        ("-5", 0),
        ("۱۲۰", 0),
        ("soon", 0),
        ("Thu, 26 Nov 2026 09:31:00 GMT", 60),
        ("Thu, 26 Nov 2026 09:31:00", 0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", 0),
        ("Thu, 26 Nov 2020 09:31:00 GMT", 0),
        ("Thu, 26 Nov 2099 09:31:00 GMT", 3600),
    ],
)
def test_retry_after_is_honoured_within_an_hour(header: str | None, seconds: float) -> None:
    assert webhooks.retry_after(header, NOW) == seconds


def test_rests_grow_and_are_at_least_what_was_asked_for() -> None:
    rests = [webhooks.rest(failures, 0) for failures in range(1, 9)]
    assert rests == sorted(rests)
    assert rests[-1] == webhooks.RESTS[-1]
    assert webhooks.rest(1, 90) == 90
