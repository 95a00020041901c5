"""Which words end mail to an address, and what may be sent again."""

import pytest

from services.notification.domain.bounces import (
    Cause,
    Effect,
    Failure,
    Kind,
    address_key,
    complained,
    effect,
    failed,
    not_to_resend,
    refused,
)
from services.notification.domain.planning import Reader, Via, via_for

ADDRESS = "sample1@example.ir"


@pytest.mark.parametrize(
    ("answer", "is_hard"),
    [
        ("550 5.1.1 user unknown", True),
        ("550 5.1.10 not found", True),
        ("550 5.2.1 mailbox disabled", True),
        ("550 No such user here", True),
        ("551 not local", True),
        ("553 mailbox name not allowed", True),
        ("550 5.0.0 no such user", True),
        ("550 host 5.9.10.11 says: no such user", True),
        ("550-5.1.1 no such user. 550 5.1.1 See our page.", True),
        ("550 5.1.7 the sender's address is malformed", False),
        ("550 5.1.8 the sender's domain does not exist", False),
        ("550 5.2.2 mailbox full", False),
        ("550 5.7.1 not authorised", False),
        ("550 5.4.1 access denied", False),
        ("552 message too large", False),
        ("554 rejected", False),
        ("554 5.7.1 rejected for its content", False),
        ("550 rejected: listed at a DNSBL", False),
        ("550 relaying denied", False),
        ("550 administrative prohibition", False),
        ("503 bad sequence of commands", False),
    ],
)
def test_a_refusal_of_the_recipient_ends_mail_to_it_when_the_server_says_it_is_no_good(
    answer: str, is_hard: bool
) -> None:
    found = refused("Sample1@example.ir", "rcpt", answer)
    assert (found is not None) == is_hard
    if found is not None:
        assert (found.address, found.kind, found.is_final) == (ADDRESS, Kind.HARD, True)
    assert refused(ADDRESS, "data", answer) is None
    assert refused(ADDRESS, "", answer) is None


def test_a_report_without_any_code_is_taken_at_its_word_and_a_delay_is_not_final() -> None:
    assert failed(ADDRESS, True, None, None).kind is Kind.HARD
    assert failed(ADDRESS, True, "5.0.0", "no mailbox here by that name").kind is Kind.HARD
    assert failed(ADDRESS, True, "4.4.7", "550 5.1.1 user unknown") == Failure(
        ADDRESS, Kind.SOFT, True, "4.4.7", "550 5.1.1 user unknown"
    )
    assert failed(ADDRESS, False, "5.1.1", None).kind is Kind.SOFT
    assert failed(ADDRESS, True, "rubbish", "x" * 2000).answer == "x" * 500


def test_hard_ones_and_complaints_end_mail_and_soft_ones_once_they_are_many() -> None:
    hard, final = failed(ADDRESS, True, "5.1.1", ""), failed(ADDRESS, True, "4.4.7", "")
    delayed = failed(ADDRESS, False, "4.4.1", "")
    assert effect(hard, 0, 5) == Effect(True, Cause.HARD_BOUNCE)
    assert effect(complained(ADDRESS, "abuse"), 0, 5) == Effect(False, Cause.COMPLAINT)
    assert effect(delayed, 3, 5) == Effect(False, None)
    assert effect(delayed, 4, 5) == Effect(False, None)
    assert effect(Failure(ADDRESS, Kind.SOFT, False), 4, 5) == Effect(False, Cause.HARD_BOUNCE)  # by call
    assert effect(final, 0, 5) == Effect(True, None)
    assert effect(final, 4, 5) == Effect(True, Cause.HARD_BOUNCE)


@pytest.mark.parametrize(
    ("status", "reason", "is_suppressed", "was_accepted", "refusal"),
    [
        ("bounced", None, False, False, None),
        ("suppressed", "address_suppressed", False, False, None),
        ("bounced", None, True, False, "address_suppressed"),
        ("bounced", None, False, True, "already_sent"),
        ("sent", None, False, False, "already_sent"),
        ("pending", None, False, False, "not_returned"),
        ("held", "cannot_be_made", False, False, "not_returned"),
        ("suppressed", "unsubscribed", False, False, "not_returned"),
        ("suppressed", "erased", False, False, "not_returned"),
    ],
)
def test_only_what_came_back_goes_again_and_never_to_who_has_it(
    status: str, reason: str | None, is_suppressed: bool, was_accepted: bool, refusal: str | None
) -> None:
    assert not_to_resend(status, reason, is_suppressed, was_accepted) == refusal


def test_who_cannot_be_mailed_is_told_by_mobile_if_they_gave_one() -> None:
    assert via_for(Reader(has_mobile=True), True) is Via.SMS
    assert via_for(Reader(has_mobile=True), False) is Via.EMAIL
    assert via_for(Reader(), True) is Via.EMAIL
    assert via_for(Reader(via=Via.SMS, has_mobile=True), True) is Via.SMS


def test_addresses_are_compared_in_small_letters() -> None:
    assert address_key(" Sample1@Example.IR ") == ADDRESS
