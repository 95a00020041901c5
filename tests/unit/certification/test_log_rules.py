from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.certification.domain import log

AT = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def test_an_issued_entry_binds_what_the_certificate_says() -> None:
    leaf = log.issued(ID, "AG-A-1405-000001", AT, '{"a":1}').leaf()
    assert leaf == {
        "kind": "issued",
        "certificate_id": str(ID),
        "serial": "AG-A-1405-000001",
        "at": "2026-11-25T08:30:00.000000Z",
        "snapshot_sha256": "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
    }


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([], None),
        (["issued"], "valid"),
        (["issued", "suspended"], "suspended"),
        (["issued", "suspended", "reinstated"], "valid"),
        (["issued", "superseded", "erased"], "superseded"),
        (["issued", "expired", "revoked"], "revoked"),
    ],
)
def test_the_last_entry_that_says_a_status_holds(kinds: list[str], status: str | None) -> None:
    assert log.status_of(kinds) == status


def test_what_a_release_without_a_log_did_is_added() -> None:
    assert log.not_logged("valid", False, []) == ["issued"]
    assert log.not_logged("revoked", True, []) == ["issued", "revoked", "erased"]
    assert log.not_logged("superseded", False, ["issued"]) == ["superseded"]


def test_nothing_becomes_valid_again_by_being_taken_over() -> None:
    assert log.not_logged("valid", False, ["issued", "revoked"]) == []
