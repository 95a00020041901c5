"""Credentials that are kept, and the public documents that verifiers look things up in."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import sqlalchemy as sa
import time_machine
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from services.certification.credential import integrity, verify
from services.certification.models import credentials, serial_counters
from shared.errors import Invalid, NotFound
from shared.events import AgencyRegisteredV1, EmployeeErasedV1, LocalizedText
from shared.persian import jalali_year, tehran_date
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed

YEAR = jalali_year(tehran_date(datetime.now(UTC)))


def get(office: Office, page: str, headers: dict[str, str] | None = None, **values: str) -> Response:
    request = Request(EnvironBuilder(headers=headers or {}).get_environ())
    response: Response = getattr(office.harness.service, page)(request, **values)
    return response


def kept(office: Office) -> dict[str, str]:
    """What is stored, by form."""
    with office.harness.db.reading() as tx:
        return {row.form: row.content for row in tx.execute(sa.select(credentials))}


def forget(office: Office) -> None:
    with office.harness.db.transaction() as tx:
        tx.execute(sa.delete(credentials))


def asked(office: Office, issued: Any, form: str = "jwt", **changes: Any) -> Any:
    return office.call("get_credential", certificate_id=str(issued.certificate_id), form=form, **changes)


def revoked_bits(office: Office, purpose: str = "revocation", agency: str = "AG-A", part: int = 1) -> list[int]:
    """The indexes that are set in a list of an agency."""
    token = get(office, "status_list", list_id=f"{agency}-{YEAR}-{part}-{purpose}").get_data(as_text=True)
    keys = office.public_keys()
    claims = jwt.decode(token, next(iter(keys.values())), algorithms=["EdDSA"])
    encoded = claims["credentialSubject"]["encodedList"]
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    return [place * 8 + bit for place, byte in enumerate(bits) for bit in range(8) if byte & 128 >> bit]


@pytest.fixture
def issued(office: Office) -> Any:
    (event,) = office.issue(completed(employee_id=uuid4()))
    return event


def test_the_token_made_at_issue_is_given_again_for_ever(office: Office, issued: Any) -> None:
    stored = kept(office)
    assert list(stored) == ["jwt"]
    claims = verify(stored["jwt"], office.public_keys())
    assert claims["credentialSubject"]["licenseNumber"] == issued.serial
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3000)):
        assert asked(office, issued)["credential"] == stored["jwt"]


@pytest.mark.parametrize("form", ["jwt", "ldp"])
def test_what_was_not_there_yet_is_made_once_and_kept(office: Office, issued: Any, form: str) -> None:
    forget(office)
    first = asked(office, issued, form)["credential"]
    assert kept(office) == {form: first}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert asked(office, issued, form)["credential"] == first


def test_the_form_with_a_proof_says_the_same(office: Office, issued: Any) -> None:
    keys = office.public_keys()
    document = integrity.verify(asked(office, issued, "ldp")["credential"], keys)
    claims = verify(asked(office, issued)["credential"], keys)
    assert {name: claims[name] for name in document} == document


def test_another_form_is_refused_by_name(office: Office, issued: Any) -> None:
    with pytest.raises(Invalid) as refused:
        asked(office, issued, "pdf")
    assert list(refused.value.details["fields"]) == ["form"]


def test_salts_are_for_those_who_know_the_number_anyway(office: Office, issued: Any) -> None:
    (row,) = office.rows()
    assert asked(office, issued)["salts"]["nationalIdentityNumber"] == row.national_code_salt
    assert asked(office, issued, roles=("auditor",))["salts"] is None
    text = json.dumps(verify(asked(office, issued)["credential"], office.public_keys()))
    for private in (NATIONAL_CODE, "P-10023", row.national_code_salt):
        assert private not in text


def test_an_erased_holders_credentials_are_gone_and_stay_gone(office: Office, issued: Any) -> None:
    asked(office, issued, "ldp")
    office.harness.deliver(EmployeeErasedV1(employee_id=issued.employee_id, erased_at=datetime.now(UTC)))
    assert kept(office) == {}
    for form in ("jwt", "ldp"):
        with pytest.raises(NotFound) as gone:
            asked(office, issued, form)
        assert gone.value.code == "holder_erased"
    assert kept(office) == {}


def test_the_lists_say_what_was_revoked_replaced_or_expired(office: Office) -> None:
    events = office.issue(*(completed() for _ in range(4)))
    assert (revoked_bits(office), revoked_bits(office, "suspension")) == ([], [])
    for event, status in zip(events, ("revoked", "superseded", "expired", "valid"), strict=True):
        office.change(event.certificate_id, status=status)
    assert (revoked_bits(office), revoked_bits(office, "suspension")) == ([0, 1], [])
    office.change(events[0].certificate_id, status="valid")
    assert revoked_bits(office) == [1]


def test_another_agencys_certificates_are_on_its_own_list(office: Office) -> None:
    # An underscore is a letter of an agency's code, and stands for any letter where a database is not told so.
    mine, other = office.issue(completed(agency_code="AG_A"), completed())
    office.change(other.certificate_id, status="revoked")
    assert (revoked_bits(office), revoked_bits(office, agency="AG_A")) == ([0], [])
    office.change(mine.certificate_id, status="revoked")
    assert revoked_bits(office, agency="AG_A") == [0]


def test_the_second_list_begins_where_the_first_is_full(office: Office, issued: Any) -> None:
    with office.harness.db.transaction() as tx:
        tx.execute(sa.update(serial_counters).values(last_number=131_071))
    last, first = office.issue(completed(), completed())
    for event in (last, first):
        office.change(event.certificate_id, status="revoked")
    assert (revoked_bits(office), revoked_bits(office, part=2)) == ([131_071], [0])


def test_lists_that_are_not_there_all_look_alike(office: Office, issued: Any) -> None:
    for name in ("", "x", f"AG-B-{YEAR}-1-revocation", f"AG-A-{YEAR}-2-revocation", f"AG-A-{YEAR - 1}-1-suspension"):
        with pytest.raises(NotFound) as refused:
            get(office, "status_list", list_id=name)
        assert (refused.value.code, refused.value.message) == ("status_list_not_found", "There is no such status list.")


def test_a_list_may_be_kept_and_is_sent_again_only_when_it_changed(office: Office, issued: Any) -> None:
    name = f"AG-A-{YEAR}-1-revocation"
    with time_machine.travel("2026-11-25T10:02:00Z", tick=False):
        first = get(office, "status_list", list_id=name)
        etag = {"If-None-Match": first.headers["ETag"]}
        assert (first.mimetype, first.headers["Cache-Control"]) == ("application/vc+jwt", "public, max-age=60")
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        assert get(office, "status_list", etag, list_id=name).status_code == 304
        office.change(issued.certificate_id, status="revoked")
        assert get(office, "status_list", etag, list_id=name).status_code == 200


def test_the_address_of_an_issuer_is_its_profile_with_its_keys(office: Office, issued: Any) -> None:
    office.harness.deliver(AgencyRegisteredV1(code="AG-A", name=LocalizedText("دستگاه نمونه", "Sample Agency")))
    claims = verify(asked(office, issued)["credential"], office.public_keys())
    response = get(office, "issuer_profile", code="AG-A")
    found = json.loads(response.get_data())
    assert found["id"] == claims["issuer"]["id"] == f"{office.harness.config.public_url}/issuers/AG-A"
    document = json.loads(asked(office, issued, "ldp")["credential"])
    assert document["proof"]["verificationMethod"] in found["assertionMethod"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    for code in ("AG-Z", "", "\0\0", "A" * 1000):
        with pytest.raises(NotFound):
            get(office, "issuer_profile", code=code)
