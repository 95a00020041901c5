"""`training demo`: the main path on embedded defaults in this process, told as a story, checked to its end.

People and agencies are made up and look it; national codes have the unassigned prefix 999. Every run brings people of
its own, so a second run works as the first.
"""

import mailbox
import socket
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from services.catalog import curriculum
from services.cli import demo_record, running
from services.cli.composition import CLASSES
from services.cli.story import Missing, Story, expect, synthetic_national_code, until
from shared.auth import ROLES, Tokens
from shared.client import HTTPClient, by_name
from shared.config import Config
from shared.entrypoints.rpc import RpcServer
from shared.errors import Conflict, TrainingError
from shared.persian import add_jalali_months, digits_fa, format_jalali, tehran_date

AGENCIES = {"DEMO-A": "سازمان نمونهٔ یکم", "DEMO-B": "اداره‌کل نمونهٔ دوم", "DEMO-C": "ستاد نمونهٔ سوم"}
VETERAN = ("کهنه‌کار نمونه‌آبادی", "DEMO-C")
PEOPLE = (
    ("آزمایش نمونه‌ای", "DEMO-A"),
    ("نمونه‌زادهٔ فرضی", "DEMO-A"),
    ("فرضیه آزمون‌پور", "DEMO-A"),
    ("نام‌نمونه کاربری", "DEMO-A"),
    ("مثال‌الدین نمونه‌پور", "DEMO-A"),
    ("آزمون ساختگی‌نژاد", "DEMO-B"),
    ("فرضعلی نمونه‌دوست", "DEMO-B"),
    ("نمونه‌بانو آزمایشی", "DEMO-B"),
    ("ساختگی‌خانم مثالی", "DEMO-B"),
    ("کاربر نمونهٔ پنجم", "DEMO-B"),
)
YEARS_SERVED = 5  # so that a whole year's hours are asked of everybody
TAUGHT = ("RD-01", "SS-01", "TS-04", "OM-01", "OC-06")  # one course from each of the five areas
SCORES = (95, 88, 60, 77.5, 59.5, 100, 82, 71, 45, 90)  # of 100; the pass mark is 60
ABSENT = 1  # in each course this person misses half of it
# Of the veteran: three steps of the application, and the certificate.
OF_TYPE_2 = 4
# By the clock, on some days of the year.
NOT_OF_THE_STORY = ("hours_shortfall", "course_due", "year_closed")


def run(config: Config, console: Console) -> int:
    """Tell the story; 0 only if all of it came true."""
    config = replace(config, amqp_url="embedded://", retry_delays=(0.2, 0.5, 1.0, 2.0, 4.0))
    containers: list[Any] = []
    try:
        running.prepare_embedded(config)
        ports = {name: _free_port() for name in CLASSES}
        containers = running.start(config, list(CLASSES), ports)
        until(lambda: all(each.shared_extensions[RpcServer].connected for each in containers), "connected services")
        tokens = Tokens(config.keys_dir)
        systems = [
            tokens.issue(name, "DEMO-A", sorted(ROLES), timedelta(minutes=10)) for name in ("demo", "demo-second")
        ]
        call, approve = (by_name(HTTPClient(token, ports=ports)) for token in systems)
        story = Story(call, approve, config.keys_dir.parent)
        _tell(story, config, console)
    except (Missing, TrainingError) as problem:
        console.print(f"[bold red]The story did not come true:[/] {problem}")
        return 1
    finally:
        running.stop(containers)
    return 0


def _tell(story: Story, config: Config, console: Console) -> None:
    courses = curriculum.seed(story.call).courses
    published = [*courses.created, *courses.renewed]
    console.print(
        f"[bold]1. The curriculum[/]: {len(curriculum.definitions())} courses "
        f"({len(published)} published now) in {sum(area.required for area in curriculum.areas())} areas and extras"
    )
    _register(story, console)
    offerings = {code: _offer(story, code) for code in TAUGHT}
    enrollments = {code: _enroll(story, offering) for code, offering in offerings.items()}
    console.print(f"[bold]3. Seats[/]: {sum(map(len, enrollments.values()))} confirmed in {len(offerings)} offerings")
    for code, offering in offerings.items():
        _record(story, code, offering, enrollments[code])
    console.print(f"[bold]4. Results[/]: {story.passed} completed, {story.failed} did not (score or attendance)")
    _await_certificates(story, {entry for entries in enrollments.values() for entry in entries.values()})
    _show_certificates(story, console)
    demo_record.tell(story, console)
    _await_mails(story, config)
    _show_documents(story, config, console)


def _register(story: Story, console: Console) -> None:
    for code, name in AGENCIES.items():
        story.call("enrollment.register_agency", code=code, name={"fa": name})
    # Nobody takes a course twice that needs no refreshing, so every run brings people of its own.
    earlier = _people_of(story, "DEMO-A") // sum(agency == "DEMO-A" for _name, agency in PEOPLE) * len(PEOPLE)
    for place, (name, agency) in enumerate(PEOPLE):
        number = earlier + place + 1
        person = {
            "agency_code": agency,
            "national_code": synthetic_national_code(number),
            "personnel_number": digits_fa(1000 + number),
            "full_name": name,
            "email": f"person{number}@{agency.lower()}.example",
            "hired_on": add_jalali_months(tehran_date(datetime.now(UTC)), -12 * YEARS_SERVED).isoformat(),
            "education": "کاردانی",
            "education_status": "valid",
            "father_name": "پدر نمونه",
            "unit": "واحد نمونه",
        }
        try:
            employee_id = story.call("enrollment.register_employee", **person)["employee_id"]
        except Conflict as known:
            employee_id = known.details["employee_id"]
        story.employees[employee_id] = {"name": name, "number": place, "agency": agency}
    name, agency = VETERAN
    demo_record.register_veteran(story, agency, name)
    console.print(f"[bold]2. Who[/]: {len(AGENCIES)} agencies, {len(PEOPLE) + 1} employees")


