"""What the page of a certificate says, as texts ready to be placed; what was not signed is left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.certification.domain.awards import job_share, not_regulation, source_in
from services.certification.domain.codes import grouped
from services.certification.pages.bidi import code, written
from services.certification.pages.words import Words
from shared.persian import tehran_date

_Found = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    """A label and what stands beside it: lines of text, with the marks of `bidi` in them."""

    label: str
    lines: tuple[str, ...]


def content(found: _Found, words: Words) -> dict[str, Any]:
    """The page of what `certification.verify` found."""
    address = f"/verify/{found['verification_code']}"
    return {
        "title": f"{found['serial']} – {words.statuses[found['status']]}",
        "tone": "good" if found["status"] == "valid" else "bad",
        "status": words.statuses[found["status"]],
        "since": list(_since(found, words)),
        "newer": _newer(found),
        "signed": list(_signed(found, words)),
        "chain": list(_links(found, words)),
        "note": words["compare"],
        "check": list(check(found, words)),
        "document": f"{address}/certificate.pdf" if found.get("holder_name") else None,
    }


def _since(found: _Found, words: Words) -> Iterator[str]:
    """What became of it, beside the status."""
    if found["replaced_by"]:
        yield _replaced(found["replaced_by"][0], words)
    elif found.get("revoked_on"):
        yield f"{words['revoked_on']}: {words.day(found['revoked_on'])}"
    elif found["status"] == "suspended" and found.get("status_since"):
        yield f"{words['since']}: {words.day(tehran_date(found['status_since']))}"
    title, reason = found.get("reason_title"), found.get("reason")
    if title or reason:
        parts = (title and _in(title, words), reason and written(reason))
        yield words["because"].format(" – ".join(each for each in parts if each))
    if len(found["replaced_by"]) > 1:
        yield words["newest_is"].format(code(found["replaced_by"][-1]["serial"]))


def _newer(found: _Found) -> str | None:
    """The page of the certificate that holds in its place."""
    return f"/verify/{found['replaced_by'][-1]['verification_code']}" if found["replaced_by"] else None


def _signed(found: _Found, words: Words) -> Iterator[Fact]:
    yield Fact(words["holder"], (written(found["holder_name"]) if found.get("holder_name") else words["erased"],))
    yield from _award(found, words) if found.get("award") else _course(found, words)
    yield Fact(words["issuer"], both(found["issuer"]["name"], words))
    yield Fact(words["issued_on"], (words.day(tehran_date(found["issued_at"])),))
    if found.get("valid_until"):
        yield Fact(words["valid_until"], (words.day(found["valid_until"]),))
    if found["signatories"]:
        yield Fact(words["signatories"], tuple(_signatory(each, words) for each in found["signatories"]))
    if found.get("basis"):
        yield Fact(words["basis"], tuple(_basis(found["basis"], words)))
    yield Fact(words["kind"], (words.kinds[found["kind"]],))
    yield Fact(words["serial"], (code(found["serial"]),))
    yield Fact(words["code"], (code(grouped(found["verification_code"])),))


def _course(found: _Found, words: Words) -> Iterator[Fact]:
    yield Fact(words["course"], both(found["course_title"], words))
    yield Fact(words["course_type"], (_named(found["course_type"], words.course_types),))
    yield Fact(words["course_code"], (_course_code(found, words),))
    yield Fact(words["delivery_mode"], (_named(found["delivery_mode"], words.delivery_modes),))
    yield Fact(words["duration"], (words["hours"].format(words.number(found["hours"])),))
    yield Fact(words["held"], (_from_to(found["starts_on"], found["ends_on"], words),))
    yield Fact(words["completed_on"], (words.day(found["completed_on"]),))
    if found.get("score") is not None:
        yield Fact(words["score"], (_score(found, words),))
    yield Fact(words["provider"], (*both(found["provider"]["name"], words), *_accreditation(found, words)))
    if found.get("permit"):
        yield Fact(words["permit"], (_permit(found["permit"], words),))


def _award(found: _Found, words: Words) -> Iterator[Fact]:
    """The level in place of a course, and what it was awarded for."""
    award = found["award"]
    yield Fact(words["level"], both(found["course_title"], words))
    yield Fact(words["benefit"], (*both(award["benefit"], words), words["no_degree"]))
    if award.get("base_degree"):
        parts = (words.degrees.get(award["base_degree"], award["base_degree"]), award.get("base_degree_field"))
        yield Fact(words["base_degree"], tuple(written(each) for each in parts if each))
    yield Fact(words["counted"], (words["hours"].format(words.number(found["hours"])),))
    job_side = award["job_side_hours"]
    share = words.number(float(job_share(job_side, str(found["hours"]))))
    yield Fact(words["job_share"], (words["hours_share"].format(words.number(float(job_side)), share),))
    yield Fact(words["counted_from"], (_from_to(found["starts_on"], found["ends_on"], words),))
    yield Fact(words["exam"], (_score(found, words), words.day(date.fromisoformat(award["exam_on"]))))
    if award.get("research_hours"):
        lines = (written(award["research_title"]),) if award.get("research_title") else ()
        lasting = words["hours"].format(words.number(float(award["research_hours"])))
        yield Fact(words["research"], (*lines, lasting))
    yield Fact(words["committee"], (_decision(award["committee"], words),))
    confirmed = words["organisation"].format(_in(award["organisation_name"], words))
    yield Fact(confirmed, (_decision(award["organisation"], words),))
    yield Fact(words["awarded_on"], (words.day(found["completed_on"]),))
    numbers = tuple(rests_on(each, words) for each in not_regulation(award))
    if numbers:
        yield Fact(words["rests_on"], numbers)


def _decision(decision: _Found, words: Words) -> str:
    number = code(words.digits(decision["number"]))
    return words["dated"].format(number, words.day(date.fromisoformat(decision["decided_on"])))


def rests_on(policy: _Found, words: Words) -> str:
    """A number in the words of the page: since when, from where, and how sure that is."""
    name = words.policies.get(policy["key"]) or code(policy["key"])
    since = words["policy_from"].format(name, words.day(date.fromisoformat(policy["effective_from"])))
    source = source_in(policy, words.language)
    said = (since, source and written(source), words.how_sure(policy["confidence"]))
    return " – ".join(each for each in said if each)


def check(found: _Found, words: Words) -> Iterator[Fact]:
    """When it was looked up, by which key it was signed, and where the log has it."""
    yield Fact(words["checked_at"], (words.moment(found["checked_at"]),))
    said = words["erased_signature" if found.get("erased_at") else "signed_by"]
    yield Fact(words["signature"], (said.format(code(found["key_id"])),))
    if found.get("cosigner_key_id"):
        cosigner = words["cosigned_for" if found.get("award") else "cosigned_by"]
        yield Fact(cosigner, (words["key_id"].format(code(found["cosigner_key_id"])),))
    if found.get("log"):
        place, size = (words.number(number) for number in (found["log"]["index"] + 1, found["log"]["size"]))
        yield Fact(words["log"], (words["in_log"].format(place, size),))


def _links(found: _Found, words: Words) -> Iterator[dict[str, Any]]:
    """All certificates of the chain from the oldest on, each with what took its place; none when it stands alone."""
    if not found["replaces"] and not found["replaced_by"]:
        return
    later = found["replaced_by"]
    following = [found["serial"], *(each["serial"] for each in later)]
    names = [each["serial"] for each in found["replaces"]] + following
    ends = [*found["replaces"], *later]
    for place, serial in enumerate(names):
        end = ends[place] if place < len(ends) else None
        ours = place - len(found["replaces"])
        yield {
            "serial": serial,
            "is_this": ours == 0,
            "address": f"/verify/{later[ours - 1]['verification_code']}" if ours > 0 else None,
            "end": end and _replaced({**end, "serial": names[place + 1]}, words),
            "reason": end and end.get("reason") and words["because"].format(written(end["reason"])),
        }


def _replaced(replacement: _Found, words: Words) -> str:
    day = words.day(tehran_date(replacement["replaced_at"]))
    return words["replaced"].format(new=code(replacement["serial"]), day=day)


def _accreditation(found: _Found, words: Words) -> tuple[str, ...]:
    said = found["provider"].get("accreditation")
    if not said:
        return ()
    number, start = code(words.digits(said["number"])), words.day(said["valid_from"])
    if said.get("valid_to"):
        return (words["accredited_to"].format(number, start, words.day(said["valid_to"])),)
    return (words["accreditation"].format(number, start),)


def _score(found: _Found, words: Words) -> str:
    score = words["of_100"].format(words.number(found["score"]))
    return f"{score} ({_in(found['grade'], words)})" if found.get("grade") else score


def _permit(permit: _Found, words: Words) -> str:
    number = code(words.digits(permit["number"]))
    return words["dated"].format(number, words.day(permit["issued_on"])) if permit.get("issued_on") else number


def _course_code(found: _Found, words: Words) -> str:
    """With the version of the course, which courses in records of the past did not have."""
    course, version = code(found["course_code"]), found["course_version"]
    return words["course_version"].format(course, words.digits(str(version))) if version else course


def _basis(basis: _Found, words: Words) -> Iterator[str]:
    """That the agency's own older books say so, under which number, of which day and as what type of course."""
    serial, day = basis.get("original_serial"), basis.get("original_date")
    record = words["past_record_of"].format(written(serial)) if serial else words["past_record"]
    yield words["dated"].format(record, words.day(date.fromisoformat(day))) if day else record
    if basis.get("original_type"):
        yield words["past_type"].format(written(basis["original_type"]))


def _signatory(signatory: _Found, words: Words) -> str:
    parts = [_in(signatory[name], words) for name in ("name", "title") if signatory.get(name)]
    return ("، " if words.language == "fa" else ", ").join(parts)


def _named(value: str, names: Mapping[str, str]) -> str:
    """A choice in words, or as it is when it came after these words."""
    return names.get(value, value)


def _from_to(start: date, end: date, words: Words) -> str:
    return words.day(start) if start == end else words["from_to"].format(words.day(start), words.day(end))


def both(name: Mapping[str, str], words: Words) -> tuple[str, ...]:
    """A name in the language of the page first, and in the other where there is one: both were signed."""
    names = (name["fa"], name.get("en")) if words.language == "fa" else (name.get("en"), name["fa"])
    return tuple(dict.fromkeys(written(each) for each in names if each))


def _in(name: Mapping[str, str], words: Words) -> str:
    return written(name.get(words.language) or name["fa"])
