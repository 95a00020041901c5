"""What the training record says on its pages, as texts ready to be placed; everything comes from its snapshot."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.certification.document import texts
from services.certification.document.record_words import LANGUAGES, RecordWords
from services.certification.domain.codes import grouped
from shared.persian import TEHRAN, format_jalali, tehran_date

_Snapshot = Mapping[str, Any]
_PERSON = (
    "full_name",
    "father_name",
    "national_code",
    "personnel_number",
    "birth_date",
    "gender",
    "is_veteran",
    "hired_on",
)
_JOB = ("agency", "unit", "job_title", "employment", "job_family", "job_class", "rank", "is_manager")
_STUDY = ("education", "education_field", "education_status")
_DAYS = ("birth_date", "hired_on")
_CODES = ("national_code", "personnel_number", "job_class")
NOTHING = "—"
# A code may break after its hyphens and slashes; what has none and is too long for its column breaks anywhere.
_BREAKS = re.compile(r"(?<=[-/_.])(?=\w)")
_BREAK = "\u200b"
WORD, LONGEST, NUMBER = 16, 28, 13  # letters that fit into a line: of Latin words, of Persian ones, of numbers


def page(said: _Snapshot, language: str, link: str) -> dict[str, Any]:
    """All pages of a record in one language."""
    words = LANGUAGES[language]
    issuer = texts.local(said["issuer"]["name"], words.page)
    number = texts.code(said["serial"])
    return {
        "language": language,
        "direction": words.page.direction,
        "digits": "۰۱۲۳۴۵۶۷۸۹" if language == "fa" else "0123456789",
        "title": words["title"].format(said["serial"]),
        "author": said["issuer"]["name"]["fa"],
        "heading": words["heading"],
        "issuer": issuer,
        "number": _number_lines(said, words),
        "running": [words["heading"], texts.held(said["holder_name"], words.page), f"{words['serial']}: {number}"],
        "facts": [
            {"title": words["person"], "facts": _facts(said, _PERSON, words)},
            {"title": words["job"], "facts": _facts(said, _JOB, words)},
            {"title": words["study"], "facts": _facts(said, _STUDY, words)},
        ],
        "columns": words.columns,
        "rows": [_row(place, line, said, words) for place, line in enumerate(said["lines"], 1)],
        "empty": words["empty"],
        "years": _years(said, words),
        "counters": _counters(said, words),
        "notes_title": words["notes"],
        "notes": [texts.local(note, words.page) for note in said["notes"]],
        "approval": words.approval,
        "proof": words["proof"],
        "page_of": words["page_of"].split("{}"),
        "code": texts.code(grouped(said["verification_code"])),
        "link": link,
        "qr_alt": words["qr"].format(link),
        "attachment": words["attachment"],
        "blocks": [{"code": words["code"], "logo_alt": words["logo"].format(issuer)}],
    }


def _number_lines(said: _Snapshot, words: RecordWords) -> list[list[str]]:
    as_of = datetime.fromisoformat(said["as_of"])
    known = words["moment"].format(
        _day(tehran_date(as_of), words), texts.code(texts.digits(f"{as_of.astimezone(TEHRAN):%H:%M}", words.page))
    )
    issued_on = _day(tehran_date(datetime.fromisoformat(said["issued_at"])), words)
    return [
        [words["serial"], texts.code(said["serial"])],
        [words["issued_on"], issued_on],
        [words["as_of"], known],
    ]


def _facts(said: _Snapshot, names: Iterable[str], words: RecordWords) -> list[list[str]]:
    """Label and value; what is not known stays empty, as the form has a place for it."""
    known = {"agency": texts.local(said["issuer"]["name"], words.page)} | dict(said["person"])
    known |= {
        "full_name": said["holder_name"],
        **{name: said[name] for name in ("father_name", "national_code", "personnel_number")},
    }
    return [[words[name], _fact(name, known.get(name), words)] for name in names]


def _fact(name: str, value: str | None, words: RecordWords) -> str:
    if not value:
        return NOTHING
    if name in _DAYS:
        return _day(date.fromisoformat(value), words)
    if name in _CODES:
        return texts.code(texts.digits(value, words.page) if value.isdigit() else value)
    return _folded(texts.held(words.values.get(name, {}).get(value, value), words.page))


def _row(place: int, line: _Snapshot, said: _Snapshot, words: RecordWords) -> list[Any]:
    """The cells of a line: texts below each other, and the title with its code and note."""
    types, modes = words.page.course_types, words.page.delivery_modes
    return [
        [texts.digits(place, words.page)],
        {
            "code": texts.code(line["course_code"]) if line["course_code"] else "",
            "title": _folded(texts.local(line["course_title"], words.page)),
            "note": " · ".join(part for part in (_employer(line, said, words), _evidence(line, words)) if part),
        },
        [types.get(line["course_type"], line["course_type"])],
        [modes.get(line["delivery_mode"]) or _folded(line["delivery_mode"] or NOTHING, NUMBER, NUMBER)],
        [_number(line["hours"], words)],
        [_day(date.fromisoformat(line["starts_on"]), words) if line["starts_on"] else NOTHING],
        [_day(date.fromisoformat(line["completed_on"]), words)],
        [_folded(texts.local(line["provider_name"], words.page)) if line["provider_name"] else NOTHING],
        _numbered(line["permit_number"], line["permit_on"], words),
        _numbered(line["certificate_serial"], line["certificate_on"], words),
        [_number(line["score"], words) if line["score"] is not None else NOTHING],
        [words.values["result"][line["source"]], "" if line["counts"] else words["not_counted"]],
        [_use(use, words) for use in line["uses"]] or [NOTHING],
    ]


def _employer(line: _Snapshot, said: _Snapshot, words: RecordWords) -> str:
    """The agency at the time, where it was another one."""
    if line["agency_code"] == said["issuer"]["code"]:
        return ""
    name = line["agency_name"]
    return words["at_agency"].format(texts.local(name, words.page) if name else texts.code(line["agency_code"]))


def _evidence(line: _Snapshot, words: RecordWords) -> str:
    """What training elsewhere was recognised by."""
    evidence = line.get("evidence")
    return words["by_evidence"].format(_folded(texts.held(evidence, words.page))) if evidence else ""


def _numbered(number: str | None, day: str | None, words: RecordWords) -> list[str]:
    if not number:
        return [NOTHING]
    latin = number.isascii() and not number.replace("/", "").isdigit()  # a code of ours, not a number of a letter
    parts = _BREAKS.sub(_BREAK, number if latin else texts.digits(number, words.page))
    shown = texts.code(_folded(parts, NUMBER, NUMBER))
    return [shown, words["dated"].format(_day(date.fromisoformat(day), words)) if day else ""]


def _folded(value: str, latin: int = WORD, most: int = LONGEST) -> str:
    """A text whose words are no longer than their column is wide; Persian ones are narrow, and a break inside would
    part letters that are joined, so they have more room."""
    for letters, room in (("!-~", latin), (rf"^\s{_BREAK}", most)):
        value = re.sub(rf"[{letters}]{{{room}}}(?=[{letters}])", rf"\g<0>{_BREAK}", value)
    return value


def _use(use: str, words: RecordWords) -> str:
    """What the hours of a line serve, such as rank:basic."""
    purpose, _, detail = use.partition(":")
    shown = words.uses.get(purpose, purpose)
    return f"{shown} ({words.values.get(purpose, {}).get(detail, detail)})" if detail else shown


def _years(said: _Snapshot, words: RecordWords) -> dict[str, Any]:
    rows, total = [], dict.fromkeys(("hours", "job_hours", "general_hours", "pay_hours", "pay_points"), Decimal(0))
    for year in said["years"]:
        required = year["required_hours"]
        missing = None if required is None else max(Decimal(required) - Decimal(year["hours"]), Decimal(0))
        figures = [year["hours"], year["job_hours"], year["general_hours"], required]
        figures += [None if missing is None else _plain(missing), year["pay_hours"], year["pay_points"]]
        rows.append([texts.digits(year["jalali_year"], words.page), *(_figure(each, words) for each in figures)])
        for name in total:
            total[name] += Decimal(year[name])
    sums = {name: _number(_plain(value), words) for name, value in total.items()}
    career = [words["career"], sums["hours"], sums["job_hours"], sums["general_hours"]]
    career += ["", "", sums["pay_hours"], sums["pay_points"]]
    return {"title": words["years"], "columns": words.year_columns, "rows": rows, "total": career}


def _counters(said: _Snapshot, words: RecordWords) -> list[str]:
    """Hours in all by side, and those that served a rank or a type-2 certificate; the years have the rest."""
    served = {purpose: Decimal(0) for purpose in ("rank", "type2")}
    for line in said["lines"]:
        for purpose in {use.partition(":")[0] for use in line["uses"]} & set(served):
            served[purpose] += Decimal(line["hours"])
    figures = {"hours": said["hours"], "job": said["job_hours"], "general": said["general_hours"]}
    figures |= {purpose: _plain(hours) for purpose, hours in served.items()}
    shown = {name: _number(value, words) for name, value in figures.items()}
    lines = texts.digits(said["line_count"], words.page)
    return [words["sides"].format(**shown, lines=lines), words["served"].format(**shown)]


def _figure(value: str | None, words: RecordWords) -> str:
    return NOTHING if value is None else _number(value, words)


def _number(value: str, words: RecordWords) -> str:
    return texts.number(value, words.page)


def _plain(value: Decimal) -> str:
    """Without zeros behind the point, and never with an exponent."""
    return format(value.normalize(), "f")


def _day(value: date, words: RecordWords) -> str:
    """Short, for a narrow column."""
    return format_jalali(value) if words.page.language == "fa" else value.isoformat()
