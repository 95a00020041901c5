import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from services.certification import models
from services.certification.domain import snapshots
from services.certification.signing import is_signed
from shared.events import AgencyRegisteredV1, LocalizedText
from shared.metrics import CERTIFICATES_ISSUED
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered

YEAR_1405 = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@time_machine.travel(YEAR_1405, tick=True)
def test_each_agency_numbers_its_certificates_without_gaps(office: Office) -> None:
    office.issue(*(completed(agency_code=code) for code in ("AG-B", "AG-A", "AG-B")))
    office.issue(completed(agency_code="AG-B"), completed(agency_code="AG-C"))
    assert [row.serial for row in office.rows()] == [
        "AG-A-1405-000001",
        "AG-B-1405-000001",
        "AG-B-1405-000002",
        "AG-B-1405-000003",
        "AG-C-1405-000001",
    ]


def test_the_year_of_a_serial_begins_at_midnight_in_tehran(office: Office) -> None:
    nowruz = datetime(2027, 3, 20, 20, 30, tzinfo=UTC)  # 1406/01/01 00:00 in Tehran
    with time_machine.travel(nowruz - timedelta(seconds=1), tick=False):
        (last,) = office.issue(completed())
    with time_machine.travel(nowruz, tick=False):
        (first,) = office.issue(completed())
    assert (last.serial, first.serial) == ("AG-A-1405-000001", "AG-A-1406-000001")


def test_a_certificate_is_signed_over_the_text_that_is_stored(office: Office) -> None:
    (event,) = office.issue(completed())
    (row,) = office.rows()
    key = office.public_keys()[row.key_id]
    assert is_signed(key, row.signature, row.snapshot.encode())
    said = json.loads(row.snapshot)
    assert said["national_code_hash"] == snapshots.hashed_national_code(row.national_code_salt, row.national_code)
    assert NATIONAL_CODE not in row.snapshot
    assert (said["serial"], said["verification_code"]) == (event.serial, event.verification_code)
    assert (said["hours"], said["score"], said["issuer"]["code"]) == ("4.5", "87.5", "AG-A")


def test_a_certificate_is_announced_with_the_correlation_of_its_completion(office: Office) -> None:
    completion = completed()
    message = office.harness.message(completion)
    office.harness.deliver(message)
    (event,) = office.issued()
    assert event.completed_at == completion.completed_at
    assert event.verification_url.endswith(f"/verify/{event.verification_code}")
    with office.harness.db.reading() as tx:
        table = models.metadata.tables["outbox"]
        assert tx.scalars(sa.select(table.c.correlation_id)).all() == [message.correlation_id]


def test_a_completion_told_twice_has_one_certificate(office: Office) -> None:
    completion = completed()
    message = office.harness.message(completion)
    office.harness.deliver(message)
    office.harness.deliver(message)  # the same message, stopped by the inbox
    office.issue(completion, completed(), completion)  # other messages of the same fact, stopped by the enrollment
    assert len(office.rows()) == len(office.issued()) == 2
    assert office.rows()[-1].serial.endswith("-000002")


def test_an_issue_that_fails_takes_no_number(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the database went away")

    before = CERTIFICATES_ISSUED.labels(kind="type1")._value.get()
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(models, "add_certificates", fail)
        office.issue(completed(), completed())
    assert office.issued() == []
    assert CERTIFICATES_ISSUED.labels(kind="type1")._value.get() == before
    (event,) = office.issue(completed())
    assert event.serial.endswith("-000001")
    assert CERTIFICATES_ISSUED.labels(kind="type1")._value.get() == before + 1


def test_replicas_with_overlapping_batches_issue_each_certificate_once(office: Office) -> None:
    completions = [completed(agency_code=f"AG-{'AB'[place % 2]}") for place in range(60)]
    batches = [completions[:40], completions[20:], completions[::-1]]
    problems = list[BaseException]()

    def deliver(batch: list[Any]) -> None:
        try:
            office.harness.deliver(*batch)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            problems.append(error)

    threads = [threading.Thread(target=deliver, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    numbers = sorted((row.agency_code, int(row.serial[-6:])) for row in office.rows())
    assert numbers == [(code, number) for code in ("AG-A", "AG-B") for number in range(1, 31)]
    assert len(office.issued()) == 60


def test_a_thousand_certificates_have_a_thousand_codes(office: Office) -> None:
    for _ in range(5):
        office.issue(*(completed() for _ in range(200)))
    rows = office.rows()
    assert len({row.verification_code for row in rows}) == len({row.national_code_salt for row in rows}) == 1000
    assert [int(row.serial[-6:]) for row in rows] == list(range(1, 1001))


@pytest.mark.parametrize("order", [1, -1])
def test_the_latest_word_on_an_agency_or_employee_holds(harness: Callable[[str], Any], order: int) -> None:
    service, employee_id = harness("certification"), uuid4()
    now = datetime.now(UTC)
    names = [(now, "نام پیشین"), (now + timedelta(hours=1), "نام تازه")][::order]
    for time, name in names:
        service.deliver(service.message(AgencyRegisteredV1(code="AG-A", name=LocalizedText(name)), time=time))
    homes = [(now, "AG-A"), (now + timedelta(hours=1), "AG-B")][::order]
    service.deliver(*(service.message(registered(employee_id, code), time=time) for time, code in homes))
    with service.db.reading() as tx:
        assert tx.scalar(sa.select(models.agencies.c.name)) == {"fa": "نام تازه"}
        assert models.agency_of_employee(tx, employee_id) == "AG-B"
