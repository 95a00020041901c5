"""Agencies' own words: what is taken, what is refused and why, and what goes out when one fails all the same."""

import re
import time
from typing import Any
from uuid import UUID

import pytest

from services.notification import rendering
from services.notification.domain.templates import FIELDS, Template
from services.notification.domain.wordings import Wording
from services.notification.rendering.samples import CONTEXTS, MORE_NAMES, NAMES, samples
from services.notification.rendering.wordings import problems
from shared import metrics

WORDING_ID = UUID(int=7)


def render(template: str = "certificate_issued", language: str = "fa", **parts: Any) -> rendering.Letter:
    context = parts.pop("context", CONTEXTS[template])
    full_name = parts.pop("full_name", NAMES[language])
    wording = Wording(WORDING_ID, template, language, **parts)
    return rendering.render(template, language, full_name, context, wordings={template: wording})


def failures(template: str) -> float:
    return float(metrics.WORDINGS_FAILED.labels(template)._value.get())


def test_an_agency_s_words_take_the_place_of_ours_and_the_facts_stay() -> None:
    letter = render(
        subject="گواهینامهٔ «{{ course_title|local }}» آماده است",
        opening="همکار ارجمند،\n\nدوره پایان یافت{% if valid_until %} و تا {{ valid_until|day }} معتبر است{% endif %}.",
        closing="- واحد آموزش\n- داخلی ۱۲۳",
    )
    assert letter.subject == "گواهینامهٔ «آشنایی با قانون مدیریت خدمات کشوری» آماده است"
    assert "همکار ارجمند،\n\nدوره پایان یافت.\n" in letter.text
    assert "- واحد آموزش\n- داخلی ۱۲۳" in letter.text
    assert "به شما تبریک" not in letter.text + letter.html
    for fact in ("SAMPLE-1405-000123", "K7QW-3MZP-9RTX", CONTEXTS["certificate_issued"]["verification_url"]):
        assert fact in letter.text
        assert fact in letter.html
    assert letter.wording_id == WORDING_ID


def test_the_shipped_words_go_where_a_wording_has_none() -> None:
    letter = render(subject="گواهینامه")
    assert letter.subject == "گواهینامه"
    assert "به شما تبریک می‌گوییم" in letter.text


def test_words_of_another_language_or_template_are_not_used() -> None:
    wording = Wording(WORDING_ID, "certificate_issued", "en", "Mine")
    letter = rendering.render(
        "certificate_issued", "fa", "", CONTEXTS["certificate_issued"], wordings={"certificate_issued": wording}
    )
    assert "Mine" not in letter.subject
    assert letter.wording_id is None


def test_markup_in_a_wording_and_in_its_values_is_text() -> None:
    letter = render(opening="<script>alert(1)</script> {{ full_name }}", full_name="<b>x</b> {{ 7 * 7 }}")
    assert "<script" not in letter.html
    assert "<b>" not in letter.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <bdi>&lt;b&gt;x&lt;/b&gt; {{ 7 * 7 }}</bdi>" in letter.html
    assert "<script>alert(1)</script> <b>x</b> {{ 7 * 7 }}" in letter.text


def test_days_numbers_and_codes_without_a_filter_are_shown_to_persian_readers_as_they_read_them() -> None:
    source = "{{ course_code }} از {{ starts_on }}، {{ hours }} ساعت، {{ starts_on|day }}، {{ hours|number }}"
    context = CONTEXTS["enrollment_confirmed"] | {"course_code": "2026-11-23"}
    letter = render("enrollment_confirmed", opening=source, context=context)
    assert "\u200e2026-11-23 از ۱۴۰۵/۰۹/۰۲، ۱۲ ساعت، ۱۴۰۵/۰۹/۰۲، ۱۲" in letter.text
    assert letter.wording_id == WORDING_ID
    assert "2026-11-23, 12.0" in render("enrollment_confirmed", "en", opening="{{ starts_on }}, {{ hours }}").text


def test_a_digest_tells_its_items_in_the_agency_s_words() -> None:
    wording = Wording(WORDING_ID, "form_due", "en", "Please answer our form")
    letter = rendering.render("digest", "en", "", CONTEXTS["digest"], wordings={"form_due": wording})
    assert "3. Please answer our form" in letter.text
    assert letter.wording_id is None


def test_a_wording_that_fails_for_one_person_is_left_out_and_counted() -> None:
    before = failures("certificate_issued")
    letter = render(subject="S", opening="{{ serial.number }}")
    assert letter.subject == "گواهینامهٔ دورهٔ «آشنایی با قانون مدیریت خدمات کشوری» صادر شد"
    assert "به شما تبریک" in letter.text
    assert letter.wording_id is None
    assert failures("certificate_issued") == before + 1


GOOD = [
    ("certificate_issued", "subject", "{{ serial }}"),
    ("certificate_issued", "opening", "{% if is_type2 %}سطح{% else %}دورهٔ {{ course_title|local }}{% endif %}"),
    (
        "certificate_issued",
        "opening",
        "{# our own #}{{ valid_until|default('x') }}y {{ 'الف' if hours > 10 else 'ب' }}",
    ),
    ("session_reminder", "opening", "جلسه‌ها:\n{% for one in sessions %}- {{ one.starts_at|clock }}\n{% endfor %}"),
    ("schedule_changed", "closing", "{{ changed|words('changes')|join(' و ') }}"),
    ("digest", "subject", "{{ items|length|number }} پیام"),
]


