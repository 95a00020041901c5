"""The essentials in the QR code: what they say, what they refuse, how large they are, and that scanners read them."""

import io
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from services.certification import scanning
from services.certification.document import symbol
from services.certification.domain import essentials
from services.certification.domain.letters import LETTERS, decode, encode, shortened
from services.certification.signing import is_signed
from shared.errors import Invalid

LINK = "https://certificates.example.gov/verify/00041061050R3GG28A1C60T3GF"
TODAY = date(2026, 11, 25)


class Signer:
    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.key_id = "0123456789abcdef"

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)

    def public_keys(self) -> dict[str, Any]:
        return {self.key_id: self.private.public_key()}


@pytest.fixture
def longest(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {
        **snapshot,
        "holder_name": "سیده فاطمه‌زهرا " * 12,
        "course_title": {"fa": "قانون مدیریت خدمات کشوری و آیین‌نامه‌های اجرایی آن " * 5},
        "serial": f"{'A' * 20}-1405-000123",
        "issuer": {"code": "A" * 20, "name": {"fa": "دستگاه"}},
        "hours": "1234.75",
        "score": "87.25",
        "valid_until": "2029-11-22",
    }


def payload(said: dict[str, Any]) -> bytes:
    return scanning.signed(said, Signer(), TODAY)


def test_they_say_what_the_certificate_says(snapshot: dict[str, Any]) -> None:
    said, _, _ = essentials.read(essentials.payload_of(essentials.digits(payload(snapshot))))
    assert said == essentials.Essentials(
        key_id="0123456789abcdef",
        signed_on=TODAY,
        issued_on=date(2026, 11, 24),  # after midnight in Tehran
        completed_on=date(2026, 11, 23),
        valid_until=None,
        hours="4",
        score="87.5",
        serial="AG-A-1405-000123",
        issuer_code="AG-A",
        holder_name="نمونه آزمون‌پور",
        course_title="تکالیف و مسئولیت‌های اداری کارکنان",
    )


def test_nothing_private_is_in_them(snapshot: dict[str, Any]) -> None:
    private = ("9990000018", "10023", snapshot["national_code_end"], snapshot["national_code_hash"][-8:])
    assert not [each for each in private if encode(each) in payload(snapshot)]


def test_they_hold_behind_their_own_code_only(snapshot: dict[str, Any]) -> None:
    signer = Signer()
    _, unsigned, signature = essentials.read(scanning.signed(snapshot, signer, TODAY))
    key = signer.private.public_key()
    assert is_signed(key, signature, essentials.to_sign(snapshot["verification_code"], unsigned))
    assert not is_signed(key, signature, essentials.to_sign("1" * 26, unsigned))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert decode(encode(text)) == text


def test_persian_takes_a_byte_a_letter_and_anything_else_is_escaped() -> None:
    assert len(encode("مسئولیت‌هٔ ۱۴۰۵، «Word»")) == len("مسئولیت‌هٔ ۱۴۰۵، «Word»")
    assert encode("文") == b"\x00\x00\x65\x87"
    assert len(set(LETTERS)) == len(LETTERS) <= 128


@pytest.mark.parametrize(
    ("text", "most", "left"),
    [
        ("کوتاه", 5, "کوتاه"),
        ("نامی بلند", 5, "نامی…"),
        ("می‌رود باز", 4, "می…"),
        ("کلمهٔ بلند", 5, "کلم…"),
        ("文文文", 9, "文文…"),
    ],
)
def test_a_long_text_is_cut_between_letters(text: str, most: int, left: str) -> None:
    assert decode(shortened(text, most)) == left
    assert len(shortened(text, most)) <= most


@given(st.decimals(0, 10**9, allow_nan=False, places=3))
def test_numbers_are_exact(number: Any) -> None:
    plain = format(number.normalize(), "f")
    reader = essentials._Reader(essentials._decimal(plain))
    assert (reader.decimal(), reader.left) == (plain, b"")


@pytest.mark.parametrize("text", ["", "12a", "۱۲۳", "1" * 1201, "0", "255", "0001"])
def test_digits_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        essentials.payload_of(text)


@given(data=st.binary(max_size=200))
def test_bytes_that_nobody_wrote_are_refused_and_break_nothing(data: bytes) -> None:
    for sent in (data, bytes([essentials.VERSION]) + data):
        with suppress(Invalid):
            essentials.read(sent)


def test_each_shortened_payload_is_refused(snapshot: dict[str, Any]) -> None:
    _, unsigned, signature = essentials.read(payload(snapshot))
    for end in range(len(unsigned)):
        with pytest.raises(Invalid):
            essentials.read(unsigned[:end] + signature)


def code_of(said: dict[str, Any]) -> list[bytes]:
    return symbol.coded(scanning.message(LINK, payload(said)))


def test_the_code_stays_readable_at_25_millimetres(snapshot: dict[str, Any], longest: dict[str, Any]) -> None:
    typical, large = code_of(snapshot), code_of(longest)
    assert (version(typical), level(typical)) == (11, "M")
    assert (version(large), level(large)) == (14, "M")
    assert 25 / len(large) > 0.33
    far = symbol.coded(f"https://{'a' * 90}/verify/{'0' * 26}#{essentials.digits(payload(longest))}")
    assert (version(far), level(far)) == (13, "L")


def version(code: list[bytes]) -> int:
    return (len(code) - 17) // 4


def level(code: list[bytes]) -> str:
    """The level of correction, as a reader finds it."""
    return zxingcpp.read_barcodes(painted(code), formats=zxingcpp.BarcodeFormat.QRCode)[0].ec_level


def picture(code: list[bytes], dpi: int, millimetres: float = 25) -> Image.Image:
    """The code as a scanner at this resolution sees it when its modules together are so wide."""
    whole = painted(code)
    width = round(millimetres / 25.4 * dpi * whole.width / (len(code) * 4))
    return whole.resize((width, width), Image.Resampling.BOX)


def painted(code: list[bytes]) -> Image.Image:
    """Four dots a module, and four modules of white around."""
    size = len(code)
    paper = Image.new("L", (size + 8, size + 8), 255)
    paper.paste(Image.frombytes("L", (size, size), bytes(0 if dark else 255 for row in code for dark in row)), (4, 4))
    return paper.resize((4 * paper.width,) * 2, Image.Resampling.NEAREST)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out)


