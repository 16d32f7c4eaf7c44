"""Runs a converter in a child process, under the python that will load the result."""

import errno
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.errors import ModelError
from orchestrator.models.convert import EXIT_BAD_CHECKPOINT, EXIT_NO_ROOM
from orchestrator.models.store import Draft

_KEPT = ("HOME", "LANG", "PATH", "TMPDIR")
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Conversion:
    """A checkpoint folder, the format to make of it and where, under whose python."""

    backend: Backend
    format: str
    source: Path
    target: Path


def convert(job: Conversion, draft: Draft, grown: Callable[[int], None]) -> str:
    """Run the conversion, whose target is in the draft; return the digest over the tensors.

    `grown` is called with the bytes written so far. Raises ModelError; OSError for a full disk.
    """
    backend = job.backend
    if not backend.python.exists():
        raise ModelError(
            f"{backend.name} has no environment yet, and its python converts its weights",
            f"python -m orchestrator envs sync {backend.name}",
        )
    module = ["-P", "-s", "-X", "utf8", "-m", "orchestrator.models.convert"]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = subprocess.Popen(
        [backend.python, *module, job.format, job.source, job.target],
        env=environment | {"PYTHONPATH": str(backends.ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=(draft.lock,),
    )
    try:
        said, complaint = _wait(process, draft.folder, grown)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode == EXIT_NO_ROOM:
        raise OSError(errno.ENOSPC, complaint.strip(), str(job.target))
    if process.returncode != 0:
        bad = process.returncode == EXIT_BAD_CHECKPOINT
        mend = f"rm -r {job.source}" if bad else f"python -m orchestrator envs sync {backend.name}"
        raise ModelError(
            f"the weights for {backend.name} could not be made: {_reason(process, complaint)}",
            f"{mend}, then run the same again",
        )
    return str(json.loads(said)["digest"])


def _wait(
    process: "subprocess.Popen[str]", folder: Path, grown: Callable[[int], None]
) -> tuple[str, str]:
    while True:
        try:
            return process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            grown(sum(path.stat().st_size for path in folder.rglob("*")))


def _reason(process: "subprocess.Popen[str]", complaint: str) -> str:
    """Return the converter's one sentence, or the end of what it left when it died without one."""
    lines = complaint.strip().splitlines()
    if process.returncode < 0:
        return f"the converter was ended by signal {-process.returncode}"
    return lines[-1] if lines else f"the converter ended with code {process.returncode}"
