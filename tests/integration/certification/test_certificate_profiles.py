import base64
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Forbidden, Invalid, NotFound
from shared.events import AgencyRegisteredV1, LocalizedText
from tests.integration.certification.conftest import Office, completed

OFFICER = ("certification_officer",)
EMBLEM = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
PEOPLE = [{"name": {"fa": "نمونه آزمونی"}, "title": {"fa": "مدیر آموزش", "en": "Head of Training"}}]


@pytest.fixture
def agency(office: Office) -> Office:
    for code in ("AG-A", "AG-B"):
        office.harness.deliver(AgencyRegisteredV1(code=code, name=LocalizedText("دستگاه نمونه")))
    return office


def put(office: Office, content: bytes) -> Any:
    return office.call("put_logo", OFFICER, content_base64=base64.b64encode(content).decode())


def design(office: Office, **changes: Any) -> dict[str, Any]:
    office.issue(completed(**changes))
    said: dict[str, Any] = json.loads(office.rows()[-1].snapshot)
    return said


def test_a_certificate_is_issued_with_the_profile_in_force_and_keeps_it(agency: Office) -> None:
    logo = put(agency, EMBLEM)["sha256"]
    look = {"signatories": PEOPLE, "logo": logo, "template": "formal", "variant": "both"}
    agency.call("set_issuer_profile", OFFICER, agency_code="AG-A", **look)
    said = design(agency)
    assert said["design"] == look
    (row,) = agency.rows()
    agency.call("set_issuer_profile", OFFICER, agency_code="AG-A", signatories=[])
    assert agency.rows() == [row]
    assert design(agency)["design"]["signatories"] == []


def test_a_course_version_brings_its_own_template(agency: Office) -> None:
    agency.call("set_issuer_profile", OFFICER, agency_code="AG-A", signatories=PEOPLE, template="formal")
    assert design(agency, certificate_template="standard")["design"]["template"] == "standard"


def test_without_a_profile_the_usual_titles_sign_and_the_score_has_its_word(agency: Office) -> None:
    said = design(agency, score=87.5)
    titles = [each["title"]["fa"] for each in said["design"]["signatories"]]
    assert titles == ["مدیر آموزش", "رئیس مرکز/مؤسسه"]
    assert said["grade"] == {"fa": "خوب", "en": "Good"}
    assert design(agency, score=62)["grade"] is None
    shown = agency.call("get_issuer_profile", OFFICER, agency_code="AG-A")
    assert (shown["effective_from"], shown["variant"], shown["logo"]) == (None, "fa", None)
    assert [each["title"]["fa"] for each in shown["signatories"]] == titles


def test_a_profile_holds_from_its_day_on(agency: Office) -> None:
    later = {"agency_code": "AG-A", "effective_from": date(2100, 1, 1), "signatories": PEOPLE, "variant": "en"}
    agency.call("set_issuer_profile", OFFICER, **later)
    assert design(agency)["design"]["variant"] == "fa"
    asked = {"agency_code": "AG-A", "on": date(2100, 1, 1)}
    assert agency.call("get_issuer_profile", OFFICER, **asked)["variant"] == "en"


def test_the_document_comes_in_the_variant_of_its_issue_or_the_one_asked_for(agency: Office) -> None:
    logo = put(agency, EMBLEM)["sha256"]
    profile = {"agency_code": "AG-A", "signatories": PEOPLE, "logo": logo, "variant": "en"}
    agency.call("set_issuer_profile", OFFICER, **profile)
    (event,) = agency.issue(completed(employee_id=uuid4()))
    asked = {"certificate_id": event.certificate_id}
    plain, english, persian = (
        agency.call("get_document", **asked, **more) for more in ({}, {"variant": "en"}, {"variant": "fa"})
    )
    assert plain["content_base64"] == english["content_base64"] != persian["content_base64"]
    assert english["filename"] == f"{event.serial}-en.pdf"
    with pytest.raises(Invalid) as raised:
        agency.call("get_document", **asked, variant="de")
    assert "variant" in raised.value.details["fields"]


@pytest.mark.parametrize("content", [b"", b"GIF89a", EMBLEM.replace(b"<path", b"<script")])
def test_what_is_no_harmless_image_is_refused_by_its_field(agency: Office, content: bytes) -> None:
    with pytest.raises(Invalid) as raised:
        put(agency, content)
    assert "content_base64" in raised.value.details["fields"]


def test_the_same_image_is_kept_once(agency: Office) -> None:
    assert put(agency, EMBLEM) == put(agency, EMBLEM)


def test_wrong_profiles_are_refused(agency: Office) -> None:
    def refused(kind: type[Exception], roles: tuple[str, ...] = OFFICER, **sent: Any) -> Any:
        with pytest.raises(kind) as raised:
            agency.call("set_issuer_profile", roles, **{"agency_code": "AG-A", "signatories": PEOPLE, **sent})
        return raised.value

    assert refused(NotFound, agency_code="AG-B").code == "agency_not_found"
    assert refused(NotFound, ("national",), agency_code="AG-Z").code == "agency_not_found"
    assert refused(NotFound, logo="0" * 64).code == "logo_not_found"
    assert "template" in refused(Invalid, template="no-such").details["fields"]
    assert "signatories" in refused(Invalid, signatories=PEOPLE * 5).details["fields"]
    assert "signatories[0].title" in refused(Invalid, signatories=[{"name": {"fa": "نمونه"}}]).details["fields"]
    refused(Forbidden, ("training_officer",))
