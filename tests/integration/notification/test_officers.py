"""Who the officers of an agency are: the later state wins, and who has nobody shares those above."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from services.notification import models
from shared.events import AgencyRegisteredV1, LocalizedText, OfficerDays, OfficersChangedV1
from tests.integration.notification.conftest import Ledger, message

DAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


def say(ledger: Ledger, code: str, *officers: OfficerDays, at: datetime = NOW) -> None:
    event = OfficersChangedV1(change_id=uuid4(), agency_code=code, officers=list(officers), changed_at=at)
    ledger.service.on_officers_changed([message(event)])


def days(number: int, from_day: date = DAY, until_day: date | None = None) -> OfficerDays:
    return OfficerDays(employee_id=UUID(int=number), from_day=from_day, until_day=until_day)


def asked(ledger: Ledger, code: str, day: date = DAY, without: tuple[int, ...] = ()) -> list[int]:
    with ledger.db.reading() as tx:
        return [one.int for one in models.officers_of(tx, code, day, [UUID(int=number) for number in without])]


def test_the_officers_of_a_day_are_those_of_the_nearest_agency_that_has_any(ledger: Ledger) -> None:
    for code, parent in (("AG-A", None), ("AG-B", "AG-A"), ("AG-C", "AG-B")):
        name = LocalizedText(fa="دستگاه نمونه")
        ledger.service.on_agency_registered([message(AgencyRegisteredV1(code=code, name=name, parent_code=parent))])
    ledger.people(5)
    say(ledger, "AG-A", days(1))
    say(ledger, "AG-B", days(2, until_day=DAY), days(3, from_day=DAY + timedelta(days=1)), days(2))
    assert asked(ledger, "AG-C") == asked(ledger, "AG-B") == [2]
    assert asked(ledger, "AG-B", DAY + timedelta(days=1)) == [3, 2]
    assert asked(ledger, "AG-B", DAY - timedelta(days=1)) == []
    assert asked(ledger, "AG-C", without=(2,)) == [1]
    assert asked(ledger, "AG-C", without=(1, 2)) == []
    say(ledger, "AG-B", at=NOW - timedelta(seconds=1))
    assert asked(ledger, "AG-C") == [2]
    say(ledger, "AG-B", days(5), at=NOW + timedelta(seconds=1))
    assert asked(ledger, "AG-C") == [5]
    say(ledger, "AG-B", days(99), at=NOW + timedelta(seconds=2))  # nobody has heard of them yet
    assert asked(ledger, "AG-C") == [1]
    say(ledger, "AG-X", days(4))  # an agency that has not been heard of yet
    assert asked(ledger, "AG-X") == [4]


def test_an_officer_who_was_merged_is_the_kept_person_and_an_erased_one_is_nobody(ledger: Ledger) -> None:
    ledger.people(3)
    say(ledger, "AG-A", days(1), days(2), days(3))
    with ledger.db.transaction() as tx:
        models.merge_recipients(tx, UUID(int=2), UUID(int=1), NOW)
        models.erase_recipient(tx, UUID(int=3), NOW)
    assert asked(ledger, "AG-A") == [1]
