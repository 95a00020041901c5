"""Fields and shapes: what comes in at the door, and in which form it goes on."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from marshmallow import ValidationError, fields
from marshmallow.fields import Field

from shared.events import LocalizedText
from shared.schemas import (
    AgencyCode,
    Code,
    Email,
    Integer,
    IsoDate,
    LocalizedTextField,
    Moment,
    NationalCode,
    Number,
    Page,
    PersianText,
    Shape,
    page_of,
)

NAME = PersianText(max=10)
OPTIONAL = PersianText(min=0, max=10)
SCORE = Number(min=0, max=100)
SEATS = Integer(min=1, max=1000)


@pytest.mark.parametrize(
    ("field", "value", "loaded"),
    [
        (NAME, " علي ", "علی"),
        (NAME, "نمونه" + " " * 100, "نمونه"),
        (OPTIONAL, "  ", ""),
        (NationalCode(), "۹۹۹۰۰۰۰۰۱۸", "9990000018"),
        (NationalCode(), "932833810", "0932833810"),
        (AgencyCode(), " moh-۱ ", "MOH-1"),
        (AgencyCode(), "A_B", "A_B"),
        (Code(), "rd-۰۱", "RD-01"),
        (Email(), " Sample.۱@Agency.EXAMPLE ", "Sample.1@agency.example"),
        (Email(), "\u200esample+tag@mail.agency.example", "sample+tag@mail.agency.example"),
        (SCORE, "۸۷٫۵", 87.5),
        (SCORE, "٩٠", 90.0),
        (SCORE, 0, 0.0),
        (SCORE, 100.0, 100.0),
        (SEATS, "۲۰", 20),
        (SEATS, 3.0, 3),
        (IsoDate(), "۲۰۲۶-۱۱-۲۳", date(2026, 11, 23)),
        (IsoDate(), "2026-11-23", date(2026, 11, 23)),
        (LocalizedTextField(), {"fa": "تكليف"}, {"fa": "تکلیف"}),
        (LocalizedTextField(), {"fa": "تکلیف", "en": None}, {"fa": "تکلیف"}),
        (LocalizedTextField(), {"fa": "تکلیف", "en": " Duty "}, {"fa": "تکلیف", "en": "Duty"}),
        (Moment(), "2026-11-23T23:30:00+03:30", datetime(2026, 11, 23, 20, tzinfo=UTC)),
    ],
)
def test_a_field_hands_on_one_form(field: Field, value: Any, loaded: Any) -> None:
    assert field.deserialize(value) == loaded


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (NAME, "", "must not be empty"),
        (NAME, " \u200c\u200e", "must not be empty"),
        (NAME, "\x00", "must not be empty"),
        (NAME, "ا" * 11, "must have 1 to 10 characters"),
        (NAME, " " * 5_000_000, "must have 1 to 10 characters"),
        (NAME, 12, "must be text"),
        (NAME, b"abc", "must be text"),
        (NAME, None, "must not be null"),
        (NationalCode(), "0932833811", "check digit"),
        (NationalCode(), "1111111111", "ten times"),
        (NationalCode(), 932833810, "must be text"),
        (NationalCode(), "9" * 5_000_000, "too long"),
        (AgencyCode(), "A", "2 to 20"),
        (AgencyCode(), "A" * 21, "2 to 20"),
        (AgencyCode(), "A.B", "2 to 20"),
        (AgencyCode(), "آب", "2 to 20"),
        (Code(), "-01", "not begin"),
        (Code(), "RD 01", "A-Z"),
        (Email(), "no address", "e-mail"),
        (Email(), "a@b", "e-mail"),
        (Email(), "a@@agency.example", "e-mail"),
        (Email(), "a@b@agency.example", "e-mail"),
        (Email(), "a b@agency.example", "e-mail"),
        (Email(), "نمونه@agency.example", "e-mail"),
        (Email(), "a@agency.example\r\nBcc: b@agency.example", "line breaks"),
        (Email(), "a@agency.example\n", "line breaks"),
        (Email(), "a@" + "b." * 130 + "example", "at most 254"),
        (SCORE, 101, "between 0 and 100"),
        (SCORE, -0.1, "between 0 and 100"),
        (SCORE, float("nan"), "must be a number"),
        (SCORE, float("inf"), "must be a number"),
        (SCORE, 10**400, "too large"),
        (SCORE, "nan", "must be a number"),
        (SCORE, "1e2", "must be a number"),
        (SCORE, "1_0", "must be a number"),
        (SCORE, "", "must be a number"),
        (SCORE, True, "must be a number"),
        (SCORE, [1], "must be a number"),
        (Number(min=1), 0, "at least 1"),
        (Number(max=1), 2, "at most 1"),
        (SEATS, 0, "between 1 and 1000"),
        (SEATS, 3.5, "whole number"),
        (SEATS, "3.5", "whole number"),
        (SEATS, float("nan"), "whole number"),
        (SEATS, float("inf"), "whole number"),
        (SEATS, True, "whole number"),
        (Integer(), 2**31, "between"),
        (Integer(), "9" * 5000, "whole number"),
        (IsoDate(), "1405-09-02", "not a Jalali one"),
        (IsoDate(), "2026-02-30", "calendar"),
        (IsoDate(), "20261123", "YYYY-MM-DD"),
        (IsoDate(), "2026-11-23T00:00:00Z", "YYYY-MM-DD"),
        (IsoDate(), 20261123, "YYYY-MM-DD"),
        (Moment(), "2026-11-23T23:30:00", "zone"),
        (LocalizedTextField(), "تکلیف", "must be an object"),
        (LocalizedTextField(), {"en": "Duty"}, "is required"),
        (LocalizedTextField(), {"fa": " "}, "must not be empty"),
        (LocalizedTextField(), {"fa": "تکلیف", "de": "Pflicht"}, "not a known field"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason(field: Field, value: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.deserialize(value)
    assert reason in str(refused.value.messages)


class _Person(Shape):
    name = LocalizedTextField(required=True)
    score = Number(min=0, max=100, required=True)
    born_on = IsoDate(load_default=None, allow_none=True)
    seen_at = Moment()
    stored_at = fields.DateTime()


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        _Person().load({"name": {"fa": ""}, "score": 101, "colour": "red"})
    assert refused.value.normalized_messages() == {
        "name": {"fa": ["must not be empty"]},
        "score": ["must be between 0 and 100"],
        "colour": ["is not a known field"],
    }


def test_a_shape_wants_an_object() -> None:
    with pytest.raises(ValidationError, match="must be an object"):
        _Person().load([1])


def test_defaults_are_filled_in() -> None:
    assert _Person().load({"name": {"fa": "نمونه"}, "score": 1})["born_on"] is None


@pytest.mark.parametrize("name", [{"fa": "نمونه", "en": None}, LocalizedText(fa="نمونه")])
def test_a_missing_english_text_is_left_out_of_replies(name: Any) -> None:
    assert _Person().dump({"name": name})["name"] == {"fa": "نمونه"}


def test_times_are_shown_in_utc_with_a_z() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    seen = _Person().dump(
        {"seen_at": datetime(2026, 11, 23, 23, 30, tzinfo=tehran), "stored_at": datetime(2026, 11, 23, 20, tzinfo=UTC)}
    )
    assert seen == {"seen_at": "2026-11-23T20:00:00.000000Z", "stored_at": "2026-11-23T20:00:00.000000Z"}


class _Listing(Page):
    agency_code = AgencyCode(load_default=None, allow_none=True)


def test_a_listing_has_a_limit_and_a_cursor() -> None:
    assert _Listing().load({}) == {"agency_code": None, "limit": 50, "cursor": None}
    assert _Listing().load({"limit": "۲۰۰"})["limit"] == 200
    with pytest.raises(ValidationError, match="between 1 and 200"):
        _Listing().load({"limit": 201})


def test_a_page_has_items_and_the_next_cursor() -> None:
    shape = page_of(_Person)
    assert shape is page_of(_Person)
    assert shape.__name__ == "_PersonPage"
    assert shape().dump({"items": [{"score": 3}], "next": None}) == {"items": [{"score": 3.0}], "next": None}
