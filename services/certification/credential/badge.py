"""What a credential says: an Open Badges 3.0 `OpenBadgeCredential`, built from the snapshot of a certificate.

The holder's name is in it, since that is what it is about. National code and personnel number are in it as hashes
only, in the form of Open Badges: `sha256$` and the SHA-256 of the identifier with its salt behind it. The salt is not
in it, though the specification would have it there: ten digits beside their salt are found within a second. Who should
be able to check the number is given the salt by the agency or the holder (docs/decisions/0019).
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from services.certification.credential import status
from services.certification.credential.profile import profile, text
from services.certification.domain.awards import job_share, name_of
from shared.persian import end_of_day

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
NATIONAL_CODE = "nationalIdentityNumber"
PERSONNEL_NUMBER = "ext:personnelNumber"
PASSED = "Attendance and score reached what the course's completion rule asks for."
PAST_RECORD = "The issuer's own earlier records say that the course was passed."
AWARDED = (
    "Awarded by the agency's committee and the Organisation: {hours} hours of accepted in-service training, {share} % "
    "of them of the job or of management, on the base degree, and the comprehensive exam passed. It is not an academic "
    "degree; it has employment benefits like those of one."
)


def open_badge(snapshot: Mapping[str, Any], public_url: str, salt: str | None = None) -> dict[str, Any]:
    """The unsigned credential; times are whole seconds. Without the certificate's salt the personnel number is left
    out."""
    certificate_id = f"urn:uuid:{snapshot['certificate_id']}"
    badge = {
        "@context": CONTEXT,
        "id": certificate_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": _organisation(snapshot["issuer"], public_url),
        "validFrom": f"{snapshot['issued_at'][:19]}Z",
        "awardedDate": f"{snapshot['completed_on']}T00:00:00Z",
        "name": text(name_of(snapshot)),
        "evidence": [{"id": f"{public_url}/verify/{snapshot['verification_code']}", "type": ["Evidence"]}],
        "credentialStatus": status.entries_of(snapshot["serial"], public_url),
        "credentialSubject": _subject(snapshot, public_url, certificate_id, salt),
    }
    if snapshot.get("valid_until"):
        badge["validUntil"] = _last_second(snapshot["valid_until"])
    return badge


def salts(salt: str) -> dict[str, str]:
    """The salts of a certificate's hashes by `identityType`: who is given one cannot check, or guess, the other."""
    return {
        NATIONAL_CODE: salt,
        PERSONNEL_NUMBER: hashlib.sha256(f"{salt}{PERSONNEL_NUMBER}".encode()).hexdigest()[:32],
    }


def salted(identifier: str, salt: str) -> str:
    """The hash of an identifier, as Open Badges write it."""
    return f"sha256${hashlib.sha256(f'{identifier}{salt}'.encode()).hexdigest()}"


def _subject(snapshot: Mapping[str, Any], public_url: str, certificate_id: str, salt: str | None) -> dict[str, Any]:
    achievement = _achievement(snapshot, public_url)
    subject = {
        "id": f"{certificate_id}#holder",
        "type": ["AchievementSubject"],
        "activityStartDate": f"{snapshot['starts_on']}T00:00:00Z",
        "activityEndDate": f"{snapshot['ends_on']}T00:00:00Z",
        "creditsEarned": achievement["creditsAvailable"],
        "licenseNumber": snapshot["serial"],
        "identifier": _identities(snapshot, salt),
        "achievement": achievement,
        "result": [
            _result(description, value)
            for description, value in zip(achievement["resultDescription"], _values(snapshot), strict=True)
            if value is not None  # the score of a record of the past may not be known
        ],
    }
    role = [part for part in (snapshot["job_title"], snapshot.get("unit")) if part]
    if role:
        subject["role"] = " - ".join(role)
    return subject


def _identities(snapshot: Mapping[str, Any], salt: str | None) -> list[dict[str, Any]]:
    found = [
        _identity("name", snapshot["holder_name"], hashed=False),
        _identity(NATIONAL_CODE, snapshot["national_code_hash"], hashed=True),
    ]
    if salt:
        number = salted(snapshot["personnel_number"], salts(salt)[PERSONNEL_NUMBER])
        found.append(_identity(PERSONNEL_NUMBER, number, hashed=True))
    return found


def _identity(kind: str, value: str, *, hashed: bool) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": hashed, "identityHash": value, "identityType": kind}


