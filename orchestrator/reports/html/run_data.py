"""All that a page shows of one run, read from its folder; what is missing there is left out."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from orchestrator.analysis.live import stream, word_times
from orchestrator.analysis.references import spoken
from orchestrator.analysis.rescore import summary_of
from orchestrator.analysis.totals import side_by_side
from orchestrator.clips.audio.decoded_cache import kept
from orchestrator.errors import ConfigError
from orchestrator.places import decoded_folder
from orchestrator.runs.schema import ClipRecord, LivePass, Manifest, Measured, Passes, Summary
from orchestrator.runs.schema.rows import Row, counted
from orchestrator.runs.stored import RunFiles

_SPOKEN_CLIPS = 3
_PEAKS = 300
_MOST_DOTS = 40  # of a backend, in the chart by length: of more clips, medians of neighbours
_KEPT_CHARACTERS = 2_000_000  # of transcripts beyond the worst: more than any page shows

Moment = dict[str, Any]
"""A line of the timeline: `at` in Unix seconds, and what is known of the machine."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip, and what each backend made of it."""

    clip: ClipRecord
    by: dict[str, Passes]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clip that was spoken, and what each contender's first process showed of it.

    `said` are its words, as far as it is known when they were said; `peaks` is how loud it is, a
    value from 0 to 1 for each of equal parts, where its samples are still here.
    """

    clip: ClipRecord
    language: str
    by: dict[str, LivePass]
    said: Sequence[stream.Spoken]
    peaks: Sequence[float]


@dataclass(frozen=True)
class Story:
    """One run."""

    folder: Path
    summary: Summary
    manifest: Manifest | None
    rows: Sequence[Row]
    timeline: Sequence[Moment]
    worst: list[Heard] = field(default_factory=list)  # those that the summary shows, worst first
    others: list[Heard] = field(default_factory=list)  # the first of the rest, in order
    lengths: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # audio, seconds
    spoken: list[Spoken] = field(default_factory=list)  # of a live run, its first clips


def story(path: Path) -> Story:
    """Read a run; one that was cut off is summarised from what it has.

    Raises UsageError where there is no run, ConfigError where a file of it is broken.
    """
    folder = RunFiles(path)
    summary = summary_of(path)
    manifest = folder.manifest() if folder.has_manifest else None
    rows = list(folder.rows())
    found = Story(folder.path, summary, manifest, rows, list(folder.timeline()))
    began: dict[str, Measured] = {}
    for row in counted(rows):
        began.setdefault(row.contender, row)
    # In the order of every table, not whose turn it was.
    ordered = [line.contender for line in summary.contenders if line.contender in began]
    if first := {name: began[name] for name in ordered}:
        _listen(found, first, folder)
        if summary.settings.pace:
            found.spoken.extend(islice(_spoken(found, first, folder), _SPOKEN_CLIPS))
    return found


def _spoken(found: Story, first: Mapping[str, Measured], folder: RunFiles) -> Iterator[Spoken]:
    """Yield what was shown of each clip while it was spoken."""
    streams = [folder.live(row) for row in first.values()]
    heard = side_by_side(list(first.values()), folder)
    for (clip, passes), truth in zip(heard, folder.word_times(), strict=True):
        language = spoken(clip, found.summary.settings, passes[0])
        by = {name: next(own) for name, own in zip(first, streams, strict=True)}
        said = word_times.spoken(truth.words, clip.reference, list(by.values()), language)
        yield Spoken(clip, language, by, said, _peaks(clip))


def _peaks(clip: ClipRecord) -> list[float]:
    """Return the loudest sample of each part of a clip; nothing where its samples are gone."""
    pcm = kept(clip.sha256, decoded_folder(), clip.track)
    if not os.access(pcm, os.R_OK):
        return []
    samples = np.abs(np.fromfile(pcm, "<f4"))
    return [float(part.max(initial=0)) for part in np.array_split(samples, _PEAKS)]


def _listen(found: Story, first: Mapping[str, Measured], folder: RunFiles) -> None:
    """Read the transcripts of each backend's first process, a clip at a time."""
    shown = {clip.name for clip in found.summary.clips}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in first}
    characters = 0
    try:
        for clip, passes in side_by_side(list(first.values()), folder):
            heard = Heard(clip, dict(zip(first, passes, strict=True)))
            for name, one in heard.by.items():
                if one.failed is None and one.seconds:
                    times[name].append((clip.seconds, median(one.seconds)))
            if clip.name in shown:
                found.worst.append(heard)
            elif characters < _KEPT_CHARACTERS:
                found.others.append(heard)
                characters += sum(len(one.text) for one in passes)
    except ValueError as error:  # two files of one run that do not belong together
        raise ConfigError(f"{folder.path}: {error}", "its passes/ are not of its clips") from error
    found.worst.sort(key=lambda heard: -_errors(found.summary, heard.clip.name))
    found.lengths.update({name: list(_thinned(own)) for name, own in times.items()})


def _errors(summary: Summary, clip: str) -> float:
    """Return the highest word error rate that any backend has in a clip."""
    rates = (t.wer for b in summary.contenders for t in b.transcripts if t.clip == clip)
    return max((rate for rate in rates if rate is not None), default=0.0)


def _thinned(times: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield times by length; of many, the medians of so many neighbours."""
    ordered = sorted(times)
    many = min(_MOST_DOTS, len(ordered))
    for part in range(many):
        slot = ordered[part * len(ordered) // many : (part + 1) * len(ordered) // many]
        yield median(audio for audio, _ in slot), median(seconds for _, seconds in slot)
