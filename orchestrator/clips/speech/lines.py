"""What is read aloud: the lines of a text file, each in variations of speed and noise."""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orchestrator import files
from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.clips.speech.process import Speech, Voice
from orchestrator.errors import UsageError
from orchestrator.runs.schema import Fault, Term

# About an hour of speech: a line is one clip, and a clip is made in memory.
LONGEST_CHARACTERS = 60_000

# The voice reads what is in brackets, normalisers delete it: every engine would have invented it.
_BRACKETS = r"[()\[\]{}<>]+"
_BETWEEN_WORDS = re.compile(rf"(?<=\w){_BRACKETS}(?=\w)")
_ANYWHERE = re.compile(_BRACKETS)
HOLE = "{term}"  # room for a term in a line
CARRIERS = Path(__file__).with_name("carriers.txt")
"""Sentences with room for a term."""
_TIMES = 3  # that each term is read
SPEEDS = (0.5, 2.0)  # what the voice was made for
APART = (0.05, 2.0)  # seconds between two words
DECIBELS = (-20.0, 60.0)  # drowned, to less than 16-bit audio can hold beside quiet speech
# 33 s at 16 kHz; what is made by an inverse transform joins its own beginning without a click.
_PERIOD = 1 << 19
# Below 20 Hz nobody hears anything, and half of all pink noise would be there.
_LOWEST = 20 * _PERIOD // RATE


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be read aloud: its number in the file, from 1, and what is said."""

    number: int
    text: str


def lines(path: Path, terms: Sequence[Term] = ()) -> Iterator[Line | Fault]:
    """Yield every line of a UTF-8 file that is not blank, or what is wrong with it.

    A line with room for one has the next of the `terms`; such lines come again, with other terms,
    until each term came three times. Raises UsageError for a file that cannot be read or is not
    UTF-8.
    """
    for number, raw in enumerate(_filled(path, terms) if terms else _raw(path), 1):
        if text := _spoken(raw):
            fault = _fault(text)
            yield Fault(f"{path.name}, line {number}", fault) if fault else Line(number, text)


def _filled(path: Path, terms: Sequence[Term]) -> Iterator[str]:
    """Yield the lines with terms in them; each time round a term stands in another line."""
    filled = again = 0
    while True:
        for raw in _raw(path):
            if HOLE in raw and not (again and filled >= _TIMES * len(terms)):
                term = terms[(filled + filled // len(terms)) % len(terms)]
                yield raw.replace(HOLE, term.name)
                filled += 1
            elif not again:
                yield raw
        again = filled
        if not 0 < filled < _TIMES * len(terms):
            return


def _raw(path: Path) -> Iterator[str]:
    if path.exists() and not path.is_file():  # a pipe could be read only once
        raise UsageError(f"{path} is no regular file", "name a text file, a clip a line")
    try:
        with files.regular(path) as file:
            for number, raw in enumerate(file):
                yield raw.decode("utf-8" if number else "utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist", "name a text file, a clip a line") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name a text file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", "save it as UTF-8") from error


def _spoken(line: str) -> str:
    """Return the line as it is read and scored: composed letters, no brackets, single spaces."""
    composed = unicodedata.normalize("NFC", line)
    shown = "".join(c if c.isprintable() else " " for c in composed)
    return " ".join(_ANYWHERE.sub("", _BETWEEN_WORDS.sub(" ", shown)).split())


def _fault(text: str) -> str:
    """Say why a text cannot be read aloud, empty where it can.

    The voice knows English. Letters of other scripts it skips or reads as noise, and says nothing.
    """
    if foreign := [c for c in text if _beyond_english(c)]:
        shown = "".join(dict.fromkeys(foreign))[:10]
        return f"the voice reads English and knows no {shown!r}"
    if not any(c.isalnum() for c in text):
        return "it holds no word that can be read aloud"
    if len(text) > LONGEST_CHARACTERS:
        return f"it has {len(text):,} characters, a clip {LONGEST_CHARACTERS:,} at most: cut it"
    return ""


def _beyond_english(character: str) -> bool:
    """Whether this is a letter that is not Latin or a digit that is not 0 to 9."""
    if character.isalpha():
        return "LATIN" not in unicodedata.name(character, "")
    return character.isdecimal() and not character.isascii()


@dataclass(frozen=True, slots=True)
class Variation:
    """How a line is spoken: its speed against the voice's own, and its noise in dB below it.

    Or word by word, so many seconds `apart`.
    """

    speed: float = 1.0
    noise: float | None = None
    apart: float = 0.0

    @property
    def suffix(self) -> str:
        """What the clip's name says of it: nothing, `-speed0.9`, `-noise20` or `-apart0.2`."""
        if self.noise is not None:
            return f"-noise{self.noise:g}"
        if self.apart:
            return f"-apart{self.apart:g}"
        return "" if self == PLAIN else f"-speed{self.speed:g}"

    def spoken(self, voice: Voice, text: str, seed: int) -> Speech:
        """Return the text so spoken; empty where nothing of it can be."""
        speech = voice.say(text, speed=self.speed, seed=seed, apart=self.apart)
        if self.noise is None or not len(speech.samples):
            return speech
        # Each text has noise of its own, wherever in the file it stands.
        own = pink(len(speech.samples), [seed, zlib.crc32(text.encode())])
        return speech._replace(samples=mixed(speech.samples, own, self.noise))


PLAIN = Variation()


def variations(
    speeds: Sequence[float], noises: Sequence[float], pauses: Sequence[float] = ()
) -> tuple[Variation, ...]:
    """Return the plain clip and one more for each speed, noise and pause, none of them twice.

    Raises UsageError for a value out of range.
    """
    every = [PLAIN]
    asked = (("speed", speeds, SPEEDS), ("noise", noises, DECIBELS), ("apart", pauses, APART))
    for what, values, (low, high) in asked:
        for value in values:
            if not low <= value <= high:  # also for NaN
                raise UsageError(f"--{what} {value:g} is out of range", f"from {low:g} to {high:g}")
            every.append(Variation(**{what: value}))
    return tuple({each.suffix: each for each in every}.values())


def pink(samples: int, seed: int | list[int]) -> Samples:
    """Return noise with equal energy in every octave from 20 Hz, as rooms have it.

    Its mean square is 1, over half a minute.
    """
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(_PERIOD))
    spectrum[:_LOWEST] = 0
    spectrum[_LOWEST:] /= np.sqrt(np.arange(_LOWEST, len(spectrum)))
    noise = np.fft.irfft(spectrum)
    noise /= np.sqrt(np.mean(noise**2))
    return np.resize(noise.astype(np.float32), samples)


def mixed(speech: Samples, noise: Samples, decibels: float) -> Samples:
    """Mix noise under speech, whose mean power is to be `decibels` above the noise's.

    The mean is taken over the whole clip, pauses and all. A sum beyond full scale is turned down.
    """
    powers = [float(np.mean(np.square(each), dtype=np.float64)) for each in (speech, noise)]
    both: Samples = speech + noise * np.float32(
        np.sqrt(powers[0] / powers[1]) * 10 ** (-decibels / 20)
    )
    both /= np.float32(max(1.0, float(np.abs(both).max())))
    return both