def _values(snapshot: Mapping[str, Any]) -> list[str | None]:
    """In the order of the result descriptions."""
    values, award = [snapshot["score"], snapshot["hours"]], snapshot.get("award")
    if award:
        values += [award["job_side_hours"], *([award["research_hours"]] if award["research_hours"] else [])]
    return values


def _achievement(snapshot: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    if snapshot.get("award"):
        return _level(snapshot, public_url)
    course_id = f"{public_url}/#course-{quote(snapshot['course_code'])}.v{snapshot['course_version']}"
    achievement = {
        "id": course_id,
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "humanCode": snapshot["course_code"],
        "version": str(snapshot["course_version"]),
        "inLanguage": "fa",
        "name": text(snapshot["course_title"]),
        "description": f"In-service training course of {snapshot['hours']} hours",
        "criteria": {"narrative": PAST_RECORD if snapshot.get("basis") else PASSED},
        "creator": _organisation(snapshot["provider"], public_url, snapshot.get("cosigner_key_id")),
        "creditsAvailable": _number(snapshot["hours"]),
        "resultDescription": [_score(course_id, snapshot.get("pass_mark")), _hours(course_id)],
    }
    if snapshot.get("permit"):
        achievement["otherIdentifier"] = [_identifier("ext:coursePermit", snapshot["permit"]["number"])]
    return achievement


def _level(snapshot: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """The achievement of a type-2 certificate, which is a level. Its creator is the platform, which co-signs for the
    Organisation."""
    award = snapshot["award"]
    share = job_share(award["job_side_hours"], snapshot["hours"])
    level_id = f"{public_url}/#type2-{quote(award['level'])}"
    platform = {"id": f"{public_url}/", "type": ["Profile"], "name": text(award["organisation_name"])}
    cosigned = [_identifier("ext:cosigningKey", snapshot["cosigner_key_id"])]
    described = [_score(level_id, snapshot["pass_mark"]), _hours(level_id), _hours(level_id, "job-hours", "Job hours")]
    if award["research_hours"]:
        described.append(_hours(level_id, "research-hours", "Hours of the research project"))
    return {
        "id": level_id,
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "humanCode": award["level"],
        "inLanguage": "fa",
        "name": text(name_of(snapshot)),
        "description": f"Type-2 certificate for {snapshot['hours']} hours of in-service training; not a degree",
        "criteria": {"narrative": AWARDED.format(hours=snapshot["hours"], share=share)},
        "creator": platform | {"url": f"{public_url}/", "otherIdentifier": cosigned},
        "creditsAvailable": _number(snapshot["hours"]),
        "resultDescription": described,
        "otherIdentifier": [
            _identifier("ext:committeeDecision", award["committee"]["number"]),
            _identifier("ext:organisationDecision", award["organisation"]["number"]),
        ],
    }


def _score(course_id: str, pass_mark: str | None) -> dict[str, Any]:
    described = {
        "id": f"{course_id}-score",
        "type": ["ResultDescription"],
        "name": "Score",
        "resultType": "RawScore",
        "valueMin": "0",
        "valueMax": "100",
    }
    return described | {"requiredValue": pass_mark} if pass_mark else described


def _hours(course_id: str, part: str = "hours", name: str = "Hours") -> dict[str, Any]:
    return {"id": f"{course_id}-{part}", "type": ["ResultDescription"], "name": name, "resultType": "ext:Hours"}


def _result(description: Mapping[str, Any], value: str) -> dict[str, Any]:
    return {"type": ["Result"], "resultDescription": description["id"], "value": value}


def _organisation(said: Mapping[str, Any], public_url: str, cosigner_key_id: str | None = None) -> dict[str, Any]:
    """An organisation with what the snapshot says of its rights: its accreditation, and the key it co-signed with."""
    found = profile(said["code"], said["name"], public_url)
    numbers = []
    if said.get("accreditation"):
        numbers.append(_identifier("ext:accreditation", said["accreditation"]["number"]))
    if cosigner_key_id:
        numbers.append(_identifier("ext:cosigningKey", cosigner_key_id))
    return found | {"otherIdentifier": numbers} if numbers else found


def _identifier(kind: str, value: str) -> dict[str, Any]:
    return {"type": "IdentifierEntry", "identifierType": kind, "identifier": value}


def _number(text_: str) -> float:
    """Hours as a JSON number, whole ones without a fraction."""
    value = float(text_)
    return int(value) if value.is_integer() else value


def _last_second(day: str) -> str:
    """The end of a day in Tehran, which is wholly inside."""
    last = end_of_day(date.fromisoformat(day)).astimezone(UTC).replace(microsecond=0)
    return _iso(last)


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
