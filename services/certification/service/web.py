"""What anybody finds by HTTP: the page of a certificate, its PDF, and the public keys."""

from werkzeug.wrappers import Request, Response

from services.certification import pages, rendering
from services.certification.credential import JWKS_PATH
from services.certification.credential.profile import jwk_address
from services.certification.schemas import certificates as schemas
from services.certification.service.desk import Desk, with_holder
from services.certification.service.publishing import PROFILE_SECONDS, published
from services.certification.signing import jwks
from shared.database import Database
from shared.entrypoints import http
from shared.entrypoints.http import json_response, problem
from shared.errors import Conflict, NotFound


class PublicPages(Desk):
    db: Database

    @http("GET", "/verify/<code>")
    def verification_page(self, request: Request, code: str) -> Response:
        """The public page of a certificate, or its JSON."""
        as_json = pages.wants_json(request)
        try:
            with self.db.reading() as tx:
                row, said = self.by_code(tx, code)
                found = self.verification(tx, row, said)
        except (NotFound, Conflict) as error:
            return pages.protected(problem(error)) if as_json else pages.refused(error)
        if as_json:
            return pages.protected(json_response(schemas.Verification().dump(found)))
        return pages.verified(found, row.verification_code)

    @http("GET", "/verify/<code>/certificate.pdf")
    def certificate_page(self, request: Request, code: str) -> Response:
        """The certificate itself, for whoever has its code."""
        try:
            with self.db.reading() as tx:
                row, said = with_holder(*self.by_code(tx, code))
        except (NotFound, Conflict) as error:
            return pages.protected(problem(error)) if pages.wants_json(request) else pages.refused(error)
        document = rendering.certificate(said, self.office.verification_url(row.verification_code))
        return pages.pdf(document, f"{row.serial}.pdf")

    @http("GET", JWKS_PATH)
    def key_set(self, request: Request) -> Response:
        """The public keys that certificates and credentials are checked with."""
        with self.db.reading() as tx:
            keys = jwks(self.keyring.to_check(tx).every())["keys"]
        # By address too: credentials name their key so, and libraries compare a `kid` letter by letter.
        addressed = [{**key, "kid": jwk_address(self.config.public_url, key["kid"])} for key in keys]
        response = json_response({"keys": keys + addressed}, content_type="application/jwk-set+json")
        return published(request, response, PROFILE_SECONDS)
