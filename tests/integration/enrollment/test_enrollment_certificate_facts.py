"""What enrollment keeps of an offering and an employee for the certificates, and hands on."""

from datetime import date
from typing import Any

from shared.events import (
    EnrollmentCompletedV1,
    FormDueV1,
    OfferingOpenedV1,
    ResultCorrectedV1,
    ScheduleChangedV1,
)
from shared.events.catalog import Accreditation, Permit
from tests.integration.enrollment.forms import REACTION

PERMIT = Permit("120/45", date(2026, 11, 1))
ACCREDITATION = Accreditation("12/3", date(2026, 1, 1))
SAID = ("father_name", "unit", "pass_mark", "certificate_template", "permit", "accreditation")


def opened(world: Any, **changes: Any) -> OfferingOpenedV1:
    """An offering with everything that there is to say, heard of."""
    known = {"certificate_template": "formal", "permit": PERMIT, "provider_accreditation": ACCREDITATION}
    event: OfferingOpenedV1 = world.opened(**known | changes)
    world.harness.deliver(event)
    return event


def passed(world: Any, offering: OfferingOpenedV1, **person: Any) -> str:
    """Somebody takes part and passes; the enrollment."""
    enrollment_id = str(world.enroll(world.employee(**person), offering.offering_id)["enrollment_id"])
    row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=offering.offering_id, results=[row])
    return enrollment_id


def facts(event: Any) -> list[Any]:
    return [getattr(event, name) for name in SAID]


def test_a_completion_and_its_correction_say_the_same(world: Any) -> None:
    enrollment_id = passed(world, opened(world), father_name="پدر نمونه", unit="واحد نمونه")
    (completed,) = world.said(EnrollmentCompletedV1)
    assert facts(completed) == ["پدر نمونه", "واحد نمونه", 60.0, "formal", PERMIT, ACCREDITATION]
    correction = {"attended_hours": 10, "score": 80, "reason": "ثبت نادرست"}
    world.call("correct_result", roles=("training_officer",), enrollment_id=enrollment_id, **correction)
    (corrected,) = world.said(ResultCorrectedV1)
    assert facts(corrected) == facts(completed)


def test_a_completion_that_waited_for_the_form_says_the_same(world: Any) -> None:
    offering = opened(world, form_before_certificate=True, ends_on=world.today)
    passed(world, offering, father_name="پدر نمونه", unit="واحد نمونه")
    (due,) = world.said(FormDueV1)
    world.call("submit_form", form_id=due.form_id, answers=REACTION)
    (completed,) = world.said(EnrollmentCompletedV1)
    assert facts(completed) == ["پدر نمونه", "واحد نمونه", 60.0, "formal", PERMIT, ACCREDITATION]


def test_a_withdrawn_accreditation_is_said_no_more_and_changes_nobodys_schedule(world: Any) -> None:
    offering = opened(world)
    passed(world, offering)
    changed = world.changed(offering, 2, ["provider_accreditation"], provider_accreditation=None)
    world.harness.deliver(changed)
    passed(world, offering)
    before, after = world.said(EnrollmentCompletedV1)
    assert (before.accreditation, after.accreditation) == (ACCREDITATION, None)
    assert after.permit == PERMIT
    assert world.said(ScheduleChangedV1) == []


def test_an_offering_that_says_nothing_of_it_leaves_it_empty(world: Any) -> None:
    passed(world, opened(world, certificate_template=None, permit=None, provider_accreditation=None))
    (completed,) = world.said(EnrollmentCompletedV1)
    assert facts(completed) == [None, None, 60.0, None, None, None]
