import struct
import zlib

import pytest

from services.certification.document import typesetting
from services.certification.domain import designs, images

USUAL = [{"title": {"fa": "مدیر آموزش"}}]
PROFILE = {"template": "formal", "variant": "both", "signatories": [], "logo": "0" * 64}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def png(width: int = 1, height: int = 1, data: bytes = b"\0\0\0\0") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def test_an_agency_without_a_profile_is_signed_for_by_title() -> None:
    assert designs.design(None, None, USUAL) == {
        "template": None,
        "variant": "fa",
        "signatories": USUAL,
        "logo": None,
    }


def test_the_template_of_the_course_version_goes_first() -> None:
    assert designs.design(PROFILE, "standard", USUAL)["template"] == "standard"
    assert designs.design(PROFILE, None, USUAL) == PROFILE


@pytest.mark.parametrize(("score", "word"), [(70.9, None), (71, "متوسط"), (80.5, "متوسط"), (81, "خوب"), (100, "عالی")])
def test_a_score_has_the_word_of_the_highest_minimum_it_reaches(score: float, word: str | None) -> None:
    words = [{"minimum": at, "word": {"fa": said}} for at, said in ((91, "عالی"), (71, "متوسط"), (81, "خوب"))]
    found = designs.grade(score, words)
    assert (found and found["fa"]) == word


@pytest.mark.parametrize("inside", ["<path d='M0 0h9v9z'/>", "<g fill='url(#a)'><use href='#b'/></g>"])
def test_a_plain_svg_and_a_png_may_be_shown(inside: str) -> None:
    for content in (SVG.format(inside).encode(), png()):
        typesetting.try_logo(images.media_type(content), content)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<rect onclick='alert(1)'/>",
        "<image href='https://example.org/a.png'/>",
        "<image xlink:href='file:///etc/passwd'/>",
        "<use href='other.svg#a'/>",
        "<rect style='fill: url(https://example.org/a)'/>",
        "<style>@import 'a.css';</style>",
        "<foreignObject/>",
        "<a href='#x'/>",
    ],
)
def test_an_svg_that_acts_or_reaches_outside_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="must"):
        images.media_type(SVG.format(inside).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<html/>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG.format("&a;").encode(),
        SVG.format("").encode("utf-16"),
        png(5000, 1),
        b"x" * (images.LARGEST + 1),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    ],
)
def test_what_is_no_image_or_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"must|whole"):
        images.media_type(content)


def test_a_broken_image_is_found_by_showing_it() -> None:
    broken = png(9, 9, b"\0")
    with pytest.raises(ValueError, match="broken"):
        typesetting.try_logo(images.media_type(broken), broken)
