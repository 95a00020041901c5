"""Files over HTTP that are sent part by part."""

from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from shared.entrypoints import streamed
from shared.errors import NotFound


class Service:
    """An export of five lines, two a part; whoever has no token finds nothing."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def export(self, call: Any) -> dict[str, Any]:
        self.asked.append(call.arguments)
        if call.token != "token":
            raise NotFound("agency_not_found")
        start = int(call.arguments.get("cursor", 0))
        following = str(start + 2) if start + 2 < 5 else None
        lines = "".join(f"{number}\r\n" for number in range(start, min(start + 2, 5)))
        return {"filename": "lines.csv", "content": lines, "rows": 2, "next": following}


def request(token: str) -> Request:
    headers = {"Authorization": f"Bearer {token}"}
    return Request(EnvironBuilder(query_string={"language": "en"}, headers=headers).get_environ())


def test_parts_are_read_one_after_the_other_while_they_are_sent() -> None:
    service: Any = Service()
    response = streamed(service, "export", request("token"), agency_code="AG-A")
    assert (response.status_code, response.headers["Content-Disposition"]) == (200, 'attachment; filename="lines.csv"')
    assert len(service.asked) == 1
    parts = response.iter_encoded()
    assert next(parts) == b"0\r\n1\r\n"
    assert len(service.asked) == 1
    assert b"".join(parts) == b"2\r\n3\r\n4\r\n"
    assert service.asked[1:] == [{"language": "en", "agency_code": "AG-A", "cursor": number} for number in ("2", "4")]


def test_whoever_may_not_have_it_gets_no_file() -> None:
    service: Any = SimpleNamespace(export=Service().export)
    with pytest.raises(NotFound):
        streamed(service, "export", request("other"))
