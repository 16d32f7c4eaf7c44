"""Certificates of a fleet: a private authority, and what it signs for each machine.

Whoever has a certificate and its key may run programs on every machine of the fleet, as Dask's
workers do what a client sends them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from orchestrator import files, places
from orchestrator.errors import ConfigError, UsageError, program, quoted
from orchestrator.fleet.names import is_name

_CA, _CA_KEY = "ca.pem", "ca-key.pem"
_CERTIFICATE, _KEY = "certificate.pem", "key.pem"
_OTHERS = "for"  # the folder of what goes to other machines
_AUTHORITY_DAYS = 3650
_ALLOWANCE = dt.timedelta(hours=1)  # for machines whose clocks differ
_UNUSED = (
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Identity:
    """The three files, in one folder, by which a machine, a scheduler or a client is let in."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority's certificate."""
        return self.folder / _CA

    @property
    def certificate(self) -> Path:
        """What the authority signed."""
        return self.folder / _CERTIFICATE

    @property
    def key(self) -> Path:
        """The key that belongs to it."""
        return self.folder / _KEY


@dataclass(frozen=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make(place: Path, names: Sequence[str], days: float) -> list[Path]:
    """Make this machine's certificate, or those of others by name; return the folders written.

    The first time an authority is made too. Keys are readable by their owner alone. A certificate
    that is there is replaced: so it is renewed. Raises UsageError, ConfigError.
    """
    if wrong := [name for name in names if not is_name(name)]:
        raise UsageError(f"{wrong[0]!r} is no name of a machine", "such as m3-air")
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = _authority(place)
    targets = [place / _OTHERS / name for name in names] or [place]
    for target in targets:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        own = _certificate(target.name if names else "fleet", key, authority, days)
        _write_key(target / _KEY, key)
        files.write(target / _CERTIFICATE, _pem(own))
        if target != place:
            files.write(target / _CA, _pem(authority.certificate))
    return targets


def identity(place: Path | None) -> Identity:
    """Return the certificates in a folder, this machine's by default.

    Raises UsageError where there are none, or they have expired, or others can read the key.
    """
    found = Identity((place or places.certificates_folder()).expanduser().absolute())
    missing = [p.name for p in (found.ca, found.certificate, found.key) if not p.is_file()]
    if missing:
        raise UsageError(
            f"{found.folder} has no {' and no '.join(missing)}",
            f"where the scheduler is: {program()} fleet certificates NAME; copy the folder that it"
            f" names to {found.folder}, or name another: --certificates DIR",
        )
    for path in (found.ca, found.certificate):
        expires = _read(path).not_valid_after_utc
        if expires < _now():
            raise UsageError(
                f"{path} expired on {expires:%Y-%m-%d}",
                f"where its authority is: {program()} fleet certificates; then copy it again",
            )
    if found.key.stat().st_mode & 0o077:
        raise UsageError(f"{found.key} can be read by others", f"chmod 600 {quoted(found.key)}")
    return found


def expires(place: Path) -> dt.datetime:
    """Return until when the certificate in a folder is valid."""
    return _read(place / _CERTIFICATE).not_valid_after_utc


def _authority(place: Path) -> _Signer:
    """Return the authority in a folder, made where there is none."""
    if (place / _CA_KEY).exists():
        authority = _read(place / _CA)
        if authority.not_valid_after_utc < _now():
            raise ConfigError(f"{place / _CA} has expired", f"remove {place} and make all anew")
        return _Signer(authority, _read_key(place / _CA_KEY))
    if (place / _CA).exists():
        raise UsageError(
            f"{place} has {_CA} and not its key: the authority is on another machine",
            f"make certificates there: {program()} fleet certificates NAME",
        )
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("fleet authority", key, None, _AUTHORITY_DAYS)
    _write_key(place / _CA_KEY, key)
    files.write(place / _CA, _pem(authority))
    return _Signer(authority, key)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: _Signer | None, days: float
) -> x509.Certificate:
    """Return a certificate of a key; without a signer it is an authority's, signed by itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer = signer.certificate.subject if signer else subject
    signing = signer.key if signer else key
    ends = _now() + dt.timedelta(days=days)
    by_authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(_now(), ends) - _ALLOWANCE)
        .not_valid_after(min(ends, signer.certificate.not_valid_after_utc) if signer else ends)
        .add_extension(_constraints(ca=signer is None), critical=True)
        .add_extension(_usage(ca=signer is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(by_authority, critical=False)
    )
    if signer:
        # A machine is both: it asks the scheduler, and is asked for what it has.
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    return builder.sign(signing, hashes.SHA256())


def _constraints(*, ca: bool) -> x509.BasicConstraints:
    return x509.BasicConstraints(ca=ca, path_length=0 if ca else None)


def _usage(*, ca: bool) -> x509.KeyUsage:
    unused = dict.fromkeys(_UNUSED, False)
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **unused)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _read(path: Path) -> x509.Certificate:
    """Read a certificate; raise ConfigError for what is none."""
    try:
        return x509.load_pem_x509_certificate(files.read_bytes(path))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is no certificate: {error}", "copy or make it again") from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(files.read_bytes(path), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} is no key: {error}", "restore it") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{path} is no key of ours", "restore it")
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a key that nobody else can read at any moment."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    data = key.private_bytes(*form, serialization.NoEncryption())
    with files.replacing(path) as file:
        Path(file.name).chmod(0o600)
        file.write(data)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
