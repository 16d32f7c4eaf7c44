"""The columns of a pass: a line each timed pass of a clip, flat, for who analyses runs themselves.

What other tables have too goes by the same name here.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Generic, TypeVar

from orchestrator.analysis.references import texts
from orchestrator.analysis.rescore import summary_of
from orchestrator.analysis.scoring import text
from orchestrator.analysis.scoring.terms import Heard, Lexicon
from orchestrator.analysis.scoring.text import Normalizer, Score
from orchestrator.analysis.totals import side_by_side
from orchestrator.reports.columns import COLUMNS, asked_for
from orchestrator.reports.quantities import COUNT, SECONDS, Column, Quantity, Unit
from orchestrator.runs.schema import (
    ClipRecord,
    Contender,
    ContenderSummary,
    Manifest,
    Measured,
    Passes,
    Scalar,
    Summary,
)
from orchestrator.runs.stored import Run

_Line = TypeVar("_Line")
_FLAG = Unit(lambda flag: "yes" if flag else "no", kind=bool)


@dataclass(frozen=True, slots=True)
class Reading(Quantity, Generic[_Line]):
    """A quantity that is read off a line, None where that has none."""

    read: Callable[[_Line], Scalar]

    def value(self, line: _Line) -> Scalar:
        """Return what the line has, in the type of its unit."""
        found = self.read(line)
        if found is None:
            return None
        return self.unit.kind(found) if self.unit else str(found)


RUN: tuple[Reading[Summary | Manifest], ...] = (
    Reading("run", "run", None, lambda r: r.run_id),
    Reading("machine", "machine", None, lambda r: r.host.chip_or_platform),
    Reading("os", "system", None, lambda r: r.host.system),
    Reading("corpus", "corpus", None, lambda r: r.corpus.name),
    Reading("corpus_clips", "clips of the corpus", COUNT, lambda r: r.corpus.clips),
    Reading("corpus_seconds", "length of the corpus", SECONDS, lambda r: r.corpus.seconds),
    Reading("profile", "profile", None, lambda r: r.settings.profile),
)
"""What a line of any table says of its run."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One timed pass of a clip, with all it belongs to.

    A clip that the engine failed at is one line, without a `number`.
    """

    run: Manifest
    asked: Contender
    row: Measured
    clip: ClipRecord
    heard: Passes
    score: Score | None  # of a clip with a reference
    terms: Heard | None  # the same, of a run with terms
    number: int | None  # from 1
    beside: Mapping[str, Scalar]  # of the contender: what it heard in no timed pass, by the column

    @property
    def seconds(self) -> float | None:
        """What it took by the orchestrator's clock."""
        return None if self.number is None else self.heard.seconds[self.number - 1]


def passes(run: Run) -> Iterator[Pass]:
    """Yield the passes that count, by contender, clip and block.

    Raises ConfigError where a file of the run is damaged.
    """
    asked = {contender.name: contender for contender in run.manifest.contenders}
    settings = run.manifest.settings
    lexicon = Lexicon(settings.terms)
    lines = {line.contender: line for line in summary_of(run.folder.path).contenders}
    for name, rows in run.rows.items():
        beside = _beside(lines[name]) if name in lines else {}
        for clip, heard in side_by_side(rows, run.folder):
            # Blocks mostly hear the same.
            scored = cache(partial(_scored, lexicon, settings.normalizer))
            for row, one in zip(rows, heard, strict=True):
                score, terms = scored(*texts(clip, one, settings))
                known = run.manifest, asked[name], row, clip, one, score, terms
                for number in range(1, len(one.seconds) + 1) or (None,):
                    yield Pass(*known, number, beside)


def _scored(
    lexicon: Lexicon, normalizer: Normalizer, said: str | None, heard: str | None, language: str
) -> tuple[Score | None, Heard | None]:
    if said is None:
        return None, None
    terms = lexicon.heard(said, heard or "", language) if lexicon.terms else None
    return text.score(said, heard or "", language, normalizer), terms


_KNOWN = {column.key: column for column in COLUMNS}


def _as(key: str, read: Callable[[Pass], Scalar]) -> Reading[Pass]:
    """Return what a contender's line has under this name as a pass has it."""
    known = _KNOWN[key]
    return Reading(key, known.title or key.replace("_", " "), known.unit, read)


_BESIDE = tuple(
    column
    for column in COLUMNS
    if {"word_times", "segment_times"} & {*column.places} or column.key.startswith("noise_")
)
"""What passes for accuracy alone are about: of a contender, and the same in each of its lines."""


