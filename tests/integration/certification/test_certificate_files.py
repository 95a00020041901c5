"""The file itself, read by programs that are not ours: PDFium, a QR reader, and pyHanko's validator."""

import ctypes
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from services.certification.document import Copy, sealing, typesetting
from services.certification.document.printing import make
from services.certification.domain import awards, codes, snapshots
from tests.integration.certification.conftest import completed

LINK = "https://certificates.example/verify/00041061050R3GG28A1C60T3GF"
MILLIMETRE = 72 / 25.4
PEOPLE = [
    {"name": {"fa": "دکتر نمونه آزمونی", "en": "Dr. Sample Trial"}, "title": {"fa": "مدیر آموزش", "en": "Head"}},
    {"name": None, "title": {"fa": "رئیس مرکز"}},
]


def snapshot(template: str = "standard", **changes: Any) -> dict[str, Any]:
    import msgspec

    facts = msgspec.to_builtins(completed(**{"full_name": "نمونه آزمون‌پور", **changes}))
    return snapshots.snapshot(
        facts,
        certificate_id="01890a5d-ac96-774b-bcce-b302099a8057",
        serial=f"{facts['agency_code']}-1405-000123",
        verification_code=codes.verification_code(bytes(range(16))),
        national_code_hash="sha256$00",
        issued_at="2026-11-23T20:45:00.123456Z",
        key_id="0123456789abcdef",
        design={"template": template, "variant": "fa", "signatories": PEOPLE, "logo": None},
        grade={"fa": "خوب", "en": "Good"},
    )


