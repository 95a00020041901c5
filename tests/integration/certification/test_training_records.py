"""From an extract that enrollment says to its document, its credential, and what anybody finds of it."""

import base64
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pypdfium2
import pytest
import sqlalchemy as sa
from rich.console import Console
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.certification.auditing import audit
from services.certification.credential import integrity, record, tokens
from services.certification.models.extracts import record_documents
from services.certification.signing import FileStore, making
from services.cli import verifying
from shared.errors import Conflict, NotFound, Unavailable
from shared.events import EmployeeErasedV1, EmployeesMergedV1, LocalizedText, RecordExtractedV1
from shared.events.hours import RecordLine, RecordYear
from shared.ids import new_id
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered


def line(place: int, **changes: Any) -> RecordLine:
    fields: dict[str, Any] = {
        "line_id": UUID(int=place),
        "source": "recognised",
        "agency_code": "AG-A",
        "agency_name": LocalizedText("دستگاه نمونه"),
        "course_code": f"XX-{place}",
        "course_title": LocalizedText("اخلاق حرفه‌ای در ادارهٔ امور", "Ethics"),
        "course_type": "general_ability",
        "original_type": None,
        "delivery_mode": "in_person",
        "provider_name": LocalizedText("دانشگاه نمونه"),
        "permit_number": "22/7",
        "permit_on": date(2020, 1, 1),
        "certificate_serial": None,
        "certificate_on": None,
        "hours": 7.5,
        "counts": True,
        "score": None,
        "starts_on": None,
        "completed_on": date(2020, 1, 1) + timedelta(days=place),
        "jalali_year": 1398,
        "uses": ["minimum", "rank:basic"],
        "evidence": None,
    }
    return RecordLine(**(fields | changes))


def extracted(lines: list[RecordLine], **changes: Any) -> RecordExtractedV1:
    now = datetime.now(UTC)
    year = {"hours": 7.5, "job_hours": 0.0, "general_hours": 7.5, "required_hours": 40.0}
    fields: dict[str, Any] = {
        "extract_id": new_id(),
        "employee_id": uuid4(),
        "agency_code": "AG-A",
        "agency_name": LocalizedText("دستگاه نمونه", "Sample Agency"),
        "full_name": "نمونه آزمون‌پور",
        "national_code": NATIONAL_CODE,
        "personnel_number": "P-10023",
        "person": {"rank": "basic", "hired_on": "2010-03-21"},
        "as_of": now,
        "extracted_at": now,
        "requested_by": "hr",
        "lines": lines,
        "years": [RecordYear(jalali_year=1398, pay_hours=7.5, pay_points=3.75, **year)] if lines else [],
        "hours": sum(each.hours for each in lines),
        "job_hours": 0.0,
        "general_hours": 7.5,
        "notes": [LocalizedText("سرانه پیش‌فرض سامانه است.")],
    }
    return RecordExtractedV1(**(fields | changes))


@pytest.fixture
def event(office: Office) -> RecordExtractedV1:
    made = extracted([line(1), line(2)])
    office.harness.deliver(made)
    return made


def document(office: Office, event: RecordExtractedV1, **asked: Any) -> bytes:
    reply = office.call("get_training_record_document", extract_id=event.extract_id, **asked)
    return base64.b64decode(reply["content_base64"])


def listed(office: Office, employee_id: UUID, **asked: Any) -> list[dict[str, Any]]:
    return list(office.call("list_training_record_documents", employee_id=employee_id, **asked)["items"])


def verified(office: Office, event: RecordExtractedV1) -> dict[str, Any]:
    (item,) = listed(office, event.employee_id)
    return dict(office.call("verify", None, code=item["verification_code"]))


def public_page(office: Office, code: str) -> str:
    environ = EnvironBuilder(headers={"Accept": "text/html"}).get_environ() | {"REMOTE_ADDR": "192.0.2.1"}
    page = office.harness.service.verification_page(Request(environ), code=code)
    assert page.status_code == 200
    return str(page.get_data(as_text=True))


