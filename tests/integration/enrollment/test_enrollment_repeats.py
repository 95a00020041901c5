"""Every command said twice: with its key it has the first reply, without one it does nothing more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.service import EnrollmentService
from shared.entrypoints import operations_of
from shared.errors import Conflict, NotFound
from shared.persian import jalali_year
from shared.policies.calls import PolicyCalls
from shared.service import BaseService
from tests.integration.enrollment import type2
from tests.integration.enrollment.test_enrollment_jobs import HEADER, person
from tests.integration.enrollment.test_enrollment_recognitions import ask, decide, training

Case = Callable[[Any], dict[str, Any]]


def seated(world: Any, **changes: Any) -> tuple[str, str]:
    """Offering and enrollment of somebody with a seat."""
    offering_id = world.offering(**changes)
    return offering_id, world.enroll(world.employee(), offering_id)["enrollment_id"]


def requested(world: Any) -> str:
    return str(seated(world, approval="supervisor")[1])


def marks(world: Any, **row: Any) -> dict[str, Any]:
    offering_id, enrollment_id = seated(world)
    return {"offering_id": offering_id, "rows": [{"enrollment_id": enrollment_id, **row}]}


def results(world: Any) -> dict[str, Any]:
    offering_id, enrollment_id = seated(world)
    return {
        "offering_id": offering_id,
        "results": [{"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}],
    }


def officer(world: Any) -> str:
    reply = world.call("appoint_officer", agency_code="AG-A", employee_id=world.employee(), role="training_officer")
    return str(reply["officer_id"])


def transfer(world: Any) -> dict[str, Any]:
    somebody = world.person(agency_code="AG-B")
    world.call("register_employee", **somebody)
    return {
        "agency_code": "AG-A",
        "national_code": somebody["national_code"],
        "personnel_number": "T1",
        "effective_on": world.today + timedelta(days=3),
        "reason": "انتقال",
    }


def asked_for(world: Any) -> str:
    return str(world.call("transfer_employee", **transfer(world))["transfer_id"])


def invited(world: Any) -> str:
    reply = world.call("invite", offering_id=world.offering(), employee_ids=[world.employee()])
    return str(reply["results"][0]["enrollment_id"])


def offered(world: Any) -> str:
    offering_id, first = seated(world, capacity=1, waitlist_limit=1)
    second = world.enroll(world.employee(), offering_id)["enrollment_id"]
    world.call("withdraw", enrollment_id=first, reason="x")
    return str(second)


def over(world: Any) -> str:
    days = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), world.today)
    return str(seated(world, **days)[0])


def job(world: Any) -> str:
    return str(world.call("import_employees", agency_code="AG-A", content=HEADER + person(1))["job_id"])


def candidacy(world: Any) -> str:
    said = {"employee_id": world.employee(), "post_title": "مدیر کل نمونه", "from_day": world.today}
    return str(world.call("record_candidacy", **said)["candidacy_id"])


def elsewhere(world: Any, *, accepted: bool = False) -> dict[str, Any]:
    asked = ask(world, world.employee())
    if accepted:
        decide(world, asked)
    return {"recognition_id": asked["recognition_id"]}


def rank(world: Any) -> dict[str, Any]:
    return {
        "employee_id": world.employee(hired_on=world.today - timedelta(days=50)),
        "rank": "basic",
        "effective_on": world.today,
        "decision_number": "1",
        "override_reason": "x",
    }


def early_step(world: Any) -> dict[str, Any]:
    employee_id = world.employee()
    said = {"line_ids": [world.complete(employee_id)], "decision_number": "1", "used_on": world.today}
    return {"employee_id": employee_id, **said}


def past_type2(world: Any) -> dict[str, Any]:
    said = {"level": "skill", "certificate_number": "۱۲", "issued_on": world.today, "issuer": "سازمان نمونه"}
    return {"employee_id": world.employee(), **said}


def application(world: Any) -> dict[str, Any]:
    return {"application_id": type2.apply(world, type2.applicant(world))["application_id"]}


def accepted(world: Any) -> dict[str, Any]:
    made = application(world)
    type2.review(world, made["application_id"])
    return made


def passed(world: Any) -> dict[str, Any]:
    made = accepted(world)
    world.call("record_type2_exam", **made, sat_on=world.today, score=80)
    return made


CASES: dict[str, Case] = {
    "register_agency": lambda world: {"code": "AG-N", "name": {"fa": "تازه"}},
    "change_agency": lambda world: {"code": "AG-B", "kind": "ministry"},
    "set_approval_rule": lambda world: {"agency_code": "AG-A", "route": "supervisor"},
    "register_employee": lambda world: world.person(),
    "change_employee": lambda world: {"employee_id": world.employee(), "email": "new@example.ir"},
    "change_employment": lambda world: {
        "employee_id": world.employee(hired_on=world.today - timedelta(days=50)),
        "effective_on": world.today,
        "job_title": "کارشناس",
    },
    "end_employment": lambda world: {
        "employee_id": world.employee(hired_on=world.today - timedelta(days=50)),
        "on": world.today,
        "reason": "retired",
    },
    "correct_name": lambda world: {"employee_id": world.employee(), "full_name": "نام درست", "reason": "x"},
    "correct_national_code": lambda world: {
        "employee_id": world.employee(),
        "national_code": world.person()["national_code"],
        "reason": "x",
    },
    "merge_employees": lambda world: {
        "employee_id": world.employee(),
        "duplicate_id": world.employee(),
        "reason": "x",
    },
    "erase_employee": lambda world: {"employee_id": left(world), "reason": "x"},
    "appoint_officer": lambda world: {
        "agency_code": "AG-A",
        "employee_id": world.employee(),
        "role": "training_officer",
    },
    "delegate_role": lambda world: {
        "officer_id": officer(world),
        "employee_id": world.employee(),
        "from_day": world.today,
        "until_day": world.today + timedelta(days=3),
        "reason": "x",
    },
    "end_officer": lambda world: {"officer_id": officer(world)},
    "transfer_employee": transfer,
    "decide_transfer": lambda world: {"transfer_id": asked_for(world), "approve": True},
    "withdraw_transfer": lambda world: {"transfer_id": asked_for(world)},
    "enroll": lambda world: {"employee_id": world.employee(), "offering_id": world.offering()},
    "nominate": lambda world: {"employee_ids": [world.employee()], "offering_id": world.offering()},
    "withdraw": lambda world: {"enrollment_id": seated(world)[1], "reason": "x"},
    "invite": lambda world: {"employee_ids": [world.employee()], "offering_id": world.offering()},
    "answer_invitation": lambda world: {"enrollment_id": invited(world), "accept": True},
    "answer_offer": lambda world: {"enrollment_id": offered(world), "accept": True},
    "decide_enrollment": lambda world: {"enrollment_id": requested(world), "approve": True},
    "decide_enrollments": lambda world: {"enrollment_ids": [requested(world)], "approve": False, "reason": "x"},
    "record_attendance": lambda world: marks(world, hours=5),
    "record_assessment": lambda world: marks(world, score=90),
    "record_results": results,
    "close_offering": lambda world: {"offering_id": over(world)},
    "correct_result": lambda world: {
        "enrollment_id": world.complete(world.employee()),
        "attended_hours": 9,
        "score": 80,
        "reason": "x",
    },
    "import_employees": lambda world: {"agency_code": "AG-A", "content": HEADER + person(1)},
    "nominate_many": lambda world: {"offering_id": world.offering(), "content": "کد ملی\n1\n"},
    "record_results_many": lambda world: {"offering_id": world.offering(), "content": "کد ملی,حضور,نمره\n1,1,1\n"},
    "cancel_job": lambda world: {"job_id": job(world)},
    "record_candidacy": lambda world: {
        "employee_id": world.employee(),
        "post_title": "مدیر کل نمونه",
        "from_day": world.today,
    },
    "end_candidacy": lambda world: {"candidacy_id": candidacy(world)},
    "issue_training_record": lambda world: {"employee_id": world.employee()},
    "request_recognition": lambda world: {"employee_id": world.employee(), **training(world)},
    "request_recognitions": lambda world: {
        "agency_code": "AG-A",
        "rows": [{"employee_id": world.employee(), **training(world)}],
    },
    "decide_recognition": lambda world: {**elsewhere(world), "decision": "accepted", "minutes_number": "۷"},
    "withdraw_recognition": lambda world: {**elsewhere(world), "reason": "x"},
    "reverse_recognition": lambda world: {**elsewhere(world, accepted=True), "reason": "x"},
    "record_rank": rank,
    "withdraw_rank": lambda world: {
        "decision_id": world.call("record_rank", **rank(world))["decision_id"],
        "reason": "x",
    },
    "record_early_step": early_step,
    "withdraw_early_step": lambda world: {
        "employee_id": world.call("record_early_step", **early_step(world))["employee_id"],
        "decision_number": "1",
        "reason": "x",
    },
    "record_past_type2": past_type2,
    "withdraw_past_type2": lambda world: {
        "employee_id": world.call("record_past_type2", **past_type2(world))["employee_id"],
        "reason": "x",
    },
    "recompute_hours": lambda world: {
        "jalali_year": jalali_year(world.today),
        "dry_run": False,
        "reason": "x",
    },
    "apply_for_type2": lambda world: {"employee_id": type2.applicant(world), "level": "skill"},
    "review_type2": lambda world: {
        **application(world),
        "decision": "accepted",
        "minutes_number": "۱۲",
        "minutes_on": world.today,
    },
    "record_type2_exam": lambda world: {**accepted(world), "sat_on": world.today, "score": 80},
    "sign_type2_award": lambda world: {
        **passed(world),
        "side": "committee",
        "decision": {"number": "1", "decided_on": world.today.isoformat(), "name": "رئیس نمونه"},
    },
    "withdraw_type2_application": lambda world: {**application(world), "reason": "x"},
}


OTHERWISE: dict[str, dict[str, Any]] = {
    "register_agency": {"code": "AG-M"},
    "change_agency": {"kind": "unit"},
    "decide_enrollments": {"enrollment_ids": [str(uuid4())]},
}


def left(world: Any) -> str:
    employee_id = world.employee(hired_on=world.today - timedelta(days=50))
    world.call("end_employment", employee_id=employee_id, on=world.today - timedelta(days=1), reason="retired")
    return str(employee_id)


# Where nothing is left to do, and the code says so; everything else answers as it did, or row by row.
REFUSED = {
    "answer_invitation": "illegal_state",
    "change_agency": "nothing_changes",
    "correct_name": "nothing_changes",
    "correct_result": "nothing_changes",
    "decide_enrollment": "illegal_state",
    "enroll": "already_enrolled",
    "register_employee": "already_registered",
    "withdraw": "illegal_state",
}


def rows_of(world: Any) -> dict[str, int]:
    names = [name for name in world.harness.service.metadata.tables if name != "idempotency"]
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM \"{name}\"" for name in names)
    with world.harness.db.reading() as tx:
        return {row.name: row.rows for row in tx.execute(sa.text(counts))}


def said(world: Any, method: str, arguments: dict[str, Any], **more: Any) -> Any:
    """The reply, or the code of the refusal."""
    try:
        return world.call(method, ("national", "agency_system", "training_officer"), **arguments, **more)
    except (Conflict, NotFound) as error:
        return error.code


@pytest.mark.parametrize("method", CASES)
def test_a_command_said_twice_does_nothing_more(world: Any, method: str) -> None:
    arguments = CASES[method](world)
    first = said(world, method, arguments)
    assert isinstance(first, dict), first
    before = rows_of(world)
    again = said(world, method, arguments)
    assert rows_of(world) == before
    assert REFUSED.get(method) == again if isinstance(again, str) else again.keys() >= first.keys()


@pytest.mark.parametrize("method", CASES)
def test_a_key_brings_the_first_reply_and_no_other_call(world: Any, method: str) -> None:
    arguments = CASES[method](world)
    first = said(world, method, arguments, idempotency_key="k")
    before = rows_of(world)
    assert isinstance(first, dict), first
    assert said(world, method, arguments, idempotency_key="k") == first
    other = {name: str(uuid4()) if name.endswith("_id") else value for name, value in arguments.items()}
    other |= OTHERWISE.get(method, {} if other != arguments else {"agency_code": "AG-C"})
    assert said(world, method, other, idempotency_key="k") == "idempotency_key_reused"
    assert rows_of(world) == before


def test_no_command_is_left_out() -> None:
    """Forms, questionnaires, research projects and closed years have tests of their own, and so have the policies and
    the operators' calls."""
    own = {name for name, one in operations_of(EnrollmentService).items() if one.kind == "command"}
    shared = set(operations_of(BaseService)) | set(operations_of(PolicyCalls))
    assert own - shared - set(CASES) == {
        "publish_questionnaire",
        "record_tests",
        "submit_form",
        "submit_results_form",
        "record_type2_research",
        "recompute_year",
    }
