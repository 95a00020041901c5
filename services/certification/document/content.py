"""What a certificate says on its page: texts with the digits and days of their language, ready to be placed.

Everything comes from the snapshot, of any form; what it does not say is left out and leaves no hole.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.certification.document.words import VARIANTS, Words
from services.certification.document.writing import code as _code
from services.certification.document.writing import day as _day
from services.certification.document.writing import digits as _digits
from services.certification.document.writing import held as _held
from services.certification.document.writing import number as _number
from services.certification.document.writing import text as _text
from services.certification.domain.codes import grouped
from shared.persian import tehran_date

_Snapshot = Mapping[str, Any]
HIDDEN_DIGITS = 7  # of the ten of a national code
UNBROKEN = 40  # characters


def page(snapshot: _Snapshot, variant: str, link: str) -> dict[str, Any]:
    """The page: what all languages share, and one block for each language."""
    languages = VARIANTS[variant]
    blocks = [_block(snapshot, words) for words in languages]
    return {
        "language": languages[0].language,
        "direction": languages[0].direction,
        "title": languages[0]["title"].format(snapshot["serial"]),
        "author": snapshot["issuer"]["name"]["fa"],
        "holder": snapshot["holder_name"],
        "code": _code(grouped(snapshot["verification_code"])),
        "link": link,
        "qr_alt": languages[0]["qr"].format(link),
        "attachment": languages[0]["attachment"],
        "blocks": blocks,
        "signatories": [_signatory(each, languages) for each in _design(snapshot).get("signatories", ())],
    }


def _block(snapshot: _Snapshot, words: Words) -> dict[str, Any]:
    """What the page says in one language."""
    issuer = _text(snapshot["issuer"]["name"], words)
    plain = ("heading", "certifies", "passed", "seal", "code", "proof")
    return {
        **{name: words[name] for name in plain},
        "language": words.language,
        "direction": words.direction,
        "kind": words.kinds[snapshot["kind"]],
        "issuer": issuer,
        "logo_alt": words["logo"].format(issuer),
        "number": _number_lines(snapshot, words),
        "about": f"{words.comma} ".join(_about(snapshot, issuer, words)),
        "course": _text(snapshot["course_title"], words),
        "sentence": _sentence(snapshot, words),
        "facts": _facts(snapshot, words),
    }


def _number_lines(snapshot: _Snapshot, words: Words) -> list[list[str]]:
    """What stands in the upper corner of an official letter: its number and its day."""
    issued_on = tehran_date(datetime.fromisoformat(snapshot["issued_at"]))
    lines = [[words["serial"], _code(snapshot["serial"])], [words["issued_on"], _day(issued_on, words)]]
    if snapshot.get("valid_until"):
        lines.append([words["valid_until"], _day(date.fromisoformat(snapshot["valid_until"]), words)])
    return lines


def _about(snapshot: _Snapshot, issuer: str, words: Words) -> list[str]:
    """Who the holder is, in parts."""
    ending = snapshot.get("national_code_end")
    number = snapshot["personnel_number"]
    said = {
        "father_name": snapshot.get("father_name"),
        "national_code": ending and _code("*" * HIDDEN_DIGITS + _digits(ending, words)),
        "personnel_number": number and _code(_digits(number, words) if number.isdigit() else number),
        "job_title": snapshot["job_title"],
        # Before form 2 a certificate did not say where its holder worked but for the issuer.
        "workplace": f"{issuer}{words.comma} {snapshot['unit']}" if snapshot.get("unit") else None,
    }
    return [_together(words[name].format(_held(value, words))) for name, value in said.items() if value]


def _sentence(snapshot: _Snapshot, words: Words) -> str:
    hours = snapshot["hours"]
    spelled = words.in_words(hours)
    one_day = snapshot["starts_on"] == snapshot["ends_on"]
    return words["sentence_one_day" if one_day else "sentence"].format(
        hours=_number(hours, words),
        words=words["hours_in_words"].format(spelled) if spelled else "",
        mode=words.delivery_modes.get(snapshot["delivery_mode"], snapshot["delivery_mode"]),
        start=_day(date.fromisoformat(snapshot["starts_on"]), words),
        end=_day(date.fromisoformat(snapshot["ends_on"]), words),
    )


def _facts(snapshot: _Snapshot, words: Words) -> list[list[str]]:
    """Label and value of what else is said of the course."""
    course, version = _code(snapshot["course_code"]), snapshot["course_version"]
    if version:  # one of a record of the past has none
        course = words["course_version"].format(course, _digits(version, words))
    said = {
        "course_code": course,
        "course_type": words.course_types.get(snapshot["course_type"], snapshot["course_type"]),
        "score": _score(snapshot, words),
        "completed_on": _day(date.fromisoformat(snapshot["completed_on"]), words),
        "permit": _permit(snapshot, words),
        "provider": _provider(snapshot, words),
        "basis": _basis(snapshot, words),
    }
    return [[words[name], value] for name, value in said.items() if value]


def _score(snapshot: _Snapshot, words: Words) -> str:
    if snapshot["score"] is None:  # that of a record of the past may not be known
        return ""
    score = words["score_of"].format(_number(snapshot["score"], words))
    grade = snapshot.get("grade")
    return f"{score} ({_text(grade, words)})" if grade else score


def _basis(snapshot: _Snapshot, words: Words) -> str:
    """That a certificate rests on an older record, and the number and day of the certificate of that time."""
    basis = snapshot.get("basis")
    if not basis:
        return ""
    serial, day = basis["original_serial"], basis["original_date"]
    record = words["past_certificate"].format(_code(_digits(serial, words))) if serial else words["past_record"]
    return words["dated"].format(record, _day(date.fromisoformat(day), words)) if day else record


def _permit(snapshot: _Snapshot, words: Words) -> str:
    permit = snapshot.get("permit")
    if not permit:
        return ""
    number, day = _code(_digits(permit["number"], words)), permit.get("issued_on")
    return words["dated"].format(number, _day(date.fromisoformat(day), words)) if day else number


def _provider(snapshot: _Snapshot, words: Words) -> str:
    provider = snapshot["provider"]
    name, accreditation = _text(provider["name"], words), provider.get("accreditation")
    if not accreditation:
        return name
    return words["accreditation"].format(name, _code(_digits(accreditation["number"], words)))


def _signatory(signatory: Mapping[str, Any], languages: tuple[Words, ...]) -> dict[str, list[str]]:
    """Name and title in the languages of the page; one that has no English is said in Persian, once."""
    said = {part: signatory[part] for part in ("name", "title") if signatory.get(part)}
    texts = {part: dict.fromkeys(_text(text, words) for words in languages) for part, text in said.items()}
    return {part: list(texts.get(part, ())) for part in ("name", "title")}


def _design(snapshot: _Snapshot) -> Mapping[str, Any]:
    return snapshot.get("design") or {}


def _together(text: str) -> str:
    """A short part of a list is not broken at the end of a line."""
    return text.replace(" ", "\u00a0") if len(text) <= UNBROKEN else text