def test_an_extract_becomes_a_document_that_anybody_can_check(office: Office, event: RecordExtractedV1) -> None:
    office.harness.deliver(event)  # told again under another id: nothing more is made
    pdf = document(office, event)
    assert pdf == document(office, event), "the same bytes"
    (item,) = listed(office, event.employee_id)
    assert item["serial"].startswith("AG-A-14")
    assert item["serial"].endswith("-R000001")
    said = verified(office, event)
    assert (said["status"], said["kind"], said["holder_name"]) == ("valid", "training_record", event.full_name)
    assert (said["record"]["lines"], said["record"]["hours"]) == (2, 15.0)
    assert [file["sha256"] for file in said["record"]["files"]] == [hashlib.sha256(pdf).hexdigest()]
    assert json.loads(said["log"]["leaf"])["kind"] == "recorded"
    page = public_page(office, item["verification_code"])
    assert hashlib.sha256(pdf).hexdigest() in page
    for private in (NATIONAL_CODE, "P-10023", "اخلاق حرفه‌ای", str(event.employee_id)):
        assert private not in page + json.dumps(said, ensure_ascii=False)


def test_the_pages_repeat_their_head_and_are_counted_in_persian(office: Office) -> None:
    made = extracted([line(place) for place in range(1, 31)])
    office.harness.deliver(made)
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document(office, made))]
    assert len(pages) > 2
    for number, text in enumerate(pages[:2], 1):
        assert "مورد استفاده" in text
        assert "۱۲۳۴"[number - 1] in text
    english = [
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document(office, made, language="en"))
    ]
    assert f"Page 2 of {len(english)}" in english[1]
    assert len(verified(office, made)["record"]["files"]) == 2


def test_a_record_without_a_line_is_a_document_too(office: Office) -> None:
    made = extracted([])
    office.harness.deliver(made)
    assert document(office, made).startswith(b"%PDF")
    assert verified(office, made)["record"]["lines"] == 0


def test_an_extract_on_its_way_is_asked_for_again_and_a_stranger_finds_none(
    office: Office, event: RecordExtractedV1
) -> None:
    old = UUID(int=(event.extract_id.int & ((1 << 80) - 1)) | (1_700_000_000_000 << 80))
    for extract_id, agency, error in (
        (new_id(), "AG-A", Unavailable),
        (old, "AG-A", NotFound),
        (uuid4(), "AG-A", NotFound),
        (event.extract_id, "AG-B", NotFound),
    ):
        with pytest.raises(error):
            office.call("get_training_record_document", agency=agency, extract_id=extract_id)
    with pytest.raises(NotFound):
        listed(office, event.employee_id, agency="AG-B")


def test_a_changed_record_is_not_confirmed(office: Office, event: RecordExtractedV1) -> None:
    (item,) = listed(office, event.employee_id)
    with office.harness.db.transaction() as tx:
        text = tx.scalar(sa.select(record_documents.c.snapshot))
        tx.execute(sa.update(record_documents).values(snapshot=text.replace('"hours":"7.5"', '"hours":"75"')))
    with pytest.raises(Conflict, match="does not match"):
        office.call("verify", None, code=item["verification_code"])
    with pytest.raises(Conflict):
        document(office, event)
    assert {each.code for each in found(office)} == {"snapshot_altered"}


def found(office: Office) -> list[Any]:
    with office.harness.db.reading() as tx:
        keys = office.harness.service.keyring.to_check(tx)
    return audit(office.harness.db, keys, lambda _what, _total: lambda _count: None).findings


def test_a_record_that_was_taken_away_is_missed_by_the_audit(office: Office, event: RecordExtractedV1) -> None:
    assert found(office) == []
    with office.harness.db.transaction() as tx:
        tx.execute(sa.delete(record_documents))
    assert [each.code for each in found(office)] == ["record_missing"]


def test_the_bundle_holds_the_certificates_with_their_proofs_and_all_other_lines(office: Office) -> None:
    employee_id = uuid4()
    (one,) = office.issue(completed(employee_id=employee_id, score=None))
    (other,) = office.issue(completed(employee_id=employee_id, course_code="RD-02"))
    own = line(5, source="own", course_code="RD-01", certificate_serial=one.serial, hours=4.5)
    again = line(6, course_code="RD-01", counts=False)
    event = extracted([own, line(1), again], employee_id=employee_id)
    office.harness.deliver(event)
    reply = office.call("get_training_record_credential", extract_id=event.extract_id)
    office.change(other.certificate_id, status="revoked")
    assert office.call("get_training_record_credential", extract_id=event.extract_id) == reply, "made once"
    claims = tokens.verify(reply["credential"], office.public_keys(), longest=record.LONGEST)
    subject = claims["credentialSubject"]
    inner = [integrity.verify(json.dumps(each), office.public_keys()) for each in subject["verifiableCredential"]]
    serials = [each["credentialSubject"]["licenseNumber"] for each in inner]
    assert serials == [listed(office, employee_id)[0]["serial"], one.serial, other.serial]
    assert [each["id"] for each in subject["achievement"]] == [f"urn:uuid:{each.line_id}" for each in (line(1), again)]
    (association,) = subject["association"]
    assert association["sourceId"] == f"urn:uuid:{again.line_id}"
    assert association["targetId"] == inner[1]["credentialSubject"]["achievement"]["id"]
    assert NATIONAL_CODE not in json.dumps(claims)
    assert salts_fit(reply["salts"], subject["identifier"])


