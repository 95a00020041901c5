"""A catalog that has heard of three agencies, and the calls that tests make of it."""

from typing import Any
from uuid import UUID

import pytest

from shared.events import AgencyRegisteredV1, LocalizedText


class Catalog:
    def __init__(self, harness: Any) -> None:
        self.harness = harness
        for code in ("MOH", "MOE", "TAX"):
            self.hear_of(code)

    def hear_of(self, code: str) -> None:
        self.harness.deliver(AgencyRegisteredV1(code=code, name=LocalizedText(fa=f"دستگاه نمونه {code}")))

    def call(self, method: str, roles: tuple[str, ...] = ("national",), agency: str = "MOH", **arguments: Any) -> Any:
        return self.harness.call(method, token_roles=roles, agency=agency, **arguments)

    def define(self, code: str = "RD-01", **changes: Any) -> dict[str, Any]:
        arguments = {"code": code, "title": {"fa": "تکالیف اداری", "en": "Duties"}, "course_type": "job", "hours": 4}
        reply: dict[str, Any] = self.call("define_course", roles=("catalog_admin",), **(arguments | changes))
        return reply

    def law(self, law: str = "CSML", **changes: Any) -> dict[str, Any]:
        arguments = {"kind": "law", "title": {"fa": "قانون نمونهٔ مدیریت", "en": "Sample act"}, "article_count": 128}
        reply: dict[str, Any] = self.call(
            "record_legal_reference", roles=("catalog_admin",), law=law, **(arguments | changes)
        )
        return reply

    def change_law(self, law: str = "CSML", article: str | None = "95", **changes: Any) -> dict[str, Any]:
        """The repeal of article 95 (1395/02/20), or another change."""
        arguments = {"status": "repealed", "effective_on": "2016-05-09"} | changes
        reply: dict[str, Any] = self.call(
            "change_legal_reference", roles=("catalog_admin",), law=law, article=article, **arguments
        )
        return reply

    def edit(self, revision: int, code: str = "RD-01", version: int = 1, **changes: Any) -> dict[str, Any]:
        content = {"title": {"fa": "تکالیف اداری", "en": "Duties"}, "course_type": "job", "hours": 4} | changes
        place = {"course_code": code, "version": version, "revision": revision}
        reply: dict[str, Any] = self.call("edit_draft", roles=("catalog_admin",), **place, **content)
        return reply

    def publish(self, code: str = "RD-01", version: int = 1) -> dict[str, Any]:
        reply: dict[str, Any] = self.call("publish_course", roles=("catalog_admin",), course_code=code, version=version)
        return reply

    def publish_new(self, code: str = "RD-01", **changes: Any) -> int:
        """Define a version and publish it; gives its number."""
        version: int = self.define(code, **changes)["version"]
        self.publish(code, version)
        return version

    def open(self, agency: str = "MOH", **changes: Any) -> dict[str, Any]:
        arguments = {
            "course_code": "RD-01",
            "agency_code": agency,
            "starts_on": "2027-01-10",
            "ends_on": "2027-01-12",
            "capacity": 20,
        }
        roles = ("training_officer",)
        reply: dict[str, Any] = self.call("open_offering", roles=roles, agency=agency, **(arguments | changes))
        return reply

    def pages(self, method: str, limit: int, **caller: Any) -> list[list[dict[str, Any]]]:
        """All pages of a list."""
        found, cursor = [], None
        while True:
            page = self.call(method, limit=limit, cursor=cursor, **caller)
            found.append(page["items"])
            cursor = page["next"]
            if cursor is None:
                return found

    def found(self, roles: tuple[str, ...] = ("auditor",), **asked: Any) -> list[str]:
        """The codes of the courses that a search finds, all pages of two."""
        pages = self.pages("list_courses", 2, roles=roles, **asked)
        return [item["course_code"] for page in pages for item in page]

    def offerings_seen_by(self, agency: str, roles: tuple[str, ...] = ("auditor",)) -> list[UUID]:
        items = self.call("list_offerings", roles=roles, agency=agency)["items"]
        return [UUID(str(item["offering_id"])) for item in items]


@pytest.fixture
def catalog(harness: Any) -> Catalog:
    return Catalog(harness("catalog"))


@pytest.fixture
def lawful(catalog: Catalog) -> Catalog:
    """A catalog that knows the act, two of its articles, and a circular."""
    catalog.law("CSML", issued_on="2007-09-30")
    for article in ("94", "95"):
        catalog.law("CSML", article=article, kind="article", title={"fa": f"مادهٔ {article}"}, article_count=None)
    catalog.law("R-1390", kind="circular", number="200/1834", issued_on="2011-04-19", title={"fa": "نظام آموزش نمونه"})
    return catalog


@pytest.fixture
def centre(catalog: Catalog) -> Catalog:
    """A published course, and an accredited centre for most of the winter."""
    catalog.publish_new()
    catalog.call(
        "register_provider",
        roles=("catalog_admin",),
        provider_code="C-1",
        title={"fa": "مرکز نمونه"},
        kind="accredited_centre",
    )
    accreditation = {"number": "۱۲/۳", "valid_from": "2026-12-01", "valid_to": "2027-03-01", "course_types": ["job"]}
    catalog.accreditation = catalog.call(
        "record_accreditation", roles=("catalog_admin",), provider_code="C-1", **accreditation
    )
    return catalog
