"""What stands around the words of a mail, what goes along with it, and the short form for a telephone."""

import email
import re
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest

from services.notification import rendering
from services.notification.channels import Sender
from services.notification.domain.digests import LETTER
from services.notification.mailer.wire import on_the_wire
from services.notification.rendering import Attachment
from services.notification.rendering.filters import TEMPLATES
from services.notification.rendering.samples import CONTEXTS, MORE_NAMES, NAMES
from shared import persian
from tests.unit.notification.samples import NOW, SENDER, addressed

AGENCY = Sender(
    {"fa": "مرکز آموزش نمونه", "en": "Sample Training Centre"}, "training@agency.example", "help@agency.example"
)
LINK = "https://training.example/unsubscribe/token"


def letter(template: str = "certificate_issued", language: str = "fa", **changes: Any) -> rendering.Letter:
    context = changes.pop("context", CONTEXTS[template])
    return rendering.render(template, language, changes.pop("full_name", NAMES[language]), context, **changes)


def composed(sender: Sender = AGENCY, language: str = "fa", **changes: Any) -> EmailMessage:
    delivery = addressed("certificate_issued", language, sender=sender)
    message = rendering.compose(delivery, letter(language=language, sender=sender), SENDER, NOW, **changes)
    return cast(EmailMessage, email.message_from_bytes(on_the_wire(message), policy=default))


def test_an_agency_writes_in_its_own_name_and_ours_is_the_one_that_sends() -> None:
    message = composed()
    (author,) = message["From"].addresses
    assert (author.display_name, author.addr_spec) == ("مرکز آموزش نمونه", "training@agency.example")
    assert str(message["Sender"]) == SENDER
    assert str(message["Reply-To"]) == "help@agency.example"
    assert message["Message-ID"].endswith("@training.example>")
    assert composed(Sender({"fa": "تنها فارسی"}), "en")["From"].addresses[0].display_name == "تنها فارسی"


def test_an_agency_without_settings_writes_as_the_system_does() -> None:
    message = composed(Sender())
    (author,) = message["From"].addresses
    assert (author.display_name, author.addr_spec) == ("سامانهٔ آموزش کارکنان", SENDER)
    assert message["Sender"] is None
    assert message["Reply-To"] is None


def test_the_footer_names_the_agency_and_says_whether_it_hears_a_reply() -> None:
    for language, name, heard, unheard in (
        ("fa", "از سوی مرکز آموزش نمونه", "پاسخ شما به واحد آموزش دستگاه می‌رسد", "به آن پاسخ ندهید"),
        ("en", "for Sample Training Centre", "a reply reaches", "please do not reply"),
    ):
        text = letter(language=language, sender=AGENCY).text
        assert name in text
        assert (heard in text, unheard in text) == (True, False)
        text = letter(language=language).text
        assert (heard in text, unheard in text) == (False, True)


def test_the_link_to_unsubscribe_is_in_the_mail_and_not_in_what_is_kept() -> None:
    with_link = letter(unsubscribe_url=LINK)
    assert LINK in with_link.text
    assert f'href="{LINK}"' in with_link.html
    assert with_link.kept == letter().text == letter().kept
    assert LINK not in with_link.kept


def test_files_go_along_under_their_persian_names() -> None:
    files = [
        Attachment("گواهینامهٔ نمونه‌ای ۱۴۰۵.pdf", "application/pdf", b"%PDF-\x00\xff"),
        Attachment(
            "../x\r\nBcc: a@b.ir.ics", "text/calendar", "خلاصه".encode(), {"method": "REQUEST", "charset": "utf-8"}
        ),
        Attachment("ن" * 300 + ".pdf", "application/pdf", b"x"),
    ]
    message = composed(attachments=files)
    assert message.get_content_type() == "multipart/mixed"
    assert not message.defects
    bodies, pdf, calendar, long = message.iter_parts()
    assert bodies.get_content_type() == "multipart/alternative"
    assert pdf.get_filename() == "گواهینامهٔ نمونه‌ای ۱۴۰۵.pdf"
    assert pdf.get_content() == b"%PDF-\x00\xff"
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar.get_content().strip() == "خلاصه"
    assert calendar.get_filename() == "..-x Bcc: a@b.ir.ics"
    assert long.get_filename() == "ن" * 76 + ".pdf"
    assert message["Bcc"] is None


