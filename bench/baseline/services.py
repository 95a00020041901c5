"""The three services, written as nameko's documentation shows it, on the tables and rules of the real ones."""

import json
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nameko.events import EventDispatcher, event_handler
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc
from sqlalchemy.dialects.postgresql import insert

from services.certification.credential import credential
from services.certification.domain import codes, snapshots
from services.certification.models import certificates, credentials, serial_counters
from services.certification.service.minting import iso
from services.certification.signing import canonical, key_id
from services.enrollment.models import agencies, employees, enrollments, offerings
from services.notification.domain.templates import Template, context_of
from services.notification.models import notifications, recipients
from shared.ids import new_id
from shared.persian import jalali_year, tehran_date

PUBLIC_URL = "http://127.0.0.1:8000"

# Statements are built once, as a careful developer would: it saves a tenth of each transaction.
DECIDE = sa.update(enrollments).where(enrollments.c.id == sa.bindparam("wanted"), enrollments.c.status == "confirmed")
FIRST_SERIAL = insert(serial_counters).values(last_number=1)
TAKE_SERIAL = FIRST_SERIAL.on_conflict_do_update(
    index_elements=list(serial_counters.primary_key), set_={"last_number": serial_counters.c.last_number + 1}
).returning(serial_counters.c.last_number)
ADDRESSEE = sa.select(recipients.c.email).where(recipients.c.employee_id == sa.bindparam("wanted"))


class Engine(DependencyProvider):
    """One pool of database connections for a service, as many as it has workers."""

    def setup(self) -> None:
        self.engine = sa.create_engine(os.environ["TRAINING_DATABASE_URL"], pool_size=10, max_overflow=0)

    def stop(self) -> None:
        self.engine.dispose()

    def get_dependency(self, worker_ctx: Any) -> sa.Engine:
        return self.engine


