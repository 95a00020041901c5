"""At rest: one completion at a time on an idle system, from the caller's reply to certificate and mail.

The certificate counts as stored when another connection sees its row, the mail as handed over when its file is in
the maildir. Both are looked for without pause (about every millisecond), so the looking costs at most that much.
"""

import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.costs import wait_for_calm
from bench.lab import Lab
from bench.people import people
from bench.systems import System, ours

WARM_UP = 10
PATIENCE_SECONDS = 30.0
TARGET_CERTIFICATE_MS = 100.0
TARGET_MAIL_MS = 250.0


def run(lab: Lab, samples: int) -> dict[str, Any]:
    """Percentiles of both delays in milliseconds."""
    certificates, mails = [], []
    with ours(lab, people(samples + WARM_UP), sends_mail=True) as system:
        wait_for_calm()
        for number, enrollment_id in enumerate(system.enrollments):
            time.sleep(random.uniform(0.05, 0.25))  # so that no timer of a service is always met at the same moment
            certificate, mail = once(system, enrollment_id, number)
            if number >= WARM_UP:
                certificates.append(certificate)
                mails.append(mail)
    return {
        "samples": samples,
        "reply_to_certificate_ms": percentiles(certificates),
        "reply_to_mail_ms": percentiles(mails),
        "target_p95_certificate_ms": TARGET_CERTIFICATE_MS,
        "target_p95_mail_ms": TARGET_MAIL_MS,
    }


def once(system: System, enrollment_id: UUID, before: int) -> tuple[float, float]:
    """One completion, when `before` others have passed: milliseconds to its certificate and to its mail."""
    folder = system.place.folder / "mail" / "new"
    with system.place.engine("certification").connect() as connection:
        query = "SELECT EXISTS (SELECT FROM certificates WHERE enrollment_id = %(id)s)"

        def stored() -> bool:
            return bool(connection.exec_driver_sql(query, {"id": str(enrollment_id)}).scalar_one())

        system.record([[enrollment_id]])
        replied = time.perf_counter()
        certificate = until(stored, replied)
        return certificate, until(lambda: mails_in(folder) > before, replied)


def until(condition: Callable[[], bool], since: float) -> float:
    """Milliseconds from `since` until the condition holds."""
    while not condition():
        if time.perf_counter() - since > PATIENCE_SECONDS:
            raise RuntimeError("a completion at rest had no certificate or no mail in time")
        time.sleep(0.0005)
    return 1000 * (time.perf_counter() - since)


def mails_in(folder: Path) -> int:
    return len(os.listdir(folder)) if folder.exists() else 0  # noqa: PTH208 - a path object per file would cost more


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(values)}
