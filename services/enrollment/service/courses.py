"""What enrollment hears of courses: versions, the law they teach, and which of them go together."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.enrollment.domain.courses import stale_since, with_mark
from services.enrollment.models import courses as models
from services.enrollment.models import programmes
from services.enrollment.models.courses import VersionKey
from services.enrollment.service.programmes import sweep_time
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import (
    CourseGroupChangedV1,
    CoursePublishedV1,
    CourseRetiredV1,
    CourseReviewedV1,
    LegalReferenceChangedV1,
)
from shared.messages import Message


class CourseSubscribers:
    """News of one version may come in any order, so a row is made for whatever is heard first."""

    @subscribe(CoursePublishedV1, batch=200)
    def on_course_published(self, tx: Transaction, messages: list[Message[CoursePublishedV1]]) -> None:
        """Remember versions; one published on law that had changed already is stale from then on."""
        heard = {(message.event.course_code, message.event.version): message.event for message in messages}
        changes = {}
        for key, row in models.lock_versions(tx, heard).items():
            marks = row.stale_marks
            if heard[key].stale:
                marks = with_mark(marks, _mark(heard[key].published_at))
            changes[key] = _content(heard[key]) | _staleness(marks, row.reviewed_at)
        models.set_versions(tx, changes)

    @subscribe(CourseRetiredV1, batch=200)
    def on_course_retired(self, tx: Transaction, messages: list[Message[CourseRetiredV1]]) -> None:
        """Remember which versions are offered no more. Nobody's enrollment is touched."""
        ended = {
            (message.event.course_code, version): message.event.retired_at
            for message in messages
            for version in message.event.versions
        }
        models.lock_versions(tx, ended)
        models.set_versions(tx, {key: {"retired_at": at} for key, at in ended.items()})

    @subscribe(LegalReferenceChangedV1, batch=200)
    def on_legal_reference_changed(self, tx: Transaction, messages: list[Message[LegalReferenceChangedV1]]) -> None:
        """Mark the versions that teach the old text, with the law and the moment of the news."""
        marks: dict[VersionKey, list[dict[str, Any]]] = {}
        for message in messages:
            mark = _mark(message.time, message.event)
            for citing in message.event.stale_courses:
                marks.setdefault((citing.course_code, citing.version), []).append(mark)
        if not marks:
            return
        changes = {}
        for key, row in models.lock_versions(tx, marks).items():
            known = row.stale_marks
            for mark in marks[key]:
                known = with_mark(known, mark)
            changes[key] = _staleness(known, row.reviewed_at)
        models.set_versions(tx, changes)

    @subscribe(CourseReviewedV1, batch=200)
    def on_course_reviewed(self, tx: Transaction, messages: list[Message[CourseReviewedV1]]) -> None:
        """A review answers the changes of law up to its moment; of several the last one counts."""
        reviews: dict[VersionKey, datetime] = {}
        for message in messages:
            key = (message.event.course_code, message.event.version)
            reviews[key] = max(message.event.reviewed_at, reviews.get(key, message.event.reviewed_at))
        changes = {}
        for key, row in models.lock_versions(tx, reviews).items():
            at = max(reviews[key], row.reviewed_at or reviews[key])
            changes[key] = _staleness(row.stale_marks, at) | {"reviewed_at": at}
        models.set_versions(tx, changes)

    @subscribe(CourseGroupChangedV1, batch=200)
    def on_course_group_changed(self, tx: Transaction, messages: list[Message[CourseGroupChangedV1]]) -> None:
        """Take over a whole group; an older revision than the known one is ignored."""
        for message in sorted(messages, key=lambda one: (one.event.group_code, one.event.revision)):
            event = message.event
            known = models.lock_group(tx, event.group_code)
            if known is not None and event.revision <= known.revision:
                continue
            touched = {*models.members_of(tx, event.group_code), *event.course_codes}
            group = {name: getattr(event, name) for name in ("group_code", "revision", "kind")}
            models.set_group(tx, known is not None, group | {"title": event.title.as_dict()}, event.course_codes)
            programmes.sweep_again(tx, touched, sweep_time(tx.now))


def _content(event: CoursePublishedV1) -> dict[str, Any]:
    names = ("course_type", "hours", "refresh_every_months", "published_at")
    return {name: getattr(event, name) for name in names} | {"title": event.title.as_dict()}


def _mark(at: datetime, law: LegalReferenceChangedV1 | None = None) -> dict[str, Any]:
    """A change of law as it is kept; without one, what a version said of itself when it was published."""
    because = {"law": law.law, "article": law.article, "status": law.status} if law else {}
    return {"at": at.isoformat(), **because}


def _staleness(marks: Iterable[Any], reviewed_at: datetime | None) -> dict[str, Any]:
    kept = list(marks)
    return {"stale_marks": kept, "stale_since": stale_since(kept, reviewed_at)}
