"""Runs a converter in a child process, under the python that will load the result."""

import errno
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from orchestrator.backends import Backend, environments
from orchestrator.cache.store import Draft, size_on_disk
from orchestrator.errors import ModelError, program, quoted
from orchestrator.host import children
from orchestrator.models.convert import DIGEST, EXIT_BAD_CHECKPOINT, EXIT_NO_ROOM
from orchestrator.places import cache_folder

_AT_ONCE = 2
_POLL_SECONDS = 0.1
_turns = BoundedSemaphore(_AT_ONCE)


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
    arguments: list[str | Path] = [job.format, job.source, job.target]
    return _run(job.backend, arguments, (draft.lock,), lambda: grown(size_on_disk(draft.folder)))


def digest(backend: Backend, checkpoint: Path) -> str:
    """Return the digest over a checkpoint's tensors, by the backend's python; raise ModelError."""
    return _run(backend, [DIGEST, checkpoint, "-"], (), lambda: None)


def _run(
    backend: Backend,
    arguments: list[str | Path],
    locks: tuple[int, ...],
    waiting: Callable[[], None],
) -> str:
    if not backend.python.exists():
        raise ModelError(
            f"{backend.name} has no environment yet, and its python converts its weights",
            f"{program()} envs sync {backend.name}",
        )
    with (
        _turns,
        subprocess.Popen(
            **environments.child(backend.python, "orchestrator.models.convert", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            pass_fds=locks,
        ) as process,
        children.under_way(process),
    ):
        said, complaint = _wait(process, waiting)
    _, source, target = arguments
    if process.returncode == EXIT_NO_ROOM:
        raise OSError(errno.ENOSPC, complaint.strip(), str(target))
    if process.returncode != 0:
        bad = process.returncode == EXIT_BAD_CHECKPOINT
        fix = _removal(Path(source)) if bad else f"{program()} envs sync {backend.name}"
        raise ModelError(
            f"the weights for {backend.name} could not be made: {_reason(process, complaint)}",
            f"{fix}, then run the same again",
        )
    # A library that is imported for a .pt may print first.
    return str(json.loads(said.strip().splitlines()[-1])["digest"])


def _removal(checkpoint: Path) -> str:
    """Say how to be rid of a checkpoint: the user's own files are not ours to remove."""
    ours = checkpoint.is_relative_to(cache_folder())
    return f"rm -r {quoted(checkpoint)}" if ours else f"correct {checkpoint}"


def _wait(process: "subprocess.Popen[str]", waiting: Callable[[], None]) -> tuple[str, str]:
    while True:
        try:
            return process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            waiting()


def _reason(process: "subprocess.Popen[str]", complaint: str) -> str:
    """Return the converter's one sentence, or the end of what it left when it died without one."""
    lines = complaint.strip().splitlines()
    if process.returncode < 0:
        return f"the converter was ended by signal {-process.returncode}"
    return lines[-1] if lines else f"the converter ended with code {process.returncode}"
