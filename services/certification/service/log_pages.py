"""What anybody may ask of the log, and its work by the clock."""

from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from services.certification import models
from services.certification.domain.log import status_of
from services.certification.schemas import certificates
from services.certification.schemas import log as schemas
from services.certification.service import transparency
from services.certification.service.desk import Desk
from shared.auth import Caller
from shared.database import Database, Transaction
from shared.entrypoints import http, query, timer
from shared.entrypoints.http import json_response
from shared.entrypoints.operations import loaded
from shared.errors import Invalid, NotFound

MOST_ENTRIES = 1000  # in one reply; who wants more asks again
KEEP_HEAD_SECONDS = 3600
# While a release is rolled out, replicas of one that keeps no log still issue. What they did is taken over this long.
TAKE_OVER = timedelta(days=1)
PAGE = 500


class PublicLog(Desk):
    db: Database

    @query(certificates.Verify, reply=schemas.Proofs, public=True)
    def get_proof(self, tx: Transaction, caller: Caller, code: str) -> dict[str, Any]:
        """All that the public log says of the certificate or training record with this code, each entry with its
        inclusion proof (RFC 9162, 2.1.3) under one signed head. Needs no token.

        No items for one of an earlier release that is not yet in the log. Conflict `certificate_damaged`,
        `log_damaged`: do not rely on it.
        """
        row, _ = self.by_any_code(tx, code)
        items = transparency.proved(tx, row)
        return {"serial": row.serial, "status": status_of(item["kind"] for item in items) or row.status, "items": items}

    @http("GET", "/log/checkpoint")
    def checkpoint_page(self, request: Request) -> Response:
        """The signed head of the log, as C2SP tlog-checkpoint text."""
        with self.db.reading() as tx:
            head = models.head(tx)
        if head is None or not head.note:
            raise NotFound("log_shorter", "The log has not begun.")
        return _public(Response(head.note, content_type="text/plain; charset=utf-8"), lasting=False)

    @http("GET", "/log/consistency")
    def consistency_page(self, request: Request) -> Response:
        """`?first=&second=`: the proof that the log of `second` entries begins with that of `first`."""
        sizes = loaded(schemas.Sizes, request.args.to_dict())
        if sizes["first"] > sizes["second"]:
            raise Invalid.field("first", "must not be larger than second")
        with self.db.reading() as tx:
            path = transparency.consistency(tx, **sizes)
        return _public(json_response({**sizes, "path": path}), lasting=True)

    @http("GET", "/log/entries")
    def entries_page(self, request: Request) -> Response:
        """`?start=&end=`: entries as they were hashed, `end` not included, and at most 1 000 of them."""
        asked = loaded(schemas.LeafRange, request.args.to_dict())
        start, end = asked["start"], min(asked["end"], asked["start"] + MOST_ENTRIES)
        if start >= end:
            raise Invalid.field("start", "must be smaller than end")
        with self.db.reading() as tx:
            entries = models.entries_from(tx, start, end)
        items = [{"index": each.leaf_index, "leaf": each.data, "leaf_hash": each.leaf_hash.hex()} for each in entries]
        return _public(json_response({"items": items}), lasting=len(items) == end - start)

    @timer(interval=KEEP_HEAD_SECONDS)
    def keep_tree_head(self) -> None:
        """Keep the signed head, if the log has grown, for audits to hold the log of later days against."""
        with self.db.transaction() as tx:
            head = models.head(tx)
            if head is not None and head.note:
                models.keep_head(tx, head)

    @timer(interval=3600)
    def take_over_certificates(self) -> None:
        """Log what releases without a log did, page by page; once the time for it is over, never again."""
        with self.db.transaction() as tx:
            head = transparency.begin(tx, self.office)
            is_last = tx.now >= head.began_at + TAKE_OVER
        if head.taken_over_at is not None:
            return
        after = None
        while True:
            with self.db.transaction() as tx:
                after = transparency.take_over(tx, self.office, after, PAGE)
                if after is None and is_last:
                    models.set_head(tx, taken_over_at=tx.now)
            if after is None:
                return


def _public(response: Response, *, lasting: bool) -> Response:
    """For everybody, in browsers too; what cannot change any more may be kept."""
    response.headers["Cache-Control"] = "public, max-age=86400" if lasting else "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
