"""The brake: what is above an agency's limit waits, and a person decides."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa

from services.certification.models import held_completions, issuance_hours
from shared.database import Database, Transaction
from shared.errors import Invalid, NotFound
from shared.events import (
    AgencyRegisteredV1,
    CertificateIssuedV1,
    EmployeeErasedV1,
    EmployeesMergedV1,
    EnrollmentCompletedV1,
    LocalizedText,
    ResultCorrectedV1,
)
from shared.persian import tehran_date
from tests.integration.certification.conftest import Office, completed

OFFICER = ("certification_officer",)


def braked(office: Office, per_hour: int, **more: Any) -> dict[str, Any]:
    """Let an agency be issued so many in an hour."""
    value = {"default": {"per_hour": per_hour, "times_usual": None}, "agencies": {}, "usual_days": 28} | more
    day = tehran_date(datetime.now(UTC)).isoformat()
    said = {"source": "Sample", "confidence": "policy_default", "reason": "Sample"}
    office.call("record_policy", ("national",), key="issuance_brake", value=value, effective_from=day, **said)
    return value


def several(count: int, **changes: Any) -> list[EnrollmentCompletedV1]:
    """Completions, a second apart."""
    first = datetime.now(UTC) - timedelta(hours=2)
    return [completed(completed_at=first + timedelta(seconds=place), **changes) for place in range(count)]


def held(office: Office, **where: Any) -> list[Any]:
    return list(office.call("list_held", OFFICER, **where)["items"])


def correction(event: EnrollmentCompletedV1, outcome: str, **changes: Any) -> ResultCorrectedV1:
    said = {"correction_id": uuid4(), "outcome": outcome, "reason": "Sample", "corrected_at": datetime.now(UTC)}
    numbers = {"before_attended_hours": 4.5, "before_score": 87.5}
    return msgspec.convert(
        msgspec.to_builtins(event) | msgspec.to_builtins(said | numbers | changes), ResultCorrectedV1
    )


def enrollments(events: list[Any]) -> list[UUID]:
    return [event.enrollment_id for event in events]


def test_what_is_above_the_limit_waits_and_the_first_pass_in_order(office: Office) -> None:
    braked(office, 3)
    events = several(5)
    assert enrollments(office.issue(*events)) == enrollments(events[:3])
    waiting = held(office)
    assert [UUID(each["enrollment_id"]) for each in waiting] == enrollments(events[3:])
    assert {each["status"] for each in waiting} == {"held"}
    assert len(office.rows()) == 3


def test_the_limit_is_each_agencys_and_its_own_one_goes_first(office: Office) -> None:
    braked(office, 1, agencies={"AG-C": {"per_hour": 2, "times_usual": None}})
    office.issue(*several(2), *several(3, agency_code="AG-C"))
    counted = [row.agency_code for row in office.rows()]
    assert sorted(counted) == ["AG-A", "AG-C", "AG-C"]


def test_batches_of_one_hour_are_counted_together_and_a_new_hour_begins_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    braked(office, 2)
    at_the_end = datetime(2026, 11, 25, 9, 59, 59, tzinfo=UTC)
    moments = [at_the_end, at_the_end, at_the_end + timedelta(seconds=1)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return moments[0] if moments else datetime.now(tz)

    monkeypatch.setattr("shared.database.datetime", Clock)
    monkeypatch.setattr(
        "services.certification.service.braking.tehran_date", lambda _now: tehran_date(datetime.now(UTC))
    )
    issued = []
    while moments:
        issued.append(len(office.issue(*several(2 if len(moments) > 1 else 3))))
        del moments[0]
    assert issued == [2, 0, 2]


def test_several_times_the_usual_of_an_agency_is_held(office: Office) -> None:
    braked(office, 1000, default={"per_hour": 1000, "times_usual": {"times": 2, "floor": 1}})
    with office.harness.db.transaction() as tx:
        for hours, issued in ((30, 2), (31, 1), (24 * 60, 500)):
            row = {"agency_code": "AG-A", "hour": tx.now.replace(minute=0, second=0, microsecond=0), "issued": issued}
            tx.execute(sa.insert(issuance_hours).values(row | {"hour": row["hour"] - timedelta(hours=hours)}))
    assert len(office.issue(*several(5))) == 3  # twice the mean of 2 and 1
    assert len(held(office)) == 2


def test_a_held_completion_that_comes_again_is_held_once(office: Office) -> None:
    braked(office, 0)
    [event] = several(1)
    office.issue(event, event)
    assert office.issue(event) == []
    assert len(held(office)) == 1


def test_two_replicas_cannot_both_pass(office: Office) -> None:
    """Batches that run at the same moment, on a database with concurrent writers."""
    from concurrent.futures import ThreadPoolExecutor

    braked(office, 10)
    batches = [several(4) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda batch: office.harness.deliver(*batch), batches))
    assert (len(office.rows()), len(held(office))) == (10, 14)


def test_released_ones_are_issued_whatever_the_limit(office: Office) -> None:
    braked(office, 1)
    events = several(4)
    office.issue(*events)
    trial = office.call("release_held", OFFICER, agency_code="AG-A", dry_run=True)
    assert (trial["count"], trial["dry_run"]) == (3, True)
    assert datetime.fromisoformat(trial["oldest"]) == events[1].completed_at
    assert datetime.fromisoformat(trial["newest"]) == events[3].completed_at
    assert len(held(office, status="held")) == 3
    done = office.call("release_held", OFFICER, agency_code="AG-A", count=2, mail=False)
    assert done["count"] == 2
    assert "issue_released" in office.harness.wakes
    office.harness.service.issue_released()
    issued = office.issued()
    assert enrollments(issued) == enrollments(events[:3])
    assert [event.mail for event in issued] == [True, False, False]
    assert [row.mail for row in office.rows()] == [True, False, False]
    assert [each["status"] for each in held(office)] == ["issued", "issued", "held"]


def test_releasing_goes_on_where_it_was_stopped(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    braked(office, 0)
    office.issue(*several(5))
    office.call("release_held", OFFICER, agency_code="AG-A")
    monkeypatch.setattr("services.certification.service.releasing.BATCH", 2)
    batches = iter((False, True))
    monkeypatch.setattr(office.harness.service, "ending", lambda: next(batches))
    office.harness.service.issue_released()
    assert len(office.rows()) == 2
    monkeypatch.setattr(office.harness.service, "ending", lambda: False)
    office.harness.service.issue_released()
    office.harness.service.issue_released()
    assert [row.serial[-6:] for row in office.rows()] == [f"00000{number}" for number in range(1, 6)]
    assert set(_bodies(office.harness.db)) == {None}


def test_dropped_ones_are_never_issued_and_say_nothing_any_more(office: Office) -> None:
    braked(office, 0)
    wanted, unwanted = several(1)[0], several(1)[0]
    office.issue(wanted, unwanted)
    chosen = {"agency_code": "AG-A", "offering_id": str(unwanted.offering_id)}
    assert office.call("drop_held", OFFICER, **chosen, reason="Doubled upload")["count"] == 1
    assert office.issue(unwanted) == []
    [dropped] = held(office, status="dropped")
    assert (dropped["reason"], dropped["decided_by"]) == ("Doubled upload", "test")
    assert len(held(office, status="held")) == 1
    assert _bodies(office.harness.db).count(None) == 1


def test_another_agency_sees_and_decides_nothing(office: Office) -> None:
    braked(office, 0)
    office.issue(*several(1))
    assert office.call("list_held", OFFICER, agency="AG-B")["items"] == []
    with pytest.raises(NotFound, match="agency_not_found"):
        office.call("list_held", OFFICER, agency="AG-B", agency_code="AG-A")
    with pytest.raises(NotFound, match="agency_not_found"):
        office.call("release_held", OFFICER, agency="AG-B", agency_code="AG-A")
    assert len(office.call("list_held", ("operator",), agency="OPERATIONS")["items"]) == 1


def test_an_agency_above_reads_what_is_held_and_decides_nothing(office: Office) -> None:
    braked(office, 0)
    office.harness.deliver(AgencyRegisteredV1(code="AG-A", name=LocalizedText("دستگاه نمونه"), parent_code="AG-P"))
    office.issue(*several(1))
    for where in ({}, {"agency_code": "AG-A"}):
        assert len(office.call("list_held", ("auditor",), agency="AG-P", **where)["items"]) == 1
    with pytest.raises(NotFound, match="agency_not_found"):
        office.call("drop_held", OFFICER, agency="AG-P", agency_code="AG-A", reason="Sample")


def test_the_list_is_paged_by_the_time_of_completion(office: Office) -> None:
    braked(office, 0)
    events = several(3)
    office.issue(*reversed(events))
    first = office.call("list_held", OFFICER, limit=2)
    second = office.call("list_held", OFFICER, limit=2, cursor=first["next"])
    found = [UUID(each["enrollment_id"]) for each in first["items"] + second["items"]]
    assert (found, second["next"]) == (enrollments(events), None)


def test_a_held_completion_follows_its_corrections(office: Office) -> None:
    braked(office, 0)
    [better, failed] = several(2)
    office.issue(better, failed)
    late = correction(better, "completed", score=60.0, corrected_at=datetime.now(UTC) - timedelta(hours=1))
    office.harness.deliver(correction(better, "completed", score=95.0), correction(failed, "failed"))
    office.harness.deliver(late)
    office.call("release_held", OFFICER, agency_code="AG-A")
    office.harness.service.issue_released()
    [row] = office.rows()
    assert '"score":"95"' in row.snapshot
    assert [each["status"] for each in held(office)] == ["issued", "dropped"]


def test_a_dropped_one_that_is_corrected_waits_for_another_decision(office: Office) -> None:
    braked(office, 0)
    [event] = several(1)
    office.issue(event)
    office.call("drop_held", OFFICER, agency_code="AG-A", reason="Wrong scores")
    office.harness.deliver(correction(event, "completed", score=95.0))
    [waiting] = held(office, status="held")
    assert (waiting["reason"], waiting["decided_by"]) == (None, None)
    assert office.rows() == []


def test_a_held_completion_follows_a_merge_and_ends_with_an_erasure(office: Office) -> None:
    braked(office, 0)
    [event] = several(1)
    office.issue(event)
    kept, now = uuid4(), datetime.now(UTC)
    office.harness.deliver(merged(event.employee_id, kept, now))
    assert [UUID(each["employee_id"]) for each in held(office)] == [kept]
    office.harness.deliver(EmployeeErasedV1(employee_id=kept, erased_at=now))
    [gone] = held(office)
    assert (gone["status"], gone["decided_by"]) == ("dropped", "certification")
    assert _bodies(office.harness.db) == [None]


def test_nothing_is_kept_of_somebody_who_was_erased_before(office: Office) -> None:
    braked(office, 0)
    [event] = several(1)
    gone = EmployeeErasedV1(employee_id=event.employee_id, erased_at=datetime.now(UTC))
    office.harness.deliver(gone)
    office.issue(event)
    assert (held(office)[0]["status"], _bodies(office.harness.db)) == ("dropped", [None])


def test_a_preview_counts_what_another_limit_would_have_done(office: Office) -> None:
    value = braked(office, 3)
    office.issue(*several(5))
    day = tehran_date(datetime.now(UTC))
    asked = {"key": "issuance_brake", "effective_from": day.isoformat()}
    wider = value | {"default": {"per_hour": 4, "times_usual": None}}
    found = office.call("preview_policy", ("national",), value=wider, **asked)
    assert (found["issues"], found["holds"]) == (1, 0)
    assert found["agencies"] == [{"agency_code": "AG-A", "issues": 1, "holds": 0}]
    narrower = value | {"default": {"per_hour": 1, "times_usual": None}}
    assert office.call("preview_policy", ("national",), value=narrower, **asked)["holds"] == 2
    assert len(office.rows()) == 3
    with pytest.raises(Invalid, match="effective_from"):
        office.call("preview_policy", ("national",), value=wider, **asked | {"effective_from": "2020-01-01"})
    with pytest.raises(Invalid, match="key"):
        office.call("preview_policy", ("national",), value=1, **asked | {"key": "no_such_key"})


def test_a_released_correction_is_a_certificate_like_any_other(office: Office) -> None:
    braked(office, 0)
    [event] = several(1)
    office.issue(event)
    office.call("release_held", OFFICER, agency_code="AG-A")
    office.harness.service.issue_released()
    office.harness.deliver(correction(event, "completed", score=95.0))
    assert [row.status for row in office.rows()] == ["superseded", "valid"]
    assert [type(each) for each in office.issued()] == [CertificateIssuedV1] * 2


def merged(duplicate_id: UUID, kept: UUID, at: datetime) -> EmployeesMergedV1:
    return EmployeesMergedV1(employee_id=kept, duplicate_id=duplicate_id, agency_code="AG-A", merged_at=at)


def _bodies(db: Database) -> list[str | None]:
    with db.reading() as tx:
        assert isinstance(tx, Transaction)
        return list(tx.scalars(sa.select(held_completions.c.body)))
