"""A microphone that needs no machine: it plays a tone, block by block; also run by itself."""

import os
import sys
from pathlib import Path
from typing import Self

import numpy as np
from rich.console import Console

from orchestrator.cli.record import clip
from orchestrator.clips.audio.microphone import Samples


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
        time = (self._at + np.arange(self.rate // 10)) / self.rate
        self._at += self.rate // 10
        wave = self._amplitude * np.sin(2 * np.pi * 440 * time)
        return wave.clip(-1, 1).astype(np.float32), self._lost


if __name__ == "__main__":
    os.close(os.open(os.ttyname(0), os.O_RDWR))  # so that the terminal is ours: for Ctrl-C
    clip(Path(sys.argv[1]), None, None, Console(stderr=True), Tone())
