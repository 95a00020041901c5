"""Corrections and revocations that one person asks for and another confirms."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from services.certification.models import certificates
from services.certification.signing import canonical
from shared.errors import Conflict, Forbidden, Invalid, NotFound, TrainingError
from shared.events import CertificateRevokedV1, EmployeeErasedV1
from shared.metrics import CERTIFICATE_CHANGES
from tests.integration.certification.conftest import Office, completed, registered
from tests.integration.certification.test_certificate_corrections import corrected, shown

OFFICER = ("certification_officer",)
NAME = {"holder_name": "نمونه آزمون‌پور اصل"}
REASON = "نام نادرست ثبت شده بود"


def asked(office: Office, certificate_id: UUID, changes: dict[str, Any] | None = None, **more: Any) -> str:
    reply = office.call(
        "request_correction", OFFICER, certificate_id=certificate_id, changes=changes or NAME, reason=REASON, **more
    )
    assert reply["status"] == "pending"
    return str(reply["request_id"])


def revocation(office: Office, certificate_id: UUID, code: str = "fraud") -> str:
    sent = {"certificate_id": certificate_id, "reason_code": code, "reason": "برگه جعلی بود"}
    return str(office.call("request_revocation", OFFICER, **sent)["request_id"])


def decide(office: Office, request_id: str, action: str = "confirm_request", **sent: Any) -> Any:
    system = sent.pop("system", "other")
    return office.call(action, sent.pop("roles", OFFICER), system=system, request_id=request_id, **sent)


def refused(kind: type[TrainingError], code: str, call: Callable[[], Any]) -> TrainingError:
    with pytest.raises(kind) as raised:
        call()
    assert raised.value.code == code
    return raised.value


def test_a_confirmed_correction_makes_a_new_certificate_and_the_old_code_says_why(office: Office) -> None:
    completion = completed(refresh_every_months=24)
    (first,) = office.issue(completion)
    request_id = asked(office, first.certificate_id, {**NAME, "score": 91, "completed_on": "2026-11-22"})
    assert shown(office, first.verification_code)["status"] == "valid"
    before = CERTIFICATE_CHANGES.labels(status="superseded")._value.get()
    reply = decide(office, request_id)
    second = office.issued()[-1]
    assert (reply["status"], reply["new_certificate_id"]) == ("confirmed", str(second.certificate_id))
    assert (second.replaces_serial, second.reason, second.full_name) == (first.serial, REASON, NAME["holder_name"])
    assert second.serial.endswith("-000002")
    assert CERTIFICATE_CHANGES.labels(status="superseded")._value.get() == before + 1
    old, new = shown(office, first.verification_code), shown(office, second.verification_code)
    assert (old["status"], old["superseded_by"], old["reason"]) == ("superseded", second.serial, REASON)
    assert datetime.fromisoformat(old["status_since"]) == second.issued_at
    assert (new["status"], new["holder_name"], new["completed_on"]) == ("valid", NAME["holder_name"], "2026-11-22")
    rows = office.rows()
    said = [json.loads(row.snapshot) for row in rows]
    changed = {name for name in said[1] if said[0][name] != said[1][name]}
    fresh = {"certificate_id", "serial", "verification_code", "issued_at", "national_code_hash", "valid_until"}
    assert changed == {"holder_name", "score", "grade", "completed_on"} | fresh
    assert (rows[1].cycle, rows[1].valid_until) == (1, rows[0].valid_until - timedelta(days=1))


def test_a_chain_of_corrections_is_told_from_its_beginning(office: Office) -> None:
    (first,) = office.issue(completed())
    decide(office, asked(office, first.certificate_id))
    second = office.issued()[-1]
    decide(office, asked(office, second.certificate_id, {"job_title": None}))
    third = office.issued()[-1]
    history = office.call("get_certificate_history", certificate_id=second.certificate_id)
    assert [(link["serial"], link["superseded_by"]) for link in history["certificates"]] == [
        (first.serial, second.serial),
        (second.serial, third.serial),
        (third.serial, None),
    ]
    steps = [(item["action"], item["serial"]) for item in history["items"]]
    assert sorted(steps) == sorted(
        [("issue", each.serial) for each in (first, second, third)]
        + [("correct", first.serial), ("correct", second.serial)]
    )
    (step,) = [item for item in history["items"] if item["action"] == "correct" and item["serial"] == first.serial]
    assert (step["before"], step["after"], step["system"], step["reason"]) == ("valid", "superseded", "other", REASON)
    assert step["details"]["changes"] == {"holder_name": {"before": "نمونه آزمون‌پور", "after": NAME["holder_name"]}}
    assert office.call("get_certificate", certificate_id=third.certificate_id)["holder_name"] == NAME["holder_name"]


def test_a_confirmed_revocation_says_by_which_reason(office: Office) -> None:
    (first,) = office.issue(completed())
    decide(office, revocation(office, first.certificate_id))
    answer = shown(office, first.verification_code)
    assert (answer["status"], answer["reason"]) == ("revoked", "برگه جعلی بود")
    assert answer["reason_title"] == {"fa": "تقلب یا جعل", "en": "Fraud or forgery"}
    (event,) = office.harness.outbox(CertificateRevokedV1)
    assert (event.serial, event.reason_title.en) == (first.serial, "Fraud or forgery")  # type: ignore[attr-defined]


def test_who_asked_does_not_confirm(office: Office) -> None:
    (first,) = office.issue(completed())
    asker, other, holder = uuid4(), uuid4(), office.rows()[0].employee_id
    for person in (asker, other, holder):
        office.harness.deliver(registered(person))
    request_id = asked(office, first.certificate_id, officer_id=asker)
    for system, officer in (("test", None), ("test", asker), ("other", asker)):
        refused(Forbidden, "four_eyes", lambda s=system, o=officer: decide(office, request_id, system=s, officer_id=o))
    refused(Forbidden, "own_certificate", lambda: decide(office, request_id, officer_id=holder))
    refused(NotFound, "employee_not_found", lambda: decide(office, request_id, officer_id=uuid4()))
    refused(Forbidden, "four_eyes", lambda: decide(office, request_id, system="test", roles=("national",)))
    assert len(office.rows()) == 1
    assert decide(office, request_id, system="test", officer_id=other)["decided_officer_id"] == str(other)


def test_a_request_is_decided_once_and_one_waits_at_a_time(office: Office) -> None:
    (first,) = office.issue(completed())
    request_id = asked(office, first.certificate_id)
    waiting = refused(Conflict, "request_pending", lambda: revocation(office, first.certificate_id))
    assert waiting.details["request_id"] == request_id
    reply = decide(office, request_id, "refuse_request", reason="درست است")
    assert (reply["status"], reply["decision_reason"]) == ("refused", "درست است")
    refused(Conflict, "request_decided", lambda: decide(office, request_id))
    second = asked(office, first.certificate_id)
    refused(Forbidden, "not_the_asker", lambda: decide(office, second, "withdraw_request"))
    assert decide(office, second, "withdraw_request", system="test")["status"] == "withdrawn"
    assert [row.status for row in office.rows()] == ["valid"]


def test_a_confirmation_that_comes_twice_replaces_once(office: Office) -> None:
    (first,) = office.issue(completed())
    request_id = asked(office, first.certificate_id)
    replies = [
        office.harness.call("confirm_request", OFFICER, system="other", idempotency_key="once", request_id=request_id)
        for _ in range(2)
    ]
    assert replies[0] == replies[1]
    assert len(office.rows()) == 2


def test_of_several_who_confirm_at_once_one_does(office: Office) -> None:
    (first,) = office.issue(completed())
    request_id = asked(office, first.certificate_id)
    outcomes = list[str]()

    def confirm(system: str) -> None:
        try:
            outcomes.append(decide(office, request_id, system=system)["status"])
        except TrainingError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=confirm, args=(f"system-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["confirmed", *["request_decided"] * 3]
    assert [row.status for row in office.rows()] == ["superseded", "valid"]


def test_a_certificate_that_was_replaced_meanwhile_is_a_conflict(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    request_id = asked(office, first.certificate_id)
    office.harness.deliver(corrected(completion, score=70.0))
    changed = refused(Conflict, "certificate_changed", lambda: decide(office, request_id))
    assert changed.details == {"state": "superseded"}
    assert len(office.rows()) == 2


def test_what_an_officer_corrected_stays_when_the_result_is_corrected(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    decide(office, asked(office, first.certificate_id, {**NAME, "score": 90}))
    office.harness.deliver(corrected(completion, score=70.0))
    last = office.issued()[-1]
    certificate = office.call("get_certificate", certificate_id=last.certificate_id)
    assert (certificate["holder_name"], certificate["score"]) == (NAME["holder_name"], 70)
    assert (last.replaces_serial, last.reason) == (office.issued()[-2].serial, "نمره نادرست ثبت شده بود")


def test_what_an_officer_revoked_no_score_brings_back(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    decide(office, revocation(office, first.certificate_id))
    office.harness.deliver(corrected(completion, score=99.0))
    office.harness.deliver(completion)
    assert [row.status for row in office.rows()] == ["revoked"]
    assert len(office.harness.outbox(CertificateRevokedV1)) == 1


def test_a_request_lapses_after_its_days(office: Office) -> None:
    (first,) = office.issue(completed())
    request_id = asked(office, first.certificate_id)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=15), tick=False):
        refused(Conflict, "request_decided", lambda: decide(office, request_id))
        office.harness.service.lapse_requests()
        (item,) = office.call("list_requests", OFFICER)["items"]
        assert (item["status"], item["decided_by"]) == ("lapsed", "clock")


def test_requests_are_listed_by_agency_and_in_pages(office: Office) -> None:
    events = office.issue(*(completed() for _ in range(3)), completed(agency_code="AG-B"))
    for event in events[:3]:
        asked(office, event.certificate_id)
    decide(office, asked_elsewhere(office, events[3].certificate_id), "refuse_request", agency="AG-B", reason="نه")
    first = office.call("list_requests", OFFICER, status="pending", limit=2)
    rest = office.call("list_requests", OFFICER, status="pending", limit=2, cursor=first["next"])
    assert [item["serial"] for item in first["items"] + rest["items"]] == [event.serial for event in events[:3]]
    assert rest["next"] is None
    assert office.call("list_requests", ("auditor",), agency="AG-C")["items"] == []
    assert len(office.call("list_requests", ("national",), agency_code="AG-B")["items"]) == 1


def asked_elsewhere(office: Office, certificate_id: UUID) -> str:
    sent = {"certificate_id": certificate_id, "changes": NAME, "reason": REASON}
    return str(office.call("request_correction", OFFICER, agency="AG-B", **sent)["request_id"])


def test_another_agencys_certificates_and_requests_are_not_found(office: Office) -> None:
    (first,) = office.issue(completed(agency_code="AG-B"))
    refused(NotFound, "certificate_not_found", lambda: asked(office, first.certificate_id))
    request_id = asked_elsewhere(office, first.certificate_id)
    refused(NotFound, "request_not_found", lambda: decide(office, request_id))
    refused(Forbidden, "role_missing", lambda: decide(office, request_id, roles=("auditor",)))


def test_what_is_asked_wrongly_is_named(office: Office) -> None:
    (first,) = office.issue(completed())
    for changes, field in (({"serial": "X"}, "changes.serial"), ({"score": 101}, "changes.score")):
        wrong = refused(Invalid, "invalid_arguments", lambda c=changes: asked(office, first.certificate_id, c))
        assert list(wrong.details["fields"]) == [field]
    wrong = refused(Invalid, "invalid_arguments", lambda: revocation(office, first.certificate_id, "whim"))
    assert list(wrong.details["fields"]) == ["reason_code"]


def test_a_damaged_certificate_is_not_corrected(office: Office) -> None:
    (first,) = office.issue(completed())
    request_id = asked(office, first.certificate_id)
    office.change(first.certificate_id, snapshot=office.rows()[0].snapshot.replace('"87.5"', '"99"'))
    refused(Conflict, "certificate_damaged", lambda: decide(office, request_id))
    assert len(office.rows()) == 1


def test_erasure_empties_what_officers_wrote(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    decide(office, asked(office, first.certificate_id))
    pending = asked(office, office.issued()[-1].certificate_id, {"father_name": "نمونه‌پدر"})
    office.harness.deliver(EmployeeErasedV1(employee_id=completion.employee_id, erased_at=datetime.now(UTC)))
    for item in office.call("list_requests", OFFICER)["items"]:
        assert (item["changes"], item["reason"]) == (None, None)
    history = office.call("get_certificate_history", certificate_id=first.certificate_id)
    assert [item["details"] for item in history["items"]] == [None] * 3
    answer = office.call("verify", None, code=first.verification_code)
    assert (answer["status"], "reason" in answer, answer["replaced_by"][0]["reason"]) == ("superseded", False, None)
    refused(Conflict, "holder_erased", lambda: decide(office, pending))
    office.harness.deliver(corrected(completion, score=70.0))
    history = office.call("get_certificate_history", certificate_id=first.certificate_id)
    assert "نمونه" not in json.dumps(history, ensure_ascii=False)


def test_a_certificate_of_an_earlier_release_is_corrected_too(office: Office) -> None:
    """Its row has no day of validity, and its snapshot is of form 1."""
    (first,) = office.issue(completed())
    row = office.rows()[0]
    said = json.loads(row.snapshot)
    gone = ("father_name", "unit", "pass_mark", "permit", "design", "valid_until", "cosigner_key_id")
    said = {name: value for name, value in said.items() if name not in gone} | {"form": 1}
    said["provider"].pop("accreditation")
    text = canonical(said)
    with office.harness.db.reading() as tx:
        signer = office.harness.service.keyring.to_sign(tx).signer_for("AG-A", datetime.now(UTC))
    office.change(first.certificate_id, snapshot=text.decode(), signature=signer.sign(text))
    decide(office, asked(office, first.certificate_id))
    assert json.loads(office.rows()[1].snapshot)["form"] == 2
    assert [row.status for row in office.rows()] == ["superseded", "valid"]


def test_the_day_of_completion_may_not_be_ahead(office: Office) -> None:
    (first,) = office.issue(completed())
    ahead = {"completed_on": (datetime.now(UTC) + timedelta(days=3)).date().isoformat()}
    refused(Invalid, "invalid_arguments", lambda: asked(office, first.certificate_id, ahead))


def test_the_database_refuses_a_second_one_in_force(office: Office) -> None:
    office.issue(completed())
    row = office.rows()[0]._asdict() | {
        "id": uuid4(),
        "serial": "X",
        "verification_code": "X",
        "enrollment_id": uuid4(),
    }
    with pytest.raises(sa.exc.IntegrityError), office.harness.db.transaction() as tx:
        tx.execute(sa.insert(certificates).values(**row))
