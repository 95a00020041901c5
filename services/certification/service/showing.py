"""What anybody may know of a certificate: what was signed, what became of it since, and when that was looked up."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from services.certification import models
from services.certification.domain import chains
from services.certification.domain.snapshots import last_day
from services.certification.domain.states import status_on
from services.certification.service import moving, transparency
from services.certification.service.minting import Office
from shared.database import Transaction
from shared.persian import tehran_date

# Signed and fit for everybody, as text, whole numbers or organisations.
_AS_SIGNED = (
    "serial",
    "kind",
    "holder_name",
    "course_code",
    "course_version",
    "course_title",
    "course_type",
    "delivery_mode",
    "verification_code",
    "issuer",
    "key_id",
)
_DAYS = ("starts_on", "ends_on", "completed_on")
# Of today, or not said by every form of the snapshot.
_WHERE_KNOWN = ("revoked_on", "reason", "erased_at", "status_since")


def verification(tx: Transaction, office: Office, row: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """The reply of `verify`; all that it shows of `said` was signed."""
    known = {name: getattr(row, name) for name in _WHERE_KNOWN} | _optional(said)
    title = moving.reason_title(tx, row.reason_code)
    known["reason_title"] = title and title.as_dict()
    known["log"] = next(iter(transparency.proved(tx, row)), None)
    return {
        **{name: said[name] for name in _AS_SIGNED},
        **{name: date.fromisoformat(said[name]) for name in _DAYS},
        "hours": float(said["hours"]),
        "score": None if said["score"] is None else float(said["score"]),
        "provider": said["provider"] | {"accreditation": _days_read(said["provider"].get("accreditation"))},
        "signatories": (said.get("design") or {}).get("signatories", []),
        "status": status_on(row.status, last_day(said), tehran_date(tx.now)),
        "issued_at": row.issued_at,
        "checked_at": tx.now,
        **{name: value for name, value in known.items() if value is not None},
        **_chain(tx, office, row),
    }


def record_verification(tx: Transaction, office: Office, row: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """The reply of `verify` for a training record: whose it is and how much it was, and no line of it."""
    entry = next(iter(transparency.proved(tx, row)), None)
    known = {"erased_at": row.erased_at, "log": entry}
    names = ("serial", "kind", "holder_name", "issuer", "verification_code", "key_id")
    sums = {name: float(said[name]) for name in ("hours", "job_hours", "general_hours")}
    files = [each._mapping for each in models.record_copies_of(tx, row.id)]
    return {
        **{name: said[name] for name in names},
        "status": row.status,
        "issued_at": row.issued_at,
        "checked_at": tx.now,
        "record": {"as_of": row.as_of, "lines": said["line_count"], **sums, "files": files},
        **{name: value for name, value in known.items() if value is not None},
    }


def _optional(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "valid_until": last_day(said),
        "grade": said.get("grade"),
        "basis": said.get("basis"),
        "award": said.get("award"),
        "permit": _days_read(said.get("permit")),
        "cosigner_key_id": said.get("cosigner_key_id"),
    }


def _days_read(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A permit or an accreditation, whose days the snapshot has as text."""
    if said is None:
        return None
    return {
        name: value if name == "number" or value is None else date.fromisoformat(value) for name, value in said.items()
    }


def _chain(tx: Transaction, office: Office, row: Any) -> dict[str, Any]:
    """The chain of replacements. A code leads on to later certificates, never back to what was corrected."""
    earlier, later = chains.around(models.certificates_beside(tx, row), row.id)
    steps = list(pairwise([*earlier, row, *later]))
    replaces = [
        {"serial": old.serial, "replaced_at": new.issued_at, "reason": old.reason} for old, new in steps[: len(earlier)]
    ]
    replaced_by = [
        {
            "serial": new.serial,
            "status": status_on(new.status, new.valid_until, tehran_date(tx.now)),
            "verification_code": new.verification_code,
            "verification_url": office.verification_url(new.verification_code),
            "replaced_at": new.issued_at,
            "reason": old.reason,
        }
        for old, new in steps[len(earlier) :]
    ]
    chain: dict[str, Any] = {"replaces": replaces, "replaced_by": replaced_by}
    return chain | ({"superseded_by": later[0].serial} if later else {})
