"""What certification says enters the record: numbers of certificates, the ends of them, and records of the past."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrollment.models import certified as models
from services.enrollment.models import recording as lines
from services.enrollment.models.people import hold
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.service.history import CERTIFICATION
from services.enrollment.service.record import counting, recording
from services.enrollment.service.type2 import applications as type2
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.errors import Unavailable
from shared.events import CertificateIssuedV1, CertificateRevokedV1, PastRecordTakenInV1
from shared.messages import Message
from shared.persian import jalali_year


class CertificateSubscribers:
    @subscribe(CertificateIssuedV1, batch=500)
    def on_certificate_issued(self, tx: Transaction, messages: Sequence[Message[CertificateIssuedV1]]) -> None:
        """The line of a completion has a certificate, or another one than before. One statement for all of them."""
        events = [message.event for message in messages]
        rows = [_row(event, event.enrollment_id, event.kind, event.issued_at) for event in events]
        for row, event in zip(rows, events, strict=True):
            row["replaces_serial"] = event.replaces_serial
        _without_proof(tx, models.add_certificates(tx, rows))

    @subscribe(CertificateRevokedV1)
    def on_certificate_revoked(self, tx: Transaction, messages: Sequence[Message[CertificateRevokedV1]]) -> None:
        """A certificate does not hold; the line that rests on it is taken back (policy `revoked_certificate_counts`).

        What was corrected at its source is corrected in the record already. Heard before the certificate was issued, it
        is kept until then. Of a type-2 certificate the award ends.
        """
        rows = []
        for message in messages:
            event = message.event
            row = _row(event, event.enrollment_id, event.kind, message.time)
            rows.append(row | {"revoked_on": event.revoked_on, "reason": event.reason})
            if event.kind == "type2":  # of an award, whose hours are free again
                type2.revoked(tx, [event.enrollment_id], event.reason)
        models.end_certificates(tx, rows)
        _without_proof(tx, [row["certificate_id"] for row in rows])

    @subscribe(PastRecordTakenInV1)
    def on_past_record(self, tx: Transaction, messages: Sequence[Message[PastRecordTakenInV1]]) -> None:
        """What an agency's own books have enters the record of the person, with the agency that answers for it.

        Unavailable `employee_not_known_yet` until the person is registered here; those whose data was erased keep what
        they have.
        """
        events = {message.event.record_id: message.event for message in messages}
        for line_id in lines.entered(tx, list(events)):
            del events[line_id]
        # Whoever merges them waits, or we did; the one who was kept is held too, as of whom the record is.
        people = hold(tx, {event.employee_id for event in events.values()})
        hold(tx, {person.merged_into for person in people.values() if person.merged_into is not None})
        if len(people) < len({event.employee_id for event in events.values()}):
            raise Unavailable("employee_not_known_yet", "The person is not registered here yet.")
        recording.enter(tx, [_line(event, people[event.employee_id]) for event in events.values()])
        # An earlier release issued certificates that nobody here has heard of.
        rows = [_row(event, event.record_id, "type1", event.issued_at) for event in events.values()]
        models.add_certificates(tx, rows)
        _without_proof(tx, [row["certificate_id"] for row in rows])


def _without_proof(tx: Transaction, certificate_ids: Collection[UUID]) -> None:
    """Take back the lines of certificates that were revoked.

    What a line says that was corrected after the certificate was issued is something else, which has a certificate of
    its own. Of a line that was never corrected every certificate is: clocks of two services are not compared.
    """
    rows = models.lines_without_proof(tx, certificate_ids) if certificate_ids else ()
    if rows:  # read again once nobody can merge these people or decide on their lines
        hold(tx, {row.employee_id for row in rows})
        rows = models.lines_without_proof(tx, certificate_ids)
    said = models.said_last(tx, {row.line_id for row in rows}, counting.REPEATED) if rows else {}
    taken: dict[UUID, list[Any]] = {}
    for row in rows:
        entry = said.get(row.line_id, row)
        if entry.id != row.line_id and entry.recorded_at > row.issued_at:
            continue
        if value_on(tx, "revoked_certificate_counts", max(row.revoked_on, FIRST_DAY)) == "no":
            counting.take_back(tx, CERTIFICATION, lines.standing_lines(tx, [row.line_id]), row.revoked_reason, tx.now)
            taken.setdefault(row.employee_id, []).append(row)
    if taken:
        counting.settle(tx, CERTIFICATION, taken, tx.now)


def _row(event: Any, line_id: UUID, kind: str, issued_at: datetime) -> dict[str, Any]:
    return {
        "certificate_id": event.certificate_id,
        "line_id": line_id,
        "kind": kind,
        "serial": event.serial,
        "replaces_serial": None,
        "issued_at": issued_at,
    }


def _line(event: PastRecordTakenInV1, person: Any) -> dict[str, Any]:
    names = ("agency_code", "course_code", "course_type", "original_type", "delivery_mode", "provider_code")
    return {
        **{name: getattr(event, name) for name in (*names, "hours", "score", "starts_on")},
        "employee_id": person.merged_into or person.id,
        "line_id": event.record_id,
        "source": "past",
        "recorded_at": event.taken_in_at,
        "recorded_by": CERTIFICATION.system,
        "course_title": event.course_title.as_dict(),
        "provider_name": event.provider_name.as_dict(),
        "completed_on": event.ends_on,
        "jalali_year": jalali_year(event.ends_on),
    }
