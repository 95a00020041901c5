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
