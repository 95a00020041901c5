"""The questionnaires that come with the product: reads questionnaires.yaml and checks it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from marshmallow import ValidationError

from services.enrollment.domain.forms import KINDS, check_items
from services.enrollment.schemas.forms import ShippedQuestionnaire
from shared import yaml_file
from shared.errors import Invalid

FILE = Path(__file__).with_name("questionnaires.yaml")
OF_PRODUCT = ""  # in place of the agency that published it


class QuestionnaireFileError(ValueError):
    """The file is wrong; the text says where and why."""


class Questionnaire(NamedTuple):
    """A version of a questionnaire, of the product or of an agency."""

    agency_code: str
    code: str
    version: int
    kind: str
    title: dict[str, str]
    items: list[dict[str, Any]]
    published_at: datetime | None = None


@cache
def shipped(path: Path = FILE) -> Mapping[tuple[str, int], Questionnaire]:
    """By code and version; raises QuestionnaireFileError."""
    try:
        entries = yaml_file.read(path)["questionnaires"]
        read = [Questionnaire(OF_PRODUCT, **ShippedQuestionnaire().load(entry)) for entry in entries]
        for each in read:
            check_items(each.kind, each.items)
    except (yaml.YAMLError, KeyError, TypeError, ValidationError, Invalid) as error:
        raise QuestionnaireFileError(f"{path.name}: {type(error).__name__}: {error}") from error
    found = {(each.code, each.version): each for each in read}
    if len(found) < len(read) or {each.kind for each in read} != set(KINDS):
        raise QuestionnaireFileError(f"{path.name}: needs one of every kind, and every version once")
    return found


def latest(kind: str) -> Questionnaire:
    """The one of this kind that an offering gets where its agency has none of its own."""
    return max((each for each in shipped().values() if each.kind == kind), key=lambda each: (each.version, each.code))
