"""What verifiers find by HTTP beside the keys: who an issuer is, and which credentials hold no more."""

from functools import lru_cache

from werkzeug.wrappers import Request, Response

from services.certification import models
from services.certification.credential import profile, status, tokens
from services.certification.domain import codes, status_lists
from services.certification.domain.status_lists import Entries
from services.certification.service.desk import Desk
from services.certification.signing import Signer, ed25519_of
from shared.database import Database, Transaction
from shared.entrypoints import http
from shared.entrypoints.http import json_response
from shared.errors import NotFound

PROFILE_SECONDS, LIST_SECONDS = 300, 60


class PublicDocuments(Desk):
    db: Database

    @http("GET", "/issuers/<code>")
    def issuer_profile(self, request: Request, code: str) -> Response:
        """The Open Badges profile of an agency, with the keys that sign or signed for it: its own and the platform's.

        A key that was retired is left out, as a verifier that follows a proof to this page knows nothing of moments.
        404 `issuer_not_found`.
        """
        with self.db.reading() as tx:
            name = models.agency_name(tx, code) if codes.can_be_agency(code) else None
            known = self.keyring.to_check(tx).every()
        if name is None:
            raise NotFound("issuer_not_found", "There is no such issuer.")
        keys = ed25519_of(key.public_key for key in known if key.owner_code in (code, None) and key.retired_at is None)
        document = profile.document(code, name, self.config.public_url, keys)
        return published(request, json_response(document, content_type="application/ld+json"), PROFILE_SECONDS)

    @http("GET", "/status/<list_id>")
    def status_list(self, request: Request, list_id: str) -> Response:
        """A Bitstring Status List as signed credential (VC-JWT). All that cannot be a list, or is none yet, is 404
        `status_list_not_found`.
        """
        with self.db.reading() as tx:
            token = self._list(tx, list_id)
        return published(request, Response(token, content_type="application/vc+jwt"), LIST_SECONDS)

    def _list(self, tx: Transaction, list_id: str) -> str:
        found = status_lists.read_list_id(list_id)
        if found is None or models.last_number(tx, found[0].agency_code, found[0].year) <= found[0].before:
            raise NotFound("status_list_not_found", "There is no such status list.")
        entries, purpose = found
        numbers = models.numbers_in_status(tx, entries, status_lists.PURPOSES[purpose])
        bits = status_lists.bits(entries, numbers)
        signer = self.keyring.to_check(tx).signer_for(entries.agency_code, tx.now)
        return _signed(entries, purpose, bits, status.window(tx.now), self.config.public_url, signer)


@lru_cache(maxsize=256)
def _signed(entries: Entries, purpose: str, bits: bytes, span: int, public_url: str, signer: Signer) -> str:
    """Made again when a bit or the span of time changes."""
    document = status.list_document(entries, purpose, bits, span, public_url)
    return tokens.signed(document, signer, public_url, typ="vc+jwt")


def published(request: Request, response: Response, seconds: int) -> Response:
    """A document for everybody, in browsers too, that may be kept for some seconds and asked for by its ETag."""
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.add_etag()
    return response.make_conditional(request)