@pytest.mark.parametrize(("template", "part", "source"), GOOD)
def test_what_holds_for_every_sample_is_taken(template: str, part: str, source: str) -> None:
    assert problems(template, "fa", {part: source}) == {}


BAD = [
    ("certificate_issued", "x\n{{ valid_until|day }}", "line 2: a value is missing"),
    ("certificate_issued", "x\n\n{{ course }}", "line 3: there is no value 'course'; there are attached, "),
    ("certificate_issued", "x {{ course_title }}", "line 1: a list, an object or a yes or no is no text"),
    ("certificate_issued", "x {{ course_title.en }}", "line 1: 'dict object' has no attribute 'en' (where"),
    ("certificate_issued", "x {{ is_type2 }}", "line 1: a list, an object or a yes or no is no text"),
    ("certificate_issued", "x {% if serial %}", "line 1: Unexpected end of template"),
    ("certificate_issued", "{% if valid_until %}x{% endif %}", "is empty (the first sample)"),
    ("certificate_issued", "{% for one in full_name %}" + "x" * 300 + "{% endfor %}", "has more than 4000 characters"),
    ("certificate_issued", "{{ full_name.upper() }}", "a call is not allowed"),
    ("certificate_issued", "{{ full_name.__class__ }}", "no attribute '__class__'"),
    ("certificate_issued", "{{ full_name['__class__'] }}", "no attribute '__class__'"),
    ("certificate_issued", "{{ full_name.upper }}", "no attribute 'upper'"),
    ("certificate_issued", "{{ 9 ** 9 ** 9 ** 9 }}", "** is not allowed"),
    ("certificate_issued", "{{ 'x' * 999999999 }}", "* is not allowed"),
    ("certificate_issued", "{{ '%999999999d' % 1 }}", "Mod is not allowed"),
    ("certificate_issued", "{{ full_name|format }}", "there is no filter 'format'"),
    ("certificate_issued", "{{ '%0999999d'|format(1) }}", "there is no filter 'format'"),
    ("certificate_issued", "{{ full_name is callable }}", "there is no test 'callable'"),
    ("certificate_issued", "{% include 'fa/frame.j2' %}", "Include is not allowed"),
    ("certificate_issued", "{% macro m() %}{% endmacro %}", "Macro is not allowed"),
    ("certificate_issued", "{% set x = 1 %}", "Assign is not allowed"),
    ("certificate_issued", "{{ lipsum }} {{ range }}", "there is no value 'lipsum'"),
    ("certificate_issued", "{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}", "goes too deep"),
    ("certificate_issued", "{{ " + "not " * 900 + "1 }}", "goes too deep"),
    ("certificate_issued", "{{ '\\u202e' }}x", "characters that cannot be seen"),
    ("session_reminder", "{% for a in sessions %}{% for b in sessions %}x{% endfor %}{% endfor %}", "a loop inside"),
    (
        "session_reminder",
        "x\n{{ sessions[0].room_title|local }}",
        "line 2: list object has no element 0 (where hours is",
    ),
    ("schedule_changed", "{% for a in changed|join %}x{% endfor %}", "a loop goes over a given list"),
    ("session_reminder", "{{ '' }}" * 600, "has too many values"),
    ("session_reminder", "{% for a in full_name %}" + "{{ '' }}" * 200 + "{% endfor %}x", "has more than 4000"),
    ("session_reminder", "{% for a in sessions %}{{ loop }}{% endfor %}x", "is no text"),
    ("session_reminder", "{% for a in sessions %}{{ full_name|join('x' * 9) }}{% endfor %}", "* is not allowed"),
    ("schedule_changed", "{{ changed|join('" + "x" * 3900 + "') }}", "join needs a list"),
    ("form_due", "{{ participant_name|isolated|join }}", "join needs a list"),
]


@pytest.mark.parametrize(("template", "source", "reason"), BAD)
def test_what_might_fail_or_do_harm_is_refused_with_its_line(template: str, source: str, reason: str) -> None:
    began = time.process_time()
    found = problems(template, "fa", {"closing": source, "subject": "درست"})
    assert time.process_time() - began < 5  # nothing of it was worked out
    assert list(found) == ["closing"]
    assert any(reason in each for each in found["closing"]), found
    assert all(re.match(r"line \d+: ", each) for each in found["closing"])


def test_every_wrong_part_is_named_at_once() -> None:
    found = problems("welcome", "en", {"subject": "{{ a }}", "opening": "{{ b }}", "closing": "fine"})
    assert list(found) == ["subject", "opening"]


@pytest.mark.parametrize("template", list(Template))
def test_every_sample_has_what_its_template_may_use_and_can_be_told(template: Template) -> None:
    for context in samples(template):
        assert set(context) == set(FIELDS[template])
        for language in ("fa", "en"):
            letter = rendering.render(template, language, MORE_NAMES[0], context)
            assert letter.subject
            assert "None" not in letter.text
            assert "\u2068" not in letter.text + letter.html
            assert 0 < len(rendering.sms(template, language, MORE_NAMES[0], context)) <= 201
