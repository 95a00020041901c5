"""The second half of the story: a training record, the hours of a year, and a type-2 certificate.

Whoever gets the certificate has served for years; what they took then comes from their agency's old books.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from rich.console import Console

from services.cli.story import Story, expect, synthetic_national_code, until
from shared.persian import add_jalali_months, digits_fa, format_jalali, jalali_year, jalali_year_bounds, tehran_date

VETERANS = 500_000  # national codes and personnel numbers of this half begin here
LEVEL = "specialist"
YEARS_SERVED = 12
# The old books: in each of the last eight Jalali years as much as a year may count, three quarters of it of the job.
YEARS, JOB_HOURS, GENERAL_HOURS = 8, 95, 30
COMMITTEE = {"number": "ک-۱۲", "name": "رئیس نمونهٔ کمیته"}
ORGANISATION = {"number": "س-۳۴", "name": "نمایندهٔ نمونهٔ سازمان"}


def register_veteran(story: Story, agency_code: str, name: str) -> None:
    """Somebody of this run with years of service and a degree that a type-2 certificate can rest on."""
    number = VETERANS + len(story.all_pages("enrollment.list_employees", agency_code=agency_code)) + 1
    story.veteran = {
        "agency_code": agency_code,
        "full_name": name,
        "national_code": synthetic_national_code(number),
        "personnel_number": digits_fa(number),
    }
    registered = story.call(
        "enrollment.register_employee",
        **story.veteran,
        email=f"veteran{number}@{agency_code.lower()}.example",
        hired_on=add_jalali_months(_today(), -12 * YEARS_SERVED).isoformat(),
        education="کاردانی",
        education_field="امور اداری",
        education_status="valid",
    )
    story.veteran["employee_id"] = registered["employee_id"]


def tell(story: Story, console: Console) -> None:
    person = next(one for one, about in story.employees.items() if about["number"] == 0)
    name = story.employees[person]["name"]
    _show_record(story, console, person, name)
    _show_hours(story, console, person, name)
    _explain(story, console, person, name)
    _award(story, console)


def _show_record(story: Story, console: Console, employee_id: str, name: str) -> None:
    """The record with the numbers of its certificates, as a document that anybody can check."""

    def lines() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = story.call("enrollment.get_training_record", employee_id=employee_id)["lines"]
        return found

    serials = {each["serial"] for each in story.certificates if each["holder"] == name}
    until(
        lambda: {line["certificate_serial"] for line in lines()} == serials, f"{len(serials)} lines with certificates"
    )
    extract = story.call("enrollment.issue_training_record", employee_id=employee_id)
    document = story.patiently("certification.get_training_record_document", extract_id=extract["extract_id"])
    (issued,) = story.call("certification.list_training_record_documents", employee_id=employee_id)["items"]
    answer = story.call("certification.verify", code=issued["verification_code"])
    expect(answer["status"] == "valid", "a training record that verifies")
    expect(answer["record"]["lines"] == len(serials), f"{len(serials)} lines in the document")
    pdf = story.keep(document)
    hours = sum(line["hours"] for line in lines())
    console.print(
        f"[bold]6. Training record[/]: {name}, {len(serials)} courses, {hours:g} hours: {pdf}", soft_wrap=True
    )


def _show_hours(story: Story, console: Console, employee_id: str, name: str) -> None:
    hours = story.call("enrollment.get_training_hours", employee_id=employee_id)
    minimum = hours["minimum"]
    (source,) = (each for each in hours["policies"] if each["key"] == "annual_minimum_hours")
    expect(
        round(minimum["missing_hours"], 2) == round(minimum["required_hours"] - minimum["hours"], 2) > 0,
        "hours that are still missing",
    )
    console.print(
        f"[bold]7. Hours of {hours['jalali_year']}[/]: {name} has {minimum['hours']:g} of "
        f"{minimum['required_hours']:g} hours, {minimum['missing_hours']:g} are missing; "
        f"{hours['pay']['points']:g} pay points",
        soft_wrap=True,
    )
    console.print(f"      [dim]the minimum: {source['source']}[/]", soft_wrap=True)


def _explain(story: Story, console: Console, employee_id: str, name: str) -> None:
    """Why somebody may not have the certificate yet, criterion by criterion."""
    checked = story.call("enrollment.check_type2_eligibility", employee_id=employee_id, level=LEVEL)
    (level,) = checked["levels"]
    expect(not level["eligible"], f"{name} not to be eligible yet")
    console.print(
        f"[bold]8. A type-2 certificate, {level['title']['fa']}[/]: what {name} has and lacks", soft_wrap=True
    )
    lacks = [each for each in level["criteria"] if not each["met"]]
    expect(
        {"service_years", "counted_hours", "job_side_hours", "exam_score"} <= {each["code"] for each in lacks}, "gaps"
    )
    console.print(f"   has: {', '.join(each['code'] for each in level['criteria'] if each['met'])}", soft_wrap=True)
    for each in lacks:
        console.print(
            f"   lacks {each['code']}: {each['actual'] or 0:g} of {each['required']:g}, "
            f"{each['missing']:g} {each['unit']} missing",
            soft_wrap=True,
        )
    (source,) = (each for each in checked["policies"] if each["key"] == "type2_thresholds")
    expect(source["basis"] != "regulation", "thresholds that are not said to be the regulation")
    console.print(f"      [dim]{source['source']}[/]", soft_wrap=True)


def _award(story: Story, console: Console) -> None:
    """From the old books to the certificate: application, committee, exam, two signatures by two systems."""
    veteran, today = story.veteran, _today().isoformat()
    rows = _old_books(veteran)
    imported = story.patiently("certification.import_certificates", agency_code=veteran["agency_code"], rows=rows)
    expect(imported["issued"] == len(rows), f"{len(rows)} records of the past, got {imported}")
    asked = {"employee_id": veteran["employee_id"], "level": LEVEL}
    until(
        lambda: story.call("enrollment.check_type2_eligibility", **asked)["levels"][0]["may_apply"],
        "the records of the past to count",
    )
    application = {"application_id": story.call("enrollment.apply_for_type2", **asked)["application_id"]}
    minutes = {"minutes_number": "ص-۷", "minutes_on": today}
    story.call("enrollment.review_type2", **application, decision="accepted", **minutes)
    story.call("enrollment.record_type2_exam", **application, sat_on=today, score=81)
    for call, side, decision in (
        (story.call, "committee", COMMITTEE),
        (story.approve, "organisation", ORGANISATION),
    ):
        signed = call(
            "enrollment.sign_type2_award", **application, side=side, decision=decision | {"decided_on": today}
        )
    expect(signed["state"] == "awarded", f"an award, got {signed['state']}")

    def of_type_2() -> list[dict[str, Any]]:
        held = story.all_pages("certification.list_certificates", employee_id=veteran["employee_id"])
        return [each for each in held if each["kind"] == "type2"]

    until(lambda: len(of_type_2()) == 1, "the type-2 certificate")
    (certificate,) = of_type_2()
    answer = story.call("certification.verify", code=certificate["verification_code"])
    expect(answer["status"] == "valid" and answer["holder_name"] == veteran["full_name"], "a valid type-2 certificate")
    pdf = story.keep(story.call("certification.get_document", certificate_id=certificate["certificate_id"]))
    console.print(
        f"[bold]9. Awarded[/]: {veteran['full_name']}, {signed['counted_hours']:g} hours of {len(rows)} records since "
        f"{format_jalali(date.fromisoformat(rows[0]['ends_on']))}: {certificate['serial']}, {pdf}",
        soft_wrap=True,
    )


def _old_books(veteran: dict[str, Any]) -> list[dict[str, Any]]:
    said = {name: veteran[name] for name in ("employee_id", "full_name", "national_code", "personnel_number")}
    this_year, rows = jalali_year(_today()), []
    for year in range(this_year - YEARS, this_year):
        for course_type, kind, hours in (("job", "شغلی تخصصی", JOB_HOURS), ("general", "4-2", GENERAL_HOURS)):
            day = jalali_year_bounds(year)[0] + timedelta(days=60)
            rows.append(
                {
                    **said,
                    "reference": f"{veteran['personnel_number']}-{year}-{course_type}",
                    "course_code": f"OLD-{course_type.upper()}-{year}",
                    "course_title": {"fa": f"دورهٔ نمونهٔ سال {digits_fa(year)}"},
                    "course_type": kind,
                    "hours": hours,
                    "delivery_mode": "in_person",
                    "starts_on": day.isoformat(),
                    "ends_on": (day + timedelta(days=20)).isoformat(),
                }
            )
    return rows


def _today() -> date:
    return tehran_date(datetime.now(UTC))
