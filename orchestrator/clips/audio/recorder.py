"""A recording: what a source gives until it is enough, at 16 kHz, and what is wrong with it."""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from orchestrator import files
from orchestrator.clips.audio.microphone import Samples, Source
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.errors import AudioError, UsageError

SHORTEST_SECONDS = 1.0
_FULL_SCALE = 0.999
_CLIPPED = 1e-4  # of the samples: more than a knock on the table
_QUIET = -40.0  # dBFS of the loudest tenth of a second; speech into a microphone has -30 to -10
_SILENT = -80.0  # under the noise of any microphone: no run takes such a clip


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
    source: Source, enough: Callable[[float], bool], meter: Callable[[float, float], None]
) -> Recording:
    """Listen until `enough` of the seconds so far, and one second at least.

    The `meter` is told the seconds and the level (dBFS) of every tenth of a second. Raises as the
    source does.
    """
    resampler = av.AudioResampler("flt", "mono", RATE)
    pieces: list[Samples] = []
    heard = full = lost = 0
    peak = loudest = 0.0
    stopped = False
    while not stopped or heard < SHORTEST_SECONDS * source.rate:
        block, gap = source.read()
        pieces += _resampled(resampler, block, source.rate)
        heard += len(block)
        lost += gap
        level = math.sqrt(float(np.mean(np.square(block), dtype=np.float64)))
        peak, loudest = max(peak, float(np.abs(block).max())), max(loudest, level)
        full += int(np.count_nonzero(np.abs(block) >= _FULL_SCALE))
        meter(heard / source.rate, decibels(level))
        stopped = stopped or enough(heard / source.rate)
    pieces += _resampled(resampler, None, source.rate)
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
        yield f"audio was lost {recording.lost} times: close what keeps the machine busy"


def save(recording: Recording, path: Path) -> None:
    """Write the samples as a FLAC file, whole or not at all; raise UsageError."""
    try:
        files.write(path, flac(recording.samples))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "--output FILE") from error
