"""Seal a PDF with a P-256 key made for it: `sealing.py PLAIN SEALED`."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sample Agency")])
now = datetime.now(UTC)
certificate = (
    x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
    .sign(key, hashes.SHA256())
)
signer = signers.SimpleSigner(
    signing_cert=asn1.Certificate.load(certificate.public_bytes(Encoding.DER)),
    signing_key=asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    cert_registry=SimpleCertificateStore(),
)
settings = signers.PdfSignatureMetadata(
    field_name="IssuerSeal", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
)
with Path(sys.argv[1]).open("rb") as plain, Path(sys.argv[2]).open("w+b") as sealed:
    signers.sign_pdf(IncrementalPdfFileWriter(plain), settings, signer=signer, output=sealed)
