"""Suspension, reminders and expiry: what may change about a certificate without anybody writing it anew."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from services.certification.models import certificate_history, certificates
from shared.errors import Conflict
from shared.events import (
    CertificateExpiredV1,
    CertificateExpiringV1,
    CertificateReinstatedV1,
    CertificateRevokedV1,
    CertificateSuspendedV1,
)
from shared.persian import TEHRAN
from tests.integration.certification.conftest import Office, completed
from tests.integration.certification.test_audit import codes, found
from tests.integration.certification.test_certificate_corrections import corrected, shown
from tests.integration.certification.test_certificate_cycles import MONTHS, UNTIL, later
from tests.integration.certification.test_certificate_requests import OFFICER, asked, decide, revocation


def standing(office: Office, certificate_id: Any, action: str = "suspend_certificate", reason: str = "بررسی") -> str:
    return str(office.call(action, OFFICER, certificate_id=certificate_id, reason=reason)["status"])


def on(day: date, clock: time = time(12)) -> Any:
    return time_machine.travel(datetime.combine(day, clock, TEHRAN).astimezone(UTC), tick=False)


def expire(office: Office, day: date, clock: time = time(12)) -> list[Any]:
    with on(day, clock):
        office.harness.service.expire_pending()
        return office.harness.outbox(CertificateExpiredV1)


def remind(office: Office, day: date) -> list[int]:
    with on(day):
        office.harness.service.remind_of_expiry()
        return [event.days_left for event in office.harness.outbox(CertificateExpiringV1)]  # type: ignore[attr-defined]


def test_a_suspension_is_said_and_taken_back(office: Office) -> None:
    (first,) = office.issue(completed())
    for _ in range(2):
        assert standing(office, first.certificate_id) == "suspended"
        answer = shown(office, first.verification_code)
        assert (answer["status"], answer["reason"]) == ("suspended", "بررسی")
        assert standing(office, first.certificate_id, "reinstate_certificate", "درست بود") == "valid"
        answer = shown(office, first.verification_code)
        assert (answer["status"], answer.get("reason")) == ("valid", None)
    suspended, back = (office.harness.outbox(kind) for kind in (CertificateSuspendedV1, CertificateReinstatedV1))
    assert len({event.subject for event in (*suspended, *back)}) == 4
    history = office.call("get_certificate_history", certificate_id=first.certificate_id)["items"]
    moves = [(item["action"], item["before"], item["after"]) for item in history]
    assert moves[1:3] == [("suspend", "valid", "suspended"), ("reinstate", "suspended", "valid")]


def test_a_move_that_is_not_possible_changes_nothing(office: Office) -> None:
    (first,) = office.issue(completed())
    with pytest.raises(Conflict) as refused:
        standing(office, first.certificate_id, "reinstate_certificate")
    assert refused.value.details == {"state": "valid", "possible": ["correct", "expire", "revoke", "suspend"]}
    assert office.harness.outbox(CertificateReinstatedV1) == []


def test_a_suspended_one_is_corrected_and_stays_suspended(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    standing(office, first.certificate_id)
    office.harness.deliver(corrected(completion, score=70.0))
    second = office.issued()[-1]
    assert [row.status for row in office.rows()] == ["superseded", "suspended"]
    assert shown(office, second.verification_code)["reason"] == "بررسی"
    request_id = asked(office, second.certificate_id)
    decide(office, request_id)
    third = office.issued()[-1]
    assert standing(office, third.certificate_id, "reinstate_certificate") == "valid"
    assert office.issue(later(completion, 30)) == []


def test_a_suspended_one_is_revoked(office: Office) -> None:
    (first,) = office.issue(completed())
    request_id = revocation(office, first.certificate_id)
    standing(office, first.certificate_id)
    decide(office, request_id)
    assert [row.status for row in office.rows()] == ["revoked"]
    assert len(office.harness.outbox(CertificateRevokedV1)) == 1


def test_it_expires_once_on_the_day_after_its_last(office: Office) -> None:
    completion = completed(**MONTHS)
    (first,) = office.issue(completion)
    assert expire(office, UNTIL, time(23, 59)) == []
    with on(UNTIL + timedelta(days=1), time(0, 0)):
        assert shown(office, first.verification_code)["status"] == "expired"  # before the clock has written it down
    (event,) = expire(office, UNTIL + timedelta(days=1), time(0, 1))
    assert (event.certificate_id, event.valid_until, event.renewed) == (first.certificate_id, UNTIL, False)
    assert len(expire(office, UNTIL + timedelta(days=9))) == 1
    assert [row.status for row in office.rows()] == ["expired"]
    office.issue(completion)
    (again,) = office.issue(later(completion, 800))
    assert again.enrollment_id != completion.enrollment_id
    assert [row.cycle for row in office.rows()] == [1, 2]


def test_it_expires_also_while_it_is_suspended(office: Office) -> None:
    (first,) = office.issue(completed(**MONTHS))
    standing(office, first.certificate_id)
    assert len(expire(office, UNTIL + timedelta(days=1))) == 1
    with pytest.raises(Conflict, match="illegal_state"):
        standing(office, first.certificate_id, "reinstate_certificate")


def test_a_chain_leads_to_one_that_is_over_before_the_clock_has_written_it_down(office: Office) -> None:
    (first,) = office.issue(completed(**MONTHS))
    decide(office, asked(office, first.certificate_id))
    for day, status in ((UNTIL, "valid"), (UNTIL + timedelta(days=1), "expired")):
        with on(day):
            (newer,) = shown(office, first.verification_code)["replaced_by"]
        assert newer["status"] == status


def test_a_name_on_an_expired_one_is_corrected_and_it_stays_expired(office: Office) -> None:
    (first,) = office.issue(completed(**MONTHS))
    expire(office, UNTIL + timedelta(days=1))
    with on(UNTIL + timedelta(days=30)):
        decide(office, asked(office, first.certificate_id))
        assert [row.status for row in office.rows()] == ["superseded", "expired"]
        assert len(expire(office, UNTIL + timedelta(days=31))) == 1


def test_who_has_renewed_is_not_told_to(office: Office) -> None:
    first = completed(**MONTHS)
    office.issue(first)
    office.issue(later(first, 710))
    assert remind(office, UNTIL - timedelta(days=7)) == []
    (event,) = expire(office, UNTIL + timedelta(days=1))
    assert event.renewed


def test_a_reminder_is_said_once_for_each_occasion_whatever_the_clock_does(office: Office) -> None:
    office.issue(completed(**MONTHS), completed())
    said = [remind(office, UNTIL - timedelta(days=left)) for left in (91, 90, 89, 95, 90, 30, 29, 80, 3, 2, 31, 0)]
    assert said == [[], [90], [90], [90], [90], [90, 30], [90, 30], [90, 30], *[[90, 30, 3]] * 4]
    events = office.harness.outbox(CertificateExpiringV1)
    assert len({event.subject for event in events}) == 3


def test_a_correction_does_not_remind_again(office: Office) -> None:
    (first,) = office.issue(completed(**MONTHS))
    assert remind(office, UNTIL - timedelta(days=30)) == [30]
    decide(office, asked(office, first.certificate_id))
    assert remind(office, UNTIL - timedelta(days=29)) == [30]
    assert remind(office, UNTIL - timedelta(days=6)) == [30, 6]


def test_replicas_expire_and_remind_once(office: Office) -> None:
    completions = [completed(**MONTHS) for _ in range(30)]
    office.issue(*completions)

    def run(name: str) -> None:
        getattr(office.harness.service, name)()

    for name, kind, days in (
        ("remind_of_expiry", CertificateExpiringV1, -5),
        ("expire_pending", CertificateExpiredV1, 1),
    ):
        with on(UNTIL + timedelta(days=days)):
            threads = [threading.Thread(target=run, args=(name,)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(office.harness.outbox(kind)) == 30
    with office.harness.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(certificate_history)) == 30
        assert set(tx.scalars(sa.select(certificates.c.status))) == {"expired"}


def test_a_long_outage_is_made_up_for_in_batches(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.certification.service.expiring.BATCH", 4)
    office.issue(*(completed(employee_id=uuid4(), **MONTHS) for _ in range(10)))
    assert len(expire(office, UNTIL + timedelta(days=400))) == 10


def test_an_audit_agrees_with_whatever_became_of_certificates(office: Office) -> None:
    completions = [completed(**MONTHS) for _ in range(6)]
    events = office.issue(*completions)
    ids = [event.certificate_id for event in events]
    decide(office, revocation(office, ids[0]))
    for place in (1, 2, 3):
        standing(office, ids[place])
    standing(office, ids[1], "reinstate_certificate")
    office.harness.deliver(corrected(completions[2], score=70.0, **MONTHS))  # the new one is suspended too
    decide(office, asked(office, ids[4]))
    with on(UNTIL + timedelta(days=1)):
        office.harness.service.expire_pending()
        decide(office, asked(office, ids[5]))  # the new one has expired too
        assert codes(found(office)) == set()
        for row in office.rows():
            proofs = office.call("get_proof", None, code=row.verification_code)
            assert proofs["status"] == row.status
    assert [row.status for row in office.rows()] == [
        "revoked",
        "expired",
        "superseded",
        "expired",
        "superseded",
        "superseded",
        "expired",
        "expired",
        "expired",
    ]
