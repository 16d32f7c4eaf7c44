"""Certificates for loopback servers."""

import shutil
import subprocess
from pathlib import Path


def certificate(folder: Path) -> Path:
    """Make a certificate of this machine's loopback address that nobody trusts, with its key."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl comes with every system this runs on"
    made = folder / "company.pem"
    names = ["-subj", "/CN=company", "-addext", "subjectAltName=IP:127.0.0.1,DNS:hub.invalid"]
    use = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command = [openssl, *kind, *names, *use, "-keyout", made, "-out", folder / "public.pem"]
    subprocess.run(command, check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + (folder / "public.pem").read_bytes())
    return made
