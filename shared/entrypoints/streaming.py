"""Long files over HTTP: the parts of a query, each read when the one before was taken.

So memory holds one part, and no transaction waits for a slow reader.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from shared.entrypoints.call import Call
from shared.entrypoints.http import read_cause

if TYPE_CHECKING:
    from shared.service import BaseService


def streamed(service: "BaseService", method: str, request: Request, **more: Any) -> Response:
    """All parts of the query `method`, with the arguments of the address, as one file that is sent while it is read.

    The first part is asked for at once, so that whoever may not have it gets a problem and no file. An answer that
    breaks off has no last chunk, which tells a client that it is not whole.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    call = Call(
        dict(request.args) | more, token.strip() if scheme.lower() == "bearer" else None, read_cause(request), None
    )
    ask = getattr(service, method)
    first = ask(call)

    def parts() -> Iterator[bytes]:
        part = first
        while True:
            yield part["content"].encode()
            if part["next"] is None:
                return
            part = ask(replace(call, arguments=call.arguments | {"cursor": part["next"]}))

    headers = {
        "Content-Disposition": f'attachment; filename="{first["filename"]}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(parts(), content_type="text/csv; charset=utf-8", headers=headers)
