"""The essentials that the QR code carries: signed when a certificate is printed first, gone with an erasure."""

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.certification import models
from services.certification.domain import essentials
from services.certification.signing import is_signed
from shared.events import EmployeeErasedV1
from shared.persian import tehran_date
from tests.integration.certification.conftest import Office, completed
from tests.integration.certification.test_certificate_files import seen_codes


@pytest.fixture
def issued(office: Office) -> Any:
    (event,) = office.issue(completed(employee_id=uuid4()))
    return event


def fits(office: Office, payload: bytes, code: str) -> essentials.Essentials | None:
    said, unsigned, signature = essentials.read(payload)
    key = office.public_keys()[said.key_id]
    return said if is_signed(key, signature, essentials.to_sign(code, unsigned)) else None


def test_a_certificate_gets_its_signed_essentials_once(office: Office, issued: Any) -> None:
    sent = {"certificate_id": issued.certificate_id}
    first = office.call("get_document", **sent)
    kept = office.rows()[0].essentials
    said = fits(office, kept, issued.verification_code)
    assert said
    assert (said.serial, said.holder_name, said.hours) == (issued.serial, issued.full_name, "4.5")
    assert (said.issued_on, said.signed_on) == (tehran_date(issued.issued_at), tehran_date(datetime.now(UTC)))
    assert office.call("get_document", **sent) == first
    assert office.rows()[0].essentials == kept


def test_those_of_one_batch_are_signed_along(office: Office) -> None:
    """Except one whose holder was erased, and those of other batches."""
    events = office.issue(*(completed(employee_id=uuid4()) for _ in range(5)))
    office.issue(completed(employee_id=uuid4()))
    first, second, third, erased, last = sorted(events, key=lambda event: event.certificate_id.bytes)
    office.harness.deliver(EmployeeErasedV1(employee_id=erased.employee_id, erased_at=datetime.now(UTC)))
    office.call("get_public_document", code=second.verification_code)
    signed = {row.id: row.essentials for row in office.rows() if row.essentials}
    assert set(signed) == {event.certificate_id for event in (second, third, last)}
    assert fits(office, signed[last.certificate_id], last.verification_code)
    office.call("get_public_document", code=first.verification_code)
    assert {row.id: row.essentials for row in office.rows()}.items() >= signed.items()


def test_where_nobody_was_written_to_one_is_signed_alone(office: Office) -> None:
    first, other = office.issue(*(completed(employee_id=uuid4()) for _ in range(2)))
    for event in (first, other):
        office.change(event.certificate_id, mail=False)
    office.call("get_public_document", code=first.verification_code)
    assert [row.id for row in office.rows() if row.essentials] == [first.certificate_id]


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_one_that_somebody_holds_is_left_for_later(office: Office) -> None:
    events = office.issue(*(completed(employee_id=uuid4()) for _ in range(3)))
    first, held, last = sorted(events, key=lambda event: event.certificate_id.bytes)
    with office.harness.db.transaction() as tx:
        models.lock_certificate(tx, held.certificate_id)
        office.call("get_public_document", code=first.verification_code)
    assert {row.id for row in office.rows() if row.essentials} == {first.certificate_id, last.certificate_id}


def test_erasure_takes_them_away(office: Office, issued: Any) -> None:
    office.call("get_document", certificate_id=issued.certificate_id)
    assert office.rows()[0].essentials is not None
    office.harness.deliver(EmployeeErasedV1(employee_id=issued.employee_id, erased_at=datetime.now(UTC)))
    assert office.rows()[0].essentials is None


@pytest.mark.parametrize("variant", ["fa", "both"])
def test_the_printed_code_is_checked_without_anything_else(office: Office, issued: Any, variant: str) -> None:
    sent = {"certificate_id": issued.certificate_id, "variant": variant}
    pdf = base64.b64decode(office.call("get_document", **sent)["content_base64"])
    (scanned,) = seen_codes(pdf, 150)
    link, _, digits = scanned.partition("#")
    assert link == issued.verification_url
    said = fits(office, essentials.payload_of(digits), issued.verification_code)
    assert said
    assert said.serial == issued.serial
