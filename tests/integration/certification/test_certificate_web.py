import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from shared.events import EmployeeErasedV1
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed


def get(office: Office, page: str, accept: str = "text/html", query: str = "", **values: str) -> Response:
    builder = EnvironBuilder(headers={"Accept": accept}, query_string=query)
    request = Request(builder.get_environ() | {"REMOTE_ADDR": "192.0.2.1"})
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
    said = office.call("verify", None, code=issued.verification_code)
    assert json.loads(response.get_data()) | {"checked_at": None} == said | {"checked_at": None}
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
    assert ("سند این گواهینامه دیگر نیست" in refused, "پیدا نشد" in refused) == (True, False)
    document = get(office, "certificate_page", "application/json", code=issued.verification_code)
    assert (document.status_code, json.loads(document.get_data())["code"]) == (404, "holder_erased")


def test_the_key_set_is_published(office: Office) -> None:
    response = get(office, "key_set")
    key, same = json.loads(response.get_data())["keys"]
    assert {key["kid"]} == set(office.public_keys())
    assert same == {**key, "kid": f"{office.harness.config.public_url}/.well-known/jwks.json#{key['kid']}"}
    assert "d" not in key


def test_all_wrong_codes_look_alike(office: Office, issued: Any) -> None:
    wrong = ("0" * 26, "x", issued.verification_code[:-1], "U" * 26, "' OR 1=1", "ا")
    answers = {
        (answer.status_code, answer.get_data())
        for code in wrong
        for answer in [get(office, "verification_page", code=code)]
    }
    assert len(answers) == 1


def test_a_typed_code_leads_to_its_page(office: Office, issued: Any) -> None:
    code = issued.verification_code
    typed = "-".join((code[:5].lower(), code[5:10], code[10:]))
    led = get(office, "code_page", query=f"code=+{typed}&lang=en")
    assert (led.status_code, led.headers["Location"]) == (303, f"/verify/{code}?lang=en")
    assert get(office, "code_page", query="code=%20").status_code == 200
    nonsense = get(office, "code_page", query="code=//elsewhere.example/")
    assert nonsense.headers["Location"] == "/verify/unknown?lang=fa"


def test_the_page_speaks_english_when_asked(office: Office, issued: Any) -> None:
    text = get(office, "verification_page", query="lang=en", code=issued.verification_code).get_data(as_text=True)
    assert "This certificate is valid." in text


def test_an_address_that_asks_too_often_is_put_off(office: Office, issued: Any) -> None:
    office.harness.service.config = replace(office.harness.config, lookups_burst=2, lookups_per_minute=6)
    asked = [get(office, "verification_page", code=issued.verification_code).status_code for _ in range(3)]
    assert asked == [200, 200, 429]
    page = get(office, "certificate_page", "application/json", code=issued.verification_code)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "10")
    assert json.loads(page.get_data())["code"] == "too_many_lookups"
    assert rpc(office, "verify", code=issued.verification_code).status_code == 429
    token = office.harness.token(("agency_system",))
    assert rpc(office, "verify", token, code=issued.verification_code).status_code == 200


def rpc(office: Office, method: str, token: str | None = None, **sent: str) -> Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    builder = EnvironBuilder(method="POST", json=sent, headers=headers)
    request = Request(builder.get_environ() | {"REMOTE_ADDR": "192.0.2.1"})
    response: Response = office.harness.service.rpc_over_http(request, method)
    return response


def test_the_document_is_served_in_each_variant(office: Office, issued: Any) -> None:
    def served(query: str) -> Response:
        return get(office, "certificate_page", query=query, code=issued.verification_code)

    pages = {served(f"variant={name}").get_data() for name in ("fa", "en", "both")}
    assert len(pages) == 3
    assert all(page.startswith(b"%PDF-") for page in pages)
    assert served("").get_data() == served("variant=fa").get_data()
    assert served("variant=de").status_code == 422
