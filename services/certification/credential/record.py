"""A training record as credentials: the badge that its PDF carries, and the bundle of all that somebody can show.

The bundle is a `ClrCredential` of the Comprehensive Learner Record 2.0 of 1EdTech. In it are the badge of the record,
the person's certificates as the credentials that they are, each with its own proof, and as plain achievements the
lines of the record that have no certificate of ours. What is in the record by two lines of one course is associated.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.certification.credential import badge, integrity
from services.certification.credential.profile import profile, text
from services.certification.signing import Signer

CONTEXT = [
    badge.CONTEXT[0],
    "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
    badge.CONTEXT[1],
]
LONGEST = 20_000_000  # characters of a bundle: some thousands of certificates
NAME = {"fa": "شناسنامهٔ آموزشی", "en": "Training record"}
_KEPT = "The issuer keeps the person's training record: courses completed there, and training that it recognised."
_RECOGNISED = {
    "own": "Completed as the rule of the course asks for.",
    "recognised": "Training elsewhere, recognised by the agency after a decision on its evidence.",
    "past": "The agency's own earlier records say that the course was passed.",
}


def record_badge(said: Mapping[str, Any], public_url: str, salt: str) -> dict[str, Any]:
    """The unsigned `OpenBadgeCredential` that somebody's record, as known at a moment, holds so many lines and hours.

    National code and personnel number are in it as salted hashes, as in the credentials of certificates.
    """
    record_id, about = f"urn:uuid:{said['record_id']}", f"{public_url}/#training-record"
    measured = [
        ("hours", "Hours that count", said["hours"]),
        ("job-hours", "Hours of the job's side", said["job_hours"]),
        ("general-hours", "Hours of the general side", said["general_hours"]),
        ("lines", "Lines", str(said["line_count"])),
    ]
    return {
        "@context": badge.CONTEXT,
        "id": record_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": profile(said["issuer"]["code"], said["issuer"]["name"], public_url),
        "validFrom": _second(said["issued_at"]),
        "awardedDate": _second(said["as_of"]),
        "name": text(NAME),
        "evidence": _evidence(said, public_url),
        "credentialSubject": {
            "id": f"{record_id}#holder",
            "type": ["AchievementSubject"],
            "activityEndDate": _second(said["as_of"]),
            "creditsEarned": _number(said["hours"]),
            "licenseNumber": said["serial"],
            "identifier": _identities(said, salt),
            "achievement": {
                "id": about,
                "type": ["Achievement"],
                "achievementType": "ext:TrainingRecord",
                "inLanguage": "fa",
                "name": text(NAME),
                "description": "All training of a person that the agency knew at a moment, as a signed record",
                "criteria": {"narrative": _KEPT},
                "resultDescription": [_described(f"{about}-{name}", label) for name, label, _value in measured],
            },
            "result": [
                {"type": ["Result"], "resultDescription": f"{about}-{name}", "value": value}
                for name, _label, value in measured
            ],
        },
    }


def secured_badge(said: Mapping[str, Any], public_url: str, salt: str, signer: Signer, created: str) -> dict[str, Any]:
    """The same with a proof of its own made at `created` (UTC, whole seconds), as the bundle holds it."""
    return integrity.secured(record_badge(said, public_url, salt), signer, created)


def bundle(
    said: Mapping[str, Any],
    public_url: str,
    salt: str,
    credentials: Sequence[Mapping[str, Any]],
    certified: Iterable[str],
) -> dict[str, Any]:
    """The unsigned `ClrCredential`: `credentials` go in as they are, the badge of the record first.

    `certified` are the serials of the certificates among them; lines with other numbers, or none, are achievements.
    """
    bundle_id = f"urn:uuid:{uuid5(UUID(said['record_id']), 'clr')}"
    others = [line for line in said["lines"] if line["certificate_serial"] not in set(certified)]
    achievements = {str(line["line_id"]): _achievement(line, public_url) for line in others}
    subject: dict[str, Any] = {
        "id": f"{bundle_id}#holder",
        "type": ["ClrSubject"],
        "identifier": _identities(said, salt),
        "verifiableCredential": list(credentials),
    }
    if achievements:
        subject["achievement"] = list(achievements.values())
    if associations := _associations(said["lines"], achievements, credentials):
        subject["association"] = associations
    return {
        "@context": CONTEXT,
        "id": bundle_id,
        "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": profile(said["issuer"]["code"], said["issuer"]["name"], public_url),
        "validFrom": _second(said["issued_at"]),
        "awardedDate": _second(said["as_of"]),
        "name": f"{text(NAME)} {said['serial']}",
        "description": f"Training record of {said['holder_name']} as known on {said['as_of'][:10]} (UTC)",
        "partial": False,
        "evidence": _evidence(said, public_url),
        "credentialSubject": subject,
    }


def _achievement(line: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """A line without a certificate of ours; an achievement has no place for days and hours but its description."""
    parts = [f"{line['hours']} hours", f"completed on {line['completed_on']}"]
    if line["provider_name"]:
        parts.append(f"provided by {text(line['provider_name'])}")
    if line["certificate_serial"]:
        parts.append(f"certificate {line['certificate_serial']}")
    made = {
        "id": f"urn:uuid:{line['line_id']}",
        "type": ["Achievement"],
        "achievementType": "Course",
        "inLanguage": "fa",
        "name": text(line["course_title"]),
        "description": ", ".join(parts),
        "criteria": {"narrative": _RECOGNISED[line["source"]]},
        "creator": profile(line["agency_code"], line["agency_name"] or {"fa": line["agency_code"]}, public_url),
        "creditsAvailable": _number(line["hours"]),
    }
    if line["course_code"]:
        made["humanCode"] = line["course_code"]
    if line["permit_number"]:
        permit = {"type": "IdentifierEntry", "identifierType": "ext:coursePermit", "identifier": line["permit_number"]}
        made["otherIdentifier"] = [permit]
    return made


def _associations(
    lines: Iterable[Mapping[str, Any]],
    achievements: Mapping[str, Mapping[str, Any]],
    credentials: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """That a line which does not count is the same course as one that does."""
    ids = {each["credentialSubject"].get("licenseNumber"): each["credentialSubject"] for each in credentials}

    def achieved(line: Mapping[str, Any]) -> Any:
        own = achievements.get(str(line["line_id"])) or ids[line["certificate_serial"]]["achievement"]
        return own["id"]

    counting = {line["course_code"]: line for line in lines if line["counts"] and line["course_code"]}
    pairs = [
        (achieved(line), achieved(counting[line["course_code"]]))
        for line in lines
        if not line["counts"] and line["course_code"] in counting
    ]
    return [
        {"type": "Association", "associationType": "exactMatchOf", "sourceId": source, "targetId": target}
        for source, target in dict.fromkeys(pairs)
        if source != target
    ]


def _evidence(said: Mapping[str, Any], public_url: str) -> list[dict[str, Any]]:
    return [{"id": f"{public_url}/verify/{said['verification_code']}", "type": ["Evidence"]}]


def _identities(said: Mapping[str, Any], salt: str) -> list[dict[str, Any]]:
    number = badge.salted(said["personnel_number"], badge.salts(salt)[badge.PERSONNEL_NUMBER])
    known = [
        ("name", said["holder_name"], False),
        (badge.NATIONAL_CODE, said["national_code_hash"], True),
        (badge.PERSONNEL_NUMBER, number, True),
    ]
    return [
        {"type": "IdentityObject", "hashed": hashed, "identityHash": value, "identityType": kind}
        for kind, value, hashed in known
    ]


def _described(result_id: str, name: str) -> dict[str, Any]:
    kind = "ext:Lines" if name == "Lines" else "ext:Hours"
    return {"id": result_id, "type": ["ResultDescription"], "name": name, "resultType": kind}


def _number(value: str) -> float:
    number: float = json.loads(value)
    return number


def _second(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%dT%H:%M:%S}Z"
