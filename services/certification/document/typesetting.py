"""The compilers that turn a page into PDF: kept warm, and each used by one thread at a time."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_amiri
import fontpkg_ibm_plex_sans_arabic
import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
import typst

from services.certification.domain import images

TEMPLATES = Path(__file__).parent / "templates"
STANDARD = "standard"
RECORD = "records/record"  # of training records; no certificate can choose it
# Archivable with readable text and attachments, and accessible: a reader can be read the page aloud.
_STANDARDS = ("a-3u", "ua-1")
_PLAIN = ("1.7",)
_LOGO = "logo.svg"

# At the end of a word the two are one letter to people; as one it is also copied and read aloud as one.
_HEH_WITH_HAMZA = re.compile("\u0647\u0654(?![\u0600-\u06ff\u200c])")

# A compiler is not re-entrant ("Already borrowed"), and native threads must not wait for a lock that eventlet made
# green. Taking from a list and giving back is atomic: who finds none makes one, so there are as many as work at once.
_idle: list[Any] = []


def typeset(
    page: Mapping[str, Any],
    template: str,
    symbol: str,
    made_at: datetime,
    credential: str | None = None,
    logo: tuple[str, bytes] | None = None,
    attached_as: str = "credential.jwt",
) -> bytes:
    """The page as PDF; `logo` is its media type and content."""
    data = {**page, "attached": credential is not None, "logo": _LOGO if logo else None}
    files = {
        "main.typ": _source(template),
        "lib.typ": _source("lib"),
        "data.json": _HEH_WITH_HAMZA.sub("\u06c0", json.dumps(data, ensure_ascii=False)).encode(),
        "symbol.svg": symbol.encode(),
    }
    if credential is not None:
        files[attached_as] = credential.encode()
    if logo:
        files[_LOGO] = _as_svg(*logo)
    try:
        return _compiled(files, made_at)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        # A letter that no font of ours has is printed as a box; the file may then not call itself archivable.
        return _compiled(files, made_at, _PLAIN)


def try_logo(media_type: str, content: bytes) -> None:
    """Set a page with an image alone; ValueError for one that cannot be shown."""
    page = f'#set document(title: "x")\n= x\n#image("{_LOGO}", alt: "x", width: 10mm)\n#text(lang: "en")[x]'
    try:
        _compiled({"main.typ": page.encode(), _LOGO: _as_svg(media_type, content)}, datetime(2001, 3, 21, tzinfo=UTC))
    except (typst.TypstError, RuntimeError) as error:
        raise ValueError("is broken: it cannot be shown") from error


def _as_svg(media_type: str, content: bytes) -> bytes:
    """An image as SVG, since what a compiler is handed as files has to be text; a PNG goes into a frame of its size."""
    if media_type == images.SVG:
        return content
    width, height = images.png_size(content)
    inside = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
    return f'{start}<image width="{width}" height="{height}" href="{inside}"/></svg>'.encode()


def _compiled(files: Mapping[str, bytes], made_at: datetime, standards: Sequence[str] = _STANDARDS) -> bytes:
    compiler = _idle.pop() if _idle else _new_compiler()
    try:
        pdf: bytes = compiler.compile(input=files, format="pdf", pdf_standards=list(standards), timestamp=made_at)
    finally:
        _idle.append(compiler)
    return pdf


@cache
def names() -> frozenset[str]:
    """The templates there are."""
    return frozenset(path.stem for path in TEMPLATES.glob("*.typ")) - {"lib"}


def known(template: str | None) -> str:
    """The template of this name; the standard one for none, and for a name that we do not know."""
    return template if template in names() else STANDARD


def is_archivable(pdf: bytes) -> bool:
    """Whether a file calls itself PDF/A."""
    return b"<pdfaid:part>" in pdf


@cache
def _source(name: str) -> bytes:
    return (TEMPLATES / f"{name}.typ").read_bytes()


def _new_compiler() -> Any:
    packages = (fontpkg_ibm_plex_sans_arabic, fontpkg_amiri, fontpkg_noto_sans_arabic, fontpkg_noto_sans)
    fonts = [str(package.ROOT / "files") for package in packages]
    return typst.Compiler(
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts),
        ignore_system_fonts=True,
    )