@contextmanager
def opened(pdf: bytes) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def letters(pdf: bytes) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Every printed letter of the one page with its box in millimetres: left, bottom, right, top."""
    with opened(pdf) as document:
        assert len(document) == 1
        text = document[0].get_textpage()
        boxes = ((text.get_text_range(i, 1), text.get_charbox(i)) for i in range(text.count_chars()))
        return [(letter, tuple(edge / MILLIMETRE for edge in box)) for letter, box in boxes if letter.strip()]


def text_of(pdf: bytes) -> str:
    with opened(pdf) as document:
        return str(document[0].get_textpage().get_text_range()).replace("\u200c", "").replace("\u200e", "")


def seen_codes(pdf: bytes, dpi: int) -> list[str]:
    with opened(pdf) as document:
        bitmap = document[0].render(scale=dpi / 72, grayscale=True)
        raw = ctypes.string_at(bitmap.buffer, bitmap.stride * bitmap.height)
        rows = memoryview(raw).cast("B", shape=[bitmap.height, bitmap.stride])
        return [found.text for found in zxingcpp.read_barcodes(rows, formats=zxingcpp.BarcodeFormat.QRCode)]


class DocumentKey:
    """A P-256 key of nobody, with a certificate that it signed itself."""

    def __init__(self) -> None:
        self._key = ec.derive_private_key(999_000_001, ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample Agency")])
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
        made = made.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2046, 1, 1))  # noqa: DTZ001
        made = made.public_key(self._key.public_key()).add_extension(usage, critical=True)
        self.certificates = (made.sign(self._key, hashes.SHA256(), ecdsa_deterministic=True),)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


LONG = {
    "full_name": "نمونه‌آزمون" * 18,  # one word of 198 letters
    "father_name": "نمونه " * 30,
    "job_title": "کارشناس ارشد هماهنگی " * 9,
    "unit": "ادارهٔ کل آموزش " * 12,
    "agency_code": "A" * 20,
    "course_code": "W" * 30,
    "personnel_number": "P" * 20,
    "hours": 1234.125,
}


def long_texts() -> dict[str, Any]:
    from shared.events import LocalizedText
    from shared.events.catalog import Accreditation, Permit

    day = datetime(2026, 6, 1, tzinfo=UTC).date()
    return LONG | {
        "agency_name": LocalizedText("سازمان نمونهٔ آموزش و پژوهش " * 10, "Sample Organisation for Training " * 9),
        "provider_name": LocalizedText("مرکز آموزش مدیریت دولتی " * 12, "Centre for Public Management " * 10),
        "course_title": LocalizedText("آشنایی با قوانین اداری " * 13, "Administrative regulations " * 11),
        "permit": Permit("9" * 50, day),
        "accreditation": Accreditation("7" * 50, day),
    }


@pytest.mark.parametrize("variant", ["fa", "en", "both"])
@pytest.mark.parametrize("template", sorted(typesetting.names()))
def test_the_longest_texts_stay_inside_the_frame(template: str, variant: str) -> None:
    people = [{"name": {"fa": "دکتر نمونه " * 10}, "title": {"fa": "مدیر کل " * 13, "en": "Director " * 11}}] * 4
    said = snapshot(template, **long_texts())
    said["design"]["signatories"] = people
    said["valid_until"] = "2029-11-22"
    printed = letters(make(Copy(said, LINK + "/" + "x" * 200, variant)))
    assert len(printed) > 1000
    outside = [(each, box) for each, box in printed if box[0] < 13 or box[2] > 284 or box[1] < 12 or box[3] > 198]
    assert outside == []


@pytest.mark.parametrize("variant", ["fa", "en", "both"])
@pytest.mark.parametrize("template", sorted(typesetting.names()))
def test_the_longest_type2_certificate_stays_inside_the_frame(template: str, variant: str) -> None:
    decision = {"number": "1405/ک/" + "9" * 40, "decided_on": "2026-11-20", "name": "دکتر نمونه " * 10}
    decision["title"] = {"fa": "مدیر کل " * 13, "en": "Director " * 11}
    policy = {
        "effective_from": "2001-03-21",
        "source": "Last known thresholds, not those of 1390 " * 6,
        "confidence": "I",
    }
    said = snapshot(template, **long_texts() | {"permit": None, "accreditation": None})
    award = awards.award(
        {
            "level": "specialist_research",
            "base_degree": "کارشناسی پیوسته " * 6,
            "base_degree_field": "مدیریت دولتی گرایش " * 6,
            "benefit": {"fa": "فوق‌لیسانس " * 8, "en": "a master's degree " * 6},
            "job_side_hours": 1234.125,
            "exam_on": "2026-10-11",
            "research_title": "بررسی اثربخشی دوره‌های ضمن‌خدمت " * 12,
            "research_hours": 100.5,
            "committee": decision,
            "organisation": decision,
            "policy": {},
            "policies": [{"key": key, **policy} for key in ("type2_thresholds", "type2_exam_pass_mark", "other")],
        },
        {"fa": "سازمان اداری و استخدامی کشور " * 4, "en": "Administrative Affairs Organisation " * 4},
    )
    said["design"]["signatories"] = awards.signatories(award)
    printed = letters(make(Copy(awards.said(said, award), LINK + "/" + "x" * 200, variant)))
    assert len(printed) > 1000
    outside = [(each, box) for each, box in printed if box[0] < 13 or box[2] > 284 or box[1] < 12 or box[3] > 198]
    assert outside == []


@pytest.mark.parametrize("template", sorted(typesetting.names()))
def test_the_parts_of_the_longest_page_stay_apart(template: str) -> None:
    said = snapshot(template, **long_texts() | {"full_name": "þ" * 190, "job_title": "ß " * 90})
    printed = letters(make(Copy(said, LINK)))
    name, about = ([box for letter, box in printed if letter == wanted] for wanted in "þß")
    assert (len(name), len(about)) == (190, 90)
    assert max(top for _, _, _, top in about) < min(bottom for _, bottom, _, _ in name)


def test_the_page_says_what_the_certificate_says() -> None:
    english = text_of(make(Copy(snapshot(), LINK, "en")))
    for said in ("AG-A-1405-000123", "23 November 2026", "Dr. Sample Trial", "4.5 hours (four point five)", LINK):
        assert said in english
    persian = text_of(make(Copy(snapshot(), LINK)))
    for said in ("۱۴۰۵/۰۹/۰۳", "۸۷٫۵", "۱۴۰۵/۰۸/۱۴"):
        assert said in persian


def test_letters_of_other_scripts_are_printed_and_no_letter_stops_the_printing() -> None:
    assert "Ωж" in text_of(make(Copy(snapshot(full_name="Ωж"), LINK)))
    boxed = make(Copy(snapshot(full_name="نمونه 中"), LINK))
    assert boxed.startswith(b"%PDF-")
    assert not typesetting.is_archivable(boxed)


@pytest.mark.parametrize("variant", ["fa", "en", "both"])
@pytest.mark.parametrize("template", sorted(typesetting.names()))
def test_the_code_is_read_from_the_page_at_100_dpi(template: str, variant: str) -> None:
    assert seen_codes(make(Copy(snapshot(template), LINK, variant)), 100) == [LINK]


def test_a_code_of_600_digits_is_read_from_a_scan() -> None:
    digits = "1234567890" * 60
    assert seen_codes(make(Copy(snapshot(), LINK, message=f"{LINK}#{digits}")), 200) == [f"{LINK}#{digits}"]


def test_the_credential_is_attached_as_it_is() -> None:
    with opened(make(Copy(snapshot(), LINK, credential="head.body.signature"))) as document:
        assert document.count_attachments() == 1
        attached = document.get_attachment(0)
        assert (attached.get_name(), bytes(attached.get_data())) == ("credential.jwt", b"head.body.signature")


def test_the_file_says_that_it_is_archivable_and_accessible() -> None:
    with io.BytesIO(make(Copy(snapshot(), LINK, "en"))) as file:
        root = PdfFileReader(file).root
        metadata = root["/Metadata"].data.decode()
        assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>" in metadata
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert (bool(root["/MarkInfo"]["/Marked"]), root["/Lang"]) == (True, "en")


def test_a_sealed_file_is_valid_to_a_validator_and_always_the_same() -> None:
    key = DocumentKey()
    copy = Copy(snapshot(), LINK, credential="a.b.c", key=key)
    sealed = make(copy)
    assert make(copy) == sealed
    root = asn1.Certificate.load(key.certificates[0].public_bytes(Encoding.DER))
    with io.BytesIO(sealed) as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        found = validate_pdf_signature(signature, ValidationContext(trust_roots=[root]))
        assert found.bottom_line
        assert str(signature.sig_object["/SubFilter"]) == "/ETSI.CAdES.detached"
        assert signature.self_reported_timestamp == datetime(2026, 11, 23, 20, 45, tzinfo=UTC)
    changed = sealed.replace(b"%PDF-1.7", b"%PDF-1.6", 1)
    with io.BytesIO(changed) as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        assert not validate_pdf_signature(signature, ValidationContext(trust_roots=[root])).intact


def test_a_seal_is_the_one_that_pyhanko_builds_each_time() -> None:
    key = DocumentKey()
    for digest in (bytes(32), b"\xff" * 32, hashlib.sha256(b"some file").digest()):
        built = sealing._finish(sealing._cms_signer(key).async_sign(digest, "sha256", use_pades=True))
        assert sealing._signature(key, digest) == built.dump()


def test_another_process_in_another_place_and_zone_makes_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import hashlib, json, sys; from services.certification.document import Copy; "
        "from services.certification.document.printing import make; "
        "print(hashlib.sha256(make(Copy(json.load(sys.stdin), sys.argv[1], 'both'))).hexdigest())"
    )
    said = snapshot()
    environment = {"PATH": "/usr/bin", "TZ": "Asia/Tokyo", "HOME": str(tmp_path), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", program, LINK]
    other = subprocess.run(
        command, input=json.dumps(said), cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == hashlib.sha256(make(Copy(said, LINK, "both"))).hexdigest()
