"""What a batch of certificates will look like: their agencies' profiles in force, asked for once."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.certification import models
from services.certification.domain import designs
from services.certification.policies import value_on
from shared.database import Transaction
from shared.events import EnrollmentCompletedV1


class Designs:
    """The profiles of some agencies on a day, and what holds for an agency that has none."""

    def __init__(self, tx: Transaction, agency_codes: Iterable[str], day: date) -> None:
        self.profiles = models.profiles_in_force(tx, agency_codes, day)
        self._signatories = value_on(tx, "default_signatories", day)
        self._grades = value_on(tx, "grade_words", day)

    def of(self, completion: EnrollmentCompletedV1, score: float | None) -> dict[str, Any]:
        """What the snapshot of a completion says of its looks, and the word for its score where that is known."""
        look = self.look(completion.agency_code, completion.certificate_template)
        return {"design": look, "grade": None if score is None else designs.grade(score, self._grades)}

    def look(self, agency_code: str, template: str | None = None) -> dict[str, Any]:
        profile = self.profiles.get(agency_code)
        return designs.design(profile and profile._mapping, template, self._signatories)
