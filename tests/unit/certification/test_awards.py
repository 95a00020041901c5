"""Type-2 certificates: what their snapshot says, and how it is read wherever one is shown."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.certification.credential import credential, open_badge, verify
from services.certification.document import content
from services.certification.domain import awards, essentials, requests, snapshots
from services.certification.pages.content import rests_on
from services.certification.pages.words import EN, FA
from services.certification.signing import FileStore, canonical
from shared.errors import Invalid
from tests.unit.certification.conftest import awarded

GOLDENS = Path(__file__).parent / "goldens"
NO_MARKS = dict.fromkeys((0x200E, 0x200F))
LINK = "https://certificates.example/verify/00041061050R3GG28A1C60T3GF"


@pytest.mark.parametrize("kind", ["type1", "type2"])
def test_what_is_signed_stays_as_it_is(
    snapshot: dict[str, Any], facts: dict[str, Any], award: dict[str, Any], kind: str
) -> None:
    said = snapshot if kind == "type1" else awarded(facts, award)
    assert canonical(said).decode() == (GOLDENS / f"{kind}.json").read_text(encoding="utf-8").strip()


def test_both_decisions_sign_it_the_committee_first(award: dict[str, Any]) -> None:
    first, second = awards.signatories(award)
    assert (first["name"], second["name"]) == ({"fa": "نمونهٔ نخست‌پور"}, {"fa": "نمونهٔ دوم‌زاده"})
    assert first["title"]["fa"] == "رئیس کمیتهٔ آموزش دستگاه"


def test_the_share_of_job_hours_is_never_rounded_up() -> None:
    assert awards.job_share("800", "1200") == "66.6"
    assert awards.job_share("525", "700") == "75"


def test_only_what_is_known_to_be_the_regulation_is_not_said_to_be_something_else(award: dict[str, Any]) -> None:
    found = [{**award["policies"][0], "key": "type2_awards_per_career", "confidence": "F"}, *award["policies"]]
    said = awards.award({**award, "policies": found}, {"fa": "سازمان"})
    assert [each["key"] for each in awards.not_regulation(said)] == ["type2_exam_pass_mark", "type2_thresholds"]


def test_an_erasure_leaves_what_leads_to_nobody(type2: dict[str, Any]) -> None:
    left = snapshots.without_holder(type2)
    gone = ("holder_name", "national_code_hash", "personnel_number")
    assert [left[name] for name in gone] == [None] * 3
    assert [left["award"][name] for name in ("base_degree", "base_degree_field", "research_title")] == [None] * 3
    assert left["award"]["committee"] == type2["award"]["committee"]
    assert type2["award"]["base_degree"], "the text that was signed is another one"


def test_a_name_may_be_put_right_and_what_was_awarded_may_not(type2: dict[str, Any], snapshot: dict[str, Any]) -> None:
    today = date(2026, 12, 1)
    assert requests.differences(type2, {"holder_name": "دیگری"}, today)["holder_name"]["after"] == "دیگری"
    with pytest.raises(Invalid) as raised:
        requests.differences(type2, {"holder_name": "دیگری", "hours": 900.0, "score": 99.0}, today)
    assert set(raised.value.details["fields"]) == {"changes.hours", "changes.score"}
    assert requests.differences(snapshot, {"hours": 9.0}, today)["hours"]["after"] == 9.0


def test_the_code_on_paper_names_kind_and_level(type2: dict[str, Any], snapshot: dict[str, Any]) -> None:
    said = essentials.of(type2, "00" * 8, date(2026, 11, 24), date(2026, 11, 24))
    assert said.course_title == "گواهینامهٔ نوع دوم، تخصصی ـ پژوهشی سطح ۱"
    assert (said.hours, said.score, said.completed_on) == ("700", "72.5", date(2026, 11, 23))
    assert essentials.read(essentials.body(said) + bytes(64))[0] == said
    assert essentials.of(snapshot, "00" * 8, date(2026, 11, 24), date(2026, 11, 24)).course_title.startswith("تکالیف")


def test_the_page_says_what_was_awarded_for_what_and_that_it_is_no_degree(type2: dict[str, Any]) -> None:
    page = content.page(type2, "both", LINK)
    persian, english = page["blocks"]
    assert page["title"] == "گواهینامهٔ نوع دوم AG-A-1405-000123"
    assert (persian["heading"], persian["course"]) == ("گواهینامهٔ نوع دوم", "تخصصی – پژوهشی سطح ۱")
    assert "۷۰۰ ساعت (هفتصد ساعت)" in persian["sentence"]
    facts = dict(persian["facts"])
    assert facts["سهم شغلی و مدیریتی"] == "۵۲۵٫۵ ساعت (۷۵٪)"
    assert facts["نمرهٔ آزمون جامع"] == "۷۲٫۵ از ۱۰۰ (حد قبولی ۶۰)، مورخ ۱۴۰۵/۰۷/۱۹"
    assert facts["تأیید سازمان اداری و استخدامی کشور"].endswith("مورخ ۱۴۰۵/۰۹/۰۲")
    assert dict(english["facts"])["Decision of the agency's committee"].endswith("of 20 November 2026")
    no_degree, rests_on = persian["remarks"]
    assert "مدرک تحصیلی نیست" in no_degree
    assert "فوق‌لیسانس" in no_degree
    assert "حد نصاب‌ها و سقف‌های ساعت از ۱۳۸۰/۰۱/۰۱ (استنباط)" in rests_on
    assert "R-1380, last known thresholds" in english["remarks"][1]
    assert "حد قبولی آزمون از ۱۳۸۰/۰۱/۰۱؛" in rests_on
    assert [each["name"] for each in page["signatories"]] == [["نمونهٔ نخست‌پور"], ["نمونهٔ دوم‌زاده"]]


@pytest.mark.parametrize(
    ("source", "source_fa", "persian", "english"),
    [
        ("R-1380", "نظام ۱۳۸۰", "نظام ۱۳۸۰", "R-1380"),
        ("R-1380", None, "استنباط", "R-1380"),
        ("بخشنامهٔ ۱۲", None, "بخشنامهٔ ۱۲", "inferred"),
    ],
)
def test_a_page_names_sources_in_its_own_language(
    facts: dict[str, Any],
    award: dict[str, Any],
    source: str,
    source_fa: str | None,
    persian: str,
    english: str,
) -> None:
    policy = {**award["policies"][0], "source": source, "source_fa": source_fa}
    said = awarded(facts, {**award, "policies": [policy], "policy": {}})
    printed = [block["remarks"][1].translate(NO_MARKS) for block in content.page(said, "both", LINK)["blocks"]]
    verified = [rests_on(said["award"]["policies"][0], words) for words in (FA, EN)]
    for name, other, on_paper, on_page in zip((persian, english), (english, persian), printed, verified, strict=True):
        assert f"({name})" in on_paper
        assert name in on_page
        assert other == name or other not in on_page


def test_numbers_of_two_regimes_are_both_said(facts: dict[str, Any], award: dict[str, Any]) -> None:
    (policy,) = award["policies"]
    both = [{**policy, "effective_from": "2012-03-20"}, policy]
    said = awarded(facts, {**award, "policies": both})
    days = [each["effective_from"] for each in said["award"]["policies"] if each["key"] == policy["key"]]
    assert days == ["2001-03-21", "2012-03-20"]


def test_the_base_degree_is_said_in_the_language_of_the_page(facts: dict[str, Any], award: dict[str, Any]) -> None:
    said = awarded(facts, {**award, "base_degree": "کاردانی", "base_degree_field": "مدیریت"})
    persian, english = (dict(block["facts"]) for block in content.page(said, "both", LINK)["blocks"])
    assert (persian["مدرک پایه"], english["Base degree"]) == ("کاردانی، مدیریت", "Associate degree, مدیریت")


def test_numbers_that_are_the_regulation_need_no_remark(facts: dict[str, Any], award: dict[str, Any]) -> None:
    found = [{**award["policies"][0], "confidence": "F"}]
    said = awarded(facts, {**award, "policies": found, "policy": {}, "research_title": None, "research_hours": None})
    block = content.page(said, "en", LINK)["blocks"][0]
    assert len(block["remarks"]) == 1
    assert "Research project" not in dict(block["facts"])


def test_values_that_the_page_does_not_show_are_named_where_it_is_verified(
    facts: dict[str, Any], award: dict[str, Any]
) -> None:
    day = "2001-03-21"
    for policy, ending in (
        ({"type2_cap_order": day}, "نشانی استعلام آمده است."),
        ({"type2_exam_pass_mark": day, "type2_cap_order": day}, "مقادیر دیگر در نشانی استعلام آمده است."),
    ):
        said = awarded(facts, {**award, "policies": [], "policy": policy})
        remark = content.page(said, "fa", LINK)["blocks"][0]["remarks"][1]
        assert remark.endswith(ending)
        assert "type2_cap_order" not in remark


def test_the_credential_says_the_level_and_who_co_signed(type2: dict[str, Any], tmp_path: Path) -> None:
    signer = FileStore(tmp_path).held()[0].signer
    claims = verify(credential(type2, signer, "https://certificates.example"), {signer.key_id: signer.public_key})
    subject = claims["credentialSubject"]
    achievement = subject["achievement"]
    assert claims["name"].startswith("گواهینامهٔ نوع دوم، تخصصی")
    assert (achievement["humanCode"], achievement["id"].rpartition("#")[2]) == (
        "specialist_research",
        "type2-specialist_research",
    )
    assert [each["identifier"] for each in achievement["creator"]["otherIdentifier"]] == ["fedcba9876543210"]
    assert achievement["creator"]["name"] == "سازمان اداری و استخدامی کشور / The Organisation"
    assert [each["identifier"] for each in achievement["otherIdentifier"]] == ["1405/12/ک", "1405/3071"]
    assert [each["value"] for each in subject["result"]] == ["72.5", "700", "525.5", "100"]
    assert {each["resultDescription"] for each in subject["result"]} == {
        each["id"] for each in achievement["resultDescription"]
    }
    assert "not an academic degree" in achievement["criteria"]["narrative"]
    assert open_badge(made_again(type2), "https://certificates.example")["credentialSubject"]["result"][0]["value"]


def made_again(snapshot: dict[str, Any]) -> dict[str, Any]:
    """As it is read from the database."""
    again: dict[str, Any] = json.loads(canonical(snapshot))
    return again
