"""The same calls over HTTP, and the public pages, as curl and a browser see them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.platform import AGENCY, Platform, Reply
from tests.support.processes import free_port, run_training

PROBLEM = "application/problem+json"
TOKENLESS = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def certificate(platform: Platform) -> dict[str, Any]:
    """A certificate with its holder."""
    offering, person = platform.offering(), platform.employee(full_name="نمونه‌بانو آزمایشی")
    row = {"enrollment_id": platform.enrolled(offering, person["employee_id"]), "attended_hours": 8, "score": 90}
    platform.call("enrollment.record_results", offering_id=offering, results=[row])
    (issued,) = platform.certificates(person["employee_id"])
    return issued | {"holder": person}


def assert_problem(reply: Reply, status: int, kind: str, code: str | None = None) -> dict[str, Any]:
    problem: dict[str, Any] = reply.json
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM)
    assert (problem["status"], problem["kind"], problem["title"]) == (status, kind, kind)
    assert problem["detail"]
    assert problem["type"].endswith(problem["code"])
    assert code in (None, problem["code"])
    return problem


def test_a_call_is_answered_as_over_amqp(platform: Platform) -> None:
    reply = platform.http(
        "enrollment", "/rpc/get_agency", {"code": AGENCY}, platform.all_token, X_Correlation_ID="mine-1"
    )
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-correlation-id"] == "mine-1"
    assert reply.json == platform.call("enrollment.get_agency", code=AGENCY)


def test_a_public_call_needs_no_token(platform: Platform, certificate: dict[str, Any]) -> None:
    reply = platform.http("certification", "/rpc/verify", {"code": certificate["verification_code"]})
    assert reply.json["serial"] == certificate["serial"]


@pytest.mark.parametrize("token", [None, "no-token", "a.b.c"])
def test_without_a_good_token_it_is_401(platform: Platform, token: str | None) -> None:
    assert_problem(platform.http("enrollment", "/rpc/get_agency", {"code": AGENCY}, token), 401, "Unauthenticated")


def test_without_the_role_it_is_403(platform: Platform) -> None:
    reply = platform.http("catalog", "/rpc/list_dead_letters", {}, platform.token(AGENCY, "auditor"))
    assert assert_problem(reply, 403, "Forbidden", "role_missing")["details"] == {"one_of": ["operator"]}


@pytest.mark.parametrize(("method", "code"), [("no_such_method", "unknown_method"), ("get_agency", "agency_not_found")])
def test_what_is_not_there_is_404(platform: Platform, method: str, code: str) -> None:
    reply = platform.http("enrollment", f"/rpc/{method}", {"code": "NO-SUCH"}, platform.all_token)
    assert_problem(reply, 404, "NotFound", code)


def test_wrong_fields_are_422_and_all_named(platform: Platform) -> None:
    reply = platform.http("enrollment", "/rpc/get_agency", {"cod": 1}, platform.all_token)
    assert set(assert_problem(reply, 422, "Invalid", "invalid_arguments")["details"]["fields"]) == {"code", "cod"}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'"text"', b"null", b"[" * 100_000, b'{"code": "\\u0000"}'])
def test_a_body_that_is_no_object_is_422(platform: Platform, body: bytes) -> None:
    assert_problem(platform.http("enrollment", "/rpc/get_agency", body, platform.all_token), 422, "Invalid")


def test_another_content_type_is_422(platform: Platform) -> None:
    reply = platform.http("enrollment", "/rpc/get_agency", b"<a/>", platform.all_token, Content_Type="text/xml")
    assert_problem(reply, 422, "Invalid", "unsupported_content_type")


def test_a_conflict_is_409(platform: Platform, certificate: dict[str, Any]) -> None:
    person = platform.person(national_code=certificate["holder"]["national_code"])
    assert_problem(platform.http("enrollment", "/rpc/register_employee", person, platform.all_token), 409, "Conflict")


def test_not_known_yet_is_503_and_says_when_to_try_again(platform: Platform) -> None:
    arguments = {"employee_id": platform.employee()["employee_id"], "offering_id": TOKENLESS}
    reply = platform.http("enrollment", "/rpc/enroll", arguments, platform.all_token)
    assert_problem(reply, 503, "Unavailable", "offering_not_known_yet")
    assert int(reply.headers["retry-after"]) > 0


def test_the_header_is_an_idempotency_key(platform: Platform) -> None:
    person = platform.person()

    def register(**changes: Any) -> Reply:
        body = person | changes
        return platform.http(
            "enrollment", "/rpc/register_employee", body, platform.all_token, Idempotency_Key="e2e-http-1"
        )

    first = register()
    assert first.status == 200
    assert register().json == first.json
    assert_problem(register(full_name="دیگری"), 409, "Conflict", "idempotency_key_reused")
    unkeyed = platform.http("enrollment", "/rpc/register_employee", person, platform.all_token)
    assert_problem(unkeyed, 409, "Conflict", "already_registered")


def test_a_browser_gets_a_page_that_reads_from_right_to_left(platform: Platform, certificate: dict[str, Any]) -> None:
    reply = platform.http("certification", f"/verify/{certificate['verification_code']}", Accept="text/html")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert 'lang="fa"' in reply.text
    assert 'dir="rtl"' in reply.text
    assert "نمونه‌بانو آزمایشی" in reply.text
    assert certificate["serial"] in reply.text
    holder = certificate["holder"]
    assert holder["national_code"] not in reply.text
    assert holder["email"] not in reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_a_program_gets_json(platform: Platform, certificate: dict[str, Any]) -> None:
    path = f"/verify/{certificate['verification_code']}"
    reply = platform.http("certification", path, Accept="application/json")
    said = platform.call("certification.verify", code=certificate["verification_code"])
    assert {**reply.json, "checked_at": None} == {**said, "checked_at": None}


def test_a_code_may_be_typed_as_people_type(platform: Platform, certificate: dict[str, Any]) -> None:
    code = certificate["verification_code"].lower()
    typed = "-".join(code[start : start + 4] for start in range(0, len(code), 4))
    reply = platform.http("certification", f"/verify/{typed}", Accept="application/json")
    assert reply.json["serial"] == certificate["serial"]


@pytest.mark.parametrize(
    "code", ["0000-0000-0000", "x", "%00", "%FF", "..%2f..", "1' OR '1'='1".replace(" ", "%20"), "A" * 3000]
)
def test_a_wrong_code_is_404_as_page_and_as_json(platform: Platform, code: str) -> None:
    page = platform.http("certification", f"/verify/{code}", Accept="text/html")
    assert page.status == 404
    assert "Traceback" not in page.text
    assert platform.http("certification", f"/verify/{code}", Accept="application/json").status == 404


def test_the_shell_asks_at_the_public_address_where_there_is_no_broker(
    platform: Platform, certificate: dict[str, Any], tmp_path: Path
) -> None:
    port = platform.services["certification"].port
    env = {
        "TRAINING_AMQP_URL": f"amqp://guest:guest@127.0.0.1:{free_port()}/",
        "TRAINING_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TRAINING_KEYS_DIR": str(tmp_path),
    }
    said = json.loads(run_training("verify", certificate["verification_code"], "--json", env=env))
    assert (said["valid"], said["said"]["serial"]) == (True, certificate["serial"])
    with pytest.raises(RuntimeError, match="ended with 1"):
        run_training("verify", "0" * 26, env=env)
    keys, document = tmp_path / "jwks.json", tmp_path / "certificate.pdf"
    keys.write_bytes(platform.http("certification", "/.well-known/jwks.json").body)
    path = f"/verify/{certificate['verification_code']}/certificate.pdf"
    document.write_bytes(platform.http("certification", path).body)
    whole = json.loads(run_training("verify", str(document), "--keys", str(keys), "--json", env=env))
    assert (whole["valid"], whole["today"]["status"]) == (True, "valid")


def test_the_certificate_is_at_hand_for_who_has_the_code(platform: Platform, certificate: dict[str, Any]) -> None:
    reply = platform.http("certification", f"/verify/{certificate['verification_code']}/certificate.pdf")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/pdf")
    assert reply.body.startswith(b"%PDF-")


@pytest.mark.parametrize("service", ["catalog", "enrollment", "certification", "notification"])
def test_every_service_tells_how_it_is(platform: Platform, service: str) -> None:
    assert platform.http(service, "/healthz").status == 200
    assert platform.http(service, "/readyz").json == {"database": True, "broker": True}
    platform.letters(service)  # a call at least has been served, whatever ran before
    metrics = platform.http(service, "/metrics").text
    assert "training_rpc_seconds_bucket" in metrics
    document = platform.http(service, "/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert any(path.startswith("/rpc/") for path in document["paths"])


def test_the_counters_of_the_contract_have_counted(platform: Platform, certificate: dict[str, Any]) -> None:
    platform.notified(certificate["holder"]["employee_id"], "certificate_issued")
    services = platform.services
    assert services["certification"].metric("training_certificates_issued_total", kind="type1") >= 1
    assert services["notification"].metric("training_notifications_total", status="sent") >= 1
    assert services["certification"].metric("training_completion_to_certificate_seconds_count") >= 1
    handled = {"service": "certification", "outcome": "handled"}
    assert services["certification"].metric("training_events_handled_total", **handled) >= 1
