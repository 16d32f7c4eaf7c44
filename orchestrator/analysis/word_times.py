"""How far an engine's times of words and segments are from known ones, clip by clip. Pure."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from statistics import median
from typing import Self

import numpy as np
from numpy.typing import NDArray

from orchestrator.analysis.references import spoken
from orchestrator.analysis.scoring import rates
from orchestrator.analysis.scoring.accuracy import number
from orchestrator.analysis.scoring.matching import Place, matched, places
from orchestrator.analysis.totals import Evidence
from orchestrator.runs.run_files import WORD_PASSES
from orchestrator.runs.schema import (
    ClipRecord,
    ClipWords,
    Manifest,
    Passes,
    SegmentText,
    Settings,
    TimeErrors,
    TimeKind,
    WordTimes,
)

_WITHIN_MS = (50, 100, 200)
_MINUTE = 60.0
_FEWEST_MINUTES = 2  # of a clip that can drift
_FEWEST_WORDS = 5  # of a minute that has a median
_ROUNDING = 1e-9  # seconds: 0.35 - 0.3 is more than 0.05 to a computer
_HOUR = 3600.0


def backwards(pieces: Iterable[SegmentText]) -> int:
    """Count the pieces that begin before the one before them did, or end before they begin."""
    timed = [p for p in pieces if p.start is not None]
    back = sum(b.start < a.start for a, b in pairwise(timed))  # type: ignore[operator]
    return back + sum(p.end is not None and p.end < p.start for p in timed)  # type: ignore[operator]


@dataclass
class Offsets:
    """Signed errors in seconds of starts and of ends, over clips; above 0 is late."""

    starts: "array[float]" = field(default_factory=lambda: array("d"))
    ends: "array[float]" = field(default_factory=lambda: array("d"))
    _clips: "array[int]" = field(default_factory=lambda: array("Q"))
    _within: list[tuple[int, ...]] = field(default_factory=list)  # by clip, and how many of all
    _slopes: list[float] = field(default_factory=list)
    _worst: list[float] = field(default_factory=list)  # median error of each minute

    def add(self, cluster: str, pairs: Iterable[tuple[Place, Place]], seconds: float) -> None:
        """Take in one clip: words as they were heard, each with the same word as it was said."""
        starts, ends = array("d"), array("d")
        minutes: dict[int, list[float]] = defaultdict(list)
        for heard, said in pairs:
            if heard.start is not None and said.start is not None:
                starts.append(heard.start - said.start)
                minutes[int(said.start // _MINUTE)].append(starts[-1])
            if heard.end is not None and said.end is not None:
                ends.append(heard.end - said.end)
        self.starts += starts
        self.ends += ends
        every = np.abs(np.concatenate([starts, ends]))
        counts = (int(np.count_nonzero(every <= ms / 1000 + _ROUNDING)) for ms in _WITHIN_MS)
        self._clips.append(number(cluster))
        self._within.append((len(every), *counts))
        if seconds >= _FEWEST_MINUTES * _MINUTE:
            self._add_minutes(minutes)

    def _add_minutes(self, minutes: Mapping[int, Sequence[float]]) -> None:
        """Keep the slopes between minutes: their median is Theil and Sen's, within clips."""
        full = {m: errors for m, errors in minutes.items() if len(errors) >= _FEWEST_WORDS}
        medians = sorted((minute, median(errors)) for minute, errors in full.items())
        self._slopes += [
            (late - early) / (other - one)
            for (one, early), (other, late) in combinations(medians, 2)
        ]
        self._worst += [median(map(abs, errors)) for errors in full.values()]

    def errors(self) -> TimeErrors | None:
        """Return what a summary says of them; None without any."""
        if not self.starts or not self.ends:
            return None
        starts, ends = np.array(self.starts), np.array(self.ends)
        clusters, counts = np.array(self._clips, np.uint64), np.array(self._within, np.int64)
        return TimeErrors(
            starts=len(starts),
            start_p50_seconds=_quantile(starts, 0.5),
            start_p95_seconds=_quantile(starts, 0.95),
            start_bias_seconds=float(np.median(starts)),
            ends=len(ends),
            end_p50_seconds=_quantile(ends, 0.5),
            end_p95_seconds=_quantile(ends, 0.95),
            end_bias_seconds=float(np.median(ends)),
            **{
                f"within_{ms}_ms": rates.share(clusters, counts[:, i], counts[:, 0], most=1.0)
                for i, ms in enumerate(_WITHIN_MS, 1)
            },
            drift_seconds_an_hour=median(self._slopes) * _HOUR / _MINUTE if self._slopes else None,
            worst_minute_seconds=max(self._worst, default=None),
        )


@dataclass
class Timing:
    """What one contender's times are like, fed clip by clip."""

    kind: TimeKind | None  # of the words it gives
    words: Offsets = field(default_factory=Offsets)
    segments: Offsets = field(default_factory=Offsets)
    clips: int = 0
    failed: int = 0
    said: int = 0
    heard: int = 0
    back: int = 0
    gives_words: bool = False

    def add(self, clip: ClipRecord, truth: ClipWords, passes: Passes, language: str) -> None:
        """Take in a clip whose words have known times, and what was heard in it."""
        said = places(truth.words, language)
        self.clips += 1
        self.said += sum(map(_is_timed, said))
        if passes.failed is not None:
            self.failed += 1
            return
        cluster = clip.speaker or clip.name
        pairs = _pairs(places(passes.segments, language), said)
        self.segments.add(cluster, pairs, clip.seconds)
        if passes.words is not None:
            self.gives_words = True
            pairs = _pairs(places(passes.words, language), said)
            self.words.add(cluster, pairs, clip.seconds)
        self.heard += sum(_is_timed(place) for _, place in pairs)
        self.back += backwards(passes.segments if passes.words is None else passes.words)

    def read(self, contender: str, evidence: Evidence, settings: Settings) -> Self:
        """Take in every clip whose words have known times, as far as the contender heard it."""
        heard = evidence.accuracy(WORD_PASSES, contender)
        for clip, truth in zip(evidence.clips(), evidence.word_times(), strict=True):
            if truth.words and (passes := next(heard, None)):
                self.add(clip, truth, passes, spoken(clip, settings, passes))
        return self

    def summary(self) -> WordTimes | None:
        """Return what a summary says; None where nothing was heard."""
        if self.clips == self.failed:
            return None
        return WordTimes(
            kind=self.kind if self.gives_words else "segments",
            clips=self.clips,
            failed=self.failed,
            words=self.said,
            heard=self.heard,
            of_words=self.words.errors() if self.gives_words else None,
            of_segments=self.segments.errors(),
            backwards=self.back,
        )


def summaries(measured: Iterable[str], evidence: Evidence, run: Manifest) -> dict[str, WordTimes]:
    """Return how well each contender times words, where that was asked for.

    One clip is in memory at a time. Raises ConfigError where a file is not what was stored.
    """
    if not run.settings.word_times:
        return {}
    kinds = {made.contender: made.word_times for made in run.backends}
    found = {name: Timing(kinds.get(name)).read(name, evidence, run.settings) for name in measured}
    return {name: summary for name, each in found.items() if (summary := each.summary())}


def _is_timed(place: Place) -> bool:
    return place.start is not None or place.end is not None


def _pairs(heard: Sequence[Place], said: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Return the words that were heard right, as they were heard and as they were said."""
    alike = matched([place.key for place in heard], [place.key for place in said])
    return [(heard[i], said[j]) for i, j in alike]


def _quantile(errors: NDArray[np.float64], share: float) -> float:
    return float(np.quantile(np.abs(errors), share, method="median_unbiased"))
