"""The signature inside a PDF (PAdES B-B) that viewers check by themselves: ECDSA on P-256, since they know no Ed25519.

It is made with the time of issue and by a key that signs the same data the same way (RFC 6979), so a sealed PDF too is
the same bytes each time. pyHanko takes long to import and only agencies with such a key need it: it is imported at the
first seal.
"""

import hashlib
import io
from collections.abc import Coroutine, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

FIELD = "IssuerSeal"
_DIGEST = "sha256"
_SAMPLE_DIGEST = hashlib.sha256(b"a file that nobody has").digest()
_RESERVED = 16_384  # hexadecimal digits kept free in the file for the signature and its certificates


class DocumentKey(Hashable, Protocol):
    """A P-256 key that seals documents; the signing room has it."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Its X.509 certificate first, then those that vouch for it."""

    def sign(self, data: bytes) -> bytes:
        """The DER form of an ECDSA signature with SHA-256; the same data gives the same signature."""


def fingerprint(key: DocumentKey) -> bytes:
    """The SHA-256 of its certificate."""
    return key.certificates[0].fingerprint(hashes.SHA256())


def sealed(pdf: bytes, key: DocumentKey, at: datetime) -> bytes:
    """The PDF with an invisible signature added after its last byte; what was there stays as it was."""
    session = _pdf_signer(key).init_signing_session(_writer(pdf, key))
    session.system_time = at
    document = session.prepare_tbs_document(None, bytes_reserved=_RESERVED)
    digest, out = document.digest_tbs_document(output=io.BytesIO())
    digest.fill_with_cms(out, _signature(key, digest.document_digest))
    return bytes(out.getbuffer())


def _signature(key: DocumentKey, digest: bytes) -> bytes:
    """The DER of the signature over a file with this digest: that of the sample, with what differs put in its place.

    Files differ in the digest and what is signed of it. All else takes pyHanko four times as long as the whole of the
    rest, because it is built of objects, which are written again whenever they are copied.
    """
    from asn1crypto import cms  # noqa: PLC0415 - see above

    sample = _sample(key)
    whole = cms.ContentInfo.load(sample.whole.replace(_SAMPLE_DIGEST, digest, 1))
    whole["content"]["signer_infos"][0]["signature"] = key.sign(sample.signed.replace(_SAMPLE_DIGEST, digest, 1))
    made: bytes = whole.dump()
    return made


@dataclass(frozen=True)
class _Sample:
    """The signature of a file that has the sample digest: all of it, and the part that the key signs."""

    whole: bytes
    signed: bytes


@lru_cache(maxsize=64)
def _sample(key: DocumentKey) -> _Sample:
    whole = _finish(_cms_signer(key).async_sign(_SAMPLE_DIGEST, _DIGEST, use_pades=True))
    attributes = whole["content"]["signer_infos"][0]["signed_attrs"].untag()
    return _Sample(whole.dump(), attributes.dump())


def _writer(pdf: bytes, key: DocumentKey) -> Any:
    """pyHanko's writer without what it takes from the clock and from chance."""
    from pyhanko.pdf_utils.generic import ByteStringObject  # noqa: PLC0415 - see above
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """The date of change and the marks of PDF/A stay what they are."""

    writer = Writer(io.BytesIO(pdf))
    # The second half of a file's id changes with its content.
    writer._document_id[1] = ByteStringObject(hashlib.sha256(pdf + fingerprint(key)).digest()[:16])
    return writer


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing: it needs no event loop, which eventlet would stand in the way
    of."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    raise RuntimeError("a signature was waited for")


@lru_cache(maxsize=64)
def _pdf_signer(key: DocumentKey) -> Any:
    from pyhanko.sign import fields, signers  # noqa: PLC0415 - see above

    settings = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm=_DIGEST, subfilter=fields.SigSeedSubFilter.PADES
    )
    return signers.PdfSigner(settings, _cms_signer(key))


def _cms_signer(key: DocumentKey) -> Any:
    """What pyHanko signs with: a certificate, and a key that only its own room knows."""
    from asn1crypto import cms  # noqa: PLC0415 - see above
    from asn1crypto import x509 as asn1  # noqa: PLC0415
    from pyhanko.sign.attributes import SigningCertificateV2Provider  # noqa: PLC0415
    from pyhanko.sign.general import simple_cms_attribute  # noqa: PLC0415
    from pyhanko.sign.signers import Signer  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    class KeySigner(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return key.sign(data)

        async def signed_attrs(self, data_digest: bytes, *said: Any, **settings: Any) -> Any:
            """One after the other; pyHanko asks an event loop, and takes them as they come."""
            attributes = [
                simple_cms_attribute("content_type", "data"),
                simple_cms_attribute("message_digest", data_digest),
                await SigningCertificateV2Provider(signing_cert=chain[0]).get_attribute(),
            ]
            return cms.CMSAttributes(attributes)

        async def unsigned_attrs(self, *said: Any, **settings: Any) -> None:
            return None

    chain = [asn1.Certificate.load(each.public_bytes(Encoding.DER)) for each in key.certificates]
    others = SimpleCertificateStore()
    others.register_multiple(chain[1:])
    return KeySigner(signing_cert=chain[0], cert_registry=others)
