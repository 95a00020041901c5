"""What agencies are shown of their messages as a whole."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.channels import Deferred, Refused
from services.notification.domain.delivery import Policy
from shared.errors import Invalid, NotFound
from shared.events import AgencyRegisteredV1, LocalizedText
from tests.integration.notification.conftest import Ledger, caller, issued, message, registered
from tests.integration.notification.test_asking import every_page
from tests.integration.notification.test_sending import ScriptedMailer, run

SINCE = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
OFFICER = caller("training_officer")
TREE = (("AG-A", None), ("AG-B", "AG-A"))


def report(ledger: Ledger, who: Any = OFFICER, **arguments: Any) -> dict[str, Any]:
    return ledger.call("delivery_report", who, **{"agency_code": "AG-A", "since": SINCE} | arguments)


@pytest.fixture
def told(ledger: Ledger) -> Ledger:
    """Eight people in AG-A and AG-B below it: five were reached, one is deferred, two addresses are refused."""
    name = LocalizedText("دستگاه نمونه")
    upper, lower = (AgencyRegisteredV1(code=code, name=name, parent_code=above) for code, above in TREE)
    ledger.service.on_agency_registered([message(upper), message(lower)])
    agencies = {number: "AG-B" if number > 6 else "AG-A" for number in range(1, 9)}
    ledger.service.on_employee_registered([message(registered(n, agency_code=code)) for n, code in agencies.items()])
    for number, code in agencies.items():
        ledger.service.on_certificate_issued([message(issued(number, agency_code=code))])
    refused = [Refused(f"550 5.1.1 <sample{number}@example.ir>: no such user") for number in (1, 2)]
    run(ledger, ScriptedMailer(*refused, Deferred("451 greylisted")), Policy(outage_pause=0, batch=10))
    return ledger


def test_a_report_counts_an_agency_and_those_below_it(told: Ledger) -> None:
    found = report(told, by="agency")
    assert (found["all"]["total"], found["all"]["counts"]["sent"], found["all"]["counts"]["bounced"]) == (8, 5, 2)
    assert found["all"]["rates"]["sent"] == 0.625
    assert [(line["key"], line["total"]) for line in found["lines"]] == [("AG-A", 6), ("AG-B", 2)]
    assert report(told, caller("auditor", agency="AG-B"), agency_code="AG-B")["all"]["total"] == 2
    assert report(told, caller("national"), agency_code=None)["all"]["total"] == 8
    assert found["failures"] == [
        {"status": "bounced", "answer": "550 5.1.1 <address>: no such user", "count": 2},
        {"status": "deferred", "answer": "451 greylisted", "count": 1},
    ]


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("template", ["certificate_issued"]),
        ("channel", ["email"]),
        ("status", ["sent", "bounced", "deferred"]),
        ("reason", [None]),
    ],
)
def test_lines_are_by_what_was_asked(told: Ledger, by: str, keys: list[str | None]) -> None:
    found = report(told, by=by)
    assert [line["key"] for line in found["lines"]] == keys
    assert sum(line["total"] for line in found["lines"]) == 8


def test_what_systems_did_not_take_is_a_failure_only_among_channels(told: Ledger) -> None:
    own = models.notifications.c
    with told.db.transaction() as tx:
        copies = sa.update(models.notifications).where(own.status == "deferred")
        tx.execute(copies.values(channel="webhook", audience="system", webhook_agency="AG-A"))
    assert [each["status"] for each in report(told)["failures"]] == ["bounced"]
    by_channel = report(told, by="channel")
    assert [each["status"] for each in by_channel["failures"]] == ["bounced", "deferred"]
    assert [(line["key"], line["total"]) for line in by_channel["lines"]] == [("email", 7), ("webhook", 1)]


def test_days_are_those_of_tehran_and_times_are_measured(told: Ledger) -> None:
    # A minute before and after midnight in Tehran, which is 20:30 UTC.
    midnight = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    own = models.notifications.c
    with told.db.transaction() as tx:
        rows = tx.execute(sa.select(own.notification_id, own.status).order_by(own.notification_id)).all()
        sent = [row.notification_id for row in rows if row.status == "sent"]
        for place, seconds in enumerate((1, 2, 3, 119, 4000)):
            at = midnight + timedelta(minutes=-1 if place == 0 else 1)
            told_at = at + timedelta(seconds=seconds, milliseconds=500)
            values = {"created_at": at, "sent_at": told_at}
            values |= {
                "notification_id": UUID(int=models.first_id_at(at).int + place)
            }  # which goes along with the time
            tx.execute(sa.update(models.notifications).where(own.notification_id == sent[place]).values(**values))
    since, until = midnight - timedelta(hours=1), midnight + timedelta(hours=1)
    found = report(told, since=since.isoformat(), until=until.isoformat(), by="day")
    assert [(line["key"], line["total"]) for line in found["lines"]] == [("2026-11-20", 1), ("2026-11-21", 4)]
    assert [(line["median_seconds"], line["p95_seconds"]) for line in found["lines"]] == [(1, 1), (3, 3960)]
    empty = report(told, since=until.isoformat(), until=(until + timedelta(hours=1)).isoformat())
    assert (empty["all"]["total"], empty["all"]["median_seconds"], empty["lines"]) == (0, None, [])


def test_a_report_of_a_digest_does_not_say_that_mail_is_slow(told: Ledger) -> None:
    told.change(cadence="weekly")
    assert report(told)["all"]["median_seconds"] is None


def test_who_was_not_reached_is_listed(told: Ledger) -> None:
    wanted = {"agency_code": "AG-A", "since": SINCE}
    items = every_page(told, "list_undelivered", ("national",), limit=2, **wanted)
    assert [(each["employee_id"], each["status"]) for each in items] == [
        (str(UUID(int=1)), "bounced"),
        (str(UUID(int=2)), "bounced"),
        (str(UUID(int=3)), "deferred"),
    ]
    assert items[0]["full_name"] == "نمونه شماره 1"
    assert items[2]["answer"] == "451 greylisted"
    (one,) = every_page(told, "list_undelivered", ("national",), status="deferred", **wanted)
    assert one == items[2]
    assert every_page(told, "list_undelivered", ("national",), template="result_failed", **wanted) == []
    assert every_page(told, "list_undelivered", ("national",), **wanted | {"agency_code": "AG-B"}) == []


def test_what_is_not_ones_own_looks_like_nothing_and_a_wrong_time_is_named(told: Ledger) -> None:
    stranger = caller("auditor", agency="AG-B")
    for method in ("delivery_report", "list_undelivered"):
        for agency in ("AG-A", "AG-X"):
            with pytest.raises(NotFound) as hidden:
                told.call(method, stranger, agency_code=agency, since=SINCE)
            assert hidden.value.code == "agency_not_found"
        for times in ({"since": "2026-01-01T00:00:00Z"}, {"since": SINCE, "until": "2020-01-01T00:00:00Z"}):
            with pytest.raises(Invalid) as caught:
                told.call(method, OFFICER, agency_code="AG-A", **times)
            assert list(caught.value.details["fields"]) == [list(times)[-1]]
    with pytest.raises(Invalid):
        report(told, agency_code=None)
