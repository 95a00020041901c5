"""Fields of our own: mobile numbers, times of day and the addresses that mail comes from."""

import re

from marshmallow import ValidationError

from shared import persian
from shared.schemas import Email, Word

_MOBILE = re.compile(r"(?:\+98|0098|98|0)?(9[0-9]{9})")
_BETWEEN = re.compile(r"[\s().-]+")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_HALF_SPACE = "\u200c"


class Mobile(Word):
    """A mobile number of Iran as `+989121234567`, from digits of any script and any usual way to write it."""

    def form(self, text: str) -> str:
        digits = _BETWEEN.sub("", persian.digits_ascii(persian.normalise(text)))
        found = _MOBILE.fullmatch(digits)
        if not found:
            raise ValidationError("must be a mobile number such as 09121234567")
        return f"+98{found[1]}"


class Clock(Word):
    """A time of day as `HH:MM`, from digits of any script."""

    def form(self, text: str) -> str:
        found = _CLOCK.fullmatch(persian.digits_ascii(persian.normalise(text)))
        if not found:
            raise ValidationError("must be a time of day such as 21:00")
        return f"{int(found[1]):02d}:{found[2]}"


class MailAddress(Email):
    """An address that mail can come from: the part before the @ in ASCII; a domain in other letters becomes its ASCII
    form (IDNA, `xn--…`)."""

    def form(self, text: str) -> str:
        name, at, domain = text.strip().rpartition("@")
        if domain.isascii():
            return super().form(text)
        if _HALF_SPACE in domain:  # which the older IDNA of the standard library would drop, and so name another domain
            raise ValidationError("has a half-space in its domain: give the domain in its form xn--…")
        try:
            plain = persian.normalise(domain).encode("idna").decode()
        except UnicodeError:
            raise ValidationError("has a domain that is none") from None
        return super().form(f"{name}{at}{plain}")
