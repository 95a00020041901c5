"""How people and agencies want to be told: changed in parts, inherited, merged, and kept to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notification import models
from shared.errors import Forbidden, Invalid, NotFound
from shared.events import EmployeeErasedV1, EmployeesMergedV1
from shared.ids import new_id
from tests.integration.notification.conftest import SENDER, Ledger, agencies, caller, issued, message

OFFICER, NATIONAL = caller("training_officer"), caller("national", agency="ARQ")
LATER = datetime.now(UTC) + timedelta(hours=1)


def choose(ledger: Ledger, number: int = 1, **changes: Any) -> dict[str, Any]:
    return ledger.call("set_preferences", OFFICER, employee_id=str(UUID(int=number)), **changes)


def chosen(ledger: Ledger, number: int = 1, agency: str = "AG-A") -> dict[str, Any]:
    who = caller("auditor", agency=agency)
    return ledger.call("get_preferences", who, employee_id=str(UUID(int=number)))


def test_what_is_not_given_stays_and_null_gives_the_default_back(ledger: Ledger) -> None:
    ledger.people(1)
    before = chosen(ledger)
    assert (before["language"], before["channel"], before["cadence"], before["own"]) == (
        "fa",
        "email",
        "immediately",
        [],
    )
    assert (before["updated_at"], before["quiet_from"]) == (None, None)
    choose(ledger, language="en", mobile="۰۹۱۲ ۱۲۳-۴۵۶۷", channel="sms")
    choose(ledger, unsubscribed=["schedule", "reminders", "schedule"], quiet_from="۲۲:۳۰", quiet_to="6:00")
    after = chosen(ledger)
    assert (after["language"], after["channel"], after["mobile"]) == ("en", "sms", "+989121234567")
    assert (after["unsubscribed"], after["quiet_from"], after["quiet_to"]) == (
        ["schedule", "reminders"],
        "22:30",
        "06:00",
    )
    assert after["own"] == ["language", "channel", "mobile", "unsubscribed", "quiet_from", "quiet_to"]
    assert {kind["kind"]: kind["always_sent"] for kind in after["kinds"]}["results"] == ["result_failed"]
    choose(ledger, language=None, channel=None, unsubscribed=None, quiet_from=None, quiet_to=None)
    assert (chosen(ledger)["own"], chosen(ledger)["unsubscribed"]) == (["mobile"], [])


def test_what_does_not_fit_together_is_refused_as_a_whole(ledger: Ledger) -> None:
    ledger.people(1)
    with pytest.raises(Invalid) as refused:
        choose(ledger, language="en", channel="sms", unsubscribed=["digest"], quiet_from="21:00")
    assert set(refused.value.details["fields"]) == {"mobile", "unsubscribed", "quiet_to"}
    assert chosen(ledger)["own"] == []
    choose(ledger, channel="sms", mobile="00989121234567")
    with pytest.raises(Invalid, match="mobile"):
        choose(ledger, mobile=None)
    for wrong in ("02112345678", "0912123456", "+10912123456", "09121234567\nx"):
        with pytest.raises(Invalid, match="mobile"):
            choose(ledger, mobile=wrong)


def test_a_kind_of_nothing_but_legal_notices_cannot_be_unsubscribed_from(ledger: Ledger) -> None:
    ledger.people(1)
    why = {"reason": "sample", "source": "sample", "confidence": "policy_default", "scope": "national"}
    both = ["form_due", "result_failed"]
    today = date.today().isoformat()  # noqa: DTZ011 - any day that has begun everywhere
    ledger.call("record_policy", NATIONAL, key="legal_notices", effective_from=today, value=both, **why)
    with pytest.raises(Invalid, match="forms cannot be unsubscribed"):
        choose(ledger, unsubscribed=["forms", "results"])
    assert choose(ledger, unsubscribed=["results"])["unsubscribed"] == ["results"]


def test_only_the_persons_own_agency_and_those_above_it_decide(ledger: Ledger) -> None:
    agencies(ledger, TOP=None, AG_A="TOP", AG_B="TOP")
    ledger.people(1)
    above = caller("training_officer", agency="TOP")
    ledger.call("set_preferences", above, employee_id=str(UUID(int=1)), cadence="daily")
    for number, agency in ((1, "AG-B"), (7, "AG-A")):
        with pytest.raises(NotFound):
            chosen(ledger, number, agency)
    with pytest.raises(Forbidden):
        ledger.call("set_preferences", caller("auditor"), employee_id=str(UUID(int=1)), cadence="daily")


def test_of_two_registrations_the_kept_ones_choices_hold_and_both_ones_refusals(ledger: Ledger) -> None:
    ledger.people(4)
    choose(ledger, 1, language="en", unsubscribed=["results"])
    choose(ledger, 2, cadence="weekly", unsubscribed=["reminders"])
    choose(ledger, 4, cadence="daily")
    for duplicate, kept in ((2, 1), (4, 3)):
        merged = EmployeesMergedV1(
            employee_id=UUID(int=kept), duplicate_id=UUID(int=duplicate), agency_code="AG-A", merged_at=LATER
        )
        for _time in range(2):
            ledger.service.on_employees_merged([message(merged)])
    by_duplicate = chosen(ledger, 2)
    assert by_duplicate == chosen(ledger, 1)
    assert (by_duplicate["language"], by_duplicate["cadence"]) == ("en", "immediately")
    assert by_duplicate["unsubscribed"] == ["reminders", "results"]
    assert chosen(ledger, 3)["cadence"] == "daily"
    assert choose(ledger, 2, cadence="weekly")["employee_id"] == str(UUID(int=1))


def test_what_somebody_chose_goes_with_their_data(ledger: Ledger) -> None:
    ledger.people(1)
    choose(ledger, mobile="09121234567")
    ledger.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=1), erased_at=LATER))])
    with pytest.raises(NotFound):
        chosen(ledger)
    with ledger.db.reading() as tx:
        assert tx.execute(ledger.service.metadata.tables["preferences"].select()).all() == []


def settings(ledger: Ledger, agency: str) -> dict[str, Any]:
    return ledger.call("get_mail_settings", NATIONAL, agency_code=agency)


def test_an_agency_has_what_the_nearest_one_above_it_says(ledger: Ledger) -> None:
    agencies(ledger, TOP=None, AG_A="TOP", AG_C="AG-A")
    system = settings(ledger, "AG-C")
    assert (system["sender_address"], system["attach_certificates"], system["weekend"]) == (SENDER, True, [4])
    assert set(system["sources"].values()) == {"system"}
    name = {"fa": "سازمان نمونه", "en": "Sample organisation"}
    top = {"sender_name": name, "quiet_from": "20:00", "quiet_to": "07:00", "attach_certificates": False}
    ledger.call("set_mail_settings", NATIONAL, agency_code="TOP", sender_address="info@نمونه.ایران", **top)
    own = {"attach_certificates": True, "weekend": [4, 3, 4], "reply_to": "training@example.ir"}
    ledger.call("set_mail_settings", OFFICER, agency_code="AG-A", **own)
    found = settings(ledger, "AG-C")
    assert (found["sender_name"], found["sender_address"]) == (name, "info@xn--hhbbbed.xn--mgba3a4f16a")
    assert (found["attach_certificates"], found["weekend"], found["quiet_from"]) == (True, [3, 4], "20:00")
    assert found["sources"] == {
        **dict.fromkeys(("sender_name", "sender_address", "quiet_from", "quiet_to"), "TOP"),
        **dict.fromkeys(("attach_certificates", "weekend", "reply_to"), "AG-A"),
        "mails_per_minute": "system",
    }
    ledger.call("set_mail_settings", OFFICER, agency_code="AG-A", attach_certificates=None)
    assert settings(ledger, "AG-A")["attach_certificates"] is False


def test_the_sender_takes_what_holds_for_the_persons_agency(ledger: Ledger) -> None:
    agencies(ledger, TOP=None, AG_A="TOP")
    ledger.call("set_mail_settings", NATIONAL, agency_code="TOP", sender_address="info@example.ir", mails_per_minute=9)
    ledger.people(1)
    ledger.service.on_certificate_issued([message(issued())])
    with ledger.db.transaction() as tx:
        (row,) = models.claim_due(tx, new_id(), 90, 10)
    assert (row.sender_address, row.mails_per_minute, row.attach_certificates) == ("info@example.ir", 9, None)


def test_an_address_that_mail_comes_from_is_not_an_agencys_to_choose(ledger: Ledger) -> None:
    agencies(ledger, AG_A=None, AG_B=None)
    with pytest.raises(Forbidden):
        ledger.call("set_mail_settings", OFFICER, agency_code="AG-A", reply_to="a@example.ir", sender_address=None)
    assert settings(ledger, "AG-A")["reply_to"] is None
    with pytest.raises(NotFound):
        ledger.call("set_mail_settings", OFFICER, agency_code="AG-B", reply_to="a@example.ir")
    wrong = {"reply_to": "نام@example.ir", "weekend": list(range(7)), "quiet_from": "24:00", "mails_per_minute": 0}
    with pytest.raises(Invalid) as refused:
        ledger.call("set_mail_settings", OFFICER, agency_code="AG-A", **wrong)
    assert set(refused.value.details["fields"]) == set(wrong)
    with pytest.raises(Invalid, match="quiet_from"):
        ledger.call("set_mail_settings", OFFICER, agency_code="AG-A", quiet_to="08:00")


def test_holidays_are_announced_taken_back_and_listed(ledger: Ledger) -> None:
    title = {"fa": "عید فطر", "en": "Eid al-Fitr"}
    day = "2026-03-19"  # 28 Esfand 1404
    listed = ledger.call("set_holidays", NATIONAL, days=[{"day": day, "title": title}])["items"]
    assert [item["day"] for item in listed if item["kind"] == "announced"] == [day]
    assert listed == ledger.call("list_holidays", OFFICER, jalali_year=1404)["items"]
    assert len(listed) == 11
    with pytest.raises(Invalid, match="more than once"):
        ledger.call("set_holidays", NATIONAL, days=[{"day": day, "title": title}] * 2)
    assert len(ledger.call("remove_holiday", NATIONAL, day=day)["items"]) == 10
    with pytest.raises(NotFound):
        ledger.call("remove_holiday", NATIONAL, day=day)
