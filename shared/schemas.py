"""Shapes: what arguments and replies look like, checked and normalised at the door.

Use these fields wherever people type: they take Persian, Arabic and ASCII digits, Arabic and Persian letters, and
hand on one form. Their messages are sentences that go after the name of the field. Plain marshmallow fields
are fine for what only programs write (UUIDs, booleans, fixed words).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_dump

from shared import persian

MAX_INTEGER = 2_147_483_647  # what an INTEGER column holds
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)  # where the Jalali calendar's leap rule is certain

_AGENCY_CODE = re.compile(r"[A-Z0-9_-]{2,20}")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,29}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
_Messages = dict[str, str | list[Any] | dict[Any, Any]]
_SAID: _Messages = {"required": "is required", "null": "must not be null"}


class Shape(Schema):
    """Base of all shapes: fields nobody declared are refused, times are shown in UTC with a Z."""

    error_messages: dict[str, str] = {"unknown": "is not a known field", "type": "must be an object"}  # noqa: RUF012 -- as in marshmallow

    class Meta:
        unknown = RAISE
        datetimeformat = "%Y-%m-%dT%H:%M:%S.%fZ"


class PersianText(fields.String):
    """Text that people read, normalised; `min` and `max` count characters after that.

    With `min=0` an empty text is accepted.
    """

    default_error_messages = _SAID | {"invalid": "must be text"}

    def __init__(self, *, min: int = 1, max: int = 200, **kwargs: Any) -> None:  # noqa: A002 -- as in marshmallow's Range
        self.min, self.max = min, max
        super().__init__(metadata={"minLength": min, "maxLength": max}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        # A megabyte of spaces is not worth the time that normalising it would take from everybody else.
        text = persian.normalise(value) if len(value) <= 4 * self.max + 100 else value
        if not text and self.min:
            raise ValidationError("must not be empty")
        if not self.min <= len(text) <= self.max:
            raise ValidationError(f"must have {self.min} to {self.max} characters")
        return text


class LocalizedTextShape(Shape):
    """A text in Persian, and in English where there is one."""

    fa = PersianText(max=300, required=True)
    en = PersianText(max=300, allow_none=True)

    @post_dump
    def _leave_out_what_is_missing(self, dumped: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {language: text for language, text in dumped.items() if text is not None}


class LocalizedTextField(fields.Nested):
    """`{"fa": "…", "en": "…"}` with `en` optional; loads to a dict that has `en` only if there is one."""

    default_error_messages = _SAID

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(LocalizedTextShape, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, partial: Any = None, **kwargs: Any
    ) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValidationError('must be an object such as {"fa": "…", "en": "…"}')
        loaded = super()._deserialize(value, attr, data, partial=partial, **kwargs)
        return {language: text for language, text in loaded.items() if text is not None}


class Word(fields.String):
    """A short word for programs: trimmed, with ASCII digits, then brought to its form by `form`."""

    default_error_messages = _SAID | {"invalid": "must be text"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > 1000:
            raise ValidationError("is too long")
        return self.form(value)

    def form(self, text: str) -> str:
        raise NotImplementedError


class NationalCode(Word):
    """A person's national code: ten digits with a right check digit, as text."""

    def form(self, text: str) -> str:
        try:
            return persian.national_code(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class AgencyCode(Word):
    """An agency's code: 2 to 20 of A-Z, 0-9, `_` and `-`, upper-cased."""

    def form(self, text: str) -> str:
        code = persian.digits_ascii(persian.normalise(text)).upper()
        if not _AGENCY_CODE.fullmatch(code):
            raise ValidationError("must have 2 to 20 characters of A-Z, 0-9, _ and -")
        return code


class Code(Word):
    """A course's code such as `RD-01`: 2 to 30 letters, digits and `-`, upper-cased, not beginning with `-`."""

    def form(self, text: str) -> str:
        code = persian.digits_ascii(persian.normalise(text)).upper()
        if not _CODE.fullmatch(code):
            raise ValidationError("must have 2 to 30 characters of A-Z, 0-9 and -, and not begin with -")
        return code


class Email(Word):
    """An e-mail address, trimmed, with ASCII digits and its domain in lower case; ASCII only, at most 254 characters.

    A line break is refused and not removed: it is how a header is smuggled into a mail.
    """

    def form(self, text: str) -> str:
        if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text):
            raise ValidationError("must not contain line breaks or control characters")
        address = persian.digits_ascii(persian.normalise(text))
        if len(address) > 254:
            raise ValidationError("must have at most 254 characters")
        if not _EMAIL.fullmatch(address):
            raise ValidationError("must be an e-mail address such as name@example.ir")
        name, _, domain = address.rpartition("@")
        return f"{name}@{domain.lower()}"


