"""What the catalog says of an offering for its certificates: permit and accreditation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from shared.errors import Conflict, Invalid
from shared.events import OfferingChangedV1, OfferingOpenedV1
from shared.events.catalog import Accreditation, Permit

ADMIN = ("catalog_admin",)
OFFICER = ("training_officer",)
PERMIT = {"number": "۱۲۰/۴۵", "issued_on": "2026-11-01"}


def withdraw(centre: Any, withdrawn_on: str) -> Any:
    withdrawal = {"accreditation_id": centre.accreditation["accreditation_id"], "withdrawn_on": withdrawn_on}
    return centre.call("withdraw_accreditation", roles=ADMIN, **withdrawal, reason="تخلف نمونه")


def record(centre: Any, number: str, valid_from: str) -> Any:
    return centre.call("record_accreditation", roles=ADMIN, provider_code="C-1", number=number, valid_from=valid_from)


def change(centre: Any, offering: Any, **changes: Any) -> Any:
    return centre.call("change_offering", roles=OFFICER, offering_id=offering["offering_id"], reason="نمونه", **changes)


def changes_said(centre: Any) -> list[tuple[str, list[str], str | None]]:
    """Of every change that was said: the offering, what changed, and the number of the accreditation now."""
    return [
        (str(event.offering_id), event.changed, event.provider_accreditation and event.provider_accreditation.number)
        for event in centre.harness.outbox(OfferingChangedV1)
    ]


def test_an_opening_says_permit_and_accreditation(centre: Any) -> None:
    reply = centre.open(provider_code="C-1", permit=PERMIT)
    assert reply["permit"] == {"number": "120/45", "issued_on": "2026-11-01"}
    named = {"number": "12/3", "valid_from": "2026-12-01", "valid_to": "2027-03-01"}
    assert reply["provider_accreditation"] == named
    assert centre.call("get_offering", offering_id=reply["offering_id"]) == reply
    (event,) = centre.harness.outbox(OfferingOpenedV1)
    assert event.permit == Permit("120/45", date.fromisoformat("2026-11-01"))
    assert event.provider_accreditation == Accreditation(
        "12/3", date.fromisoformat("2026-12-01"), date.fromisoformat("2027-03-01")
    )


def test_the_own_training_unit_and_the_national_centre_have_none(centre: Any) -> None:
    national = {"provider_code": "N-1", "title": {"fa": "مرکز ملی نمونه"}, "kind": "national_centre"}
    centre.call("register_provider", roles=ADMIN, **national)
    for offering in (centre.open(), centre.open(provider_code="N-1", permit={"number": "7"})):
        assert offering["provider_accreditation"] is None
    assert offering["permit"] == {"number": "7", "issued_on": None}


def test_a_permit_comes_later_and_is_said(centre: Any) -> None:
    offering = centre.open(provider_code="C-1")
    assert change(centre, offering, permit=PERMIT)["permit"]["number"] == "120/45"
    assert change(centre, offering, permit=PERMIT)["revision"] == 2
    (event,) = centre.harness.outbox(OfferingChangedV1)
    assert (event.changed, event.permit.number, event.provider_accreditation.number) == (["permit"], "120/45", "12/3")
    assert change(centre, offering, permit=None)["permit"] is None


@pytest.mark.parametrize(
    ("permit", "field"),
    [
        ({"issued_on": "2026-11-01"}, "permit.number"),
        ({"number": "7", "issued_on": "1405-08-10"}, "permit.issued_on"),
        ({"number": "7", "issued_on": "2199-01-01"}, "permit.issued_on"),
    ],
)
def test_a_wrong_permit_is_refused_by_its_field(centre: Any, permit: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        centre.open(permit=permit)
    assert list(refused.value.details["fields"]) == [field]
    offering = centre.open()
    with pytest.raises(Invalid):
        change(centre, offering, permit=permit)


def test_another_provider_is_another_accreditation(centre: Any) -> None:
    offering = centre.open(provider_code="C-1")
    assert change(centre, offering, provider_code=None)["provider_accreditation"] is None
    assert changes_said(centre) == [
        (offering["offering_id"], ["provider_code", "provider_accreditation"], None),
    ]


def test_a_withdrawal_is_said_of_every_offering_that_it_reaches(centre: Any) -> None:
    over = centre.open(provider_code="C-1", starts_on="2026-12-01", ends_on="2026-12-02")
    before, within, after = (
        centre.open(provider_code="C-1", starts_on=f"2027-01-{day}", ends_on=f"2027-01-{day + 2}")
        for day in (10, 20, 25)
    )
    cancelled = centre.open(provider_code="C-1", starts_on="2027-01-25", ends_on="2027-01-26")
    centre.call("cancel_offering", offering_id=cancelled["offering_id"], reason="نمونه")
    withdraw(centre, "2027-01-21")
    reached = [within["offering_id"], after["offering_id"]]
    assert changes_said(centre) == [(each, ["provider_accreditation"], None) for each in reached]
    for untouched in (over, before):
        assert centre.call("get_offering", offering_id=untouched["offering_id"]) == untouched
    assert len(centre.call("list_provider_lapses", roles=OFFICER)["items"]) == 2


def test_a_withdrawal_from_a_day_gone_by_reaches_offerings_that_are_over(centre: Any) -> None:
    centre.accreditation = record(centre, "۹", "2025-01-01")
    over = centre.open(provider_code="C-1", starts_on="2025-05-10", ends_on="2025-05-12")
    withdraw(centre, "2025-05-01")
    assert changes_said(centre) == [(over["offering_id"], ["provider_accreditation"], None)]


def test_a_new_accreditation_covers_what_was_without_one(centre: Any) -> None:
    offering = centre.open(provider_code="C-1", starts_on="2027-01-20", ends_on="2027-01-22")
    withdraw(centre, "2027-01-21")
    record(centre, "۱۳", "2027-01-22")
    assert len(changes_said(centre)) == 1
    record(centre, "۱۴", "2027-01-20")
    assert changes_said(centre)[1:] == [(offering["offering_id"], ["provider_accreditation"], "14")]
    record(centre, "۱۵", "2027-01-01")
    assert len(changes_said(centre)) == 2
    assert centre.call("list_provider_lapses", roles=OFFICER)["items"] == []


def test_no_offering_slips_in_beside_a_withdrawal(centre: Any) -> None:
    days = {"starts_on": "2027-01-20", "ends_on": "2027-01-22"}

    def open_one(_number: int) -> None:
        try:
            centre.open(provider_code="C-1", **days)
        except Conflict as refused:
            assert refused.code == "provider_not_accredited"

    with ThreadPoolExecutor(4) as pool:
        opening = [pool.submit(open_one, number) for number in range(12)]
        withdrawing = pool.submit(withdraw, centre, "2027-01-21")
        opening += [pool.submit(open_one, number) for number in range(6)]
    withdrawing.result()
    for each in opening:
        each.result()
    offerings = centre.call("list_offerings", roles=OFFICER)["items"]
    assert all(each["provider_accreditation"] is None for each in offerings)
    assert {each[0] for each in changes_said(centre)} == {each["offering_id"] for each in offerings}
