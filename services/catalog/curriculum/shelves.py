"""The calls about courses and those about programmes, in one form for seeding."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from services.catalog.curriculum.checking import Arguments
from shared.errors import NotFound

Call = Callable[..., Mapping[str, Any]]
Version = Mapping[str, Any]


class Shelf(Protocol):
    """The calls about courses, or those about programmes."""

    def newest(self) -> dict[str, Version]:
        """The newest version of everything, by its code."""

    def versions(self, code: str) -> list[Version]:
        """All versions, newest first."""

    def define(self, definition: Arguments, after_version: int) -> None: ...

    def edit(self, definition: Arguments, draft: Version) -> None: ...

    def publish(self, draft: Version) -> None: ...


class Courses:
    def __init__(self, call: Call) -> None:
        self._call = call

    def newest(self) -> dict[str, Version]:
        return {item["course_code"]: item for item in pages(self._call, "catalog.list_courses")}

    def versions(self, code: str) -> list[Version]:
        try:
            return list(pages(self._call, "catalog.list_course_versions", course_code=code))
        except NotFound:
            return []

    def define(self, definition: Arguments, after_version: int) -> None:
        self._call("catalog.define_course", **definition, after_version=after_version)

    def edit(self, definition: Arguments, draft: Version) -> None:
        self._call("catalog.edit_draft", **_place(draft, "course_code"), **_content(definition))

    def publish(self, draft: Version) -> None:
        self._call("catalog.publish_course", **_place(draft, "course_code"))


class Programmes:
    def __init__(self, call: Call) -> None:
        self._call = call

    def newest(self) -> dict[str, Version]:
        return {item["programme_code"]: item for item in pages(self._call, "catalog.list_programmes")}

    def versions(self, code: str) -> list[Version]:
        try:
            newest = self._call("catalog.get_programme", programme_code=code)
        except NotFound:
            return []
        earlier = range(newest["version"] - 1, 0, -1)
        return [newest, *(self._call("catalog.get_programme", programme_code=code, version=each) for each in earlier)]

    def define(self, definition: Arguments, after_version: int) -> None:
        self._call("catalog.define_programme", **definition, after_version=after_version)

    def edit(self, definition: Arguments, draft: Version) -> None:
        self._call("catalog.edit_programme_draft", **_place(draft, "programme_code"), **_content(definition))

    def publish(self, draft: Version) -> None:
        self._call("catalog.publish_programme", **_place(draft, "programme_code"))


def _place(draft: Version, code: str) -> Arguments:
    """Which draft is meant, in the revision that was looked at."""
    return {name: draft[name] for name in (code, "version", "revision")}


def _content(definition: Arguments) -> Arguments:
    return {name: value for name, value in definition.items() if name != "code"}


def pages(call: Call, method: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """The items of all pages of a list."""
    cursor = None
    while True:
        page = call(method, **arguments, limit=200, cursor=cursor)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return
