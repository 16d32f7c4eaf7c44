"""Runs the voice in a child process, under the python of its own locked environment."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import numpy as np

from orchestrator import places
from orchestrator.backends import environments
from orchestrator.clips.audio.samples import Samples
from orchestrator.errors import CleanroomError, EnvironmentFailed, quoted
from orchestrator.runs.schema import TimedWord

PROJECT = places.CARRIED / "envs" / "speech"
_SAMPLE_BYTES = 4
_REASON_BYTES = 4096


def prepare(told: Callable[[str], None]) -> None:
    """Make the voice's environment, having told if that takes a while; raise EnvironmentFailed."""
    if environments.is_synced(PROJECT):
        return
    told("making the voice's environment, about 100 MB, once")
    try:
        environments.sync(PROJECT)
    except EnvironmentFailed as error:
        raise EnvironmentFailed(
            f"the voice cannot be installed: {error}",
            "check the network or the package index, and run the same again",
        ) from error


def _python() -> Path:
    return places.environment(PROJECT) / "bin" / "python"


class Speech(NamedTuple):
    """What was read aloud, mono at 16 kHz, and when each piece of it was: sentences, or words."""

    samples: Samples
    pieces: tuple[TimedWord, ...]


class _Head(msgspec.Struct):
    samples: int
    spoken: list[tuple[float, float, str]]


class Voice:
    """A voice in its own process, started when first asked; a context manager that ends it."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if process := self._process:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                # What a dead voice was still to be asked is lost with it.
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()  # type: ignore[union-attr]
            process.wait()
        self._log.close()

    def say(self, text: str, *, speed: float = 1.0, seed: int = 0, apart: float = 0.0) -> Speech:
        """Return `text` read aloud; empty where nothing of it can be.

        `speed` is 1 for the voice's own pace, 0.5 to 2. With `apart` it is read word by word, so
        many seconds between two. Raises CleanroomError when the voice dies.
        """
        process = self._process = self._process or self._start()
        assert process.stdin  # noqa: S101 - both are pipes
        assert process.stdout  # noqa: S101
        question = json.dumps({"text": text, "speed": speed, "seed": seed, "apart": apart})
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(question.encode() + b"\n")
            process.stdin.flush()
        line = process.stdout.readline()
        head = msgspec.json.decode(line, type=_Head) if line.endswith(b"\n") else _Head(-1, [])
        data = process.stdout.read(max(head.samples, 0) * _SAMPLE_BYTES)
        if len(data) != head.samples * _SAMPLE_BYTES:
            raise CleanroomError(
                f"the voice died while it read {text[:40]!r}: {self._reason(process)}",
                f"rm -r {quoted(places.environment(PROJECT))}, then run the same again",
            )
        pieces = (TimedWord(start=begin, end=end, text=said) for begin, end, said in head.spoken)
        return Speech(np.frombuffer(data, np.float32), tuple(pieces))

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            **environments.child(_python(), "orchestrator.clips.speech.voice"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the orchestrator, which then ends the voice
        )

    def _reason(self, process: "subprocess.Popen[bytes]") -> str:
        """Return the last line it left, or how it ended."""
        code = process.wait()
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _REASON_BYTES))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"it ended with code {code}"