def test_further_headers_are_carried_or_refused() -> None:
    headers = {"List-Unsubscribe": f"<{LINK}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert composed(headers=headers)["List-Unsubscribe"] == f"<{LINK}>"
    for name, value in (("X-A", "a\r\nBcc: b@c.ir"), ("X A", "a"), ("X-A", "نمونه")):
        with pytest.raises(ValueError, match="header"):
            composed(headers={name: value})


def test_a_full_digest_says_how_many_wait_and_is_not_cut_off() -> None:
    at = "2026-11-22T20:45:00+00:00"
    item = {"template": "seat_offered", "context": CONTEXTS["seat_offered"], "at": at}
    for language, more in (("fa", "و ۹ پیام دیگر"), ("en", "and 9 more messages")):
        told = letter("digest", language, context={"cadence": "weekly", "items": [item] * LETTER, "more": 9})
        opening = {"fa": "جایی آزاد شده", "en": "became free"}[language]
        assert told.text.count(opening) == told.html.count(opening) == LETTER
        assert more in told.text
        assert more in told.html
        assert len(told.html.encode()) < 102 * 1024  # from where on the largest of the clients cuts a mail off


def test_a_digest_says_of_each_item_what_its_letter_does() -> None:
    item = {"template": "result_failed", "context": CONTEXTS["result_failed"]}
    told = letter("digest", "en", context={"cadence": "daily", "items": [item]})
    for said in (told.text, told.html):
        assert "at least 80 percent (9.6 hours) are needed" in said
        assert "the pass mark is 60" in said


def test_a_digest_says_when_each_of_its_items_happened() -> None:
    item = {"template": "enrollment_waitlisted", "context": CONTEXTS["enrollment_waitlisted"]}
    dated = item | {"at": "2026-11-22T20:45:00.123456+00:00"}
    for language, when in (("fa", "دوشنبه ۱۴۰۵/۰۹/۰۲، ساعت ۰۰:۱۵"), ("en", "Monday, 23 November 2026, 00:15 (Tehran)")):
        told = letter("digest", language, context={"cadence": "daily", "items": [dated, item]})
        assert told.text.count(when) == told.html.count(when) == 1


def test_an_attached_file_is_spoken_of_only_when_it_is_there() -> None:
    for template, attached, word in (
        ("certificate_issued", "certificate", "attached as a PDF"),
        ("session_reminder", "calendar", "add the sessions to your calendar"),
    ):
        assert word not in letter(template, "en").text
        assert word in letter(template, "en", attached=(attached,)).text


def test_nobody_s_name_still_makes_a_greeting() -> None:
    assert letter(full_name="").text.startswith("همکار گرامی\n")
    assert letter(language="en", full_name=" \n").text.startswith("Dear colleague,\n")


def test_a_name_cannot_turn_the_words_around_it() -> None:
    told = letter(full_name="نمونه\u202e\u2069ای\u2066")
    assert "<bdi>نمونهای</bdi> گرامی" in told.html
    assert told.html.count("<bdi") == told.html.count("</bdi>")


def test_the_persian_sources_are_in_persian_letters_with_half_spaces() -> None:
    for source in sorted((TEMPLATES / "fa").iterdir()):
        for line in source.read_text(encoding="utf-8").splitlines():
            shown = re.sub(r"\{[{%#].*?[}%#]\}|^\w+:", "", line)
            assert persian.normalise(line) == " ".join(line.split()), source.name
            assert not re.search(r"(^|\s)ن?می\s|\sها(ی|\s)|[0-9]", shown), f"{source.name}: {line}"


def test_a_text_message_has_the_subject_the_fact_and_the_link() -> None:
    assert rendering.sms("seat_offered", "fa", "", CONTEXTS["seat_offered"]) == (
        "پیشنهاد جا در دورهٔ «آشنایی با قانون مدیریت خدمات کشوری»\nمهلت پاسخ: ساعت ۱۴:۳۰ روز ۱۴۰۵/۰۹/۰۱"
    )
    assert rendering.sms("certificate_issued", "en", "", CONTEXTS["certificate_issued"]) == (
        "Your certificate for “The Civil Service Management Law”\n"
        "https://certificates.example.gov/verify/K7QW-3MZP-9RTX"
    )


def test_a_code_that_begins_with_a_digit_keeps_its_order_in_persian_text_and_is_read_with_the_mark() -> None:
    context = CONTEXTS["certificate_revoked"] | {"serial": "1001-1405-000123"}
    item = {"template": "certificate_revoked", "context": context}
    marked = "شمارهٔ گواهینامه: \u200e1001-1405-000123"
    texts = [
        rendering.render("certificate_revoked", "fa", "", context).text,
        rendering.sms("certificate_revoked", "fa", "", context),
        rendering.render("digest", "fa", "", {"cadence": "daily", "items": [item]}).text,
    ]
    assert all(marked in text for text in texts)
    assert persian.normalise(marked.rpartition(" ")[2]) == "1001-1405-000123"
    assert "\u200e" not in rendering.render("certificate_revoked", "fa", "", context).html
    assert "\u200e" not in rendering.render("certificate_revoked", "en", "", context).text
    assert "\u200e" not in rendering.sms("certificate_revoked", "fa", "", CONTEXTS["certificate_revoked"])


def test_a_long_text_message_is_shortened_between_words_and_never_in_a_link() -> None:
    title = {"fa": "آشنایی‌های " * 40, "en": "Administration " * 30}
    url = CONTEXTS["certificate_issued"]["verification_url"]
    for language in ("fa", "en"):
        text = rendering.sms(
            "certificate_issued", language, MORE_NAMES[2], CONTEXTS["certificate_issued"] | {"course_title": title}
        )
        subject, link = text.split("\n")
        assert link == url
        assert len(text) <= 201
        assert subject.endswith((" …",))
        assert subject.removesuffix(" …").split()[-1] in ("آشنایی‌های", "Administration")


def test_a_text_message_about_one_endless_word_falls_back_to_its_title() -> None:
    endless = {"fa": "ن" * 300, "en": "W" * 300}
    context = CONTEXTS["enrollment_cancelled"] | {"course_title": endless}
    assert (
        rendering.sms("enrollment_cancelled", "en", "", context)
        == "The course will not be held\nBegins: 23 November 2026"
    )