class EnrollmentService:
    name = "enrollment"
    engine = Engine()
    dispatch = EventDispatcher()

    @rpc
    def record_results(self, offering_id: str, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Decide each result in its own transaction and tell the others."""
        offering, people = self._read(UUID(offering_id), [UUID(result["enrollment_id"]) for result in results])
        completed, rejected = 0, []
        for result in results:
            person = people.get(UUID(result["enrollment_id"]))
            if person is None:
                rejected.append({"enrollment_id": result["enrollment_id"], "code": "not_found", "message": "unknown"})
            else:
                completed += self._decide(offering, person, result)
        return {"completed": completed, "failed": len(results) - completed - len(rejected), "rejected": rejected}

    def _read(self, offering_id: UUID, ids: list[UUID]) -> tuple[Any, dict[UUID, Any]]:
        provider = sa.select(agencies.c.name).where(agencies.c.code == offerings.c.agency_code).scalar_subquery()
        people = (
            sa.select(enrollments.c.id, enrollments.c.employee_id, employees, agencies.c.name.label("agency_name"))
            .join_from(enrollments, employees)
            .join(agencies)
            .where(enrollments.c.offering_id == offering_id, enrollments.c.id.in_(ids))
        )
        with self.engine.connect() as connection:
            named = sa.select(offerings, provider.label("agency_name"))
            offering = connection.execute(named.where(offerings.c.id == offering_id)).one()
            return offering, {person.id: person for person in connection.execute(people)}

    def _decide(self, offering: Any, person: Any, result: dict[str, Any]) -> bool:
        hours, score, now = float(result["attended_hours"]), float(result["score"]), datetime.now(UTC)
        passed = hours >= offering.min_attendance * offering.hours and score >= offering.pass_mark
        changes: dict[str, Any] = {"attended_hours": hours, "score": score, "changed_at": now}
        if passed:
            day = min(offering.ends_on, tehran_date(now))
            changes |= {"status": "completed", "completed_on": day, "completed_at": now}
        else:
            changes |= {"status": "failed"}
        with self.engine.begin() as connection:
            connection.execute(DECIDE, {"wanted": person.id} | changes)
        if passed:
            self.dispatch("completed", completed_event(offering, person, changes))
        return passed


def completed_event(offering: Any, person: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """The fields of EnrollmentCompletedV1."""
    return {
        "enrollment_id": str(person.id),
        "employee_id": str(person.employee_id),
        "agency_code": person.agency_code,
        "agency_name": person.agency_name,
        "provider_code": offering.agency_code,
        "provider_name": offering.agency_name,
        "full_name": person.full_name,
        "national_code": person.national_code,
        "personnel_number": person.personnel_number,
        "job_title": person.job_title,
        "offering_id": str(offering.id),
        "course_code": offering.course_code,
        "course_version": offering.course_version,
        "course_title": offering.course_title,
        "course_type": offering.course_type,
        "delivery_mode": offering.delivery_mode,
        "hours": offering.hours,
        "starts_on": offering.starts_on.isoformat(),
        "ends_on": offering.ends_on.isoformat(),
        "attended_hours": changes["attended_hours"],
        "score": changes["score"],
        "refresh_every_months": offering.refresh_every_months,
        "completed_on": changes["completed_on"].isoformat(),
        "completed_at": iso(changes["completed_at"]),
    }


class CertificationService:
    name = "certification"
    engine = Engine()
    dispatch = EventDispatcher()
    key = Ed25519PrivateKey.generate()
    key_id = key_id(key.public_key())

    @event_handler("enrollment", "completed")
    def on_completed(self, event: dict[str, Any]) -> None:
        """Take the serial under its row's lock, sign, store; then tell."""
        now = datetime.now(UTC)
        year = jalali_year(tehran_date(now))
        with self.engine.begin() as connection:
            place = {"agency_code": event["agency_code"], "jalali_year": year}
            number = connection.execute(TAKE_SERIAL, place).scalar_one()
            row = self._signed(event, codes.serial(event["agency_code"], year, number), now)
            connection.execute(sa.insert(certificates), row)
            connection.execute(sa.insert(credentials), self._credential(row, now))
        self.dispatch("issued", issued_event(event, row))

    def _signed(self, event: dict[str, Any], serial: str, now: datetime) -> dict[str, Any]:
        certificate_id, salt = new_id(), os.urandom(codes.CODE_BYTES).hex()
        code = codes.verification_code(os.urandom(codes.CODE_BYTES))
        snapshot = canonical(
            snapshots.snapshot(
                event,
                certificate_id=str(certificate_id),
                serial=serial,
                verification_code=code,
                national_code_hash=snapshots.hashed_national_code(salt, event["national_code"]),
                issued_at=iso(now),
                key_id=self.key_id,
            )
        )
        return {
            "id": certificate_id,
            "enrollment_id": UUID(event["enrollment_id"]),
            "employee_id": UUID(event["employee_id"]),
            "agency_code": event["agency_code"],
            "serial": serial,
            "verification_code": code,
            "snapshot": snapshot.decode(),
            "signature": self.key.sign(snapshot),
            "key_id": self.key_id,
            "issued_at": now,
            "status": "valid",
            "national_code": event["national_code"],
            "national_code_salt": salt,
        }

    def _credential(self, row: dict[str, Any], now: datetime) -> dict[str, Any]:
        """The certificate as Open Badges credential, signed too."""
        token = credential(json.loads(row["snapshot"]), self, PUBLIC_URL, row["national_code_salt"])
        return {"certificate_id": row["id"], "form": "jwt", "content": token, "made_at": now}

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)


def issued_event(event: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The fields of CertificateIssuedV1."""
    copied = ("enrollment_id", "employee_id", "agency_code", "full_name", "course_code", "course_title", "hours")
    return {name: event[name] for name in (*copied, "completed_on", "completed_at")} | {
        "certificate_id": str(row["id"]),
        "kind": "type1",
        "serial": row["serial"],
        "issued_at": iso(row["issued_at"]),
        "verification_code": row["verification_code"],
        "verification_url": f"{PUBLIC_URL}/verify/{row['verification_code']}",
        "valid_until": None,
    }


class NotificationService:
    name = "notification"
    engine = Engine()

    @event_handler("certification", "issued")
    def on_issued(self, event: dict[str, Any]) -> None:
        """Queue the mail: the row that a sender would take."""
        now, employee_id = datetime.now(UTC), UUID(event["employee_id"])
        with self.engine.begin() as connection:
            connection.execute(ADDRESSEE, {"wanted": employee_id}).one()
            row = {
                "notification_id": new_id(),
                "event_id": new_id(),
                "subject_id": UUID(event["certificate_id"]),
                "employee_id": employee_id,
                "agency_code": event["agency_code"],
                "template": Template.CERTIFICATE_ISSUED.value,
                "channel": "email",
                "status": "pending",
                "context": context_of(Template.CERTIFICATE_ISSUED, event),
                "correlation_id": event["enrollment_id"],
                "created_at": now,
                "due_at": now,
            }
            connection.execute(sa.insert(notifications), row)


SERVICES = {service.name: service for service in (EnrollmentService, CertificationService, NotificationService)}
