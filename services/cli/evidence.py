"""What a certificate proves by itself: the credential in a file, the PDF around it, the essentials in a link."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification import credential, signing
from services.certification.domain import codes, essentials
from services.cli.trusted import TrustedKey
from shared.errors import Invalid
from shared.persian import digits_ascii, tehran_date

Keys = Mapping[str, TrustedKey]
LINK = re.compile(r"https?://[^\s?#]*/verify/([^/?#\s]+)[^#\s]*(?:#(\S*))?")
RECORD = "ext:TrainingRecord"
_RECORD_SAYS = ("serial", "document", "as_of", "hours that count", "hours of the job's side", "lines")
_ISSUER = re.compile(r"(?:#agency-|/issuers/)([^/#]+)$")


class Unreadable(Exception):
    """It is none of what can be checked; the text says why."""


@dataclass
class Evidence:
    """What was read and signed. `problems`: why it does not hold; `notes`: what one must know beside it; `sha256` of a
    PDF."""

    said: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sha256: str | None = None

    def refuse(self, reason: str | None) -> None:
        if reason is not None:
            self.problems.append(reason)


def of_link(code: str, digits: str, keys: Keys) -> Evidence:
    """The essentials behind the # of a link, which hold for its code alone."""
    found = Evidence(code=codes.read_code(digits_ascii(code)))
    try:
        said, unsigned, signature = essentials.read(essentials.payload_of(digits))
    except Invalid as error:
        found.refuse(f"what the link says {_reason(error)}")
        return found
    key = keys.get(said.key_id)
    found.said = _shown(said)
    if key is None or not isinstance(key.public_key, Ed25519PublicKey):
        found.refuse(f"it is signed with a key ({said.key_id}) that is not among those trusted here")
    elif not signing.is_signed(key.public_key, signature, essentials.to_sign(found.code or "", unsigned)):
        found.refuse("its signature does not fit: something in the link was changed")
    else:
        found.refuse(key.refusal(said.issuer_code, said.signed_on))
    if said.valid_until is not None and said.valid_until < tehran_date(datetime.now(UTC)):
        found.refuse(f"it expired after {said.valid_until.isoformat()}")
    if said.signed_on != said.issued_on:
        found.notes.append(f"It was printed first, and its essentials signed, on {said.signed_on.isoformat()}.")
    return found


def of_credential(text: str, keys: Keys) -> Evidence:
    """A credential: VC-JWT, or JSON with a Data Integrity proof."""
    found = Evidence()
    known = {name: key.public_key for name, key in keys.items() if isinstance(key.public_key, Ed25519PublicKey)}
    try:
        claims = credential.verify(text, known, may_be_over=True)
    except Invalid as error:
        found.refuse(_reason(error))
        return found
    subject, issuer = claims["credentialSubject"], claims["issuer"]
    names = [item["identityHash"] for item in subject["identifier"] if item["identityType"] == "name"]
    link = next((item["id"] for item in claims.get("evidence", ())), "")
    found.said = {
        **(_bundle(found, subject, keys) if "ClrCredential" in claims["type"] else _achieved(subject)),
        "holder_name": ", ".join(names),
        "issuer": issuer["name"],
        "issued_at": claims["validFrom"],
        "valid_until": claims.get("validUntil"),
        "link": link,
    }
    matched = LINK.match(link)
    found.code = matched and codes.read_code(matched[1])
    owner = _ISSUER.search(issuer["id"])
    name, at = _signed(text, claims)
    found.refuse(keys[name].refusal(owner and unquote(owner[1]), at))
    found.refuse(_over(claims.get("validUntil")))
    return found


def _achieved(subject: Mapping[str, Any]) -> dict[str, Any]:
    """What a badge is about: a course, or a training record, whose results say how much it was."""
    achievement = subject["achievement"]
    said = {"serial": subject.get("licenseNumber"), "course_title": achievement["name"]}
    if achievement["achievementType"] != RECORD:
        return said
    labels = {each["id"]: each["name"].lower() for each in achievement["resultDescription"]}
    sums = {labels[each["resultDescription"]]: each["value"] for each in subject["result"]}
    return {"serial": said["serial"], "document": said["course_title"], "as_of": subject["activityEndDate"], **sums}


