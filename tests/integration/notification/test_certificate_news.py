"""What becomes of certificates reaches their holders, each time once."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from shared.events import (
    CertificateExpiredV1,
    CertificateExpiringV1,
    CertificateReinstatedV1,
    CertificateRevokedV1,
    CertificateSuspendedV1,
)
from tests.integration.notification.conftest import TITLE, Ledger, issued, message


def certificate(number: int) -> dict[str, Any]:
    return {
        "certificate_id": uuid4(),
        "enrollment_id": uuid4(),
        "employee_id": UUID(int=number),
        "agency_code": "AG-A",
        "full_name": f"نمونه شماره {number}",
        "serial": f"AG-A-1405-00000{number}",
        "course_code": "RD-01",
        "course_title": TITLE,
        "verification_url": "https://certificates.example.gov/verify/K7QW-3MZP-9RTX",
    }


def test_a_corrected_certificate_is_told_as_a_correction(ledger: Ledger) -> None:
    ledger.people(1)
    new = issued(1)
    replaced = issued(1, replaces_serial=new.serial, reason="نام نادرست بود", valid_until=date(2028, 11, 22))
    ledger.service.on_certificate_issued([message(new), message(replaced)])
    ledger.send()
    rows = {row.template: row for row in ledger.rows()}
    assert {name: row.subject_id for name, row in rows.items()} == {
        "certificate_issued": new.certificate_id,
        "certificate_corrected": replaced.certificate_id,
    }
    assert rows["certificate_corrected"].context["reason"] == "نام نادرست بود"
    assert ledger.statuses() == ["sent"] * 2


def test_every_suspension_and_every_reminder_is_told_once(ledger: Ledger) -> None:
    ledger.people(1)
    about, day = certificate(1), date(2026, 11, 25)
    suspended = [CertificateSuspendedV1(**about, move_id=uuid4(), reason="بررسی", suspended_on=day) for _ in range(2)]
    back = CertificateReinstatedV1(**about, move_id=uuid4(), reason="درست بود", reinstated_on=day)
    expiring = [CertificateExpiringV1(**about, reminder_id=uuid4(), valid_until=day, days_left=n) for n in (30, 7)]
    over = CertificateExpiredV1(**about, valid_until=day, renewed=False)
    revoked = CertificateRevokedV1(**about, reason="جعلی بود", revoked_on=day, reason_title=TITLE)
    for _ in range(2):
        ledger.service.on_certificate_suspended([message(event) for event in suspended])
        ledger.service.on_certificate_reinstated([message(back)])
        ledger.service.on_certificate_expiring([message(event) for event in expiring])
        ledger.service.on_certificate_expired([message(over)])
        ledger.service.on_certificate_revoked([message(revoked)])
    assert sorted(row.template for row in ledger.rows()) == [
        "certificate_expired",
        *["certificate_expiring"] * 2,
        "certificate_reinstated",
        "certificate_revoked",
        *["certificate_suspended"] * 2,
    ]
    ledger.send()
    ledger.send()
    assert set(ledger.statuses()) == {"sent"}


def test_who_has_renewed_hears_nothing_of_the_end_of_the_old_one(ledger: Ledger) -> None:
    ledger.people(1)
    over = CertificateExpiredV1(**certificate(1), valid_until=date(2026, 11, 25), renewed=True)
    ledger.service.on_certificate_expired([message(over)])
    assert ledger.rows() == []
