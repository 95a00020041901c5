"""The ready-made curriculum: laws, competences, the courses of the five areas, and programmes.

It is data, in the YAML files beside this one; `reading` makes of them the arguments of the catalog's calls, `checking`
holds them against the rules of the catalog, and `seeding` puts them into one.
"""

from services.catalog.curriculum.checking import Arguments, CurriculumError
from services.catalog.curriculum.reading import FOLDER, ORIGIN, Area, Curriculum, read
from services.catalog.curriculum.seeding import Outcome, Report, seed

__all__ = [
    "FOLDER",
    "ORIGIN",
    "Area",
    "Arguments",
    "Curriculum",
    "CurriculumError",
    "Outcome",
    "Report",
    "areas",
    "definitions",
    "read",
    "seed",
]


def areas() -> tuple[Area, ...]:
    """The five areas in their order, then the extras."""
    return read().areas


def definitions() -> list[Arguments]:
    """The arguments of `catalog.define_course` for every course, in order."""
    return read().definitions
