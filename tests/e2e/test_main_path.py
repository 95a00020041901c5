"""The main path over AMQP, told by its end: what everybody has afterwards, and what a second click changes."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import jwt
import pypdfium2
import pytest

from tests.e2e.platform import AGENCY, OTHER, SETTLE_SECONDS, Platform, display_name
from tests.support.leash import wait_until

CORRELATION = "e2e-results-0001"
NAME = "ساختگی‌خانم نمونهٔ مثالی"


@dataclass
class Path:
    """What became of three people in one course: two passed, one did not."""

    offering: str
    people: list[dict[str, Any]]
    enrollments: list[str]
    reply: dict[str, Any]
    rows: list[dict[str, Any]]


@pytest.fixture(scope="module")
def path(platform: Platform) -> Path:
    offering = platform.offering()
    people = [
        platform.employee(full_name=NAME),
        platform.employee(OTHER, language="en", full_name="Sample Person Three"),
        platform.employee(),
    ]
    enrollments = [platform.enrolled(offering, one["employee_id"]) for one in people]
    rows = [
        {"enrollment_id": entry, "attended_hours": 8, "score": score}
        for entry, score in zip(enrollments, (95, "۸۰", 59), strict=True)
    ]
    body = json.dumps({"args": [], "kwargs": {"offering_id": offering, "results": rows}}).encode()
    reply = platform.call_raw("enrollment.record_results", body, {"nameko.correlation_id": CORRELATION})
    return Path(offering, people, enrollments, reply, rows)


def test_results_are_counted(path: Path) -> None:
    assert path.reply == {"completed": 2, "failed": 1, "rejected": []}


def test_who_passed_has_one_certificate_that_anybody_can_verify(platform: Platform, path: Path) -> None:
    for person in path.people[:2]:
        (certificate,) = platform.certificates(person["employee_id"])
        assert certificate["kind"] == "type1"
        assert certificate["serial"].startswith(f"{person['agency_code']}-14")
        assert certificate["verification_url"].startswith("https://certificates.example/verify/")
        said = platform.client.call("certification", "verify", {"code": certificate["verification_code"]}, token="")
        assert (said["status"], said["serial"]) == ("valid", certificate["serial"])
        assert said["holder_name"] == person["full_name"]
        assert person["national_code"] not in json.dumps(said)


def test_who_failed_has_none_and_another_mail(platform: Platform, path: Path) -> None:
    person = path.people[2]
    mail = platform.mail_of(platform.notified(person["employee_id"], "result_failed"))
    assert mail["To"].addresses[0].addr_spec == person["email"]
    assert platform.call("certification.list_certificates", employee_id=person["employee_id"])["items"] == []
    listed = platform.call("notification.list_notifications", employee_id=person["employee_id"])["items"]
    assert sorted(item["template"] for item in listed) == ["enrollment_confirmed", "result_failed"]


def test_the_mail_of_a_certificate_is_in_its_readers_language(platform: Platform, path: Path) -> None:
    persian, english = (
        platform.mail_of(platform.notified(person["employee_id"], "certificate_issued")) for person in path.people[:2]
    )
    assert display_name(persian) == NAME
    assert "مهارت‌های نمونه" in str(persian["Subject"])
    assert (persian["Content-Language"], english["Content-Language"]) == ("fa", "en")
    assert "Sample skills" in str(english["Subject"])
    body = persian.get_body(("plain",))
    assert body is not None
    assert platform.certificates(path.people[0]["employee_id"])[0]["verification_url"] in body.get_content()


def test_the_certificate_is_in_its_mail_as_anybody_finds_it(platform: Platform, path: Path) -> None:
    for person in path.people[:2]:
        (certificate,) = platform.certificates(person["employee_id"])
        mail = platform.mail_of(platform.notified(person["employee_id"], "certificate_issued"))
        (file,) = mail.iter_attachments()
        assert (file.get_content_type(), file.get_filename()) == ("application/pdf", f"{certificate['serial']}.pdf")
        page = f"/verify/{certificate['verification_code']}/certificate.pdf?variant={mail['Content-Language']}"
        assert file.get_content() == platform.http("certification", page).body
    with pypdfium2.PdfDocument(file.get_content()) as pdf:
        assert path.people[1]["full_name"] in pdf[0].get_textpage().get_text_range()


def test_the_correlation_id_of_the_first_call_is_in_the_mails(platform: Platform, path: Path) -> None:
    for person, template in zip(
        path.people, ("certificate_issued", "certificate_issued", "result_failed"), strict=True
    ):
        mail = platform.mail_of(platform.notified(person["employee_id"], template))
        assert mail["X-Correlation-ID"] == CORRELATION


def test_the_correlation_id_is_in_the_logs_of_every_service_it_passed(platform: Platform, path: Path) -> None:
    platform.notified(path.people[0]["employee_id"], "certificate_issued")
    for name in ("enrollment", "certification"):
        assert any(record.get("correlation_id") == CORRELATION for record in platform.services[name].log_records()), (
            name
        )


def test_the_document_and_the_credential_are_what_they_say(platform: Platform, path: Path) -> None:
    (certificate,) = platform.certificates(path.people[0]["employee_id"])
    document = platform.call("certification.get_document", certificate_id=certificate["certificate_id"])
    assert document["content_type"] == "application/pdf"
    assert base64.b64decode(document["content_base64"]).startswith(b"%PDF-")
    token = platform.call("certification.get_credential", certificate_id=certificate["certificate_id"])["credential"]
    keys = {key["kid"]: jwt.PyJWK(key) for key in platform.http("certification", "/.well-known/jwks.json").json["keys"]}
    key = keys[jwt.get_unverified_header(token)["kid"].rpartition("#")[2]]
    assert jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})


def test_the_training_record_names_the_certificate_and_is_a_file_too(platform: Platform, path: Path) -> None:
    person = path.people[0]
    (certificate,) = platform.certificates(person["employee_id"])

    def there() -> Any:
        (line,) = platform.call("enrollment.get_training_record", employee_id=person["employee_id"])["lines"]
        return line if line["certificate_serial"] else None

    line = wait_until(there, SETTLE_SECONDS, "the number of a certificate in the record")
    assert (line["line_id"], line["certificate_serial"]) == (path.enrollments[0], certificate["serial"])
    address = f"/exports/training-records.csv?agency_code={AGENCY}&limit=1"
    reply = platform.http("enrollment", address, token=platform.all_token)
    assert reply.status == 200
    assert certificate["serial"] in reply.text
    assert platform.http("enrollment", address).status == 401


def test_another_agency_sees_none_of_it(platform: Platform, path: Path) -> None:
    token = platform.token(OTHER, "agency_system", "auditor")
    person = path.people[0]["employee_id"]
    (certificate,) = platform.certificates(person)
    hidden = {
        "enrollment.get_employee": {"employee_id": person},
        "enrollment.get_enrollment": {"enrollment_id": path.enrollments[0]},
        "certification.list_certificates": {"employee_id": person},
        "certification.get_document": {"certificate_id": certificate["certificate_id"]},
        "notification.list_notifications": {"employee_id": person},
    }
    nobody = "01890000-0000-7000-8000-000000000000"
    for operation, arguments in hidden.items():
        theirs = platform.refusal(operation, token, **arguments)
        missing = platform.refusal(operation, token, **dict.fromkeys(arguments, nobody))
        assert theirs.kind == "NotFound", operation
        assert (theirs.code, theirs.message) == (missing.code, missing.message), "a secret must not look like one"


def test_a_second_registration_answers_with_the_first_ones_id(platform: Platform, path: Path) -> None:
    again = {
        name: path.people[0][name]
        for name in ("agency_code", "national_code", "personnel_number", "full_name", "email", "language")
    }
    refused = platform.refusal("enrollment.register_employee", **again)
    assert (refused.kind, refused.code) == ("Conflict", "already_registered")
    assert refused.details == {"employee_id": path.people[0]["employee_id"]}


def test_an_agency_may_be_registered_again_but_not_renamed(platform: Platform) -> None:
    name = {"fa": "سازمان دوباره"}
    assert platform.call("enrollment.register_agency", code="E2E-TWICE", name=name)["code"] == "E2E-TWICE"
    assert platform.call("enrollment.register_agency", code="E2E-TWICE", name=name)["code"] == "E2E-TWICE"
    assert platform.refusal("enrollment.register_agency", code="E2E-TWICE", name={"fa": "دیگر"}).code == "agency_exists"


def test_results_recorded_twice_change_nothing(platform: Platform, path: Path) -> None:
    reply = platform.call("enrollment.record_results", offering_id=path.offering, results=path.rows)
    assert (reply["completed"], reply["failed"]) == (0, 0)
    assert {row["enrollment_id"] for row in reply["rejected"]} == set(path.enrollments)
    assert len(platform.certificates(path.people[0]["employee_id"])) == 1


def test_a_repeated_key_gets_the_first_reply(platform: Platform) -> None:
    offering = platform.offering()
    entry = platform.enrolled(offering)
    arguments = {
        "offering_id": offering,
        "results": [{"enrollment_id": entry, "attended_hours": 8, "score": 70}],
        "idempotency_key": "e2e-key-1",
    }
    first = platform.call("enrollment.record_results", **arguments)
    assert (
        platform.call("enrollment.record_results", **arguments)
        == first
        == {"completed": 1, "failed": 0, "rejected": []}
    )
    arguments["results"] = [{"enrollment_id": entry, "attended_hours": 8, "score": 71}]
    assert platform.refusal("enrollment.record_results", **arguments).code == "idempotency_key_reused"


def test_a_waiting_list_moves_up_when_somebody_withdraws(platform: Platform) -> None:
    offering = platform.offering(capacity=1, waitlist_limit=1)
    first = platform.enrolled(offering)
    waiting = platform.call("enrollment.enroll", employee_id=platform.employee()["employee_id"], offering_id=offering)
    assert waiting["status"] == "waitlisted"
    platform.call("enrollment.withdraw", enrollment_id=first, reason="جابه‌جایی")
    moved = platform.call("enrollment.get_enrollment", enrollment_id=waiting["enrollment_id"])
    assert moved["status"] == "offered"
    taken = platform.call("enrollment.answer_offer", enrollment_id=waiting["enrollment_id"], accept=True)
    assert taken["status"] == "confirmed"


def test_the_shell_makes_the_same_calls(platform: Platform) -> None:
    from tests.support.processes import run_training

    shown = run_training(
        "call", "enrollment.get_agency", json.dumps({"code": AGENCY}), "--token", platform.all_token, env=platform.env
    )
    assert json.loads(shown)["code"] == AGENCY
    with pytest.raises(RuntimeError, match="agency_not_found"):
        run_training(
            "call", "enrollment.get_agency", '{"code": "NO-SUCH"}', "--token", platform.all_token, env=platform.env
        )


def test_no_service_complained_on_the_way(platform: Platform, path: Path) -> None:
    platform.notified(path.people[1]["employee_id"], "certificate_issued")
    for name, service in platform.services.items():
        ours = [record for record in service.log_records() if record.get("correlation_id") == CORRELATION]
        assert not [record for record in ours if record["level"] in ("warning", "error", "critical")], name
