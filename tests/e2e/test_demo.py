"""`training demo` in an empty folder, with an empty environment, twice."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.platform import display_name, read_mail

PROJECT = Path(__file__).resolve().parents[2]
SERIAL = re.compile(r"DEMO-[AB]-\d{4}-\d{6}")
ZWNJ = "\u200c"
# Letters that mail programs and terminals like to break: a joiner inside a word, and a hamza above.
NAMES = ("آزمایش نمونه‌ای", "نمونه‌زادهٔ فرضی", "مثال‌الدین نمونه‌پور", "ساختگی‌خانم مثالی", "کاربر نمونهٔ پنجم")


def demo(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Nothing of our own environment reaches it but the place of the sources."""
    command = [sys.executable, "-m", "services.cli", "demo"]
    return subprocess.run(
        command,
        check=False,
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        timeout=120,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Path, list[subprocess.CompletedProcess[str]]]":
    folder = tmp_path_factory.mktemp("demo")
    return folder, [demo(folder), demo(folder)]


Runs = tuple[Path, "list[subprocess.CompletedProcess[str]]"]


def test_both_runs_come_true_and_have_nothing_to_complain_of(runs: Runs) -> None:
    for done in runs[1]:
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        assert "All of it came true" in done.stdout


def test_the_story_names_people_serials_and_links(runs: Runs) -> None:
    for done in runs[1]:
        serials = SERIAL.findall(done.stdout)
        assert len(set(serials)) >= 30
        assert "نمونه‌ای" in done.stdout
        assert done.stdout.count("/verify/") >= 30


def test_the_second_run_goes_on_where_the_first_ended(runs: Runs) -> None:
    first, second = (set(SERIAL.findall(done.stdout.partition("6. Training record")[0])) for done in runs[1])
    assert len(first) == len(second)
    assert not first & second
    for agency in "AB":
        numbers = sorted(int(each[-6:]) for each in first | second if each.startswith(f"DEMO-{agency}"))
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_certificate_is_a_pdf_where_the_story_says(runs: Runs) -> None:
    folder, (first, _) = runs
    named = re.search(r"as PDF: (\S+)", first.stdout)
    assert named
    assert (folder / named[1]).read_bytes().startswith(b"%PDF-")


def test_the_story_goes_on_to_the_record_the_hours_and_a_type_2_certificate(runs: Runs) -> None:
    folder, both = runs
    for done in both:
        record = re.search(r"6\. Training record: (.+), 5 courses, 20 hours: (\S+)", done.stdout)
        assert record
        assert record[1] == NAMES[0]
        assert "has 20 of 40 hours, 20 are missing" in done.stdout
        assert "lacks counted_hours: 20 of 1000, 980 hours missing" in done.stdout
        assert "The numbers of 1390 (200/90/31146) were not found" in done.stdout
        awarded = re.search(
            r"9\. Awarded: .+, 1000 hours of 16 records since .+: (DEMO-C-\d{4}-\d{6}), (\S+)", done.stdout
        )
        assert awarded
        assert all((folder / pdf).read_bytes().startswith(b"%PDF-") for pdf in (record[2], awarded[2]))


def test_mails_keep_every_letter_of_the_persian_names(runs: Runs) -> None:
    mails = read_mail(runs[0] / "var" / "mail")
    assert len(mails) == 208
    greeted = {display_name(mail): mail for mail in mails}
    for name in NAMES:
        body = greeted[name].get_body(("plain",))
        assert body is not None
        assert name in body.get_content()
    subjects = [str(mail["Subject"]) for mail in mails]
    assert any(f"مسئولیت{ZWNJ}های" in subject for subject in subjects)
    assert not any("\ufffd" in subject or "?" in subject for subject in subjects)


def test_every_mail_can_be_parsed_and_answers_to_something(runs: Runs) -> None:
    mails = read_mail(runs[0] / "var" / "mail")
    for mail in mails:
        assert not mail.defects
        assert mail["X-Correlation-ID"]
        assert mail["Message-ID"]
        html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
        assert html is not None
        assert plain is not None
        assert 'dir="rtl"' in html.get_content()
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
