"""The mails as their readers get them."""

import email
import os
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from pathlib import Path
from typing import Any, cast

import jinja2
import pytest

from services.notification import rendering
from services.notification.domain import Template
from services.notification.mailer.smtp import ON_THE_WIRE
from tests.unit.notification.samples import CONTEXTS, NOW, SENDER, addressed

SNAPSHOTS = Path(__file__).parent / "snapshots"
EVERY_MAIL = [(template.value, language) for template in Template for language in ("fa", "en")]


def mail(template: str = "certificate_issued", language: str = "fa", **changes: Any) -> EmailMessage:
    """The mail as it is read back from its bytes on the wire."""
    message = rendering.compose(addressed(template, language, **changes), SENDER, NOW)
    return cast(EmailMessage, email.message_from_bytes(message.as_bytes(policy=ON_THE_WIRE), policy=default))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_a_mail_says_what_its_snapshot_says(template: str, language: str) -> None:
    message = mail(template, language)
    headers = "".join(f"{name}: {value}\n" for name, value in message.items() if name not in ("Content-Type",))
    said = {"txt": f"{headers}\n{body(message, 'plain')}", "html": body(message, "html")}
    for ending, text in said.items():
        file = SNAPSHOTS / f"{template}.{language}.{ending}"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"{file.name}: UPDATE_SNAPSHOTS=1 writes what is right now"


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_html_is_for_mail_clients(template: str, language: str) -> None:
    html = body(mail(template, language), "html")
    direction = "rtl" if language == "fa" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert 'style="' in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(| on\w+=", html)
    links = set(re.findall(r'(?:src|href)="([^"]+)"', html))
    assert links <= {CONTEXTS["certificate_issued"]["verification_url"]}


def test_the_persian_mail_has_persian_digits_and_jalali_dates() -> None:
    text = body(mail("result_failed"), "plain")
    assert "۸٫۵ ساعت از ۱۲ ساعت" in text
    assert "۵۷٫۲۵ از ۱۰۰" in text
    assert "۱۴۰۵/۰۹/۰۴" in body(mail("certificate_issued"), "plain")
    assert "1405/" not in text


def test_a_score_just_below_the_pass_mark_is_not_rounded_up_to_it() -> None:
    context = CONTEXTS["result_failed"] | {"score": 59.9999999, "reasons": ["score"]}
    assert "Your score was 59.9999999 of 100" in body(mail("result_failed", "en", context=context), "plain")


def test_the_certificate_mail_holds_what_proves_it() -> None:
    for language in ("fa", "en"):
        message = mail("certificate_issued", language)
        for kind in ("plain", "html"):
            for value in ("serial", "verification_url", "verification_code"):
                assert CONTEXTS["certificate_issued"][value] in body(message, kind)


def test_an_english_mail_about_a_course_without_an_english_title_uses_the_persian_one() -> None:
    context = CONTEXTS["certificate_issued"] | {"course_title": {"fa": "حقوق اداری"}}
    assert "Course: حقوق اداری" in body(mail(language="en", context=context), "plain")


def test_a_mode_of_delivery_without_words_is_left_out() -> None:
    context = CONTEXTS["enrollment_confirmed"] | {"delivery_mode": "by_pigeon"}
    message = mail("enrollment_confirmed", "en", context=context)
    for kind in ("plain", "html"):
        assert "Delivery" not in body(message, kind)
        assert "pigeon" not in body(message, kind)


@pytest.mark.parametrize("template", ["enrollment_cancelled", "schedule_changed"])
@pytest.mark.parametrize(
    ("state", "persian", "english"),
    [
        ("confirmed", "نگه داشته شده", "reserved for you"),
        ("waitlisted", "فهرست انتظار", "waiting list"),
        ("requested", "درخواست", "request"),
    ],
)
def test_people_are_told_in_words_that_fit_their_state(template: str, state: str, persian: str, english: str) -> None:
    context = CONTEXTS[template] | {"state": state}
    for language, words in (("fa", persian), ("en", english)):
        message = mail(template, language, context=context)
        others = {"نگه داشته شده", "فهرست انتظار", "reserved for you", "waiting list"} - {words}
        for kind in ("plain", "html"):
            assert words in body(message, kind)
            assert not [other for other in others if other in body(message, kind)]


def test_the_schedule_is_told_in_the_time_of_tehran_with_the_names_of_the_days() -> None:
    text = body(mail("schedule_changed"), "plain")
    assert "جلسهٔ ۱: سه‌شنبه ۱۴۰۵/۰۹/۰۳، ساعت ۰۸:۳۰ تا ۱۲:۰۰" in text
    assert "جلسهٔ ۲: پنجشنبه ۱۴۰۵/۰۹/۰۵، ساعت ۰۰:۰۰ تا ۰۱:۳۰" in text, (
        "half past eight in the evening of UTC is midnight"
    )
    assert "Session 2: Thursday 26 November 2026, 00:00 to 01:30" in body(mail("schedule_changed", "en"), "plain")


def test_a_session_without_a_room_or_an_instructor_says_neither() -> None:
    sessions = CONTEXTS["schedule_changed"]["sessions"][1:]
    message = mail("schedule_changed", "en", context=CONTEXTS["schedule_changed"] | {"sessions": sessions})
    for kind in ("plain", "html"):
        assert "None" not in body(message, kind)
        assert "Instructor:" not in body(message, kind)
    assert "Place:" not in body(message, "plain")


def test_a_schedule_without_sessions_has_its_days_alone() -> None:
    for language, days, times in (
        ("fa", "آغاز: ۱۴۰۵/۰۹/۰۳", "وقت تهران"),
        ("en", "Begins: 24 November 2026", "Tehran"),
    ):
        text = body(
            mail("schedule_changed", language, context=CONTEXTS["schedule_changed"] | {"sessions": []}), "plain"
        )
        assert days in text
        assert times not in text


def test_markup_in_a_room_or_a_reason_is_text() -> None:
    sessions = [CONTEXTS["schedule_changed"]["sessions"][0] | {"room_address": "<script>x</script>"}]
    context = CONTEXTS["schedule_changed"] | {"sessions": sessions, "reason": "<b>y</b>"}
    html = body(mail("schedule_changed", context=context), "html")
    assert "<script" not in html
    assert "&lt;script&gt;x" in html
    assert "&lt;b&gt;y" in html


def test_an_offering_that_was_not_formed_says_so_instead_of_a_reason() -> None:
    for language, words in (("fa", "کمترین شمار لازم"), ("en", "fewer people had enrolled")):
        message = mail(
            "enrollment_cancelled", language, context=CONTEXTS["enrollment_cancelled"] | {"cause": "not_formed"}
        )
        for kind in ("plain", "html"):
            assert words in body(message, kind)
            assert "بیماری مدرس" not in body(message, kind)


def test_a_line_break_in_a_list_is_none_in_the_mail() -> None:
    sessions = [CONTEXTS["schedule_changed"]["sessions"][0] | {"instructor_name": "مدرس\r\nنمونه"}]
    text = body(mail("schedule_changed", context=CONTEXTS["schedule_changed"] | {"sessions": sessions}), "plain")
    assert "مدرس: مدرس نمونه" in text


def test_headers_name_sender_reader_and_cause() -> None:
    message = mail()
    assert message["From"].addresses[0].addr_spec == SENDER
    assert message["To"].addresses[0].display_name == "نمونهٔ یکم آزمایشی"
    assert message["Message-ID"] == "<01930000-0000-7000-8000-000000000001@training.example>"
    assert message["Date"].datetime == NOW
    assert message["X-Correlation-ID"] == "sample-correlation"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fa"
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects


@pytest.mark.parametrize("name", ["نمونه‌ای با نامی بسیار بلند " * 8, 'Sample "A", <B>; C', "x" * 200, ""])
def test_any_name_makes_headers_of_seven_bits_and_bounded_lines(name: str) -> None:
    raw = rendering.compose(addressed(full_name=name), SENDER, NOW).as_bytes(policy=ON_THE_WIRE)
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+\?=", head))
    # Python's newer parser keeps the space between encoded words of a name, which RFC 2047 ignores.
    shown, address = parseaddr(email.message_from_bytes(raw)["To"])
    assert (str(make_header(decode_header(shown))), address) == (" ".join(name.split()), "sample1@example.ir")


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\r\n\r\n"])
def test_a_line_break_never_makes_a_header(line_break: str) -> None:
    poison = f"Sample{line_break}Bcc: other@example.ir"
    context = CONTEXTS["certificate_issued"] | {"course_title": {"fa": poison, "en": poison}}
    message = mail(full_name=poison, correlation_id=poison, context=context)
    assert message["Bcc"] is None
    assert set(message.keys()) == set(mail().keys())
    assert "Bcc: other@example.ir" in str(message["Subject"])


@pytest.mark.parametrize("address", ["a@b.ir\r\nBcc: c@d.ir", "نمونه@example.ir", "a b@c.ir", "a@b.ir>, <c@d.ir", "a"])
def test_an_address_that_smtp_cannot_carry_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        rendering.compose(addressed(email=address), SENDER, NOW)


def test_markup_in_a_name_or_title_is_text() -> None:
    context = CONTEXTS["certificate_issued"] | {"course_title": {"fa": "<b>x</b>{{ 7*7 }}"}}
    html = body(mail(full_name="<script>alert(1)</script>", context=context), "html")
    assert "<script" not in html
    assert "&lt;b&gt;x&lt;/b&gt;{{ 7*7 }}" in html


def test_a_context_that_lacks_something_makes_no_mail() -> None:
    context = {name: value for name, value in CONTEXTS["certificate_issued"].items() if name != "serial"}
    with pytest.raises(jinja2.UndefinedError):
        rendering.compose(addressed(context=context), SENDER, NOW)
