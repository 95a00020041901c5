"""Credentials of certificates, for those who may see the certificate."""

from typing import Any
from uuid import UUID

from services.certification.credential import badge
from services.certification.schemas import credentials as schemas
from services.certification.service.desk import Desk
from services.certification.service.keeping import kept, must_have_holder
from services.certification.service.reading import VIEWERS
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command

# They registered the person, or register agencies: the national code is no news to them.
KNOW_THE_CODE = {"agency_system", "national"}


class Credentials(Desk):
    @command(schemas.GetCredential, reply=schemas.Credential, roles=VIEWERS)
    def get_credential(self, tx: Transaction, caller: Caller, certificate_id: UUID, form: str) -> dict[str, Any]:
        """The certificate as an Open Badges 3.0 credential that a wallet can keep and anybody can check.

        `form` "jwt" is a VC-JWT (EdDSA), made at issue; "ldp" is JSON with a Data Integrity proof (`eddsa-rdfc-2022`),
        made when it is first asked for. What was made is kept and given again, byte for byte. National code and
        personnel number are in it as `sha256$` and the SHA-256 of number and salt; `salts` has the salts by
        `identityType`, for agency systems and the national role only, since whoever has one can find the number.
        NotFound `certificate_not_found`, `holder_erased`; Conflict `certificate_damaged`.
        """
        row, said = self.seen(tx, caller, certificate_id)
        must_have_holder(row)
        salts = badge.salts(row.national_code_salt) if KNOW_THE_CODE & set(caller.roles) else None
        return {"credential": kept(tx, self.office, row, said, form), "form": form, "salts": salts}
