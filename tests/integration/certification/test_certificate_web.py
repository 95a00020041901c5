import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from shared.events import EmployeeErasedV1
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed


def get(office: Office, page: str, accept: str = "text/html", **values: str) -> Response:
    request = Request(EnvironBuilder(headers={"Accept": accept}).get_environ())
    response: Response = getattr(office.harness.service, page)(request, **values)
    return response


@pytest.fixture
def issued(office: Office) -> Any:
    (event,) = office.issue(completed(employee_id=uuid4()))
    return event


def test_the_page_of_a_certificate_names_its_holder_and_keeps_the_rest(office: Office, issued: Any) -> None:
    response = get(office, "verification_page", code=issued.verification_code.lower())
    text = response.get_data(as_text=True)
    assert response.status_code == 200
    assert issued.full_name in text
    assert issued.serial in text
    for private in (NATIONAL_CODE, "P-10023", str(issued.employee_id)):
        assert private not in text


def test_the_same_address_answers_programs_in_json(office: Office, issued: Any) -> None:
    response = get(office, "verification_page", "application/json", code=issued.verification_code)
    assert json.loads(response.get_data()) == office.call("verify", None, code=issued.verification_code)
    assert (response.mimetype, response.headers["Cache-Control"]) == ("application/json", "no-store")
    assert "Accept" in response.vary


def test_a_wrong_code_is_not_found_in_both_forms(office: Office) -> None:
    for page in ("verification_page", "certificate_page"):
        assert get(office, page, code="0" * 26).status_code == 404
        response = get(office, page, "application/json", code="0" * 26)
        assert response.mimetype == "application/problem+json"
        assert json.loads(response.get_data())["code"] == "certificate_not_found"


def test_a_damaged_certificate_is_not_confirmed(office: Office, issued: Any) -> None:
    office.change(issued.certificate_id, signature=b"\x00" * 64)
    response = get(office, "verification_page", code=issued.verification_code)
    assert response.status_code == 409
    assert issued.full_name not in response.get_data(as_text=True)


def test_whoever_has_the_code_gets_the_document(office: Office, issued: Any) -> None:
    response = get(office, "certificate_page", "*/*", code=issued.verification_code)
    assert response.get_data().startswith(b"%PDF-")
    assert response.headers["Content-Disposition"] == f'inline; filename="{issued.serial}.pdf"'


def test_the_page_of_an_erased_holder_proves_without_a_name(office: Office, issued: Any) -> None:
    erased = EmployeeErasedV1(employee_id=issued.employee_id, erased_at=datetime.now(UTC))
    office.harness.deliver(erased)
    page = get(office, "verification_page", code=issued.verification_code)
    text = page.get_data(as_text=True)
    assert (page.status_code, issued.serial in text, issued.full_name in text) == (200, True, False)
    assert "داده‌های دارنده به درخواست او پاک شده است" in text
    assert "certificate.pdf" not in text
    refused = get(office, "certificate_page", code=issued.verification_code).get_data(as_text=True)
    assert ("no document of this certificate" in refused, "No certificate has this code" in refused) == (True, False)
    document = get(office, "certificate_page", "application/json", code=issued.verification_code)
    assert (document.status_code, json.loads(document.get_data())["code"]) == (404, "holder_erased")


def test_the_key_set_is_published(office: Office) -> None:
    response = get(office, "key_set")
    key, same = json.loads(response.get_data())["keys"]
    assert {key["kid"]} == set(office.public_keys())
    assert same == {**key, "kid": f"{office.harness.config.public_url}/.well-known/jwks.json#{key['kid']}"}
    assert "d" not in key


def test_the_document_is_served_in_each_variant(office: Office, issued: Any) -> None:
    def served(query: str) -> Response:
        request = Request(EnvironBuilder(query_string=query).get_environ())
        response: Response = office.harness.service.certificate_page(request, code=issued.verification_code)
        return response

    pages = {served(f"variant={name}").get_data() for name in ("fa", "en", "both")}
    assert len(pages) == 3
    assert all(page.startswith(b"%PDF-") for page in pages)
    assert served("").get_data() == served("variant=fa").get_data()
    assert served("variant=de").status_code == 422
