"""Synthetic people: every name, number and address is visibly made up."""

from dataclasses import dataclass
from uuid import UUID

from shared.ids import new_id

LETTERS = "ابپتجچخدرزسشفقکگلمنو"
AGENCIES = [f"BENCH{number:02d}" for number in range(1, 11)]


@dataclass(frozen=True)
class Person:
    """One member of staff; `full_name` ends in letters that spell its number."""

    employee_id: UUID
    agency_code: str
    national_code: str
    personnel_number: str
    full_name: str
    email: str


def people(count: int) -> list[Person]:
    """`count` people (at most 999 999), spread evenly over the agencies."""
    return [
        Person(
            employee_id=new_id(),
            agency_code=AGENCIES[number % len(AGENCIES)],
            national_code=national_code(number),
            personnel_number=f"P{number:06d}",
            full_name=f"کارمند آزمایشی {spelled(number)}",
            email=f"person{number:06d}@bench.example",
        )
        for number in range(1, count + 1)
    ]


def agency_name(code: str) -> dict[str, str]:
    return {"fa": f"سازمان نمونه {spelled(int(code[-2:]))}", "en": f"Sample organisation {code[-2:]}"}


def national_code(number: int) -> str:
    """A code with the test prefix 999 and a right check digit (domain rule: weights 10 to 2, modulo 11)."""
    digits = f"999{number:06d}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return digits + str(rest if rest < 2 else 11 - rest)


def spelled(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, len(LETTERS))
        letters = LETTERS[digit] + letters
    return letters
