"""What a certificate says on its page: texts with the digits and days of their language, ready to be placed.

Everything comes from the snapshot, of any form; what it does not say is left out and leaves no hole.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.certification.document import awarded, texts
from services.certification.document.words import VARIANTS, Words
from services.certification.domain.codes import grouped
from shared.persian import tehran_date

_Snapshot = Mapping[str, Any]
HIDDEN_DIGITS = 7  # of the ten of a national code


def page(snapshot: _Snapshot, variant: str, link: str) -> dict[str, Any]:
    """The page: what all languages share, and one block for each language."""
    languages = VARIANTS[variant]
    blocks = [_block(snapshot, words) for words in languages]
    return {
        "language": languages[0].language,
        "direction": languages[0].direction,
        "title": languages[0]["type2_title" if snapshot.get("award") else "title"].format(snapshot["serial"]),
        "author": snapshot["issuer"]["name"]["fa"],
        "holder": snapshot["holder_name"],
        "code": texts.code(grouped(snapshot["verification_code"])),
        "link": link,
        "qr_alt": languages[0]["qr"].format(link),
        "attachment": languages[0]["attachment"],
        "blocks": blocks,
        "signatories": [_signatory(each, languages) for each in _design(snapshot).get("signatories", ())],
    }


def _block(snapshot: _Snapshot, words: Words) -> dict[str, Any]:
    """What the page says in one language."""
    issuer = texts.local(snapshot["issuer"]["name"], words)
    return {
        **{name: words[name] for name in ("certifies", "seal", "code", "proof")},
        **(awarded.parts(snapshot, words) if snapshot.get("award") else _course(snapshot, words)),
        "language": words.language,
        "direction": words.direction,
        "issuer": issuer,
        "logo_alt": words["logo"].format(issuer),
        "number": _number_lines(snapshot, words),
        "about": f"{words.comma} ".join(_about(snapshot, issuer, words)),
    }


def _course(snapshot: _Snapshot, words: Words) -> dict[str, Any]:
    """The parts of a page about one course."""
    return {
        "heading": words["heading"],
        "kind": words.kinds[snapshot["kind"]],
        "passed": words["passed"],
        "course": texts.local(snapshot["course_title"], words),
        "sentence": _sentence(snapshot, words),
        "facts": _facts(snapshot, words),
        "remarks": [],
    }


def _number_lines(snapshot: _Snapshot, words: Words) -> list[list[str]]:
    """What stands in the upper corner of an official letter: its number and its day."""
    issued_on = tehran_date(datetime.fromisoformat(snapshot["issued_at"]))
    lines = [[words["serial"], texts.code(snapshot["serial"])], [words["issued_on"], texts.day(issued_on, words)]]
    if snapshot.get("valid_until"):
        lines.append([words["valid_until"], texts.day(snapshot["valid_until"], words)])
    return lines


def _about(snapshot: _Snapshot, issuer: str, words: Words) -> list[str]:
    """Who the holder is, in parts."""
    ending = snapshot.get("national_code_end")
    number = snapshot["personnel_number"]
    said = {
        "father_name": snapshot.get("father_name"),
        "national_code": ending and texts.code("*" * HIDDEN_DIGITS + texts.digits(ending, words)),
        "personnel_number": number and texts.code(texts.digits(number, words) if number.isdigit() else number),
        "job_title": snapshot["job_title"],
        # Before form 2 a certificate did not say where its holder worked but for the issuer.
        "workplace": f"{issuer}{words.comma} {snapshot['unit']}" if snapshot.get("unit") else None,
    }
    return [texts.together(words[name].format(texts.held(value, words))) for name, value in said.items() if value]


def _sentence(snapshot: _Snapshot, words: Words) -> str:
    hours = snapshot["hours"]
    spelled = words.in_words(hours)
    one_day = snapshot["starts_on"] == snapshot["ends_on"]
    return words["sentence_one_day" if one_day else "sentence"].format(
        hours=texts.number(hours, words),
        words=words["hours_in_words"].format(spelled) if spelled else "",
        mode=words.delivery_modes.get(snapshot["delivery_mode"], snapshot["delivery_mode"]),
        start=texts.day(snapshot["starts_on"], words),
        end=texts.day(snapshot["ends_on"], words),
    )


def _facts(snapshot: _Snapshot, words: Words) -> list[list[str]]:
    """Label and value of what else is said of the course."""
    course, version = texts.code(snapshot["course_code"]), snapshot["course_version"]
    if version:  # one of a record of the past has none
        course = words["course_version"].format(course, texts.digits(version, words))
    said = {
        "course_code": course,
        "course_type": words.course_types.get(snapshot["course_type"], snapshot["course_type"]),
        "score": _score(snapshot, words),
        "completed_on": texts.day(snapshot["completed_on"], words),
        "permit": _permit(snapshot, words),
        "provider": _provider(snapshot, words),
        "basis": _basis(snapshot, words),
    }
    return [[words[name], value] for name, value in said.items() if value]


def _score(snapshot: _Snapshot, words: Words) -> str:
    if snapshot["score"] is None:  # that of a record of the past may not be known
        return ""
    score = words["score_of"].format(texts.number(snapshot["score"], words))
    grade = snapshot.get("grade")
    return f"{score} ({texts.local(grade, words)})" if grade else score


def _basis(snapshot: _Snapshot, words: Words) -> str:
    """That a certificate rests on an older record, and the number and day of the certificate of that time."""
    basis = snapshot.get("basis")
    if not basis:
        return ""
    serial, day = basis["original_serial"], basis["original_date"]
    record = (
        words["past_certificate"].format(texts.code(texts.digits(serial, words))) if serial else words["past_record"]
    )
    return words["dated"].format(record, texts.day(day, words)) if day else record


def _permit(snapshot: _Snapshot, words: Words) -> str:
    permit = snapshot.get("permit")
    if not permit:
        return ""
    number, day = texts.code(texts.digits(permit["number"], words)), permit.get("issued_on")
    return words["dated"].format(number, texts.day(day, words)) if day else number


def _provider(snapshot: _Snapshot, words: Words) -> str:
    provider = snapshot["provider"]
    name, accreditation = texts.local(provider["name"], words), provider.get("accreditation")
    if not accreditation:
        return name
    return words["accreditation"].format(name, texts.code(texts.digits(accreditation["number"], words)))


def _signatory(signatory: Mapping[str, Any], languages: tuple[Words, ...]) -> dict[str, list[str]]:
    """Name and title in the languages of the page; one that has no English is said in Persian, once."""
    said = {part: signatory[part] for part in ("name", "title") if signatory.get(part)}
    named = {part: dict.fromkeys(texts.local(text, words) for words in languages) for part, text in said.items()}
    return {part: list(named.get(part, ())) for part in ("name", "title")}


def _design(snapshot: _Snapshot) -> Mapping[str, Any]:
    return snapshot.get("design") or {}
