"""Agencies' own words, from the call to the mail."""

import email
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa

from services.notification.models.tables import agency_settings, letters, wordings
from shared.errors import Forbidden, Invalid, NotFound
from shared.events import AgencyRegisteredV1, LocalizedText
from tests.integration.notification.conftest import Ledger, caller, message

WHICH = {"template": "certificate_issued", "language": "fa"}


@pytest.fixture
def tree(ledger: Ledger) -> Ledger:
    """AG-A below AG-UP below AG-TOP."""
    parents = {"AG-TOP": None, "AG-UP": "AG-TOP", "AG-A": "AG-UP", "AG-B": None}
    ledger.service.on_agency_registered(
        [
            message(AgencyRegisteredV1(code=code, name=LocalizedText(fa=f"سازمان نمونه {code}"), parent_code=parent))
            for code, parent in parents.items()
        ]
    )
    return ledger


def set_wording(ledger: Ledger, agency_code: str = "AG-A", role: str = "training_officer", **changes: Any) -> Any:
    arguments = {"agency_code": agency_code, "reason": "نمونه", **WHICH, **changes}
    return ledger.call("set_wording", caller(role, agency=agency_code), **arguments)


def sent(ledger: Ledger) -> tuple[str, str, Any]:
    """Subject and sender of the next mail, and the wording that the ledger keeps with it."""
    with ledger.db.transaction() as tx:
        tx.execute(sa.delete(letters))
    ledger.certificates(1)
    ledger.send()
    (file,) = ledger.files
    mail = email.message_from_bytes(file.read_bytes(), policy=default)
    file.unlink()
    with ledger.db.reading() as tx:
        kept = tx.execute(sa.select(letters)).one()
    assert kept.subject == mail["Subject"]
    wording_id = str(kept.wording_id) if kept.wording_id else None
    return str(mail["Subject"]), mail["From"].addresses[0].display_name, wording_id


def test_the_nearest_agency_s_words_go_out_until_they_are_withdrawn(tree: Ledger) -> None:
    tree.people(1)
    set_wording(tree, "AG-TOP", subject="از بالا")
    own = set_wording(tree, subject="از خود")
    set_wording(tree, "AG-B", subject="از دیگری")
    set_wording(tree, subject="of another language", language="en")
    assert sent(tree) == ("از خود", "سازمان نمونه AG-A", own["wording_id"])
    tree.call("withdraw_wording", caller("national"), agency_code="AG-A", reason="نمونه", **WHICH)
    assert sent(tree)[0] == "از بالا"
    tree.call("withdraw_wording", caller("national"), agency_code="AG-TOP", reason="نمونه", **WHICH)
    subject, _, wording_id = sent(tree)
    assert subject.startswith("گواهینامهٔ دورهٔ")
    assert wording_id is None


def test_a_wording_that_fails_all_the_same_holds_no_mail(tree: Ledger) -> None:
    tree.people(1)
    set_wording(tree, subject="x")
    with tree.db.transaction() as tx:
        tx.execute(sa.update(wordings).values(opening="{{ serial.number }}"))
    subject, _, wording_id = sent(tree)
    assert subject.startswith("گواهینامهٔ دورهٔ")
    assert wording_id is None
    assert tree.statuses() == ["sent"]


def test_revisions_stay_and_the_same_words_again_change_nothing(tree: Ledger) -> None:
    for subject in ("یک", "یک", "دو"):
        set_wording(tree, subject=subject, opening="متن ي", reason=f"چون {subject}")
    for _ in range(2):
        tree.call("withdraw_wording", caller("training_officer"), agency_code="AG-A", reason="بس است", **WHICH)
    set_wording(tree, "AG-UP", closing="پایان")
    known = tree.call("get_wording", caller("auditor"), agency_code="AG-A", **WHICH)
    told = [(each["revision"], each["subject"], each["reason"]) for each in known["revisions"]]
    assert told == [(3, None, "بس است"), (2, "دو", "چون دو"), (1, "یک", "چون یک")]
    assert known["revisions"][1]["opening"] == "متن ی"
    assert (known["in_force"]["agency_code"], known["in_force"]["closing"]) == ("AG-UP", "پایان")