def _people_of(story: Story, agency: str) -> int:
    return len(story.all_pages("enrollment.list_employees", agency_code=agency))


def _offer(story: Story, code: str) -> str:
    today = tehran_date(datetime.now(UTC))
    offering = story.patiently(
        "catalog.open_offering",
        course_code=code,
        agency_code="DEMO-A",
        starts_on=today.isoformat(),
        ends_on=(today + timedelta(days=2)).isoformat(),
        capacity=len(PEOPLE),
        open_to="all",
        permit={"number": "۱۲۰/۴۵", "issued_on": (today - timedelta(days=7)).isoformat()},
    )
    return str(offering["offering_id"])


def _enroll(story: Story, offering_id: str) -> dict[str, str]:
    """The enrollment of each employee."""
    found = {}
    for employee_id in story.employees:
        reply = story.patiently("enrollment.enroll", employee_id=employee_id, offering_id=offering_id)
        expect(reply["status"] == "confirmed", f"a seat for {employee_id}, got {reply['status']}")
        found[employee_id] = str(reply["enrollment_id"])
    return found


def _record(story: Story, code: str, offering_id: str, enrollments: dict[str, str]) -> None:
    hours = next(each["hours"] for each in curriculum.definitions() if each["code"] == code)
    rows = []
    for employee_id, enrollment_id in enrollments.items():
        number = story.employees[employee_id]["number"]
        attended = hours / 2 if number == ABSENT else hours
        rows.append(
            {"enrollment_id": enrollment_id, "attended_hours": attended, "score": digits_fa(str(SCORES[number]))}
        )
    reply = story.call("enrollment.record_results", offering_id=offering_id, results=rows)
    expected = sum(score >= 60 for number, score in enumerate(SCORES) if number != ABSENT)
    expect(not reply["rejected"], f"no rejected result, got {reply['rejected']}")
    expect(reply["completed"] == expected, f"{expected} completions of {code}, got {reply['completed']}")
    story.passed += reply["completed"]
    story.failed += reply["failed"]


def _await_certificates(story: Story, enrollment_ids: set[str]) -> None:
    def ours() -> list[dict[str, Any]]:
        since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
        issued = story.all_pages("certification.list_issued", since=since)
        return [item for item in issued if item["enrollment_id"] in enrollment_ids]

    until(lambda: len(ours()) >= story.passed, f"{story.passed} certificates")
    issued = {item["certificate_id"] for item in ours()}
    expect(len(issued) == story.passed, f"{story.passed} certificates, got {len(issued)}")
    for employee_id, person in story.employees.items():
        for item in story.all_pages("certification.list_certificates", employee_id=employee_id):
            if item["certificate_id"] in issued:
                story.certificates.append({**item, "holder": person["name"]})
    for certificate in story.certificates:
        answer = story.call("certification.verify", code=certificate["verification_code"])
        expect(answer["status"] == "valid" and answer["holder_name"] == certificate["holder"], "a valid certificate")


def _show_certificates(story: Story, console: Console) -> None:
    console.print("[bold]5. Certificates[/]")
    for item in sorted(story.certificates, key=lambda item: item["serial"]):
        day = format_jalali(date.fromisoformat(item["completed_on"]))
        console.print(f"   {item['serial']}  {item['holder']} — {item['course_title']['fa']}، {day}", soft_wrap=True)
        console.print(f"      [dim]{item['verification_url']}[/]", soft_wrap=True)


def _await_mails(story: Story, config: Config) -> None:
    expected = len(TAUGHT) * len(PEOPLE) + story.passed + story.failed + OF_TYPE_2

    def sent() -> int:
        since = datetime.now(UTC) - timedelta(seconds=time.monotonic() - story.began + 1)
        queued = story.all_pages("notification.list_queued", since=since.isoformat())
        return sum(item["status"] == "sent" and item["template"] not in NOT_OF_THE_STORY for item in queued)

    until(lambda: sent() >= expected, f"{expected} mails")
    story.mails = sent()
    expect(story.mails == expected, f"{expected} mails, got {story.mails}")


def _show_documents(story: Story, config: Config, console: Console) -> None:
    certificate = story.certificates[0]
    pdf = story.keep(story.call("certification.get_document", certificate_id=certificate["certificate_id"]))
    credential = story.call("certification.get_credential", certificate_id=certificate["certificate_id"])
    expect(credential["credential"].count(".") == 2, "a signed credential")
    seconds = time.monotonic() - story.began
    console.print(f"[bold]10. Proofs[/]: the first certificate as PDF: {pdf}", soft_wrap=True)
    if config.smtp_url.startswith("maildir://"):
        folder = Path(config.smtp_url.removeprefix("maildir://"))
        newest = max((folder / "new").iterdir(), key=lambda path: path.stat().st_mtime)
        mails = mailbox.Maildir(folder)
        expect(len(mails) >= story.mails, f"{story.mails} mails in {folder}")
        attached = {part.get_filename() for mail in mails for part in mail.walk()}
        told = {f"{one['serial']}.pdf" for one in story.certificates}
        expect(told <= attached, f"the PDF of each of {len(told)} certificates in its mail")
        console.print(
            f"[bold]11. Mails[/]: {story.mails} sent, those of certificates with their PDF; they lie in {folder}/new, "
            f"the latest is {newest.name}",
            soft_wrap=True,
        )
    console.print(
        f"[bold green]All of it came true[/] in {seconds:.1f} s: {len(story.certificates)} signed certificates, "
        f"a training record, a type-2 certificate, {story.mails} mails. `training up` serves the links above."
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
