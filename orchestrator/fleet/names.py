"""Names of a fleet: machines as people call them, ids that never change, addresses."""

import ipaddress
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from orchestrator import files
from orchestrator.errors import UsageError
from orchestrator.runs.run_files import WORDS

PORT = 8786
_LONGEST_NAME = 40
_NAME = re.compile(rf"[A-Za-z0-9][\w.-]{{0,{_LONGEST_NAME - 1}}}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{12}")
_RUN = re.compile(r"[A-Za-z0-9][\w.-]{0,119}", re.ASCII)
_RESOURCE = "machine-"
_DOCUMENTS = {"manifest.json", "summary.json", "clips.jsonl", "rows.jsonl", "timeline.jsonl", WORDS}
_FOLDERS = {"passes": ".jsonl", "live": ".jsonl", "logs": ".log"}
_LONGEST = 255


def is_name(text: str) -> bool:
    """Whether a text may be the name of a machine: of a folder too, and harmless on a terminal."""
    return _NAME.fullmatch(text) is not None


def is_run(text: str) -> bool:
    """Whether a text may be the id of a run."""
    return _RUN.fullmatch(text) is not None


def is_file_of_a_run(name: str) -> bool:
    """Whether a name is one of the files that a run has; none of them leads out of its folder."""
    folder, _, file = name.rpartition("/")
    if not folder:
        return name in _DOCUMENTS
    ending = _FOLDERS.get(folder)
    plain = file.isprintable() and "\\" not in file and not file.startswith(".")
    return bool(ending and plain and file.endswith(ending) and len(file) <= _LONGEST)


def own_name() -> str:
    """Return what this machine is called where its user gives it no name."""
    return name_like(socket.gethostname().partition(".")[0])


def name_like(text: str) -> str:
    """Return the name of a machine that is most like a text."""
    name = re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII)[:_LONGEST_NAME]
    return name if is_name(name) else "machine"


def own_id(place: Path) -> str:
    """Return the id of the machine whose folder this is, made when it is first asked for.

    It is drawn: nothing of the machine or its owner is in it.
    """
    path = place / "id"
    if not path.exists():
        place.mkdir(parents=True, exist_ok=True)
        files.write(path, secrets.token_hex(6))
    text = files.read_text(path, 1 << 10).strip()
    if not _ID.fullmatch(text):
        raise UsageError(f"{path} is no id of a machine", f"remove {path}")
    return text


def resource(machine: str) -> str:
    """Return the resource that only this machine has, by which work finds it whatever its port."""
    return f"{_RESOURCE}{machine}"


def machine_of(resources: object) -> str | None:
    """Return the id of the machine that has these resources; None for whatever else they are."""
    for name in resources if isinstance(resources, dict) else ():
        found = str(name).removeprefix(_RESOURCE)
        if str(name).startswith(_RESOURCE) and _ID.fullmatch(found):
            return found
    return None


@dataclass(frozen=True)
class Address:
    """Where a scheduler listens: tls://host:8786, or tcp:// on this machine alone."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read an address; raise UsageError for what is none, or would be open to anyone."""
        example = f"such as tls://10.0.0.5:{PORT}"
        try:
            url = urlsplit(text if "://" in text else f"tls://{text}")
            host, port = url.hostname or "", PORT if url.port is None else url.port
        except ValueError as error:
            raise UsageError(f"{text!r} is no address: {error}", example) from error
        if url.scheme not in {"tls", "tcp"} or not host or url.path.strip("/") or url.username:
            raise UsageError(f"{text!r} is no address of a scheduler", example)
        if url.scheme == "tcp" and not _is_loopback(host):
            raise UsageError(
                f"{text}: over tcp:// anyone in the network could run programs on every machine",
                f"use tls://{host}:{port}, with certificates: fleet certificates",
            )
        return cls(url.scheme, host, port)

    @property
    def secured(self) -> bool:
        """Whether it takes a certificate."""
        return self.scheme == "tls"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