def _beside(line: ContenderSummary) -> dict[str, Scalar]:
    return {key: value for column in _BESIDE for key, value in column.plain(line).items()}


def _ends(column: Column) -> Iterator[Reading[Pass]]:
    """Yield what a contender's line has under a column, and the ends of its interval, as CSV."""
    title = column.title or column.key.replace("_", " ")
    yield Reading(column.key, title, column.unit, _at(column.key))
    for end in ("low", "high") if column.interval else ():
        key = f"{column.key}_{end}"
        yield Reading(key, f"{title}, {end}", column.unit, _at(key))


def _at(key: str) -> Callable[[Pass], Scalar]:
    return lambda line: line.beside.get(key)


def _of_run(known: Reading[Summary | Manifest]) -> Reading[Pass]:
    return Reading(known.key, known.title, known.unit, lambda p: known.read(p.run))


def _settings(line: Pass) -> str:
    return json.dumps(line.asked.settings, ensure_ascii=False)


def _groups(line: Pass) -> str | None:
    return json.dumps(line.clip.groups, ensure_ascii=False) if line.clip.groups else None


def _terms(which: str, line: Pass) -> int | None:
    """Return how many terms were said, heard or found."""
    counts: Counter[int] | None = getattr(line.terms, which, None)
    return None if counts is None else counts.total()


def _rtfx(line: Pass) -> float | None:
    return line.clip.seconds / line.seconds if line.seconds else None


COLUMNS_OF_PASSES: tuple[Reading[Pass], ...] = (
    *map(_of_run, RUN),
    _as("contender", lambda p: p.row.contender),
    _as("backend", lambda p: p.row.backend),
    _as("asked", lambda p: asked_for(p.asked.factors)),
    Reading("settings", "settings, as JSON", None, _settings),
    Reading("threads", "threads", COUNT, lambda p: p.asked.threads),
    _as("model", lambda p: p.row.model.name),
    _as("model_asked", lambda p: p.row.model.substituted or p.row.model.name),
    _as("model_source", lambda p: p.row.model.source),
    _as("model_revision", lambda p: p.row.model.revision),
    _as("device", lambda p: p.row.resolved.get("device")),
    _as("compute_type", lambda p: p.row.resolved.get("compute_type")),
    _as("library", lambda p: p.row.resolved.get("library")),
    Reading("block", "block", COUNT, lambda p: p.row.block),
    Reading("started_at", "process started, UTC", None, lambda p: p.row.started_at),
    Reading("interleaved", "took turns", _FLAG, lambda p: bool(p.row.round_seconds)),
    _as("spawn_seconds", lambda p: p.row.spawn_seconds),
    _as("import_seconds", lambda p: p.row.import_seconds),
    _as("load_seconds", lambda p: p.row.load_seconds),
    _as("cpu_seconds", lambda p: p.row.resources.cpu_seconds),
    _as("peak_memory_bytes", lambda p: p.row.resources.peak_memory_bytes),
    Reading("clip", "clip", None, lambda p: p.clip.name),
    Reading("audio_seconds", "length of the clip", SECONDS, lambda p: p.clip.seconds),
    Reading("language", "language", None, lambda p: p.clip.language),
    Reading("speaker", "speaker", None, lambda p: p.clip.speaker),
    Reading("groups", "what else the corpus says, as JSON", None, _groups),
    Reading("reference", "reference", None, lambda p: p.clip.reference),
    Reading("pass", "pass", COUNT, lambda p: p.number),
    _as("seconds", lambda p: p.seconds),
    _as("rtfx", _rtfx),
    _as("first_segment_seconds", lambda p: p.heard.first_segment_seconds),
    Reading("text", "text", None, lambda p: None if p.heard.failed else p.heard.text),
    Reading("other_texts", "other texts", COUNT, lambda p: len(p.heard.other_texts)),
    Reading("detected_language", "language detected", None, lambda p: p.heard.language),
    Reading("failed", "why it failed", None, lambda p: p.heard.failed),
    _as("words", lambda p: p.score.words if p.score else None),
    _as("substitutions", lambda p: p.score.substitutions if p.score else None),
    _as("insertions", lambda p: p.score.insertions if p.score else None),
    _as("deletions", lambda p: p.score.deletions if p.score else None),
    _as("wer", lambda p: p.score.wer if p.score else None),
    *(
        Reading(f"terms_{name}", f"terms {name}", COUNT, partial(_terms, name))
        for name in ("said", "heard", "found")
    ),
    *(reading for column in _BESIDE for reading in _ends(column)),
)
"""Run, contender, process, clip and pass stand in every line: no other table is needed."""
