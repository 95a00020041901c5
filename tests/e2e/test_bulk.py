"""Files of many rows, sent from the shell to the running service."""

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.platform import AGENCY, Platform
from tests.support.processes import PROJECT

HEADER = ["کد ملی", "شماره پرسنلی", "نام", "نام خانوادگی", "ایمیل"]


def shell(platform: Platform, *arguments: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "services.cli", *map(str, arguments)]
    whole = {**os.environ, **platform.env}
    return subprocess.run(command, env=whole, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)


def people(platform: Platform, count: int) -> list[dict[str, Any]]:
    return [platform.person(AGENCY) for _one in range(count)]


def written(folder: Path, staff: list[dict[str, Any]], encoding: str = "utf-8-sig") -> Path:
    path = folder / "staff.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for one in staff:
            first, _space, last = one["full_name"].partition(" ")
            writer.writerow([one["national_code"], one["personnel_number"], first, last, one["email"]])
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_is_sent_followed_and_answered_row_by_row(platform: Platform, tmp_path: Path, encoding: str) -> None:
    staff = people(platform, 300)
    path, out = written(tmp_path, staff, encoding), tmp_path / "out.csv"
    done = shell(platform, "import-employees", path, "--agency", AGENCY, "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "300 accepted, 0 unchanged, 0 refused" in done.stdout
    lines = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert len(lines) == 301
    assert {line[1] for line in lines[1:]} == {"پذیرفته"}
    again = shell(platform, "import-employees", path, "--agency", AGENCY)
    assert again.returncode == 0
    assert "This very file was sent before" in again.stdout
    shown = platform.call("enrollment.get_employee", employee_id=lines[1][3])
    assert shown["full_name"] == staff[0]["full_name"]


def test_refused_rows_are_named_and_end_with_one(platform: Platform, tmp_path: Path) -> None:
    good, bad = people(platform, 2)
    path = written(tmp_path, [good, bad | {"national_code": "1111111111"}])
    trial = shell(platform, "import-employees", path, "--agency", AGENCY, "--dry-run")
    assert "Trial run; nothing was written." in trial.stdout
    done = shell(platform, "import-employees", path, "--agency", AGENCY)
    for result in (trial, done):
        assert result.returncode == 1
        assert "1 accepted, 0 unchanged, 1 refused" in result.stdout
        assert "line 3: invalid_arguments: national_code" in result.stdout


def test_what_is_no_text_is_refused_before_it_is_sent(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "staff.xlsx"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x80\x81" * 50)
    done = shell(platform, "import-employees", path, "--agency", AGENCY)
    assert done.returncode == 2
    assert "is not text in UTF-8" in done.stderr


def test_nominations_and_results_follow_from_files(platform: Platform, tmp_path: Path) -> None:
    offering = platform.offering()
    staff = people(platform, 3)
    for one in staff:
        platform.call("enrollment.register_employee", **one)
    named, marks = tmp_path / "named.csv", tmp_path / "marks.jsonl"
    named.write_text("national_code\n" + "".join(f"{one['national_code']}\n" for one in staff))
    row = '{{"national_code": "{}", "attended_hours": 8, "score": 90}}\n'
    marks.write_text("".join(row.format(one["national_code"]) for one in staff))
    for command, file in (("nominate-many", named), ("record-results", marks)):
        done = shell(platform, command, file, "--offering", offering, "--agency", AGENCY)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "3 accepted, 0 unchanged, 0 refused" in done.stdout
    rows = platform.call("enrollment.list_roster", offering_id=offering)["items"]
    assert [one["status"] for one in rows] == ["completed"] * 3