def test_lists_show_what_an_agency_has_now_page_by_page(tree: Ledger) -> None:
    for template in ("welcome", "certificate_issued", "seat_offered"):
        for language in ("fa", "en"):
            set_wording(tree, template=template, language=language, subject="x")
    tree.call("withdraw_wording", caller("national"), agency_code="AG-A", reason="x", template="welcome", language="en")
    items, cursor = [], None
    while True:
        arguments = {"agency_code": "AG-A", "limit": 2, "cursor": cursor}
        page = tree.call("list_wordings", caller("auditor", agency="AG-TOP"), **arguments)
        items += [(each["template"], each["language"]) for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    pairs = [(template, language) for template in ("certificate_issued", "seat_offered") for language in ("en", "fa")]
    assert items == [*pairs, ("welcome", "fa")]
    assert tree.call("list_wordings", caller("national"), agency_code="AG-B")["items"] == []


def test_a_wording_that_would_fail_for_somebody_is_not_kept(tree: Ledger) -> None:
    with pytest.raises(Invalid) as caught:
        set_wording(tree, subject="{{ serial }}", opening="x\n{{ valid_until|day }}", closing="{{ a() }}")
    fields = caught.value.details["fields"]
    assert list(fields) == ["opening", "closing"]
    assert fields["opening"][0].startswith("line 2: ")
    for wrong in ({}, {"subject": "  "}, {"subject": "x" * 401}, {"opening": 7}, {"subject": "x", "language": "de"}):
        with pytest.raises(Invalid):
            set_wording(tree, **wrong)
    with tree.db.reading() as tx:
        assert tx.execute(sa.select(wordings)).all() == []


def test_a_preview_is_the_mail_in_the_agency_s_name_and_nothing_is_kept(tree: Ledger) -> None:
    with tree.db.transaction() as tx:
        name = {"fa": "مرکز نمونه"}
        by = {"updated_at": tx.now, "updated_by": "tests"}
        tx.execute(sa.insert(agency_settings).values(agency_code="AG-A", sender_name=name, **by))
    officer = caller("training_officer")
    shown = tree.call("preview_letter", officer, agency_code="AG-A", opening="سلام {{ full_name }}", **WHICH)
    assert "سلام نمونهٔ یکم آزمایشی" in shown["text"]
    assert "از سوی مرکز نمونه" in shown["text"]
    assert "<bdi>نمونهٔ یکم آزمایشی</bdi>" in shown["html"]
    assert tree.call("get_wording", officer, agency_code="AG-A", **WHICH)["revisions"] == []
    set_wording(tree, "AG-UP", subject="از بالا")
    assert tree.call("preview_letter", officer, agency_code="AG-A", **WHICH)["subject"] == "از بالا"
    with pytest.raises(Invalid):
        tree.call("preview_letter", officer, agency_code="AG-A", subject="{{ x }}", **WHICH)


def test_words_are_the_business_of_their_own_agency(tree: Ledger) -> None:
    set_wording(tree, subject="x")
    strangers = [caller("training_officer", agency="AG-B"), caller("training_officer", agency="AG-UP")]
    for who in strangers:
        for method, more in (("set_wording", {"subject": "y", "reason": "z"}), ("withdraw_wording", {"reason": "z"})):
            with pytest.raises(NotFound) as caught:
                tree.call(method, who, agency_code="AG-A", **WHICH, **more)
            assert caught.value.code == "agency_not_found"
    with pytest.raises(NotFound):
        tree.call("get_wording", strangers[0], agency_code="AG-A", **WHICH)
    assert tree.call("get_wording", strangers[1], agency_code="AG-A", **WHICH)["in_force"]["subject"] == "x"
    with pytest.raises(NotFound):
        set_wording(tree, "AG-NONE", role="national", subject="x")
    with pytest.raises(NotFound, match="wording_not_found"):
        tree.call("withdraw_wording", caller("national"), agency_code="AG-B", reason="x", **WHICH)
    with pytest.raises(Forbidden):
        set_wording(tree, role="agency_system", subject="x")
