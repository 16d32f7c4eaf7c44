"""A machine as a fleet knows it: its folder, its id, what it is made of, what it can run."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Self

from orchestrator import backends, places
from orchestrator.backends import Backend
from orchestrator.backends.worker.machine import measuring
from orchestrator.bench import doctor
from orchestrator.errors import DISTRIBUTION, UsageError, program
from orchestrator.fleet.messages import Finding, Job, Offer, Standing
from orchestrator.fleet.names import is_name, own_id, own_name
from orchestrator.host import Host

_OF_A_BACKEND = ("pyproject.toml", "uv.lock", "models.toml")


@dataclass(frozen=True)
class Here:
    """This machine: where it keeps what a fleet sends it and measures on it, and its name."""

    folder: Path
    name: str

    @classmethod
    def of(cls, name: str | None, folder: Path | None) -> Self:
        """Return this machine as it is called; raise UsageError for what is no name."""
        if name is not None and not is_name(name):
            raise UsageError(f"{name!r} is no name of a machine", "such as m3-air")
        place = (folder or places.fleet_folder()).expanduser().absolute()
        return cls(place, name or own_name())

    @property
    def runs(self) -> Path:
        """The runs it was asked for."""
        return self.folder / "runs"

    @property
    def blobs(self) -> Path:
        """The clips it was sent."""
        return self.folder / "clips"

    @property
    def jobs(self) -> Path:
        """What it was asked, and the logs of the processes that did it."""
        return self.folder / "jobs"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder: a machine joins a fleet once. Raises UsageError where it has."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                what = f"this machine has joined a fleet already, with {self.folder}"
                raise UsageError(what, "end that one first") from error
            yield

    def standing(self, own: str, *, examine: bool) -> Standing:
        """Say what this machine is and how it is doing; `own` is the run it measures for a fleet.

        While it measures nothing is examined: the doctor would be beside a timed pass.
        """
        busy = own or measuring()
        examine = examine and not busy
        return Standing(
            id=own_id(self.folder),
            name=self.name,
            version=version(),
            code=code(),
            host=Host.here().model_dump_json(),
            offers=tuple(offers()),
            findings=tuple(findings()) if examine else (),
            examined=examine,
            measuring=busy,
        )


def version() -> str:
    """Return the program's version."""
    return metadata.version(DISTRIBUTION)


@cache
def code() -> str:
    """Return a digest of the program's modules: a clone changes without its version."""
    digest = hashlib.sha256()
    for package in (places.PACKAGE, places.ROOT / "runners"):
        for path in sorted(package.rglob("*.py")):
            name = path.relative_to(package)
            if name.parts[0] not in {"envs", "swift"}:  # where a wheel has them
                digest.update(f"{name.as_posix()}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def offers() -> Iterator[Offer]:
    """Yield every backend: by what it would run on, or why it cannot."""
    for backend in backends.discover():
        why_not = "" if backend.supported else backend.why_unsupported
        yield Offer(name=backend.name, lock=_lock(backend), why_not=why_not)


def _lock(backend: Backend) -> str:
    """Return a digest of a backend's pins, lock, models and runner."""
    digest = hashlib.sha256()
    runner = [backend.runner_file] if backend.runner_file else []
    for path in (*(backend.folder / name for name in _OF_A_BACKEND), *runner):
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()


def findings() -> Iterator[Finding]:
    """Yield what the doctor finds of the machine that is not good."""
    for check in doctor.glance():
        if check.state != "good":
            yield Finding(name=check.name, state=check.state, what=check.what)


def require_same(job: Job) -> None:
    """Raise UsageError where this machine would not measure the same as the one that asks."""
    differs = []
    if job.version != version():
        differs.append(f"whisper-cleanroom is {version()} here and {job.version} there")
    elif job.code != code():
        differs.append("its code is another, of the same version")
    here = {offer.name: offer.lock for offer in offers()}
    for name, lock in job.locks.items():
        if name in here and here[name] != lock:
            differs.append(f"the pins, the models or the runner of {name} are others")
    if differs:
        raise UsageError(
            "; ".join(differs),
            f"install the same whisper-cleanroom on all machines; {program()} --version",
        )
