"""What anybody finds by HTTP: the page of a certificate, its PDF, and the public keys."""

from werkzeug.wrappers import Request, Response

from services.certification import pages
from services.certification.credential import JWKS_PATH
from services.certification.credential.profile import jwk_address
from services.certification.document import printed
from services.certification.domain.designs import VARIANTS
from services.certification.schemas import certificates as schemas
from services.certification.service.desk import Desk, with_holder
from services.certification.service.documents import copy_of, filename
from services.certification.service.publishing import PROFILE_SECONDS, published
from services.certification.signing import jwks
from shared.database import Database
from shared.entrypoints import http
from shared.entrypoints.http import json_response, problem
from shared.errors import Conflict, Invalid, NotFound


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
        """The certificate itself, for whoever has its code; `?variant=` fa, en or both."""
        variant = request.args.get("variant")
        try:
            if variant not in (None, *VARIANTS):
                raise Invalid.field("variant", f"must be one of {', '.join(VARIANTS)}")
            with self.db.reading() as tx:
                row, said = with_holder(*self.by_code(tx, code))
                copy = copy_of(tx, self.office, row, said, variant)
        except (NotFound, Conflict, Invalid) as error:
            as_problem = isinstance(error, Invalid) or pages.wants_json(request)
            return pages.protected(problem(error)) if as_problem else pages.refused(error)
        return pages.pdf(printed(copy), filename(row, variant))

    @http("GET", JWKS_PATH)
    def key_set(self, request: Request) -> Response:
        """The public keys that certificates and credentials are checked with."""
        with self.db.reading() as tx:
            keys = jwks(self.keyring.to_check(tx).every())["keys"]
        # By address too: credentials name their key so, and libraries compare a `kid` letter by letter.
        addressed = [{**key, "kid": jwk_address(self.config.public_url, key["kid"])} for key in keys]
        response = json_response({"keys": keys + addressed}, content_type="application/jwk-set+json")
        return published(request, response, PROFILE_SECONDS)
