"""The cases, in fixed order: what is heard in each, and what is judged."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orchestrator.clips.audio.samples import Samples
from orchestrator.clips.robustness import sounds

TALK = Path(__file__).parent / "talk.tsv"
ENGLISH = "en"


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
    sound: Callable[[Samples], Samples] = sounds.unchanged
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


_INVENTED = "invented words"
_COMPARED = "word error rate beside the clean speech's, lost words"
_SEAMS = f"words lost at seams, timestamps, {_COMPARED}"

CLEAN = Case("clean", "speech as it should be", "word error rate, lost words", 22.2, range(2))
CASES = (
    CLEAN,
    Case("silence", "10 s of digital zero", _INVENTED, 10.0, words=0),
    Case("room", "10 s of a quiet room's noise", _INVENTED, 10.0, sound=sounds.room, words=0),
    Case("tones", "10 s of chords", _INVENTED, 10.0, sound=sounds.tones, words=0),
    # Between one sound and two: nobody speaks two words in it.
    Case("short", "0.2 s of speech", _INVENTED, 0.2, range(1), skip=0.4, words=1),
    Case("thirty", "exactly 30.00 s of speech", _SEAMS, 30.0, range(20, 23)),
    Case("minute", "61 s of speech", _SEAMS, 61.0, range(45, 51)),
    Case("ten-minutes", "10 min of speech", _SEAMS, 600.0, range(56)),
    Case("levels", "26 dB softer and back", _COMPARED, 22.2, range(2), sound=sounds.levels),
    Case("talker", "a softer talker beneath", _COMPARED, 22.2, range(2), other=range(2, 4)),
    Case("clipped", "20 dB too loud", _COMPARED, 22.2, range(2), sound=sounds.clipped),
    Case("telephone", "a telephone line", _COMPARED, 22.2, range(2), sound=sounds.telephone),
)

# The voice speaks English only, and English letters read as French would be nobody's French: this
# case is read by people (languages.md).
LANGUAGES = Case("languages", "five languages in one recording", _COMPARED, 25.0)
RECORDING = Path(__file__).parent / "languages.flac"