class Number(fields.Float):
    """A number, or its digits as text in any script (`87.5`, `"۸۷٫۵"`); never NaN, infinite or a boolean."""

    default_error_messages = _SAID | {
        "invalid": "must be a number",
        "too_large": "is too large",
        "special": "must be a number",
    }

    def __init__(self, *, min: float | None = None, max: float | None = None, **kwargs: Any) -> None:  # noqa: A002 -- as in marshmallow's Range
        self.min, self.max = min, max
        super().__init__(metadata=_limits(min, max), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        number: float = super()._deserialize(_digits(value, self.make_error), attr, data, **kwargs)
        _check_range(number, self.min, self.max)
        return number


class Integer(fields.Integer):
    """A whole number, or its digits as text in any script; 3.0 is 3, and 3.5 or a boolean is refused."""

    default_error_messages = _SAID | {"invalid": "must be a whole number", "too_large": "is too large"}

    def __init__(self, *, min: int = -MAX_INTEGER, max: int = MAX_INTEGER, **kwargs: Any) -> None:  # noqa: A002 -- as in marshmallow's Range
        self.min, self.max = min, max
        super().__init__(metadata=_limits(min, max), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        plain = _digits(value, self.make_error)
        if isinstance(plain, float) and not plain.is_integer():
            raise self.make_error("invalid")
        number: int = super()._deserialize(plain, attr, data, **kwargs)
        _check_range(number, self.min, self.max)
        return number


def _digits(value: Any, make_error: Callable[[str], ValidationError]) -> int | float | str:
    """A number as it is, or a short text of digits with ASCII ones; int() and float() accept more than people write."""
    if isinstance(value, str):
        text = persian.digits_ascii(persian.normalise(value[:100])).replace("٫", ".")
        if len(value) > 100 or not _NUMBER.fullmatch(text):
            raise make_error("invalid")
        return text
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise make_error("invalid")
    return value


def _limits(low: float | None, high: float | None) -> dict[str, float]:
    """The range as the generated OpenAPI document shows it."""
    return {word: limit for word, limit in (("minimum", low), ("maximum", high)) if limit is not None}


def _check_range(number: float, low: float | None, high: float | None) -> None:
    if (low is None or number >= low) and (high is None or number <= high):
        return
    if low is None:
        raise ValidationError(f"must be at most {high}")
    if high is None:
        raise ValidationError(f"must be at least {low}")
    raise ValidationError(f"must be between {low} and {high}")


class IsoDate(fields.Date):
    """A Gregorian day as `YYYY-MM-DD` in digits of any script, from 1900 to 2200."""

    default_error_messages = _SAID | {"invalid": "must be a date as YYYY-MM-DD"}

    def _serialize(self, value: date | str | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if isinstance(value, date) else value  # one kept as JSON is text already

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or len(value) > 100:
            raise self.make_error("invalid")
        text = persian.digits_ascii(persian.normalise(value))
        # date.fromisoformat alone would also take "20261123" and "2026-W48-1".
        if not _ISO_DATE.fullmatch(text):
            raise self.make_error("invalid")
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise ValidationError("is not a day of the calendar") from error
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError("must be a Gregorian date between 1900 and 2200, not a Jalali one")
        return day


class Moment(fields.AwareDateTime):
    """A moment, shown in UTC as `2026-11-23T20:30:00.000000Z`; read from any ISO 8601 form with a zone."""

    default_error_messages = _SAID | {
        "invalid": "must be a time as 2026-11-23T20:30:00Z",
        "invalid_awareness": "must name its zone, such as Z",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise ValidationError(f"must be between {FIRST_DAY} and {LAST_DAY}")
        return moment

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Page(Shape):
    """Arguments of every paged list."""

    limit = Integer(min=1, max=200, load_default=50)
    cursor = fields.String(load_default=None, allow_none=True)


@cache
def page_of(item: type[Schema]) -> type[Shape]:
    """The reply of a paged list: `{"items": […], "next": cursor or null}`. One class per item shape."""
    made = Shape.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(allow_none=True, required=True),
        },
        name=f"{item.__name__}Page",
    )
    assert issubclass(made, Shape)
    return made
