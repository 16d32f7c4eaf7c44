"""A microphone that needs no machine: it plays a tone, block by block; also run by itself."""

import os
import sys
import time
from pathlib import Path
from typing import Self

import numpy as np
from rich.console import Console

from orchestrator.cli.record import clip, shown
from orchestrator.clips.audio.microphone import Samples
from orchestrator.errors import AudioError


class Tone:
    """A source of a 440 Hz tone at 48 kHz; `amplitude` over 1 clips, 0 is digital silence."""

    name = "tone"
    rate = 48_000

    def __init__(self, amplitude: float = 0.2, *, lost: bool = False) -> None:
        self._amplitude, self._lost = amplitude, lost
        self._at = 0
        self.listening = False

    def __enter__(self) -> Self:
        self.listening = True
        return self

    def __exit__(self, *_: object) -> None:
        self.listening = False

    def read(self) -> tuple[Samples, bool]:
        """Return the next tenth of a second, sooner than a real one would."""
        seconds = (self._at + np.arange(self.rate // 10)) / self.rate
        self._at += self.rate // 10
        wave = self._amplitude * np.sin(2 * np.pi * 440 * seconds)
        return wave.clip(-1, 1).astype(np.float32), self._lost


class SlowTone(Tone):
    """A tone that takes a fifth of its time, so that something else can happen meanwhile."""

    def read(self) -> tuple[Samples, bool]:
        """Return the next tenth of a second after a while."""
        time.sleep(0.02)
        return super().read()


class Unplugged(Tone):
    """A tone from a device that is pulled out after so many blocks."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self._left = blocks

    def read(self) -> tuple[Samples, bool]:
        """Return the next tenth of a second, or raise."""
        if self._left == 0:
            raise AudioError("the microphone tone stopped: it is gone", "connect it")
        self._left -= 1
        return super().read()


if __name__ == "__main__":
    os.close(os.open(os.ttyname(0), os.O_RDWR))  # so that the terminal is ours: for Ctrl-C
    folder = Path(sys.argv[1])
    if sys.argv[2:] == ["--live"]:
        from orchestrator.bench.transcribe import Wish  # half a second, which others save
        from runners.protocol import Options

        shown(Wish("ada", "tiny.en", Options()), None, folder / "said.flac", None, SlowTone())
    else:
        clip(folder, None, None, Console(stderr=True), Tone())
