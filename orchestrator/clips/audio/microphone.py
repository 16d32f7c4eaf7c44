"""Recording from a microphone, through PortAudio: what is heard, and what is wrong with it."""

import importlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import av
import numpy as np

from orchestrator import files
from orchestrator.clips.audio.samples import RATE, Samples, flac, power
from orchestrator.errors import AudioError, UsageError, unwritable

_FILE = "or record with another program and name the file: run talk.wav"
_BLOCKS_A_SECOND = 10
SHORTEST_SECONDS = 1.0
_FULL_SCALE = 0.999
_CLIPPED = 1e-4  # of the samples: more than a knock on the table
_QUIET = -40.0  # dBFS of the loudest tenth of a second; speech into a microphone has -30 to -10
_SILENT = -80.0  # under the noise of any microphone: no run takes such a clip


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
        debian = "Debian, Ubuntu: apt-get install libportaudio2"
        command = "brew install portaudio" if sys.platform == "darwin" else debian
        raise UsageError(
            f"recording needs the library PortAudio: {error}", f"{command}; {_FILE}"
        ) from error


@dataclass(frozen=True)
class Recording:
    """Mono samples at 16 kHz, and what they were before: see the names."""

    samples: Samples
    loudest: float  # dBFS, the mean power of the loudest tenth of a second
    peak: float  # dBFS
    clipped: float  # share of samples at full scale
    lost: int  # how often audio was lost between two blocks

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE


def decibels(amplitude: float) -> float:
    """Return dBFS of an amplitude of which 1 is full scale; -inf for digital silence."""
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def record(
    source: Source,
    enough: Callable[[float], bool],
    meter: Callable[[float, float], None],
    keep: Callable[[Samples], None] = lambda _: None,
) -> Recording:
    """Listen until `enough` of the seconds so far, and one second at least.

    The `meter` is told the seconds and the level (dBFS) of every tenth of a second; `keep` is given
    its samples at 16 kHz, and at last what the filter still holds. Raises as the source does.
    """
    resampler = av.AudioResampler("flt", "mono", RATE)
    pieces: list[Samples] = []

    def hear(block: Samples | None) -> None:
        new = _resampled(resampler, block, source.rate)
        pieces.extend(new)
        for piece in new:
            keep(piece)

    heard = full = lost = 0
    peak = loudest = 0.0
    stopped = False
    while not stopped or heard < SHORTEST_SECONDS * source.rate:
        block, gap = source.read()
        hear(block)
        heard += len(block)
        lost += gap
        level = math.sqrt(power(block))
        peak, loudest = max(peak, float(np.abs(block).max())), max(loudest, level)
        full += int(np.count_nonzero(np.abs(block) >= _FULL_SCALE))
        meter(heard / source.rate, decibels(level))
        stopped = stopped or enough(heard / source.rate)
    hear(None)
    return Recording(np.concatenate(pieces), decibels(loudest), decibels(peak), full / heard, lost)


def _resampled(resampler: av.AudioResampler, block: Samples | None, rate: int) -> list[Samples]:
    """Return what comes out for a block; for None what the filter still holds."""
    frame = None
    if block is not None:
        frame = av.AudioFrame.from_ndarray(block[None], "flt", "mono")
        frame.sample_rate = rate
    return [piece.to_ndarray()[0] for piece in resampler.resample(frame)]


def expect_sound(recording: Recording, name: str, *, mac: bool = sys.platform == "darwin") -> None:
    """Raise AudioError where nothing was heard: no run would take it."""
    if recording.peak > _SILENT:
        return
    zero = math.isinf(recording.peak)
    if zero and mac:
        fix = (
            "allow it: System Settings, Privacy & Security, Microphone, your terminal; then open"
            " the terminal anew (macOS gives silence to what is not allowed to listen)"
        )
    else:
        fix = "switch it on or turn it up, or choose another: record --list"
    what = "nothing but zeros" if zero else f"nothing above {_SILENT:.0f} dBFS"
    raise AudioError(f"the microphone {name} gave {what}: nothing is kept", fix)


def faults(recording: Recording) -> Iterator[str]:
    """Yield what will cost accuracy, and what to do about it."""
    if recording.clipped > _CLIPPED:
        share = f"{100 * recording.clipped:.2g} % of it"
        yield f"too loud, {share} is clipped: turn the input down or speak from further away"
    elif recording.loudest < _QUIET:
        level = f"{recording.loudest:.0f} dBFS at its loudest"
        yield f"too quiet, {level}: turn the input up or come closer"
    if recording.lost:
        times = "once" if recording.lost == 1 else f"{recording.lost} times"
        yield f"audio was lost {times}: close what keeps the machine busy"


def save(recording: Recording, path: Path) -> None:
    """Write the samples as a FLAC file, whole or not at all; raise UsageError."""
    with unwritable(path, "--output FILE"):
        files.write(path, flac(recording.samples))
