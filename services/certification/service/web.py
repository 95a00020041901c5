"""What anybody finds by HTTP: the page of a certificate, its PDF, and the public keys."""

from urllib.parse import quote, urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from services.certification import pages
from services.certification.credential import JWKS_PATH
from services.certification.credential.profile import jwk_address
from services.certification.document import printed
from services.certification.domain.codes import read_code
from services.certification.domain.designs import VARIANTS
from services.certification.schemas.extracts import AnyVerification
from services.certification.service.desk import Desk, with_holder
from services.certification.service.documents import copy_of, filename
from services.certification.service.publishing import PROFILE_SECONDS, published
from services.certification.signing import jwks
from shared.entrypoints import http
from shared.entrypoints.http import json_response, problem, too_many
from shared.errors import Conflict, Invalid, NotFound, TrainingError
from shared.persian import digits_ascii

LONGEST_CODE = 100  # as somebody may type it


class PublicPages(Desk):
    @http("GET", "/")
    def front_page(self, request: Request) -> Response:
        """Where a code is typed."""
        return pages.code_form(pages.language_of(request))

    @http("GET", "/verify")
    def code_page(self, request: Request) -> Response:
        """Where a code is typed; with `?code=` it leads to the page of that code."""
        words = pages.language_of(request)
        typed = request.args.get("code", "").strip()[:LONGEST_CODE]
        if not typed:
            return pages.code_form(words)
        code = read_code(digits_ascii(typed)) or "unknown"
        return pages.protected(redirect(f"/verify/{quote(code)}?{urlencode({'lang': words.language})}", 303))

    @http("GET", "/verify/<code>")
    def verification_page(self, request: Request, code: str) -> Response:
        """The public page of a certificate or training record, in the language of `?lang=` or of the browser, or its
        JSON."""
        if seconds := self.too_often(request):
            return _limited(request, seconds)
        try:
            with self.db.reading() as tx:
                found = self.verification(tx, code)
        except (NotFound, Conflict) as error:
            return _refused(request, error)
        if pages.wants_json(request):
            return pages.protected(json_response(AnyVerification().dump(found)))
        return pages.verified(found, pages.language_of(request))

    @http("GET", "/verify/<code>/certificate.pdf")
    def certificate_page(self, request: Request, code: str) -> Response:
        """The certificate itself, for whoever has its code; `?variant=` fa, en or both."""
        if seconds := self.too_often(request):
            return _limited(request, seconds)
        variant = request.args.get("variant")
        if variant not in (None, *VARIANTS):
            return pages.protected(problem(Invalid.field("variant", f"must be one of {', '.join(VARIANTS)}")))
        try:
            with self.db.reading() as tx:
                row, said = with_holder(*self.by_code(tx, code))
                copy = copy_of(tx, self.db, self.office, row, said, variant)
        except (NotFound, Conflict) as error:
            return _refused(request, error)
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


def _refused(request: Request, error: TrainingError) -> Response:
    if pages.wants_json(request):
        return pages.protected(problem(error))
    return pages.refused(error, pages.language_of(request))


def _limited(request: Request, seconds: int) -> Response:
    if pages.wants_json(request):
        return pages.protected(too_many(seconds))
    return pages.limited(seconds, pages.language_of(request))
