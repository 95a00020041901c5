"""The log: what gets into it, what proves it, and that outsiders can check it all."""

import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from services.certification import models
from services.certification.domain import checkpoints, merkle
from services.certification.models import certificates, log_entries, log_head, log_tiles, tree_heads
from shared.errors import Conflict, Invalid, NotFound
from shared.events import EmployeeErasedV1
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed
from tests.integration.certification.test_certificate_corrections import corrected


def get(office: Office, page: str, **asked: Any) -> Response:
    request = Request(EnvironBuilder(query_string={name: str(value) for name, value in asked.items()}).get_environ())
    response: Response = getattr(office.harness.service, page)(request)
    return response


def entries(office: Office) -> list[dict[str, Any]]:
    reply = json.loads(get(office, "entries_page", start=0, end=1000).get_data())
    return [json.loads(item["leaf"]) for item in reply["items"]]


def is_proved(proof: dict[str, Any], public_key: Ed25519PublicKey) -> bool:
    """As an outsider checks it: with the reply, the public key and the RFC."""
    note = checkpoints.read(proof["checkpoint"])
    ((_, signature),) = note.signatures
    public_key.verify(signature, note.text.encode())
    leaf, path = merkle.leaf_hash(proof["leaf"].encode()), [bytes.fromhex(each) for each in proof["path"]]
    root = bytes.fromhex(proof["root"])
    assert (note.head.size, note.head.root) == (proof["size"], root)
    return merkle.is_included(leaf, proof["index"], proof["size"], path, root)


def public_key(office: Office) -> Ed25519PublicKey:
    key, _same = json.loads(get(office, "key_set").get_data())["keys"]
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))


def test_every_certificate_is_proved_to_be_in_the_log(office: Office) -> None:
    issued = [event for _ in range(3) for event in office.issue(*(completed() for _ in range(100)))]
    key = public_key(office)
    for event in issued[::37]:
        proof = office.call("verify", None, code=event.verification_code)["log"]
        assert is_proved(proof, key)
        assert json.loads(proof["leaf"])["serial"] == event.serial
    with office.harness.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(log_tiles)) == 2  # 256 leaves, and the one node above


def test_a_correction_a_revocation_and_an_erasure_are_logged(office: Office) -> None:
    first, second = completed(), completed()
    office.issue(first, second)
    office.harness.deliver(corrected(first), corrected(second, "failed"))
    office.harness.deliver(EmployeeErasedV1(employee_id=first.employee_id, erased_at=datetime.now(UTC)))
    found = entries(office)
    kinds = [entry["kind"] for entry in found]
    assert kinds == ["issued", "issued", "superseded", "issued", "revoked", "erased", "erased"]
    assert found[2]["superseded_by"] == found[3]["serial"]
    row = office.rows()[0]
    proofs = office.call("get_proof", None, code=row.verification_code)
    assert proofs["status"] == "superseded"
    assert [item["kind"] for item in proofs["items"]] == ["issued", "superseded", "erased"]
    assert all(is_proved(item, public_key(office)) for item in proofs["items"])


def test_a_repeated_event_adds_nothing_to_the_log(office: Office) -> None:
    completion = completed()
    correction = corrected(completion, "failed")
    office.issue(completion)
    for _ in range(2):
        office.harness.deliver(completion)
        office.harness.deliver(correction)
    assert [entry["kind"] for entry in entries(office)] == ["issued", "revoked"]


def test_what_everybody_sees_of_the_log_names_nobody(office: Office) -> None:
    completion = completed()
    (event,) = office.issue(completion)
    office.harness.deliver(corrected(completion, "failed"))
    text = get(office, "entries_page", start=0, end=10).get_data(as_text=True)
    for private in (NATIONAL_CODE, completion.full_name, "P-10023", event.verification_code, "نمره"):
        assert private not in text
    assert str(completion.employee_id) not in text


def test_the_log_of_today_is_proved_to_begin_with_that_of_yesterday(office: Office) -> None:
    office.issue(*(completed() for _ in range(5)))
    older = checkpoints.read(get(office, "checkpoint_page").get_data(as_text=True)).head
    office.issue(*(completed() for _ in range(300)))
    newer = checkpoints.read(get(office, "checkpoint_page").get_data(as_text=True)).head
    reply = json.loads(get(office, "consistency_page", first=older.size, second=newer.size).get_data())
    path = [bytes.fromhex(each) for each in reply["path"]]
    assert merkle.is_consistent(older.size, newer.size, path, older.root, newer.root)


def test_ranges_of_the_log_are_bounded_and_checked(office: Office) -> None:
    office.issue(*(completed() for _ in range(3)))
    assert len(json.loads(get(office, "entries_page", start=1, end=10**9).get_data())["items"]) == 2
    for page, asked in (
        ("entries_page", {"start": 2, "end": 2}),
        ("entries_page", {"start": "x", "end": 2}),
        ("entries_page", {"start": 0}),
        ("consistency_page", {"first": 3, "second": 2}),
        ("consistency_page", {"first": 0, "second": 2}),
    ):
        with pytest.raises(Invalid) as refused:
            get(office, page, **asked)
        assert set(refused.value.details["fields"]) & {"start", "end", "first"}
    with pytest.raises(NotFound):
        get(office, "consistency_page", first=1, second=4)


