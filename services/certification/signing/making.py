"""Making keys, taking in certificates that an authority issued for them, and retiring keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from services.certification import models
from services.certification.signing.books import from_row, to_row
from services.certification.signing.keyring import REFRESH
from services.certification.signing.public import KnownKey, Use, key_id
from services.certification.signing.signers import HeldKey, Signer
from services.certification.signing.stores import FileStore, known, signers_of
from shared.database import Database, Transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.keys import Pem

# RFC 5280, section 4.1.2.5: what a certificate says that has no end.
FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def make(
    db: Database, store: FileStore, owner_code: str | None, use: Use, not_before: datetime, not_after: datetime | None
) -> KnownKey:
    """A new key for certificates, or for documents with a certificate that it signed itself; None is the platform."""
    pem = Pem((Ed25519PrivateKey.generate(),), ())
    if use == "documents":
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = _self_signed(private, owner_code or "platform", not_before, not_after or FOR_EVER)
        pem = Pem((private,), (certificate,))
    [signer] = signers_of(pem)
    key = replace(known(HeldKey(signer, owner_code)), not_before=not_before, not_after=not_after)
    _keep(db, store, key, pem)
    return key


def take_in(db: Database, store: FileStore, owner_code: str, file: Path) -> KnownKey:
    """A documents key with the certificate that an authority issued; the certificate says how long it holds.

    The file is PEM: the certificate, those of the authorities above, and the key too if it was made elsewhere.
    Invalid `certificate` when they do not belong together, or when it holds no longer.
    """
    try:
        pem = _with_key(store, owner_code, store.read(file))
        signer = _for_documents(pem)
    except (ValueError, OSError) as error:
        raise Invalid.field("certificate", f"{file}: {error}") from None
    key = known(HeldKey(signer, owner_code))
    _keep(db, store, key, pem)
    return key


def retire(db: Database, name: str, reason: str, at: datetime | None) -> datetime:
    """Nothing that this key signs from a moment on counts; the moment.

    Without one it is as soon as all replicas can know of it. An earlier one is for a key that others may have had:
    what it signed since is not accepted any more. NotFound `key_not_found`, Conflict `key_retired`.
    """
    with db.transaction() as tx:
        moment = at or tx.now + timedelta(seconds=2 * REFRESH)
        if not models.retire_signing_key(tx, name, moment, reason):
            key = _recorded(tx, name)
            if key is None:
                raise NotFound("key_not_found", f"There is no key {name} in the books.")
            raise Conflict("key_retired", f"{name} is retired already: {key.retired_reason}")
    return moment


def _with_key(store: FileStore, owner_code: str, found: Pem) -> Pem:
    """The key of the first certificate: the one given with it, or the one that was made here before."""
    if not found.certificates:
        raise ValueError("there is no certificate in it")
    if found.keys:
        return found
    public = found.certificates[0].public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        path = store.path_of(owner_code, "documents", key_id(public))
        if path.exists():
            return Pem(store.read(path).keys, found.certificates)
    raise ValueError(f"its private key is neither in the file nor among those of {owner_code}")


def _for_documents(pem: Pem) -> Signer:
    if len(pem.keys) != 1:
        raise ValueError("there are several private keys in it")
    [signer] = signers_of(pem)
    if signer.algorithm != "P-256" or not signer.certificates:
        raise ValueError("it is not one P-256 key with its certificate")
    if signer.certificates[0].not_valid_after_utc <= datetime.now(UTC):
        raise ValueError("the certificate holds no longer")
    return signer


def _keep(db: Database, store: FileStore, key: KnownKey, pem: Pem) -> None:
    """Write a key down and keep its file, both or neither: a file that is not in the books would sign at once."""
    path = store.path_of(key.owner_code, key.use, key.key_id)
    is_new = not path.exists()
    try:
        with db.transaction() as tx:
            _must_be_free(tx, key)
            models.put_signing_key(tx, to_row(key, tx.now))
            store.write(path, pem)
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise


def _must_be_free(tx: Transaction, key: KnownKey) -> None:
    before = _recorded(tx, key.key_id)
    if before and (before.retired_at or before.owner_code != key.owner_code):
        raise Conflict("key_taken", f"{key.key_id} is retired, or another one's.")


def _recorded(tx: Transaction, name: str) -> KnownKey | None:
    return next((from_row(row) for row in models.signing_keys(tx) if row.key_id == name), None)


def _self_signed(
    key: ec.EllipticCurvePrivateKey, owner_code: str, not_before: datetime, not_after: datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner_code)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), not_before, not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
