"""What comes back: believed as far as the ledger confirms it, done once, told to the officers, and mended."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.channels import Refused
from services.notification.mailbox import MailboxError, imap, maildir, open_mailbox
from services.notification.models.tables import bounce_reports, resends, suppressions
from shared import metrics
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.events import EmployeeErasedV1, OfficerDays, OfficersChangedV1
from shared.persian import tehran_date
from tests.integration.notification.conftest import Ledger, caller, message, registered
from tests.integration.notification.test_sending import ScriptedMailer, run
from tests.support.imap_server import PASSWORD, ImapServer, free_port, imap_server

REPORTS = Path(__file__).parents[2] / "unit/notification/reports"
ID = "01930000-0000-7000-8000-000000000077"
ADDRESS = "sample1@example.ir"
OPERATOR, OFFICER = caller("operator", agency=""), caller("training_officer")


def report(name: str, notification_id: Any) -> bytes:
    return (REPORTS / f"{name}.eml").read_bytes().replace(ID.encode(), str(notification_id).encode())


def sent(ledger: Ledger, people: int = 1) -> list[UUID]:
    """Notifications that a server took, by the number of their person."""
    ledger.people(people)
    ledger.certificates(people)
    run(ledger, ScriptedMailer())
    return [row.notification_id for row in sorted(ledger.rows(), key=lambda row: row.employee_id)]


def officers(ledger: Ledger, *numbers: int) -> None:
    today = tehran_date(datetime.now(UTC))
    days = [OfficerDays(employee_id=UUID(int=number), from_day=today, until_day=None) for number in numbers]
    said = OfficersChangedV1(change_id=uuid4(), agency_code="AG-A", officers=days, changed_at=datetime.now(UTC))
    ledger.service.on_officers_changed([message(said)])


def box(ledger: Ledger, *mails: bytes) -> Path:
    folder = ledger.folder / "reports"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(mails):
        (folder / "new" / f"{number:04d}.sample").write_bytes(raw)
    ledger.service.config = replace(ledger.service.config, bounces_url=f"maildir://{folder}")
    return folder


def report_raw(ledger: Ledger, raw: bytes) -> dict[str, Any]:
    return ledger.call("report_bounce", OPERATOR, raw=base64.b64encode(raw).decode())


def rows(ledger: Ledger, table: sa.Table) -> list[Any]:
    with ledger.db.reading() as tx:
        return list(tx.execute(sa.select(table)))


def shown(ledger: Ledger, notification_id: UUID) -> dict[str, Any]:
    return ledger.call("get_notification", OPERATOR, notification_id=str(notification_id))


def told(ledger: Ledger) -> list[tuple[int, dict[str, Any]]]:
    return [(row.employee_id.int, row.context) for row in ledger.rows() if row.template == "address_failed"]


def move(ledger: Ledger, email: str) -> None:
    ledger.service.on_employee_registered([message(registered(1, email=email))])


def test_a_hard_bounce_marks_the_mail_ends_others_and_tells_the_officers_once(ledger: Ledger) -> None:
    one, other = sent(ledger, 2)
    officers(ledger, 1, 2)  # the person is an officer too, and is not told at the address that failed
    folder = box(ledger, report("postfix_unknown_user", one), report("vacation", other), report("forged", other))
    ledger.service.read_bounces()
    ledger.service.tell_failed_addresses()
    first = shown(ledger, one)
    assert (first["status"], len(first["reports"])) == ("bounced", 1)
    assert first["last_answer"].startswith("550 5.1.1")
    assert (first["reports"][0]["kind"], first["reports"][0]["source"]) == ("hard", "mailbox")
    assert (shown(ledger, other)["status"], shown(ledger, other)["reports"]) == ("sent", [])
    assert [name.name for name in sorted((folder / "cur").iterdir())] == [
        "0000.sample:2,S",
        "0001.sample:2,S",
        "0002.sample:2,FS",
    ]
    ((officer, context),) = told(ledger)
    assert (officer, context["participant_name"], context["address"]) == (2, "نمونه شماره 1", ADDRESS)
    # The same report again, as after a crash before it was marked, and another about the same address.
    box(ledger, report("postfix_unknown_user", one), report("exchange_unknown_user", one))
    ledger.service.read_bounces()
    ledger.service.tell_failed_addresses()
    assert len(shown(ledger, one)["reports"]) == 2
    assert len(told(ledger)) == len(rows(ledger, suppressions)) == 1
    # What is due to the address is not sent, but what the law asks for is.
    ledger.certificates(2)
    mailer = ScriptedMailer()
    run(ledger, mailer)
    statuses = {(row.employee_id.int, row.status) for row in ledger.rows() if row.template == "certificate_issued"}
    assert statuses == {(1, "bounced"), (1, "suppressed"), (2, "sent")}


def test_where_no_officer_is_known_a_metric_counts_it_and_others_go_on(ledger: Ledger) -> None:
    one, _other = sent(ledger, 2)
    officers(ledger, 1)
    before = metrics.FAILED_ADDRESSES_UNTOLD._value.get()
    report_raw(ledger, report("qmail_unknown_user", one))
    ledger.service.tell_failed_addresses()
    ledger.service.tell_failed_addresses()
    assert (told(ledger), metrics.FAILED_ADDRESSES_UNTOLD._value.get() - before) == ([], 1)


def test_a_report_is_believed_only_where_the_ledger_confirms_it(ledger: Ledger) -> None:
    one, other = sent(ledger, 2)
    for name, notification_id, code in (
        ("forged", one, "address_not_written_to"),
        ("postfix_unknown_user", other, "address_not_written_to"),  # another person's mail
        ("postfix_unknown_user", uuid4(), "notification_not_found"),
    ):
        with pytest.raises(NotFound) as refused:
            report_raw(ledger, report(name, notification_id))
        assert refused.value.code == code
    for raw in (report("vacation", one), b"", b"\xff\x00" * 9):
        with pytest.raises(Invalid):
            report_raw(ledger, raw) if raw else ledger.call("report_bounce", OPERATOR, raw="")
    with pytest.raises(Invalid) as wrong:
        ledger.call("report_bounce", OPERATOR, message_id="<nonsense@training.example>")
    assert set(wrong.value.details["fields"]) == {"message_id", "notification_id", "address", "kind"}
    with pytest.raises(Invalid):
        ledger.call("report_bounce", OPERATOR, raw="AAAA", address=ADDRESS)
    with pytest.raises(Forbidden):
        ledger.call("report_bounce", OFFICER, raw="AAAA")
    ledger.certificates(1)
    (waiting,) = [row.notification_id for row in ledger.rows() if row.status == "pending"]
    with pytest.raises(NotFound):
        report_raw(ledger, report("postfix_unknown_user", waiting))
    ledger.change(status="sending")
    with pytest.raises(Unavailable):  # our own bookkeeping is behind the report
        report_raw(ledger, report("postfix_unknown_user", waiting))
    assert rows(ledger, bounce_reports) == rows(ledger, suppressions) == []


def test_a_report_by_its_fields_is_answered_the_same_when_it_comes_again(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    said = {"address": "Sample1@EXAMPLE.ir", "kind": "hard", "status_code": "5.1.1", "answer": "550 ناشناس"}
    first = ledger.call("report_bounce", OPERATOR, message_id=f"<{one}@training.example>", **said)
    assert ledger.call("report_bounce", OPERATOR, notification_id=str(one), **said) == first
    assert (first["address"], first["answer"], first["source"]) == (ADDRESS, "550 ناشناس", "call")
    assert shown(ledger, one)["status"] == "bounced"
    listed = ledger.call("list_bounces", OFFICER)["items"]
    assert [(item["report_id"], item["agency_code"]) for item in listed] == [(first["report_id"], "AG-A")]
    assert ledger.call("list_bounces", caller("auditor", agency="AG-B"))["items"] == []
    with pytest.raises(NotFound):
        ledger.call("list_bounces", caller("auditor", agency="AG-B"), agency_code="AG-A")


def test_a_mail_that_was_sent_again_and_comes_back_in_the_same_words_has_come_back_again(ledger: Ledger) -> None:
    (one, _other) = sent(ledger, 2)
    officers(ledger, 2)
    said = {"notification_id": str(one), "address": ADDRESS, "kind": "hard", "answer": "550 5.1.1 no such user"}

    def reported() -> str:
        answers = [ledger.call("report_bounce", OPERATOR, **said)["report_id"] for _repetition in range(2)]
        ledger.service.tell_failed_addresses()
        assert answers[0] == answers[1]
        assert shown(ledger, one)["status"] == "bounced"
        return str(answers[0])

    first = reported()
    ledger.call("lift_suppression", OPERATOR, address=ADDRESS, reason="درست است")
    ledger.call("resend_notification", OFFICER, notification_id=str(one), reason="درست است")
    assert ledger.call("report_bounce", OPERATOR, **said)["report_id"] == first  # it has not gone yet
    assert shown(ledger, one)["status"] == "pending"
    ledger.change(status="sending")
    with pytest.raises(Unavailable):  # it may speak of what goes at this moment
        ledger.call("report_bounce", OPERATOR, **said)
    ledger.change(status="pending")
    run(ledger, ScriptedMailer())
    assert reported() != first
    assert len(shown(ledger, one)["reports"]) == len(rows(ledger, suppressions)) == len(told(ledger)) == 2


def test_a_report_by_its_fields_that_says_too_much_is_cut_and_one_that_says_nonsense_is_refused(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    said = {"notification_id": str(one), "address": ADDRESS, "kind": "hard"}
    assert ledger.call("report_bounce", OPERATOR, **said, answer="550 " + "x" * 996)["answer"] == "550 " + "x" * 496
    assert len(shown(ledger, one)["last_answer"]) == 500
    for field, value in (
        ("raw", "گزارش"),
        ("message_id", f"<{one.hex}----@training.example>"),
        ("message_id", f"<{'0' * 36}@training.example>"),
    ):
        with pytest.raises(Invalid) as refused:
            ledger.call("report_bounce", OPERATOR, **({} if field == "raw" else said) | {field: value})
        assert set(refused.value.details["fields"]) == {field}


def test_two_replicas_that_read_the_same_report_do_one_thing(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    raw = report("postfix_unknown_user", one)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _replica: report_raw(ledger, raw), range(4)))
    assert [answer["report_id"] for answer in answers] == [answers[0]["report_id"]] * 4
    assert len(rows(ledger, bounce_reports)) == len(rows(ledger, suppressions)) == 1


def test_what_was_taken_and_not_marked_is_read_again_and_known(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = sent(ledger)
    folder = box(ledger, report("postfix_unknown_user", one))

    def full(*_mail: object, **_marks: object) -> None:
        raise MailboxError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(maildir.Maildir, "mark", full)
        ledger.service.read_bounces()
    assert (metrics.BOUNCE_MAILBOX_FAILING._value.get(), len(rows(ledger, bounce_reports))) == (1, 1)
    before = metrics.BOUNCE_MAILS.labels("repeated")._value.get()
    ledger.service.read_bounces()
    assert metrics.BOUNCE_MAILS.labels("repeated")._value.get() - before == 1
    assert (list((folder / "new").iterdir()), len(rows(ledger, bounce_reports))) == ([], 1)


def test_what_was_in_a_digest_comes_back_and_waits_with_it(ledger: Ledger) -> None:
    one, two = sent(ledger, 2)
    with ledger.db.transaction() as tx:
        inside = sa.update(models.notifications).where(models.notifications.c.notification_id == two)
        tx.execute(inside.values(employee_id=UUID(int=1), digest_id=one, cadence="daily"))
    report_raw(ledger, report("postfix_unknown_user", one))
    assert ledger.statuses() == ["bounced", "bounced"]
    move(ledger, "sample1.new@example.ir")
    with pytest.raises(Conflict) as refused:  # it would come by itself, and with the digest
        ledger.call("resend_notification", OFFICER, notification_id=str(two), reason="x")
    assert (refused.value.code, refused.value.details["digest_id"]) == ("in_digest", str(one))
    ledger.call("resend_notification", OFFICER, notification_id=str(one), reason="x")
    assert ledger.statuses() == ["pending", "pending"]
    run(ledger, ScriptedMailer())
    assert {row.notification_id: row.status for row in ledger.rows()} == {one: "sent", two: "pending"}


def test_a_complaint_ends_mail_and_the_mail_stays_sent_and_many_soft_ones_are_a_hard_one(ledger: Ledger) -> None:
    one, two = sent(ledger, 2)
    officers(ledger, 2)
    report_raw(ledger, report("complaint", one))
    ledger.service.tell_failed_addresses()
    assert (shown(ledger, one)["status"], told(ledger)) == ("sent", [])
    for _mail in range(4):
        ledger.certificates(2)
    run(ledger, ScriptedMailer())
    theirs = [row.notification_id for row in ledger.rows() if row.employee_id.int == 2]
    soft = {"address": "sample2@example.ir", "kind": "soft", "status_code": "4.2.2"}
    for notification_id in (two, *theirs[:4]):
        for _again in range(2):
            ledger.call("report_bounce", OPERATOR, notification_id=str(notification_id), **soft)
    assert [row.address for row in rows(ledger, suppressions)] == [ADDRESS]
    ledger.call("report_bounce", OPERATOR, notification_id=str(theirs[4]), **soft)
    assert {(row.address, row.cause) for row in rows(ledger, suppressions)} == {
        (ADDRESS, "complaint"),
        ("sample2@example.ir", "hard_bounce"),
    }
    assert shown(ledger, two)["status"] == "sent"


def test_mails_that_are_late_give_no_address_up_and_a_lift_ends_what_was_counted(ledger: Ledger) -> None:
    sent(ledger)
    for _mail in range(11):
        ledger.certificates(1)
    run(ledger, ScriptedMailer())
    mails = [row.notification_id for row in ledger.rows()]
    for one in mails[:6]:
        report_raw(ledger, report("postfix_delayed", one))
    assert {shown(ledger, one)["status"] for one in mails} == {"sent"}
    for one in mails[:4]:
        report_raw(ledger, report("expired", one))
    assert rows(ledger, suppressions) == []
    report_raw(ledger, report("expired", mails[4]))
    assert [row.cause for row in rows(ledger, suppressions)] == ["hard_bounce"]
    ledger.call("lift_suppression", OPERATOR, address=ADDRESS, reason="درست است")
    for number in range(5):
        ledger.certificates(1)
        run(ledger, ScriptedMailer())
        (latest,) = {row.notification_id for row in ledger.rows()} - set(mails)
        mails.append(latest)
        report_raw(ledger, report("expired", latest))
        assert len(ledger.call("list_suppressions", OFFICER)["items"]) == (number == 4)


def test_a_mail_that_expired_on_its_way_came_back_and_its_address_is_not_given_up(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    report_raw(ledger, report("expired", one))
    assert (shown(ledger, one)["status"], rows(ledger, suppressions)) == ("bounced", [])


def test_a_recipient_that_is_refused_while_sending_is_given_up_and_one_who_is_not_meant_is_not(ledger: Ledger) -> None:
    ledger.people(4)
    ledger.certificates(4)
    answers = [
        Refused("550 5.1.1 no such user", "rcpt"),
        Refused("550 5.7.1 blocked", "rcpt"),
        Refused("554 content rejected", "data"),
        Refused("550 no such user", "rcpt"),
    ]
    run(ledger, ScriptedMailer(*answers))
    assert ledger.statuses() == ["bounced"] * 4
    given_up = {row.address for row in rows(ledger, suppressions)}
    refused = [row for row in ledger.rows() if row.last_answer in ("550 5.1.1 no such user", "550 no such user")]
    assert given_up == {f"sample{row.employee_id.int}@example.ir" for row in refused}
    assert len(given_up) == 2
    (bounce,) = shown(ledger, refused[0].notification_id)["reports"]
    assert (bounce["source"], bounce["kind"]) == ("smtp", "hard")


def test_what_came_back_goes_again_to_another_address_once_and_late_reports_change_nothing(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    wanted = {"notification_id": str(one), "reason": "نشانی درست شد"}

    def refusal() -> str:
        with pytest.raises(Conflict) as refused:
            ledger.call("resend_notification", OFFICER, **wanted)
        return refused.value.code

    assert refusal() == "already_sent"
    report_raw(ledger, report("postfix_unknown_user", one))
    assert refusal() == "address_suppressed"
    with pytest.raises(NotFound):
        ledger.call("resend_notification", caller("training_officer", agency="AG-B"), **wanted)
    move(ledger, "sample1.new@example.ir")
    assert ledger.call("resend_notification", OFFICER, **wanted)["status"] == "pending"
    assert refusal() == "not_returned"
    run(ledger, ScriptedMailer())
    assert (shown(ledger, one)["status"], shown(ledger, one)["attempts"]) == ("sent", 2)
    assert refusal() == "already_sent"
    report_raw(ledger, report("gmail_unknown_user", one))  # late, of the old address
    assert shown(ledger, one)["status"] == "sent"
    assert [row.reason for row in rows(ledger, resends)] == ["نشانی درست شد"]


def test_a_lifted_address_gets_mail_again_and_what_it_took_before_does_not_count(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    report_raw(ledger, report("postfix_unknown_user", one))
    listed = ledger.call("list_suppressions", OFFICER)["items"]
    assert [(item["address"], item["employee_ids"]) for item in listed] == [(ADDRESS, [str(UUID(int=1))])]
    assert ledger.call("list_suppressions", caller("training_officer", agency="AG-B"))["items"] == []
    with pytest.raises(Forbidden):
        ledger.call("lift_suppression", OFFICER, address=ADDRESS, reason="درست است")
    with pytest.raises(NotFound):
        theirs = {"employee_id": str(UUID(int=1)), "reason": "x"}
        ledger.call("lift_suppression", caller("training_officer", agency="AG-B"), **theirs)
    with pytest.raises(NotFound):
        ledger.call("lift_suppression", OPERATOR, address="nobody@example.ir", reason="x")
    lifted = ledger.call("lift_suppression", OFFICER, employee_id=str(UUID(int=1)), reason="درست است")
    assert ledger.call("lift_suppression", OFFICER, employee_id=str(UUID(int=1)), reason="دوباره") == lifted
    assert lifted["lift_reason"] == "درست است"
    report_raw(ledger, report("gmail_unknown_user", one))  # late, of a mail from before
    assert ledger.call("list_suppressions", OFFICER)["items"] == []
    assert len(ledger.call("list_suppressions", OFFICER, lifted=True)["items"]) == 1
    ledger.call("resend_notification", OFFICER, notification_id=str(one), reason="درست است")
    run(ledger, ScriptedMailer())
    assert shown(ledger, one)["status"] == "sent"
    again = ledger.call("suppress_address", OPERATOR, address="Sample1@example.ir", reason="خواست خودشان")
    assert ledger.call("suppress_address", OPERATOR, address=ADDRESS, reason="x") == again
    assert (again["cause"], again["lifted_at"]) == ("operator", None)


def test_who_has_a_mobile_is_told_by_it_once_the_address_is_given_up(ledger: Ledger) -> None:
    ledger.people(2)
    noted = {"updated_at": datetime.now(UTC), "updated_by": "x"}
    with ledger.db.transaction() as tx:
        for number in (1, 2):
            chosen = {"mobile": "+989120000000", "cadence": "daily", "unsubscribed": []}
            table = models.metadata.tables["preferences"]
            tx.execute(sa.insert(table).values(employee_id=UUID(int=number), **chosen, **noted))
    ledger.call("suppress_address", OPERATOR, address=ADDRESS, reason="x")
    ledger.certificates(2)
    assert {row.employee_id.int: row.channel for row in ledger.rows()} == {1: "sms", 2: "email"}


def test_erasure_forgets_reports_and_addresses_but_not_those_of_somebody_else(ledger: Ledger) -> None:
    one, two = sent(ledger, 2)
    move(ledger, "sample1.new@example.ir")
    ledger.service.on_employee_registered([message(registered(3, email="sample2@example.ir"))])
    officers(ledger, 2, 3)
    report_raw(ledger, report("postfix_unknown_user", one))
    ledger.service.tell_failed_addresses()
    assert len(told(ledger)) == 2
    for address in ("sample1.new@example.ir", "sample2@example.ir"):
        ledger.call("suppress_address", OPERATOR, address=address, reason="x")
    for number in (1, 2):
        erased = EmployeeErasedV1(employee_id=UUID(int=number), erased_at=datetime.now(UTC))
        ledger.service.on_employee_erased([message(erased)])
    assert [row.address for row in rows(ledger, suppressions)] == ["sample2@example.ir"]
    assert rows(ledger, bounce_reports) == []
    assert [context for _officer, context in told(ledger)] == [{}, {}]
    assert not any("sample1" in (row.last_answer or "") for row in ledger.rows())
    with pytest.raises(NotFound):
        report_raw(ledger, report("postfix_unknown_user", one))
    with pytest.raises(Conflict) as refused:
        ledger.call("resend_notification", OPERATOR, notification_id=str(two), reason="x")
    assert refused.value.code == "erased"


@pytest.fixture
def imap_box() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


def test_a_mailbox_over_imap_is_read_in_batches_and_marked_after_the_commit(
    ledger: Ledger, imap_box: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notification.service.mailboxes.BATCH", 2)
    one, two, three = sent(ledger, 3)
    imap_box.put(b"\xff\x00 rubbish")
    imap_box.put(report("postfix_unknown_user", one))
    ledger.change(status="sending")
    imap_box.put(report("vacation", two))
    ledger.service.config = replace(ledger.service.config, bounces_url=imap_box.url())
    ledger.service.read_bounces()
    assert imap_box.flags() == [{"\\Seen"}, set(), {"\\Seen"}]  # one came before our own bookkeeping
    ledger.change(status="sent")
    imap_box.put(report("forged", three))
    ledger.service.read_bounces()
    assert imap_box.flags() == [{"\\Seen"}, {"\\Seen"}, {"\\Seen"}, {"\\Seen", "\\Flagged"}]
    assert [row.notification_id for row in rows(ledger, bounce_reports)] == [one]
    assert metrics.BOUNCE_MAILBOX_FAILING._value.get() == 0
    imap_box.answers["SELECT"] = b"NO not now"
    ledger.service.read_bounces()
    assert metrics.BOUNCE_MAILBOX_FAILING._value.get() == 1


def test_a_mail_that_its_server_cannot_read_or_mark_keeps_no_other_from_being_read(
    ledger: Ledger, imap_box: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notification.service.mailboxes.BATCH", 2)
    one, two, three = sent(ledger, 3)
    imap_box.damaged.add(imap_box.put(report("postfix_unknown_user", two)))  # half of it is said, and then refused
    for _mail in range(2):
        imap_box.fixed.add(imap_box.put(report("vacation", three)))
    imap_box.put(report("postfix_unknown_user", one))
    ledger.service.config = replace(ledger.service.config, bounces_url=imap_box.url())
    ledger.service.read_bounces()
    assert imap_box.flags() == [{"\\Seen", "\\Flagged"}, set(), set(), {"\\Seen"}]
    assert [row.notification_id for row in rows(ledger, bounce_reports)] == [one]
    assert metrics.BOUNCE_MAILBOX_FAILING._value.get() == 1  # for what cannot be marked somebody has to look
    imap_box.fixed.clear()
    ledger.service.read_bounces()
    assert metrics.BOUNCE_MAILBOX_FAILING._value.get() == 0
    assert imap_box.flags()[1:] == [{"\\Seen"}] * 3
    imap_box.put(report("gmail_unknown_user", one))
    imap_box.answers["UID FETCH"] = b"BAD not understood"
    ledger.service.read_bounces()
    assert (metrics.BOUNCE_MAILBOX_FAILING._value.get(), imap_box.flags()[-1]) == (1, set())


def test_a_mailbox_that_cannot_be_read_says_why_and_never_its_password(
    imap_box: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "STEP_SECONDS", 0.2)
    imap_box.put(b"From: x\n\nhello")
    for prepare, url, words in (
        (lambda: None, imap_box.url("wrong password"), "AUTHENTICATIONFAILED"),
        (lambda: imap_box.answers.update({"LOGIN": f"NO {PASSWORD} is wrong".encode()}), imap_box.url(), "… is wrong"),
        (imap_box.answers.clear, imap_box.url("گذرواژه"), "cannot be written"),
        (lambda: None, imap_box.url(options="starttls=required"), "TLS"),
        (lambda: imap_box.answers.update({"SELECT": b"OK [READ-ONLY] selected"}), imap_box.url(), "not writable"),
        (lambda: imap_box.answers.update({"SELECT": b"OK [READ-WRITE] selected"}), imap_box.url(), None),
        (lambda: imap_box.answers.update({"UID FETCH": b"* 1 FETCH (UID 1 BODY[] {900000000}\r\n"}), "", "sends more"),
        (imap_box.answers.clear, f"imap://u:p@127.0.0.1:{free_port()}?starttls=none", "ConnectionRefused"),
        (lambda: imap_box.stalls.add("UID SEARCH"), imap_box.url(), "timed out"),
    ):
        prepare()
        mailbox = open_mailbox(url or imap_box.url())
        if words is None:
            assert [letter.raw for letter in mailbox.unseen(10)] == [b"From: x\n\nhello"]
        else:
            with pytest.raises(MailboxError, match=words) as failed:
                mailbox.unseen(10)
            assert PASSWORD not in str(failed.value)
            assert "گ" not in str(failed.value)
        mailbox.close()


def test_a_maildir_that_is_not_there_and_one_mail_that_cannot_be_opened(ledger: Ledger) -> None:
    (one,) = sent(ledger)
    ledger.service.config = replace(ledger.service.config, bounces_url=f"maildir://{ledger.folder}/nowhere")
    ledger.service.read_bounces()
    assert metrics.BOUNCE_MAILBOX_FAILING._value.get() == 1
    folder = box(ledger, b"", report("postfix_unknown_user", one))
    mailbox = open_mailbox(f"maildir://{folder}")
    first, _second = mailbox.unseen(10)
    mailbox.mark(first, look=False)
    mailbox.mark(first, look=False)  # as another replica does at the same moment
    ledger.service.read_bounces()
    assert metrics.BOUNCE_MAILBOX_FAILING._value.get() == 0
    assert shown(ledger, one)["status"] == "bounced"
