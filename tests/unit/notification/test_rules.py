"""When a mail goes again, when it is given up, and what a mail may say."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.notification.domain import delivery
from services.notification.domain.delivery import POLICY, Outcome, Status
from services.notification.domain.templates import FIELDS, Template, context_of

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def deferred(attempts: int, tried_for: timedelta = timedelta(0), chance: float = 0.5, answer: str = "451") -> Outcome:
    return delivery.deferred(answer, attempts, NOW - tried_for, NOW, chance)


def test_delays_grow_and_stay_at_the_longest() -> None:
    delays = [(deferred(attempts).due_at - NOW).total_seconds() for attempts in range(1, 12)]
    assert delays[: len(POLICY.delays)] == list(POLICY.delays)
    assert set(delays[len(POLICY.delays) :]) == {POLICY.delays[-1]}


def test_chance_spreads_a_delay_by_its_jitter() -> None:
    early, late = (deferred(1, chance=chance).due_at - NOW for chance in (0.0, 1.0))
    assert (early.total_seconds(), late.total_seconds()) == pytest.approx((48, 72))


def test_after_three_days_of_trying_a_mail_is_given_up_with_the_last_answer() -> None:
    assert deferred(20, timedelta(days=2, hours=19)).status is Status.DEFERRED
    given_up = deferred(21, timedelta(days=2, hours=23), answer="451 greylisted")
    assert given_up.status is Status.BOUNCED
    assert given_up.answer == "given up after 21 attempts; last answer: 451 greylisted"


def test_an_answer_is_kept_as_one_line_of_bounded_length() -> None:
    outcome = delivery.bounced("550 no\r\nsuch\x00 user " + "x" * 1000, NOW)
    assert outcome.answer is not None
    assert outcome.answer.startswith("550 no such user x")
    assert len(outcome.answer) == delivery.ANSWER_LENGTH


def test_what_was_claimed_and_not_tried_goes_back_as_it_was() -> None:
    long_ago = NOW - timedelta(hours=1)
    assert delivery.released(0, long_ago, NOW) == Outcome(Status.PENDING, None, long_ago, tried=False, turn_at=NOW)
    assert delivery.released(3, long_ago, NOW).status is Status.DEFERRED


def test_being_sent_is_shown_as_pending() -> None:
    shown = {status: delivery.shown_status(status.value) for status in Status}
    assert shown == {status: "pending" if status is Status.SENDING else status.value for status in Status}


def test_the_message_id_depends_on_the_notification_alone() -> None:
    first = delivery.message_id(UUID(int=1), "no-reply@training.example")
    assert first == "<00000000-0000-0000-0000-000000000001@training.example>"


def test_a_return_path_names_its_mail_and_fits_into_an_address() -> None:
    path = delivery.return_path(UUID(int=1), "bounces@training.example")
    assert path == "bounces+00000000-0000-0000-0000-000000000001@training.example"
    longest = delivery.return_path(UUID(int=1), "b" * 27 + "@training.example")
    assert len(longest.partition("@")[0]) == 64  # RFC 5321 section 4.5.3.1.1


def test_a_mail_may_use_only_the_listed_fields_and_never_a_national_code() -> None:
    event = dict.fromkeys({name for names in FIELDS.values() for name in names}, "x") | {"national_code": "9990000018"}
    for template in Template:
        assert set(context_of(template, event)) == set(FIELDS[template])
    assert not any("national" in name or "personnel" in name for names in FIELDS.values() for name in names)


def test_the_lease_outlives_the_longest_batch() -> None:
    from services.notification.mailer.dialogue import VERDICT_SECONDS
    from services.notification.mailer.smtp import MAIL_SECONDS
    from services.notification.sending.postman import SETTLE_PAUSES

    asking = 3 * 8.0  # for a certificate: its turn, the connection and the answer (shared.messaging.asking)
    longest = POLICY.batch_window + asking + MAIL_SECONDS + VERDICT_SECONDS + sum(SETTLE_PAUSES)
    assert longest < POLICY.lease
