"""A certificate from its issue over a doubt and a corrected name to its end, with the mails that its holder gets."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.persian import tehran_date
from tests.e2e.platform import AGENCY, Platform
from tests.support.leash import wait_until

SETTLE_SECONDS = 30.0


def text_of(platform: Platform, notification: dict[str, Any]) -> str:
    body = platform.mail_of(notification).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def state(platform: Platform, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = platform.http("certification", f"/verify/{code}", Accept="application/json").json
    return answer


def test_the_life_of_a_certificate(platform: Platform) -> None:
    offering, person = platform.offering(course_code=platform.course(refresh_every_months=24)), platform.employee()
    asks, confirms = (platform.employee()["employee_id"] for _ in range(2))
    holder = person["employee_id"]
    row = {"enrollment_id": platform.enrolled(offering, holder), "attended_hours": 8, "score": 90}
    platform.call("enrollment.record_results", offering_id=offering, results=[row])
    (first,) = platform.certificates(holder)
    assert first["valid_until"] > tehran_date(datetime.now(UTC)).isoformat()
    officer, doubt = platform.token(AGENCY, "certification_officer"), {"certificate_id": first["certificate_id"]}

    platform.call("certification.suspend_certificate", officer, **doubt, reason="نام روی برگه نادرست است")
    assert "نام روی برگه نادرست است" in text_of(platform, platform.notified(holder, "certificate_suspended"))
    assert state(platform, first["verification_code"])["status"] == "suspended"
    platform.call("certification.reinstate_certificate", officer, **doubt, reason="اصلاح می‌شود")
    platform.notified(holder, "certificate_reinstated")

    wanted = {"changes": {"holder_name": "نمونه‌زادهٔ درست"}, "reason": "نام درست"}
    asked = platform.call("certification.request_correction", officer, **doubt, **wanted, officer_id=asks)
    decision = {"request_id": asked["request_id"]}
    refused = platform.refusal("certification.confirm_request", officer, **decision, officer_id=asks)
    assert (refused.kind, refused.code) == ("Forbidden", "four_eyes")
    platform.call("certification.confirm_request", officer, **decision, officer_id=confirms)
    second = platform.certificates(holder, 2)[1]
    assert second["serial"] in text_of(platform, platform.notified(holder, "certificate_corrected"))
    old, new = (state(platform, each["verification_code"]) for each in (first, second))
    assert (old["status"], old["superseded_by"], old["reason"]) == ("superseded", second["serial"], "نام درست")
    assert (new["status"], new["holder_name"]) == ("valid", "نمونه‌زادهٔ درست")

    yesterday = tehran_date(datetime.now(UTC)) - timedelta(days=1)
    ending = "UPDATE certificates SET valid_until = %s WHERE serial = %s"
    platform.change("certification", ending, yesterday + timedelta(days=8), second["serial"])
    platform.services["certification"].terminate()
    restart(platform)
    platform.notified(holder, "certificate_expiring")
    platform.change("certification", ending, yesterday, second["serial"])
    platform.services["certification"].terminate()
    restart(platform)
    platform.notified(holder, "certificate_expired")
    wait_until(lambda: state(platform, second["verification_code"])["status"] == "expired", SETTLE_SECONDS, "its end")


def restart(platform: Platform) -> None:
    """A timer runs at the start of its service."""
    platform.services["certification"].start()
    platform.services["certification"].wait_ready()
