"""What scoring costs: words a second against jiwer alone, and memory over many clips."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import jiwer
import psutil
from whisper_normalizer.english import EnglishTextNormalizer  # type: ignore[import-untyped]

from benchmarks.ratio import Ratio, paired
from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.accuracy import Errors

_CLIPS = 1_000
_WORDS = 20
_MANY_CLIPS = 20_000
_VOCABULARY = 2_000
_Pair = tuple[str, str]


def speech(clips: int, seed: int) -> Iterator[_Pair]:
    """Yield so many references of 20 words, written as prose, and what was heard: 10 % is wrong."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable text, no secret
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "in", "o", "u", "ing", "er")]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 3))) for _ in range(_VOCABULARY)]
    for _ in range(clips):
        said = draw.choices(words, k=_WORDS)
        wrong = [draw.choice(words) if draw.random() < 0.08 else word for word in said]  # noqa: PLR2004 - one in 12
        heard = [word for word in wrong if draw.random() > 0.02]  # noqa: PLR2004 - one in 50
        yield f"{' '.join(said).capitalize()}.", f"{' '.join(heard).capitalize()}."


def speed() -> Iterator[Ratio]:
    """Compare our scoring with jiwer's two rates, of raw texts and behind the same normaliser."""
    pairs = list(speech(_CLIPS, 1))
    english = EnglishTextNormalizer()

    def ours() -> float:
        return _seconds(text.score, pairs)

    def raw(said: str, heard: str) -> None:
        jiwer.process_words(said, heard)
        jiwer.process_characters(said, heard)

    def normalised(said: str, heard: str) -> None:
        raw(english(said), english(heard))

    name = f"{_CLIPS:,} clips of {_WORDS} words scored, against jiwer's WER and CER"
    yield _with_speed(paired(f"{name} alone", ours, lambda: _seconds(raw, pairs), n=10, at_most=12))
    yield _with_speed(
        paired(
            f"{name} behind the same normaliser",
            ours,
            lambda: _seconds(normalised, pairs),
            n=10,
            at_most=1.5,
        )
    )


def memory() -> Iterator[Ratio]:
    """Compare the second half of 20,000 clips, added to a backend's accuracy, with the first."""
    process = psutil.Process()
    errors = Errors()
    seconds, resident = [], []
    for chunk in range(_MANY_CLIPS // _CLIPS):
        pairs = list(speech(_CLIPS, chunk))
        started = time.perf_counter()
        for clip, (said, heard) in enumerate(pairs):
            errors.add(f"{chunk}-{clip}", said, heard)
        seconds.append(time.perf_counter() - started)
        resident.append(process.memory_info().rss / 1e6)
    half = len(seconds) // 2
    name = f"{_MANY_CLIPS:,} clips scored one by one: the second half, against the first"
    yield Ratio(name, tuple(zip(seconds[half:], seconds[:half], strict=True)), 1.2)
    name = "the same, resident memory (kB instead of ms)"
    yield Ratio(name, tuple(zip(resident[half:], resident[:half], strict=True)), 1.05)


def _seconds(score: Callable[[str, str], object], pairs: list[_Pair]) -> float:
    started = time.perf_counter()
    for said, heard in pairs:
        score(said, heard)
    return time.perf_counter() - started


def _with_speed(ratio: Ratio) -> Ratio:
    """Name our words a second: of the fastest pass, as noise only ever adds."""
    fastest = min(ours for ours, _ in ratio.pairs)
    return replace(ratio, name=f"{ratio.name} ({_CLIPS * _WORDS / fastest:,.0f} words a second)")


def all_of() -> Iterator[Ratio]:
    """Run every benchmark of this file."""
    yield from speed()
    yield from memory()