def tilted(image: Image.Image) -> Image.Image:
    """Seen from a corner."""
    paper = Image.new("L", (image.width * 3 // 2,) * 2, 255)
    paper.paste(image, (image.width // 4,) * 2)
    side = paper.width
    lens = (1.05, 0.04, -0.03 * side, -0.02, 1.05, 0, 0.05 / side, 0.025 / side)
    return paper.transform(paper.size, Image.Transform.PERSPECTIVE, lens, Image.Resampling.BICUBIC, fillcolor=255)


TREATMENTS = {
    "at 150 dpi": lambda code: picture(code, 150),
    "blurred": lambda code: picture(code, 300).filter(ImageFilter.GaussianBlur(1.5)),
    "compressed": lambda code: jpeg(picture(code, 300), 25),
    "tilted": lambda code: tilted(picture(code, 300)),
    "all at once": lambda code: jpeg(tilted(picture(code, 300)).filter(ImageFilter.GaussianBlur(1)), 40),
}


@pytest.mark.parametrize("which", ["snapshot", "longest"])
def test_a_scanner_reads_it(which: str, request: pytest.FixtureRequest) -> None:
    said = request.getfixturevalue(which)
    code = code_of(said)
    for name, treatment in TREATMENTS.items():
        # Other kinds are not looked for: a reader of bars finds letters in what a treatment made of the squares.
        found = zxingcpp.read_barcodes(treatment(code), formats=zxingcpp.BarcodeFormat.QRCode)
        assert [each.text.partition("#")[0] for each in found] == [LINK], name
        read, _, _ = essentials.read(essentials.payload_of(found[0].text.partition("#")[2]))
        assert said["holder_name"].startswith(read.holder_name.rstrip("…")), name


def test_the_described_table_of_letters_is_the_one_in_use() -> None:
    described = (Path(__file__).parents[3] / "docs/verification.md").read_text(encoding="utf-8")
    rows = re.findall(r"^  \| `([0-9A-F]{2})` \| ([0-9A-F ]+) \|$", described, re.MULTILINE)
    assert [int(start, 16) for start, _ in rows] == list(range(0x80, 0x80 + len(LETTERS), 16))
    assert "".join(chr(int(code, 16)) for _, codes in rows for code in codes.split()) == LETTERS
