"""Documents: copies of certificates on paper, printed when somebody asks for one."""

from typing import Any

from services.certification import models, scanning
from services.certification.document import Copy
from services.certification.domain.designs import DEFAULT_VARIANT
from services.certification.service import filling
from services.certification.service.minting import Office
from shared.database import Database, Transaction


def copy_of(tx: Transaction, db: Database, office: Office, row: Any, said: dict[str, Any], variant: str | None) -> Copy:
    """What is printed of a certificate, in the variant it was designed for unless another is asked for."""
    design = said.get("design") or {}
    logo = models.image(tx, design["logo"]) if design.get("logo") else None
    keys, agency_code = office.keyring.to_check(tx), said["issuer"]["code"]
    token = models.credential_text(tx, row.id, "jwt") or filling.token(db, office, row, said)
    link = office.verification_url(row.verification_code)
    return Copy(
        snapshot=said,
        link=link,
        message=scanning.message(link, filling.essentials(db, office, row)),
        variant=variant or design.get("variant") or DEFAULT_VARIANT,
        credential=token,
        logo=logo,
        key=keys.document_signer_for(agency_code, row.issued_at),
    )


def filename(row: Any, variant: str | None) -> str:
    return f"{row.serial}.pdf" if variant in (None, DEFAULT_VARIANT) else f"{row.serial}-{variant}.pdf"