def test_a_revoked_certificate_set_back_to_valid_is_not_confirmed(office: Office) -> None:
    completion = completed()
    (event,) = office.issue(completion)
    office.harness.deliver(corrected(completion, "failed"))
    office.change(event.certificate_id, status="valid", revoked_on=None)
    with pytest.raises(Conflict) as refused:
        office.call("verify", None, code=event.verification_code)
    assert refused.value.code == "certificate_damaged"


def test_an_altered_entry_has_no_proof(office: Office) -> None:
    first, _ = office.issue(completed(), completed())
    with office.harness.db.transaction() as tx:
        entry = tx.execute(sa.select(log_entries).where(log_entries.c.leaf_index == 0)).one()
        data = entry.data.replace('"at":"20', '"at":"19')
        changed = {"data": data, "leaf_hash": merkle.leaf_hash(data.encode())}
        tx.execute(sa.update(log_entries).where(log_entries.c.leaf_index == 0).values(**changed))
    with pytest.raises(Conflict) as refused:
        office.call("get_proof", None, code=first.verification_code)
    assert refused.value.code == "log_damaged"


def test_without_its_entries_or_the_hashes_beside_them_nothing_is_confirmed(office: Office) -> None:
    middle = office.issue(*(completed() for _ in range(520)))[300]
    with office.harness.db.transaction() as tx:
        tx.execute(sa.delete(log_tiles).where(log_tiles.c.level == 1))
        models.set_head(tx, taken_over_at=tx.now)
    with pytest.raises(Conflict) as refused:
        office.call("verify", None, code=middle.verification_code)
    assert refused.value.code == "log_damaged"
    with office.harness.db.transaction() as tx:
        tx.execute(sa.delete(log_entries))
    with pytest.raises(Conflict) as refused:
        office.call("verify", None, code=middle.verification_code)
    assert refused.value.code == "certificate_damaged"


def test_writers_at_once_append_one_after_the_other(office: Office) -> None:
    """Corrections of several agencies in one transaction lock counters in turn; the log waits until the end."""
    known = [completed(agency_code=code) for code in ("AG-A", "AG-B") for _ in range(20)]
    office.issue(*known)
    failures: list[Exception] = []

    def deliver(events: list[Any]) -> None:
        try:
            office.harness.deliver(*events)
        except Exception as error:  # noqa: BLE001 - told to the thread that waits
            failures.append(error)

    batches = [[corrected(each) for each in known[start::4]] for start in range(4)] + [[completed()] for _ in range(8)]
    threads = [threading.Thread(target=deliver, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(entries(office)) == len(known) * 3 + 8
    rows = office.rows()
    proofs = [office.call("verify", None, code=row.verification_code)["log"] for row in rows]
    assert sorted(proof["index"] for proof in proofs) == sorted({proof["index"] for proof in proofs})


class TestTakingOver:
    """The first start of a release that keeps a log, on certificates of one that did not."""

    @pytest.fixture
    def old(self, office: Office) -> list[Any]:
        first, second = completed(), completed()
        office.issue(first, second, completed())
        office.harness.deliver(corrected(first), corrected(second, "failed"))
        self.forget(office)
        return office.rows()

    @staticmethod
    def forget(office: Office) -> None:
        with office.harness.db.transaction() as tx:
            for table in (log_entries, log_tiles, log_head):
                tx.execute(sa.delete(table))

    def test_old_certificates_are_logged_once_and_marked(self, office: Office, old: list[Any]) -> None:
        for _ in range(2):
            office.harness.service.take_over_certificates()
        found = entries(office)
        assert sorted(entry["kind"] for entry in found) == ["issued"] * 4 + ["revoked", "superseded"]
        assert all(entry["taken_over"] for entry in found)
        for row in old:
            proofs = office.call("get_proof", None, code=row.verification_code)
            assert proofs["status"] == row.status

    def test_two_replicas_take_each_over_once(self, office: Office, old: list[Any]) -> None:
        for number in range(60):
            office.issue(completed(agency_code=f"AG-{number % 3}"))
        self.forget(office)
        threads = [threading.Thread(target=office.harness.service.take_over_certificates) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(entries(office)) == 66

    def test_after_its_time_nothing_is_taken_over_any_more(self, office: Office, old: list[Any]) -> None:
        service = office.harness.service
        service.take_over_certificates()
        with office.harness.db.transaction() as tx:
            models.set_head(tx, began_at=tx.now - timedelta(days=2))
        service.take_over_certificates()
        before = len(entries(office))
        with office.harness.db.transaction() as tx:
            (row,) = tx.execute(sa.select(certificates).limit(1))
            forged = row._asdict() | {"id": uuid4(), "serial": "AG-A-1405-999999", "verification_code": "0" * 26}
            tx.execute(sa.insert(certificates).values(**forged | {"enrollment_id": uuid4(), "cycle": 9}))
        service.take_over_certificates()
        assert len(entries(office)) == before


def test_the_head_is_signed_before_the_first_entry_and_kept_when_it_grew(office: Office) -> None:
    service = office.harness.service
    with pytest.raises(NotFound):
        get(office, "checkpoint_page")
    service.take_over_certificates()
    assert checkpoints.read(get(office, "checkpoint_page").get_data(as_text=True)).head.root == merkle.EMPTY_ROOT
    for _ in range(2):
        office.issue(completed())
        service.keep_tree_head()
        service.keep_tree_head()
    with office.harness.db.reading() as tx:
        assert list(tx.scalars(sa.select(tree_heads.c.size).order_by(tree_heads.c.size))) == [1, 2]
