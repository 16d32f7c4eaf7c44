"""The cases, in fixed order: what is heard in each, how it is made of speech, what is judged.

All sounds are fixed: the same speech becomes the same samples.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.speech.lines import pink

_CHORDS = (
    (261.6, 329.6, 392.0),
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (196.0, 246.9, 293.7),
)
_BAND = (300, 3400)  # hertz: what a telephone carries, ITU-T G.712
_MU = 255  # ITU-T G.711
TALK = Path(__file__).parent / "talk.tsv"
ENGLISH = "en"
_INVENTED = "invented words"
_COMPARED = "word error rate beside the clean speech's, lost words"
_SEAMS = f"words lost at seams, timestamps, {_COMPARED}"


def unchanged(speech: Samples) -> Samples:
    """Return it as it is."""
    return speech


def room(speech: Samples) -> Samples:
    """Add the noise of a quiet room: pink, at -50 dBFS."""
    return speech + pink(len(speech), seed=1) * np.float32(_ratio(-50))


def tones(speech: Samples) -> Samples:
    """Return music in its place: four chords over and over, each note with overtones that decay."""
    half_second = np.arange(RATE // 2) / RATE
    bars = [_notes(chord, half_second) for chord in _CHORDS]
    return np.resize(np.concatenate(bars), len(speech)).astype(np.float32)


def levels(speech: Samples) -> Samples:
    """Turn every other four seconds down by 26 dB: from beside the microphone to across a room."""
    far = np.arange(len(speech)) // (4 * RATE) % 2 == 1
    return speech * np.where(far, _ratio(-26), 1).astype(np.float32)


def clipped(speech: Samples) -> Samples:
    """Turn it up by 20 dB and cut what is beyond full scale, as a recorder set far too loud."""
    loud: Samples = speech * np.float32(_ratio(20))
    return loud.clip(-1, 1)


def telephone(speech: Samples) -> Samples:
    """Return what a telephone line leaves: 300 to 3400 Hz, sampled at 8 kHz in 8 bits by mu-law."""
    spectrum = np.fft.rfft(speech)
    hertz = np.fft.rfftfreq(len(speech), 1 / RATE)
    spectrum[(hertz < _BAND[0]) | (hertz > _BAND[1])] = 0
    line = _resampled(np.fft.irfft(spectrum, len(speech)), len(speech) // 2).clip(-1, 1)
    pressed = np.sign(line) * np.log1p(_MU * np.abs(line)) / np.log1p(_MU)
    coded = np.rint(pressed * (_MU // 2)) / (_MU // 2)
    heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU
    return _resampled(heard, len(speech)).astype(np.float32)


def under(speech: Samples, other: Samples) -> Samples:
    """Add another talker 15 dB softer, of the same length: the voice lowered by a sixth."""
    lowered = _resampled(other, len(other) * 6 // 5)[: len(speech)] * _ratio(-15)
    return speech + lowered.astype(np.float32)


def _resampled(samples: NDArray[np.floating], wanted: int) -> NDArray[np.float64]:
    """Return so many samples over the same span, band-limited."""
    resampled: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(samples), wanted)
    return resampled * (wanted / len(samples))


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _notes(chord: Iterable[float], time: NDArray[np.float64]) -> NDArray[np.float64]:
    overtones = [
        np.sin(2 * np.pi * hertz * k * time) * np.exp(-4 * k * time) / k
        for hertz in chord
        for k in (1, 2, 3, 4)
    ]
    mixed: NDArray[np.float64] = 0.1 * np.sum(overtones, axis=0)
    return mixed


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of talk.tsv: the seconds it is given, pause and all, and what is said.

    The seconds are a little more than the voice takes, so that when each word falls is known.
    """

    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One recording of the set.

    `paragraphs` of the talk are spoken one after another and cut or filled to `seconds`, having
    left out the first `skip`. Where nothing is said, or nothing whole, `words` is how many may be
    heard; else it is None and the reference decides.
    """

    name: str
    what: str
    judged: str
    seconds: float
    paragraphs: range = range(0)
    skip: float = 0.0
    sound: Callable[[Samples], Samples] = unchanged
    other: range = range(0)  # paragraphs of a second talker
    words: int | None = None

    @property
    def placed(self) -> tuple[tuple[float, Paragraph], ...]:
        """Each paragraph and the second it starts at."""
        spoken = [talk()[number] for number in self.paragraphs]
        starts = itertools.accumulate((each.seconds for each in spoken), initial=-self.skip)
        return tuple(zip(starts, spoken, strict=False))

    @property
    def reference(self) -> str | None:
        """What is said, None where nobody says anything whole."""
        if self.words is not None or not self.paragraphs:
            return None
        return " ".join(each.text for _, each in self.placed)


@cache
def talk() -> tuple[Paragraph, ...]:
    """Read the talk that speech is made of: ten minutes, no sentence like another."""
    lines = (line.split("\t") for line in TALK.read_text("utf-8").splitlines())
    return tuple(Paragraph(float(seconds), text) for seconds, text in lines)


CLEAN = Case("clean", "speech as it should be", "word error rate, lost words", 22.2, range(2))
CASES = (
    CLEAN,
    Case("silence", "10 s of digital zero", _INVENTED, 10.0, words=0),
    Case("room", "10 s of a quiet room's noise", _INVENTED, 10.0, sound=room, words=0),
    Case("tones", "10 s of chords", _INVENTED, 10.0, sound=tones, words=0),
    # Between one sound and two: nobody speaks two words in it.
    Case("short", "0.2 s of speech", _INVENTED, 0.2, range(1), skip=0.4, words=1),
    Case("thirty", "exactly 30.00 s of speech", _SEAMS, 30.0, range(20, 23)),
    Case("minute", "61 s of speech", _SEAMS, 61.0, range(45, 51)),
    Case("ten-minutes", "10 min of speech", _SEAMS, 600.0, range(56)),
    Case("levels", "26 dB softer and back", _COMPARED, 22.2, range(2), sound=levels),
    Case("talker", "a softer talker beneath", _COMPARED, 22.2, range(2), other=range(2, 4)),
    Case("clipped", "20 dB too loud", _COMPARED, 22.2, range(2), sound=clipped),
    Case("telephone", "a telephone line", _COMPARED, 22.2, range(2), sound=telephone),
)

# The voice speaks English only, and English letters read as French would be nobody's French: this
# case is read by people (languages.md).
LANGUAGES = Case("languages", "five languages in one recording", _COMPARED, 25.0)
RECORDING = Path(__file__).parent / "languages.flac"
