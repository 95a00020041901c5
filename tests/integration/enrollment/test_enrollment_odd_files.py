"""Files as they really come: wrong encodings, forms nobody meant, and lines that no database would keep."""

import json
from typing import Any

import pytest

from tests.integration.enrollment.conftest import national_code
from tests.integration.enrollment.test_enrollment_jobs import HEADER, OFFICER, counts, imported, person, rows, run


def test_letters_and_digits_of_any_keyboard_name_the_same_person(world: Any) -> None:
    code = national_code(5001).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    content = "كد ملي;شماره پرسنلي;نام;نام خانوادگي;ايميل\n" + f"{code};ي۱۲;علي;كريمي;a@example.ir\n"
    assert counts(imported(world, content)) == ("done", 1, 1, 1, 0, 0)
    (shown,) = world.call("list_employees", agency_code="AG-A")["items"]
    assert (shown["full_name"], shown["personnel_number"]) == ("علی کریمی", "ی12")
    again = "کد ملی;شماره پرسنلی;نام کامل;ایمیل\n" + f"{national_code(5001)};ی12;علی کریمی;a@example.ir\n"
    assert counts(imported(world, again)) == ("done", 1, 1, 0, 1, 0)


def test_a_file_that_was_no_utf_8_in_its_middle_changes_nothing(world: Any) -> None:
    content = HEADER + person(1) + person(2, last="\ufffd\ufffd\ufffd")
    job = imported(world, content)
    assert (job["status"], job["processed"]) == ("failed", 0)
    assert "line 3" in job["error"]["fields"]["content"][0]
    assert "UTF-8" in job["error"]["fields"]["content"][0]


def test_lines_are_counted_as_an_editor_shows_them(world: Any) -> None:
    content = "\n\nsep=;\n" + HEADER + person(1, last='"دو\nخط"') + "\n" + person(2, code="1111111111")
    assert [row["line"] for row in rows(world, imported(world, content))] == [6, 8]
    lines = "\n" + json.dumps({"national_code": "1"}) + "\n"
    assert [row["line"] for row in rows(world, imported(world, lines))] == [2]


def test_a_header_alone_is_a_file_of_no_rows(world: Any) -> None:
    assert counts(imported(world, HEADER)) == ("done", 0, 0, 0, 0, 0)


def test_a_name_in_whole_and_in_parts_is_the_whole(world: Any) -> None:
    content = "national_code,personnel_number,full_name,first_name,last_name,email\n"
    content += f"{national_code(5001)},J1,نام کامل نمونه,نام,نمونه,a@example.ir\n"
    assert counts(imported(world, content)) == ("done", 1, 1, 1, 0, 0)
    assert world.call("list_employees", agency_code="AG-A")["items"][0]["full_name"] == "نام کامل نمونه"


def test_rows_that_are_too_long_are_refused_by_themselves(world: Any) -> None:
    content = HEADER + person(1).replace("\n", ";extra\n") + person(2) + person(3, first="x" * 9_000)
    job = imported(world, content)
    assert counts(job) == ("done", 3, 3, 1, 0, 2)
    assert [row["code"] for row in rows(world, job)] == ["unreadable_row", None, "invalid_arguments"]


def test_an_endless_line_is_refused_and_not_collected(world: Any) -> None:
    job = imported(world, HEADER + ";".join(["x" * 5_000] * 30))
    assert job["status"] == "failed"
    assert "line 2 is longer" in job["error"]["fields"]["content"][0]


@pytest.mark.parametrize("odd", ["\u0000", "\ud800", "\u202e"])
def test_what_no_database_keeps_is_refused_by_the_row(world: Any, odd: str) -> None:
    same = {"personnel_number": "J1", "full_name": "نمونه", "email": "a@example.ir"}
    lines = [
        {"national_code": national_code(5001), **same, f"name{odd}": 1},
        {"national_code": national_code(5002) + odd, **same, "unit": f"a{odd}b", "rank": odd},
        {"national_code": national_code(5003), **same},
    ]
    job = imported(world, "".join(json.dumps(line) + "\n" for line in lines))
    assert counts(job)[0] == "done"
    assert counts(job)[2:4] == (3, 1)


@pytest.mark.parametrize("odd", [[1], {"a": 1}, True, 1.5, "\ud800", "\u0000", "", "x" * 9_000])
@pytest.mark.parametrize("name", ["national_code", "personnel_number", "employee_id", "enrollment_id"])
def test_a_row_that_names_nobody_harms_no_other(world: Any, name: str, odd: Any) -> None:
    employee_id = world.employee()
    offering_id = world.offering()
    lines = json.dumps({name: odd}) + "\n" + json.dumps({"employee_id": employee_id}) + "\n"
    job = run(world, "nominate_many", lines, OFFICER, offering_id=offering_id)
    assert counts(job) == ("done", 2, 2, 1, 0, 1)
    marks = [{name: odd, "attended_hours": 10, "score": 90}, {"employee_id": employee_id, "attended_hours": [1]}]
    marks.append({"employee_id": employee_id, "attended_hours": 10, "score": 90})
    lines = "".join(json.dumps(mark) + "\n" for mark in marks)
    job = run(world, "record_results_many", lines, OFFICER, offering_id=offering_id)
    assert counts(job) == ("done", 3, 3, 1, 0, 2)


def test_lines_that_are_no_objects_are_refused_by_themselves(world: Any) -> None:
    good = {"کد ملی": national_code(5001), "شماره پرسنلی": "J1", "نام کامل": "نمونه", "ایمیل": "a@example.ir"}
    lines = [json.dumps(good, ensure_ascii=False), "[1]", "{", "null", "NaN", '{"score": NaN}']
    job = imported(world, "\ufeff" + "\r\n".join(lines), format="jsonl")
    assert counts(job) == ("done", 6, 6, 1, 0, 5)
