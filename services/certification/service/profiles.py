"""How an agency's certificates look: its emblem, who signs, which template."""

import base64
import binascii
import hashlib
from datetime import date
from typing import Any

from services.certification import models
from services.certification.document import typesetting
from services.certification.domain import images
from services.certification.schemas import profiles as schemas
from services.certification.service.designing import Designs
from services.certification.service.desk import Desk
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Invalid, NotFound
from shared.persian import tehran_date

OFFICERS = ("certification_officer", "national")
UNKNOWN_AGENCY = ("agency_not_found", "There is no such agency.")


class ProfileCalls(Desk):
    @command(schemas.PutLogo, reply=schemas.Logo, roles=OFFICERS)
    def put_logo(self, tx: Transaction, caller: Caller, content_base64: str) -> dict[str, Any]:
        """Keep an image that certificates may show; the same image again answers the same.

        Invalid `content_base64`: neither PNG nor SVG, broken, over 300 000 bytes or 4 000 pixels a side, or an SVG with
        scripts, events, animation, entities or references to anything outside itself.
        """
        content, media_type = _image(content_base64)
        sha256 = hashlib.sha256(content).hexdigest()
        kept = {"sha256": sha256, "media_type": media_type, "content": content, "put_at": tx.now}
        models.put_image(tx, kept)
        return {"sha256": sha256, "media_type": media_type}

    @command(schemas.SetIssuerProfile, reply=schemas.IssuerProfile, roles=OFFICERS)
    def set_issuer_profile(
        self, tx: Transaction, caller: Caller, agency_code: str, effective_from: date | None, **look: Any
    ) -> dict[str, Any]:
        """Say how the certificates of an agency look from a day on; one said before for the same day is replaced.

        Certificates that exist stay as they are, since each says itself who signs it and what it shows. A course
        version's own template goes before the `template` here; `variant` (fa, en or both) is what `get_document` gives
        where nobody asks for another. Invalid names an unknown `template`; NotFound `logo_not_found`,
        `agency_not_found` (also one that is neither the caller's nor below it).
        """
        _check_agency(tx, caller, agency_code)
        if look["template"] is not None and look["template"] not in typesetting.names():
            raise Invalid.field("template", f"must be one of {', '.join(sorted(typesetting.names()))}")
        if look["logo"] is not None and models.image(tx, look["logo"]) is None:
            raise NotFound("logo_not_found", "There is no such image; put_logo keeps one.")
        since = effective_from or tehran_date(tx.now)
        row = {"agency_code": agency_code, "effective_from": since, **look, "set_at": tx.now, "set_by": caller.system}
        models.set_profile(tx, row)
        return row

    @query(schemas.GetIssuerProfile, reply=schemas.IssuerProfile, roles=(*OFFICERS, "training_officer", "auditor"))
    def get_issuer_profile(self, tx: Transaction, caller: Caller, agency_code: str, on: date | None) -> dict[str, Any]:
        """How the certificates look that an agency issues on a day, today in Tehran unless given.

        Where none was set it is the default: the titles of policy `default_signatories`, no names, no emblem.
        NotFound `agency_not_found`, also for one that is neither the caller's nor below it.
        """
        _check_agency(tx, caller, agency_code)
        day = on or tehran_date(tx.now)
        found = Designs(tx, [agency_code], day)
        profile = found.profiles.get(agency_code)
        if profile is not None:
            return dict(profile._mapping)
        unset = dict.fromkeys(("effective_from", "set_at", "set_by"))
        return {"agency_code": agency_code, **unset, **found.look(agency_code)}


def _check_agency(tx: Transaction, caller: Caller, agency_code: str) -> None:
    if not (models.agency_tree.sees(tx, caller, agency_code) and models.knows_agency(tx, agency_code)):
        raise NotFound(*UNKNOWN_AGENCY)


def _image(text: str) -> tuple[bytes, str]:
    """Content and media type of an image that a page was set with, as a trial."""
    if len(text) > images.LARGEST * 4 // 3 + 4:
        raise Invalid.field("content_base64", f"must have at most {images.LARGEST} bytes")
    try:
        content = base64.b64decode(text, validate=True)
        media_type = images.media_type(content)
        typesetting.try_logo(media_type, content)
    except (binascii.Error, ValueError) as error:
        reason = "must be base64" if isinstance(error, binascii.Error) else str(error)
        raise Invalid.field("content_base64", reason) from error
    return content, media_type