def salts_fit(salts: Mapping[str, str], identifiers: list[dict[str, Any]]) -> bool:
    known = {each["identityType"]: each["identityHash"] for each in identifiers}
    code = hashlib.sha256(f"{NATIONAL_CODE}{salts['nationalIdentityNumber']}".encode()).hexdigest()
    return bool(known["nationalIdentityNumber"] == f"sha256${code}")


def test_after_an_erasure_the_proof_stays_and_nothing_names_the_person(
    office: Office, event: RecordExtractedV1
) -> None:
    document(office, event)
    (item,) = listed(office, event.employee_id)
    erased_at = datetime.now(UTC)
    office.harness.deliver(EmployeeErasedV1(employee_id=event.employee_id, erased_at=erased_at))
    said = office.call("verify", None, code=item["verification_code"])
    assert (said["holder_name"], said["record"]["hours"], said["status"]) == (None, 15.0, "valid")
    with pytest.raises(NotFound, match="erased"):
        document(office, event)
    with office.harness.db.reading() as tx:
        kept = str(tx.execute(sa.select(record_documents)).one())
    for personal in (NATIONAL_CODE, event.full_name, "P-10023", "اخلاق", "دانشگاه نمونه", "2010-03-21"):
        assert personal not in kept
    late = extracted([line(1)], employee_id=event.employee_id)
    office.harness.deliver(late)  # it was on its way
    with pytest.raises(NotFound, match="erased"):
        document(office, late)
    assert found(office) == []
    assert public_page(office, item["verification_code"])


def test_the_documents_of_a_duplicate_are_the_kept_persons(office: Office, event: RecordExtractedV1) -> None:
    kept = uuid4()
    office.harness.deliver(registered(kept))
    merged_at = datetime.now(UTC)
    office.harness.deliver(
        EmployeesMergedV1(employee_id=kept, duplicate_id=event.employee_id, agency_code="AG-A", merged_at=merged_at)
    )
    assert [item["extract_id"] for item in listed(office, kept)] == [str(event.extract_id)]
    later = extracted([], employee_id=event.employee_id)
    office.harness.deliver(later)
    assert [item["extract_id"] for item in listed(office, kept)] == [str(later.extract_id), str(event.extract_id)]


def test_the_command_line_checks_the_sealed_file_and_the_bundle(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying.client, "connect", lambda _url, _token: Line(office))
    seal = make_seal(office)
    event, path = extracted([line(1), line(2)]), tmp_path / "given"
    office.harness.deliver(event)
    pdf = document(office, event)
    assert pdf == document(office, event), "the seal too is the same bytes"
    bundle = office.call("get_training_record_credential", extract_id=event.extract_id)["credential"]
    for content, *says in (
        (pdf, "byte for byte, one that was issued", f"its key ({seal}) is not among those trusted"),
        (bundle.encode(), "1 of the 1 credentials in it hold"),
    ):
        path.write_bytes(content)
        code, said = verify(office, path)
        assert (code, [part for part in says if part not in said]) == (0, [])
        assert "15" in said
        assert event.full_name in said
    path.write_bytes(pdf.replace(b"/Title", b"/Titel"))
    code, said = verify(office, path)
    assert (code, "changed after it was sealed" in said, "none of those that were issued" in said) == (1, True, True)
    code, said = verify(office, listed(office, event.employee_id)[0]["verification_code"])
    assert (code, "15.0" in said) == (0, True)


def make_seal(office: Office) -> str:
    """A documents key of AG-A that was in force before; its id."""
    store = FileStore(office.harness.config.keys_dir, tend=False)
    start = datetime.now(UTC) - timedelta(days=1)
    return making.make(office.harness.db, store, "AG-A", "documents", start, None).key_id


class Line:
    """The service, reached without a broker."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def call(self, _service: str, method: str, arguments: dict[str, Any]) -> Any:
        return self._office.call(method, None, **arguments)

    def close(self) -> None:
        """Nothing is kept open."""


def verify(office: Office, what: Path | str) -> tuple[int, str]:
    printed = io.StringIO()
    code = verifying.run(office.harness.config, Console(file=printed, width=200), str(what))
    return code, printed.getvalue()
