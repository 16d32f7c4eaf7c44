"""Microphones, through PortAudio: which there are, and one of them as a source of samples."""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import AudioError, UsageError

Samples = NDArray[np.float32]

_FILE = "or record with another program and name the file: run talk.wav"
_BLOCKS_A_SECOND = 10


class Source(Protocol):
    """Something to record from; a context manager around the time it listens."""

    name: str
    rate: int  # samples a second

    def __enter__(self) -> Self:
        """Begin to listen."""

    def __exit__(self, *_: object) -> None:
        """Stop listening."""

    def read(self) -> tuple[Samples, bool]:
        """Wait for a tenth of a second, mono in [-1, 1]; True: audio before it was lost."""


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone: PortAudio's number and name of it, and its own rate in samples a second."""

    number: int
    name: str
    rate: int
    default: bool


class Microphone:
    """A device that listens at its own rate: many refuse any other."""

    def __init__(self, device: Device) -> None:
        self.name, self.rate = device.name, device.rate
        self._number = device.number
        self._portaudio = _portaudio()

    def __enter__(self) -> Self:
        try:
            self._stream = self._portaudio.InputStream(
                samplerate=self.rate, device=self._number, channels=1, dtype="float32"
            )
            self._stream.start()
        except self._portaudio.PortAudioError as error:
            raise AudioError(
                f"the microphone {self.name} cannot be opened: {error}",
                "close what else is using it, or choose another: record --list",
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self) -> tuple[Samples, bool]:
        """Wait for a tenth of a second; raise AudioError where the device is gone."""
        try:
            block, lost = self._stream.read(self.rate // _BLOCKS_A_SECOND)
        except self._portaudio.PortAudioError as error:
            raise AudioError(
                f"the microphone {self.name} stopped: {error}", "connect it and record again"
            ) from error
        return block[:, 0].copy(), bool(lost)


def devices() -> list[Device]:
    """Return the microphones of this machine; raise UsageError without PortAudio."""
    portaudio = _portaudio()
    default = portaudio.default.device[0]
    found = [
        Device(number, str(info["name"]), int(info["default_samplerate"]), number == default)
        for number, info in enumerate(portaudio.query_devices())
        if info["max_input_channels"] > 0
    ]
    return sorted(found, key=lambda device: not device.default)


def choose(among: Sequence[Device], wanted: str | None) -> Device:
    """Return the device of this number or of this part of a name; the default one for None.

    Raises AudioError where there is no microphone, UsageError for none or several of that name.
    """
    if not among:
        raise AudioError("this machine has no microphone", f"connect one, {_FILE}")
    if wanted is None:
        return among[0]
    same = [each for each in among if wanted in (str(each.number), each.name)]
    part = [each for each in among if wanted.casefold() in each.name.casefold()]
    found = same or part
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{each.number}: {each.name}" for each in found or among)
    many = f"{len(found)} microphones are called" if found else "there is no microphone called"
    raise UsageError(f"{many} {wanted!r}", f"name one by its number; there are {listed}")


def _portaudio() -> Any:  # noqa: ANN401 - an extra that ships no types
    """Import sounddevice; raise UsageError saying what is missing of it, and how it is had."""
    try:
        return importlib.import_module("sounddevice")
    except ModuleNotFoundError as error:
        raise UsageError(
            "recording needs the extra `microphone`, which is not installed",
            f'uv sync --extra microphone, or pip install "whisper-cleanroom[microphone]"; {_FILE}',
        ) from error
    except OSError as error:
        system = "brew install portaudio" if sys.platform == "darwin" else "Debian, Ubuntu:"
        command = system if sys.platform == "darwin" else f"{system} apt-get install libportaudio2"
        raise UsageError(
            f"recording needs the library PortAudio: {error}", f"{command}; {_FILE}"
        ) from error