def _bundle(found: Evidence, subject: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """What a record's bundle (ClrCredential) is about; each credential in it is checked by its own proof."""
    said: dict[str, Any] = {}
    held = 0
    for each in subject["verifiableCredential"]:
        inner = of_credential(json.dumps(each), keys)
        name = inner.said.get("serial") or each.get("id")
        if inner.said.get("as_of"):
            said = {part: value for part, value in inner.said.items() if part in _RECORD_SAYS}
        found.problems += [f"{name}: {problem}" for problem in inner.problems]
        held += not inner.problems
    found.notes.append(
        f"{held} of the {len(subject['verifiableCredential'])} credentials in it hold by their own proofs; whether "
        "they were revoked since is asked for each of them by its code."
    )
    return said


def _over(until: str | None) -> str | None:
    """Why a credential holds no more by its own word; it says the last second of a day in Tehran."""
    if until is None or datetime.now(UTC) <= datetime.fromisoformat(until):
        return None
    return f"it expired after {tehran_date(datetime.fromisoformat(until)).isoformat()}"


def of_pdf(data: bytes, keys: Keys) -> Evidence:
    """The credential that is attached to a PDF, and the seal on the file where it has one."""
    # Loaded here: it takes longer than all of the rest.
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    try:
        reader = PdfFileReader(BytesIO(data))
        token = _attached(reader.root)
        seals = [_seal(each) for each in reader.embedded_signatures]
    except Exception as error:  # whatever a damaged or hostile file makes its reader stumble over
        raise Unreadable(f"it cannot be read as a PDF ({error})") from error
    if token is None:
        raise Unreadable("there is no credential in it; give the verification code or the link that is printed on it")
    found = of_credential(token, keys)
    found.sha256 = hashlib.sha256(data).hexdigest()
    for intact, key_id, at in seals:
        _judge_seal(found, keys, intact=intact, key_id=key_id, at=at)
    if not seals:
        found.notes.append("The page itself is not sealed: what it shows must be what is said here.")
    return found


def _attached(root: Any) -> str | None:
    """The credential among the associated files of a document."""
    for each in root.get("/AF", ()):
        file = each.get_object()
        if str(file.get("/UF", file.get("/F", ""))).endswith(".jwt"):
            return str(file["/EF"]["/F"].data.decode("ascii")).strip()
    return None


def _seal(signature: Any) -> tuple[bool, str, datetime | None]:
    """Whether a signature fits the whole file, the id of the key that made it, and when by its own word."""
    from pyhanko.sign.validation import SignatureCoverageLevel  # noqa: PLC0415
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity  # noqa: PLC0415

    signature.compute_integrity_info()
    digest = signature.compute_digest()
    fits = validate_sig_integrity(
        signature.signer_info, signature.signer_cert, expected_content_type="data", actual_digest=digest
    )
    whole = signature.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE
    point = signature.signer_cert.public_key["public_key"].native
    return all(fits) and whole, hashlib.sha256(point).hexdigest()[:16], signature.self_reported_timestamp


def _judge_seal(found: Evidence, keys: Keys, *, intact: bool, key_id: str, at: datetime | None) -> None:
    key = keys.get(key_id)
    if not intact:
        found.refuse("the file was changed after it was sealed")
    elif key is None:
        found.notes.append(f"The seal on the file fits; its key ({key_id}) is not among those trusted here.")
    else:
        found.refuse(key.refusal(key.owner, at) if at else "the seal on the file has no date")
        found.notes.append(f"The file is sealed by {key.owner or 'the platform'} and was not changed since.")


def _signed(text: str, claims: Mapping[str, Any]) -> tuple[str, datetime]:
    """The id of the key of a credential that was checked, and when it signed: at issue, unless it says a later day."""
    if text.lstrip().startswith("{"):
        proof = json.loads(text)["proof"]
        address, at = proof["verificationMethod"], datetime.fromisoformat(proof["created"])
    else:
        address, at = jwt.get_unverified_header(text)["kid"], datetime.fromisoformat(claims["validFrom"])
        at = datetime.fromtimestamp(claims["iat"], UTC) if "iat" in claims else at
    return str(address).rpartition("#")[2], at


def _shown(said: essentials.Essentials) -> dict[str, Any]:
    shown = {name: getattr(said, name) for name in _NAMES}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in shown.items()}


_NAMES = (
    "serial",
    "holder_name",
    "course_title",
    "hours",
    "score",
    "completed_on",
    "issuer_code",
    "issued_on",
    "valid_until",
)


def _reason(error: Invalid) -> str:
    return "; ".join(reason for reasons in error.details["fields"].values() for reason in reasons)
