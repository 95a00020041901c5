"""Digests: each reader has one at a moment, whatever dies, runs twice or comes late."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.channels import Deferred, Delivery, Letter, Receipt, Refused
from services.notification.domain import digests, timing
from services.notification.domain.planning import Via
from services.notification.sending import Postman
from services.notification.service import digests as making
from services.notification.timetable import rules_of
from shared.errors import NotFound
from shared.events import (
    CertificateIssuedV1,
    CertificateRevokedV1,
    EmployeesMergedV1,
    EnrollmentRejectedV1,
    EnrollmentRequestedV1,
    EnrollmentWaitlistedV1,
    FormDueV1,
    SeatOfferedV1,
)
from shared.persian import tehran_date
from tests.integration.notification.conftest import QUICK, TITLE, Ledger, caller, issued, message, registered
from tests.integration.notification.test_people import move

OFFICER, NATIONAL = caller("training_officer"), caller("national")
PAST = datetime.now(UTC) - timedelta(minutes=1)


def readers(ledger: Ledger, count: int, cadence: str = "daily") -> None:
    ledger.people(count)
    for number in range(1, count + 1):
        ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=number)), cadence=cadence)


def work_all_week(ledger: Ledger) -> None:
    """No day is free, so that these tests say the same on every day."""
    why = {"reason": "sample", "source": "sample", "confidence": "policy_default", "scope": "national"}
    for key in ("weekend", "fixed_holidays"):
        ledger.call("record_policy", NATIONAL, key=key, effective_from="2026-01-01", value=[], **why)


@pytest.fixture(autouse=True)
def _every_day_is_worked_on(ledger: Ledger) -> None:
    work_all_week(ledger)


def wait(ledger: Ledger, **change: Any) -> None:
    """The moment of the digests comes for all that waits."""
    with ledger.db.transaction() as tx:
        own = models.notifications.c
        waits = sa.and_(own.cadence.is_not(None), own.digest_id.is_(None))
        tx.execute(sa.update(models.notifications).where(waits).values({"due_at": PAST} | change))


def by_template(ledger: Ledger, template: str) -> list[Any]:
    return [row for row in ledger.rows() if row.template == template]


def form(number: int = 1, **changes: Any) -> FormDueV1:
    fields: dict[str, Any] = {
        "form_id": uuid4(),
        "kind": "behaviour",
        "employee_id": UUID(int=number),
        "agency_code": "AG-A",
        "full_name": f"نمونه شماره {number}",
        "enrollment_id": UUID(int=77),
        "participant_name": "نمونه شماره 9",
        "offering_id": uuid4(),
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "ends_on": date(2026, 11, 25),
        "due_on": (datetime.now(UTC) + timedelta(days=60)).date(),
    }
    return FormDueV1(**fields | changes)


class Says:
    """A channel that answers each letter with the same."""

    def __init__(self, answer: Exception | str) -> None:
        self.answer = answer

    def deliver(self, delivery: Delivery) -> Receipt:
        if isinstance(self.answer, Exception):
            raise self.answer
        return Receipt(self.answer, delivery.email, Letter(delivery.language, "", ""))

    def address_of(self, delivery: Delivery) -> str:
        return delivery.email

    def close(self) -> None:
        """Nothing to close."""


def test_two_things_or_more_come_together_and_one_comes_alone(ledger: Ledger) -> None:
    readers(ledger, 3)
    for numbers in ((1, 2), (1,)):
        ledger.service.on_certificate_issued([message(issued(number)) for number in numbers])
    waiting = ledger.rows()
    with ledger.db.reading() as tx:
        due_at = timing.next_digest(tx.now, rules_of(tx).digest_at, rules_of(tx).calendar)
    assert {(row.cadence, row.due_at) for row in waiting} == {("daily", due_at)}
    ledger.service.make_digests()
    assert len(ledger.rows()) == 3
    wait(ledger)
    ledger.woken.clear()
    for _time in range(2):
        ledger.service.make_digests()
    (digest,) = by_template(ledger, "digest")
    assert (digest.employee_id, digest.channel, digest.status) == (UUID(int=1), "email", "pending")
    assert digest.subject_id == digests.occasion(UUID(int=1), PAST)
    assert [item["context"]["serial"] for item in digest.context["items"]] == ["AG-A-1405-000001"] * 2
    assert (digest.context["cadence"], digest.context["more"]) == ("daily", 0)
    told = {row.employee_id: row for row in by_template(ledger, "certificate_issued")}
    assert (told[UUID(int=1)].digest_id, told[UUID(int=1)].status) == (digest.notification_id, "pending")
    assert (told[UUID(int=2)].digest_id, told[UUID(int=2)].cadence) == (None, None)
    assert "send_pending" in ledger.woken


def asked(**changes: Any) -> Any:
    """The first person has asked for a seat."""
    until = datetime.now(UTC) + timedelta(days=90)
    return message(
        move(EnrollmentRequestedV1, decide_by=until, deciders=[], steps=["supervisor"], is_first=True, **changes)
    )


def rejected(**changes: Any) -> Any:
    return message(move(EnrollmentRejectedV1, step="supervisor", reason=None, **changes))


def test_nobody_hears_a_day_late_what_later_news_have_contradicted(ledger: Ledger) -> None:
    readers(ledger, 3)
    ledger.service.on_enrollment_requested([asked()])
    ledger.service.on_enrollment_rejected([rejected()])
    other = {"employee_id": UUID(int=2)}
    waitlisted = move(EnrollmentWaitlistedV1, place=1, **other)
    ledger.service.on_enrollment_waitlisted([message(waitlisted)])
    offered = move(SeatOfferedV1, answer_by=datetime.now(UTC) + timedelta(days=1), **other)
    ledger.service.on_seat_offered([message(offered)])
    certificate = issued(3)
    names = set(CertificateIssuedV1.__struct_fields__) & set(CertificateRevokedV1.__struct_fields__)
    same = {name: getattr(certificate, name) for name in names}
    ledger.service.on_certificate_issued([message(certificate)])
    revoked = CertificateRevokedV1(**same | {"reason": "x", "revoked_on": date(2026, 11, 26)})
    ledger.service.on_certificate_revoked([message(revoked)])
    wait(ledger)
    ledger.service.make_digests()
    assert {(row.template, row.status, row.reason) for row in ledger.rows()} == {
        ("enrollment_requested", "suppressed", "overtaken"),
        ("enrollment_rejected", "pending", None),
        ("enrollment_waitlisted", "suppressed", "overtaken"),
        ("seat_offered", "pending", None),
        ("certificate_issued", "suppressed", "overtaken"),
        ("certificate_revoked", "pending", None),
    }


def test_what_was_said_before_of_another_seat_or_not_at_all_contradicts_nothing(ledger: Ledger) -> None:
    readers(ledger, 2)
    ledger.service.on_enrollment_requested([asked(starts_on=date(2027, 1, 9))])
    ledger.service.on_enrollment_rejected([rejected()])
    ledger.service.on_enrollment_requested([asked()])  # once more
    ledger.service.on_enrollment_requested([asked(employee_id=UUID(int=2))])
    untold = rejected(employee_id=UUID(int=2))
    ledger.service.on_enrollment_rejected([untold])
    own = models.notifications.c
    with ledger.db.transaction() as tx:
        back = sa.update(models.notifications).where(own.event_id == untold.id)
        tx.execute(back.values(status="bounced"))
    wait(ledger)
    ledger.service.make_digests()
    assert [row.reason for row in by_template(ledger, "enrollment_requested")] == [None] * 3
    (digest,) = by_template(ledger, "digest")
    assert (len(digest.context["items"]), digest.context["more"]) == (2, 0)


def test_a_digest_goes_without_what_later_news_have_contradicted(ledger: Ledger) -> None:
    readers(ledger, 1)
    ledger.service.on_enrollment_requested([asked()])
    ledger.service.on_enrollment_rejected([rejected()])
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger)
    ledger.service.make_digests()
    (digest,) = by_template(ledger, "digest")
    assert [item["template"] for item in digest.context["items"]] == ["certificate_issued"] * 2
    assert digest.context["more"] == 0


def test_a_former_agency_is_shown_no_digest_of_what_the_new_one_told(ledger: Ledger) -> None:
    readers(ledger, 1)
    moved = registered(1, agency_code="AG-B")
    ledger.service.on_employee_registered([message(moved, time=datetime.now(UTC) + timedelta(hours=1))])
    for agency_code in ("AG-B", "AG-A"):  # the last is late, or about a certificate of before
        ledger.service.on_certificate_issued([message(issued(1, agency_code=agency_code))])
    wait(ledger)
    ledger.service.make_digests()
    (digest,) = by_template(ledger, "digest")
    assert (digest.agency_code, len(digest.context["items"])) == ("AG-B", 2)
    asked = {"notification_id": str(digest.notification_id)}
    shown = ledger.call("get_notification", caller("agency_system", agency="AG-B"), **asked)
    assert shown["notification_id"] == str(digest.notification_id)
    with pytest.raises(NotFound):
        ledger.call("get_notification", caller("agency_system", agency="AG-A"), **asked)


def test_makers_beside_each_other_make_each_digest_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PAGE", 7)
    readers(ledger, 12)
    for _time in range(3):
        ledger.certificates(12)
    wait(ledger)
    threads = [threading.Thread(target=ledger.service.make_digests) for _maker in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    ledger.service.make_digests()
    made = by_template(ledger, "digest")
    assert len({row.employee_id for row in made}) == len(made) == 12
    assert {len(row.context["items"]) for row in made} == {3}
    mine = {(row.employee_id, row.notification_id) for row in made}
    assert {(row.employee_id, row.digest_id) for row in by_template(ledger, "certificate_issued")} == mine


def test_a_crash_in_between_leaves_all_or_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    readers(ledger, 1)
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger)
    with monkeypatch.context() as patch:
        patch.setattr(models, "put_into_digests", crash)
        with pytest.raises(KeyboardInterrupt):
            ledger.service.make_digests()
    assert by_template(ledger, "digest") == []
    ledger.service.make_digests()
    assert len(by_template(ledger, "digest")) == 1


def test_what_comes_late_or_after_the_clock_was_set_back_waits_for_the_next_digest(ledger: Ledger) -> None:
    readers(ledger, 1)
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger)
    ledger.service.make_digests()
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger)
    ledger.service.make_digests()
    assert len(by_template(ledger, "digest")) == 1
    late = [row for row in ledger.rows() if row.cadence and row.digest_id is None]
    assert len(late) == 2
    assert all(row.due_at > datetime.now(UTC) for row in late)
    wait(ledger, due_at=PAST + timedelta(seconds=1))
    ledger.service.make_digests()
    assert len(by_template(ledger, "digest")) == 2


def test_what_is_too_much_for_one_letter_comes_in_two_and_the_rest_with_the_next(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "LETTER", 3)
    monkeypatch.setattr(making, "MOST_ITEMS", 5)
    readers(ledger, 1)
    for _time in range(7):
        ledger.certificates(1)
    wait(ledger)
    for _time in range(2):
        ledger.service.make_digests()
    made = by_template(ledger, "digest")
    assert sorted((len(row.context["items"]), row.context["more"]) for row in made) == [(2, 2), (3, 0)]
    told = {row.notification_id: row.digest_id for row in by_template(ledger, "certificate_issued")}
    assert sorted(list(told.values()).count(row.notification_id) for row in made) == [2, 3]
    assert sum(row.due_at > datetime.now(UTC) and row.digest_id is None for row in ledger.rows() if row.cadence) == 2


def test_who_wants_text_messages_since_gets_each_by_itself_and_no_empty_summary(ledger: Ledger) -> None:
    readers(ledger, 1)
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger)
    wishes = {"channel": "sms", "mobile": "+989120000067"}
    ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=1)), **wishes)
    ledger.service.make_digests()
    rows = {(row.template, row.channel, row.cadence, row.status) for row in ledger.rows()}
    assert rows == {("certificate_issued", "sms", None, "pending")}
    assert len(ledger.rows()) == 2


def test_what_somebody_wants_no_more_is_left_out(ledger: Ledger) -> None:
    readers(ledger, 1)
    ledger.certificates(1)
    wait(ledger)
    ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=1)), unsubscribed=["certificates"])
    ledger.service.make_digests()
    (row,) = ledger.rows()
    assert (row.status, row.reason) == ("suppressed", "unsubscribed")


def test_another_cadence_moves_what_waits_and_none_lets_it_go_now(ledger: Ledger) -> None:
    readers(ledger, 1, "weekly")
    ledger.certificates(1)
    (weekly,) = ledger.rows()
    choose = {"employee_id": str(UUID(int=1))}
    ledger.call("set_preferences", OFFICER, cadence="daily", **choose)
    (daily,) = ledger.rows()
    assert (weekly.cadence, daily.cadence, daily.due_at <= weekly.due_at) == ("weekly", "daily", True)
    ledger.call("set_preferences", OFFICER, cadence=None, **choose)
    assert ledger.woken[-1] == "make_digests"
    ledger.service.make_digests()
    ledger.send()
    assert ledger.statuses() == ["sent"]


@pytest.mark.parametrize("days_late", [0, 1])
def test_a_holiday_announced_since_puts_a_digest_off(ledger: Ledger, days_late: int) -> None:
    """Also one that was to come before it, and comes late."""
    readers(ledger, 1)
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger, due_at=PAST - timedelta(days=days_late))
    today = tehran_date(datetime.now(UTC))
    with ledger.db.reading() as tx:
        assert not rules_of(tx).calendar.is_free(today)
    ledger.call("set_holidays", NATIONAL, days=[{"day": today.isoformat(), "title": {"fa": "عید قربان"}}])
    ledger.service.make_digests()
    assert by_template(ledger, "digest") == []
    assert all(row.due_at > datetime.now(UTC) for row in ledger.rows())


def test_a_holiday_that_is_over_puts_nothing_off(ledger: Ledger) -> None:
    readers(ledger, 1)
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger, due_at=PAST - timedelta(days=1))
    yesterday = tehran_date(datetime.now(UTC)) - timedelta(days=1)
    ledger.call("set_holidays", NATIONAL, days=[{"day": yesterday.isoformat(), "title": {"fa": "عید قربان"}}])
    ledger.service.make_digests()
    assert len(by_template(ledger, "digest")) == 1


def has_until(ledger: Ledger, template: str, **deadline: datetime) -> None:
    """What waits has another deadline than it had when it was queued."""
    own = models.notifications.c
    (row,) = by_template(ledger, template)
    said = {name: at.isoformat() for name, at in deadline.items()}
    with ledger.db.transaction() as tx:
        this = sa.update(models.notifications).where(own.notification_id == row.notification_id)
        tx.execute(this.values(context=row.context | said))


def decide(ledger: Ledger) -> None:
    """The first person is to decide on a request, a long time from now."""
    asked = {"deciders": [UUID(int=1)], "steps": ["supervisor"], "is_first": False}
    until = datetime.now(UTC) + timedelta(days=90)
    request = move(EnrollmentRequestedV1, employee_id=UUID(int=2), decide_by=until, **asked)
    ledger.service.on_enrollment_requested([message(request)])


@pytest.mark.parametrize("minutes_after", [0, 1])
def test_another_cadence_puts_nothing_off_beyond_its_deadline(ledger: Ledger, minutes_after: int) -> None:
    readers(ledger, 1)
    decide(ledger)
    ledger.certificates(1)
    with ledger.db.reading() as tx:
        rules = rules_of(tx)
        weekly = timing.next_digest(tx.now, rules.digest_at, rules.calendar, rules.digest_weekday)
    has_until(ledger, "approval_due", decide_by=weekly + timedelta(minutes=minutes_after))
    ledger.woken.clear()
    ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=1)), cadence="weekly")
    ((due,), (issued_one,)) = (by_template(ledger, name) for name in ("approval_due", "certificate_issued"))
    assert (issued_one.cadence, issued_one.due_at) == ("weekly", weekly)
    if minutes_after:
        assert (due.cadence, due.due_at) == ("weekly", weekly)
    else:
        assert (due.cadence, due.due_at <= datetime.now(UTC)) == (None, True)
        assert ledger.woken == ["send_pending"]


def test_a_holiday_puts_nothing_off_beyond_its_deadline(ledger: Ledger) -> None:
    readers(ledger, 1)
    decide(ledger)
    ledger.certificates(1)
    wait(ledger)
    with ledger.db.reading() as tx:
        today = tehran_date(tx.now)
        rules = rules_of(tx)
        free = replace(rules.calendar, announced=frozenset({today}))
        has_until(ledger, "approval_due", decide_by=timing.next_digest(tx.now, rules.digest_at, free))
    ledger.call("set_holidays", NATIONAL, days=[{"day": today.isoformat(), "title": {"fa": "عید قربان"}}])
    ledger.service.make_digests()
    waiting = {row.template: (row.cadence, row.due_at > datetime.now(UTC)) for row in ledger.rows()}
    assert waiting == {"approval_due": (None, False), "certificate_issued": ("daily", True)}


def test_a_duplicates_news_are_in_the_kept_persons_digest(ledger: Ledger) -> None:
    readers(ledger, 2)
    ledger.certificates(2)
    merged = EmployeesMergedV1(employee_id=UUID(int=1), duplicate_id=UUID(int=2), agency_code="AG-A", merged_at=PAST)
    ledger.service.on_employees_merged([message(merged)])
    wait(ledger)
    ledger.service.make_digests()
    (digest,) = by_template(ledger, "digest")
    assert (digest.employee_id, len(digest.context["items"])) == (UUID(int=1), 2)


@pytest.mark.parametrize(
    ("answer", "status"),
    [("250 queued", "sent"), (Deferred("451 later"), "deferred"), (Refused("550 unknown"), "bounced")],
)
def test_what_is_in_a_digest_follows_it(ledger: Ledger, answer: Exception | str, status: str) -> None:
    readers(ledger, 1)
    for _time in range(2):
        ledger.certificates(1)
    wait(ledger)
    ledger.service.make_digests()
    Postman(ledger.db, {Via.EMAIL: Says(answer)}, QUICK).send_due()
    (digest,) = by_template(ledger, "digest")
    told = by_template(ledger, "certificate_issued")
    assert digest.status == status
    expected = ("pending", None, None) if status == "deferred" else (status, digest.sent_at, digest.last_answer)
    assert {(row.status, row.sent_at, row.last_answer) for row in told} == {expected}


def test_a_bounce_that_is_heard_of_later_and_a_dropped_digest_are_followed_too(ledger: Ledger) -> None:
    readers(ledger, 2)
    for _time in range(2):
        ledger.certificates(2)
    wait(ledger)
    ledger.service.make_digests()
    one, other = by_template(ledger, "digest")
    with ledger.db.transaction() as tx:
        own = models.notifications.c
        for row, status in ((one, "sent"), (other, "suppressed")):  # as somebody else settles them
            tx.execute(
                sa.update(models.notifications).where(own.notification_id == row.notification_id).values(status=status)
            )
    ledger.service.make_digests()
    followed = {row.digest_id: row.status for row in by_template(ledger, "certificate_issued")}
    assert followed == {one.notification_id: "sent", other.notification_id: "suppressed"}
    with ledger.db.transaction() as tx:
        tx.execute(
            sa.update(models.notifications).where(own.notification_id == one.notification_id).values(status="bounced")
        )
        assert {row.status for row in models.follow_digests(tx, [one.notification_id])} == {"bounced"}


def test_news_of_a_later_release_wait_for_it_and_stop_nobody(ledger: Ledger) -> None:
    readers(ledger, 2)
    for _time in range(2):
        ledger.certificates(2)
    ledger.service.on_form_due([message(form(1))])
    own = models.notifications.c
    with ledger.db.transaction() as tx:
        later = sa.update(models.notifications).where(own.template == "form_due")
        tx.execute(later.values(template="told_by_a_later_release"))
    wait(ledger)
    ledger.service.make_digests()
    assert {row.employee_id for row in by_template(ledger, "digest")} == {UUID(int=1), UUID(int=2)}
    (unknown,) = by_template(ledger, "told_by_a_later_release")
    assert (unknown.status, unknown.cadence, unknown.digest_id) == ("pending", "daily", None)


def test_one_whose_digest_cannot_be_made_does_not_stop_the_others(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = digests.context

    def failing(items: Any, more: int) -> Any:
        if items[0].employee_id == UUID(int=2):
            raise ValueError("sample")
        return context(items, more)

    readers(ledger, 5)
    for _time in range(2):
        ledger.certificates(5)
    wait(ledger)
    with monkeypatch.context() as patch:
        patch.setattr(digests, "context", failing)
        ledger.service.make_digests()
    assert {row.employee_id.int for row in by_template(ledger, "digest")} == {1, 3, 4, 5}
    ledger.service.make_digests()
    assert {row.employee_id.int for row in by_template(ledger, "digest")} == {1, 2, 3, 4, 5}
