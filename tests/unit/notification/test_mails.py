"""The mails as their readers get them."""

import email
import os
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import jinja2
import pytest

from services.notification.domain.templates import TYPE2_TOLD, Template
from services.notification.mailer.wire import on_the_wire
from services.notification.rendering.samples import CONTEXTS
from tests.unit.notification.samples import NOW, SENDER, composed

SNAPSHOTS = Path(__file__).parent / "snapshots"
EVERY_MAIL = [(template.value, language) for template in Template for language in ("fa", "en")]


def mail(template: str = "certificate_issued", language: str = "fa", **changes: Any) -> EmailMessage:
    """The mail as it is read back from its bytes on the wire."""
    message = composed(template=template, language=language, **changes)
    return cast(EmailMessage, email.message_from_bytes(on_the_wire(message), policy=default))


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
    check_html(said["html"], language)


def check_html(html: str, language: str) -> None:
    """It is for mail clients."""
    direction = "rtl" if language == "fa" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert 'style="' in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(| on\w+=", html)
    assert unbalanced(html) == []
    links = set(re.findall(r'(?:src|href)="([^"]+)"', html))
    assert links <= {CONTEXTS["certificate_issued"]["verification_url"]}


class _Open(HTMLParser):
    """What is open, and what was closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "br"):
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.tags or self.tags.pop() != tag:
            self.wrong.append(tag)


def unbalanced(html: str) -> list[str]:
    """Elements that are not closed, or not where they should be; a mail client mends them as it likes."""
    reader = _Open()
    reader.feed(html)
    return reader.wrong + reader.tags


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


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("template", ["issued", "corrected", "revoked", "suspended", "reinstated"])
def test_a_type2_certificate_has_a_level_and_no_course(template: str, language: str) -> None:
    name = f"certificate_{template}"
    level = {"kind": "type2", "course_code": "skill", "course_title": {"fa": "مهارتی", "en": "Skill"}, "hours": 1200.0}
    message = mail(name, language, context=CONTEXTS[name] | level)
    said = f"{message['Subject']}\n{body(message, 'plain')}"
    file = SNAPSHOTS / f"{name}.type2.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text(encoding="utf-8"), f"{file.name}: UPDATE_SNAPSHOTS=1 writes what is right now"
    html = body(message, "html")
    for word in ("دوره", "Course", ">skill<", "RD-01"):
        assert word not in said
        assert word not in html


def test_an_english_mail_about_a_course_without_an_english_title_uses_the_persian_one() -> None:
    context = CONTEXTS["certificate_issued"] | {"course_title": {"fa": "حقوق اداری"}}
    assert "Course: حقوق اداری" in body(mail(language="en", context=context), "plain")


def test_a_mode_of_delivery_without_words_is_left_out() -> None:
    context = CONTEXTS["enrollment_confirmed"] | {"delivery_mode": "by_pigeon"}
    message = mail("enrollment_confirmed", "en", context=context)
    for kind in ("plain", "html"):
        assert "Delivery" not in body(message, kind)
        assert "pigeon" not in body(message, kind)


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
    raw = on_the_wire(composed(full_name=name))
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
        composed(email=address)


def test_markup_in_a_name_or_title_is_text() -> None:
    context = CONTEXTS["certificate_issued"] | {"course_title": {"fa": "<b>x</b>{{ 7*7 }}"}}
    html = body(mail(full_name="<script>alert(1)</script>", context=context), "html")
    assert "<script" not in html
    assert "&lt;b&gt;x&lt;/b&gt;{{ 7*7 }}" in html


def test_a_context_that_lacks_something_makes_no_mail() -> None:
    context = {name: value for name, value in CONTEXTS["certificate_issued"].items() if name != "serial"}
    with pytest.raises(jinja2.UndefinedError):
        composed(context=context)


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        (
            "fa",
            "دوشنبه ۱۴۰۵/۰۹/۰۲، از ۰۰:۰۰ تا ۰۱:۴۵، سالن نمونه (خیابان نمونه، شمارهٔ ۱)، مدرس: مدرس نمونه",
            "سه‌شنبه ۱۴۰۵/۰۹/۰۳، از ۰۸:۰۰ تا ۰۹:۳۰",
        ),
        (
            "en",
            "Monday, 23 November 2026, 00:00 to 01:45, Sample hall (خیابان نمونه، شمارهٔ ۱), instructor: مدرس نمونه",
            "Tuesday, 24 November 2026, 08:00 to 09:30",
        ),
    ],
)
def test_sessions_are_told_in_the_time_of_tehran_with_what_is_known(language: str, first: str, second: str) -> None:
    message = mail("schedule_changed", language)
    lines = [line.removeprefix("- ") for line in body(message, "plain").splitlines()]
    assert first in lines
    assert second in lines
    assert re.search(f"<li[^>]*>{second}</li>", body(message, "html"))


def test_a_schedule_without_sessions_names_its_days_only() -> None:
    context = CONTEXTS["schedule_changed"] | {"sessions": [], "changed": ["starts_on"]}
    for language, word in (("fa", "جلسه‌ها"), ("en", "Sessions")):
        for kind in ("plain", "html"):
            assert word not in body(mail("schedule_changed", language, context=context), kind)


def test_a_new_schedule_says_what_of_it_is_new_and_nothing_that_has_no_words() -> None:
    context = CONTEXTS["schedule_changed"] | {"changed": ["ends_on", "sessions", "weather"]}
    for kind in ("plain", "html"):
        shown = body(mail("schedule_changed", "en", context=context), kind)
        assert "last day, sessions (time, place or instructor)" in shown
        assert "weather" not in shown
        assert "تاریخ پایان، جلسه‌ها (زمان، مکان یا مدرس)" in body(mail("schedule_changed", context=context), kind)


@pytest.mark.parametrize("template", ["enrollment_cancelled", "schedule_changed"])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_each_state_is_told_in_words_of_its_own(template: str, language: str) -> None:
    states = ("confirmed", "waitlisted", "requested")
    told = {body(mail(template, language, context=CONTEXTS[template] | {"state": state}), "plain") for state in states}
    assert len(told) == 3


@pytest.mark.parametrize(("language", "words"), [("fa", "تا وقتی ثبت‌نام باز است"), ("en", "While enrollment is open")])
def test_who_waited_until_the_course_began_is_not_told_to_ask_for_it_again(language: str, words: str) -> None:
    """A waiting list is closed when the course has begun and enrollment is closed."""
    for state in ("requested", "invited", "offered", "waitlisted"):
        text = body(
            mail("enrollment_lapsed", language, context=CONTEXTS["enrollment_lapsed"] | {"state": state}), "plain"
        )
        assert (words in text) is (state != "waitlisted")
        assert ("دوره‌ای دیگر" in text or "another course" in text) is (state == "waitlisted")


@pytest.mark.parametrize(("language", "words"), [("fa", "نفر بعدی"), ("en", "next person")])
def test_a_place_that_nobody_waits_for_has_not_gone_to_anybody(language: str, words: str) -> None:
    context = CONTEXTS["enrollment_lapsed"] | {"state": "offered"}
    assert words not in body(mail("enrollment_lapsed", language, context=context), "plain")


@pytest.mark.parametrize(("language", "words"), [("fa", "به حد نصاب نرسید"), ("en", "Too few people enrolled")])
def test_too_few_people_is_said_in_the_reader_s_language(language: str, words: str) -> None:
    context = CONTEXTS["enrollment_cancelled"] | {"cause": "not_formed"}
    for kind in ("plain", "html"):
        text = body(mail("enrollment_cancelled", language, context=context), kind)
        assert words in text
        assert "مدرس بیمار است" not in text
        assert "مدرس بیمار است" in body(mail("enrollment_cancelled", language), kind)


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_form_is_asked_for_in_the_words_of_its_kind(language: str) -> None:
    behaviour = CONTEXTS["form_due"] | {"participant_name": "<script>alert(1)</script>"}
    reaction = behaviour | {"kind": "reaction", "certificate_waits": True}
    asked = mail("form_due", language, context=behaviour), mail("form_due", language, context=reaction)
    assert "<script" not in body(asked[0], "html")
    for kind in ("html", "plain"):
        supervisor, participant = (body(message, kind) for message in asked)
        assert "alert(1)" in supervisor
        assert "alert(1)" not in participant
        waits = {"fa": "تنها پس از پاسخ", "en": "only once this form is answered"}[language]
        assert (waits in supervisor, waits in participant) == (False, True)
    assert asked[0]["Subject"] != asked[1]["Subject"]


VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "hours_shortfall": tuple({"occasion": occasion} for occasion in ("half", "three_quarters", "last_call")),
    "course_due": (
        *({"cause": cause} for cause in ("induction", "compulsory", "pre_appointment")),
        {"is_overdue": True},
        {"is_programme": False},
    ),
    "year_closed": ({"revision": 1}, {"revision": 2}),
    "type2_moved": tuple({"state": state} for state in TYPE2_TOLD),
}


@pytest.mark.parametrize("template", VARIANTS)
@pytest.mark.parametrize("language", ["fa", "en"])
def test_each_kind_of_news_has_words_of_its_own(template: str, language: str) -> None:
    mails = [mail(template, language, context=CONTEXTS[template] | variant) for variant in VARIANTS[template]]
    for kind in ("plain", "html"):
        told = [re.sub(r"<title>.*?</title>", "", body(message, kind)) for message in mails]
        assert len(set(told)) == len(told)
        assert not any("<p></p>" in text or "None" in text for text in told)
    assert all(str(message["Subject"]).strip() for message in mails)
    if template == "type2_moved":
        assert len({message["Subject"] for message in mails}) == len(mails)


@pytest.mark.parametrize(("language", "words"), [("fa", "مقادیر ثبت‌شده در آن"), ("en", "values kept in the system")])
def test_a_number_that_the_system_computed_is_not_passed_off_as_regulation(language: str, words: str) -> None:
    for kind in ("plain", "html"):
        assert words in body(mail("hours_shortfall", language), kind)
        assert words in body(mail("course_due", language), kind)


def test_the_words_of_a_committee_are_text_and_may_be_missing() -> None:
    poison = CONTEXTS["type2_moved"] | {"reason": "<script>alert(1)</script>"}
    assert "<script" not in body(mail("type2_moved", context=poison), "html")
    silent = CONTEXTS["type2_moved"] | {"reason": None}
    for kind in ("plain", "html"):
        assert "توضیح" not in body(mail("type2_moved", context=silent), kind)


def test_markup_in_a_session_or_a_reason_is_text() -> None:
    (one, _) = CONTEXTS["schedule_changed"]["sessions"]
    poison = "<script>alert(1)</script>\r\nBcc: a@b.ir"
    context = CONTEXTS["schedule_changed"] | {"reason": poison, "sessions": [one | {"instructor_name": poison}]}
    message = mail("schedule_changed", context=context)
    assert "<script" not in body(message, "html")
    assert message["Bcc"] is None
