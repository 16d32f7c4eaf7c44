"""The columns of a run: everything a report says in a backend's line, with its unit, in one list.

The terminal shows what has room, Markdown and the README a few, the page a table for each place,
and CSV all of them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from orchestrator import units
from orchestrator.reports import noise
from orchestrator.reports.quantities import (
    COUNT,
    FACTOR,
    JOULES,
    OFFSET,
    PERCENT,
    SECONDS,
    SHARE,
    SIZE,
    Column,
    Place,
    Value,
    written,
)
from orchestrator.runs.schema import ContenderSummary, Scalar


def at(place: Place, lines: Sequence[ContenderSummary]) -> list[Column]:
    """Return the columns of a place that any line fills, the backend's name first."""
    return [BACKEND, *(c for c in filled(lines) if place in c.places)]


def filled(lines: Sequence[ContenderSummary]) -> list[Column]:
    """Return the columns that any line fills, in their order, without the backend's name."""
    shown = (c for c in COLUMNS if c.title and c is not BACKEND)
    return [c for c in shown if any(c.cell(line) != units.NONE for line in lines)]


def _model(line: ContenderSummary) -> str:
    """Return the model that ran, and which was asked for where that is another."""
    if line.model is None:
        return units.NONE
    asked = f" for {line.model.substituted}" if line.model.substituted else ""
    return f"{line.model.name}{asked}"


def _asked(line: ContenderSummary) -> str | None:
    return (line.model.substituted or line.model.name) if line.model else None


def runs_as(line: ContenderSummary) -> str | None:
    """Return device and precision as the library says them: cpu int8_float32."""
    parts = (line.resolved.get("device"), line.resolved.get("compute_type"))
    return " ".join(str(part) for part in parts if part) or None


def _wer(line: ContenderSummary) -> Value:
    return line.accuracy.wer if line.accuracy else line.wer


def _wer_in_words(line: ContenderSummary) -> str:
    """Return the rate; one over characters is said to be of characters."""
    characters = line.accuracy is not None and line.accuracy.by_character
    return written(_wer(line), SHARE) + (" of characters" if characters else "")


def _groups(line: ContenderSummary) -> str | None:
    """Return the rate of each group by its column, as JSON."""
    found = {each.by: {one.name: one.wer.value for one in each.groups} for each in line.groups}
    return json.dumps(found, ensure_ascii=False) if found else None


def _keeps_up(line: ContenderSummary) -> str:
    if line.live is None or line.live.keeps_up is None:
        return units.NONE
    return "yes" if line.live.keeps_up else "no"


def asked_for(factors: Mapping[str, Scalar]) -> str:
    """Return what was asked of a contender besides its model: threads=2 beam_size=5."""
    asked = {name: value for name, value in factors.items() if name != "model"}
    return " ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in asked.items()
    )


Places: TypeAlias = tuple[Place, ...]
_MAIN: Places = ("markdown", "readme", "results")
_RESULT: Places = ("results",)
_COLD: Places = ("cold",)
_COSTS: Places = ("costs",)
_ERRORS: Places = ("errors",)
_LAYERS: Places = ("formatting",)
_LANGUAGES: Places = ("languages",)
_LIVE: Places = ("live",)
_TERMS: Places = ("terms",)
_TIMED: Places = ("word_times",)
_SEGMENTS: Places = ("segment_times",)
APART = {"live", "terms", "word_times", "segment_times"}
"""Places whose columns are of tables of their own, in every report."""

BACKEND = Column("contender", "backend", None, "contender", _MAIN, 0)
COLUMNS = (
    BACKEND,
    Column("backend", "", None, "backend"),
    Column("asked", "", None, lambda b: asked_for(b.asked)),
    Column("status", "", None, "status"),
    Column("remote", "", None, lambda b: "yes" if b.remote else "no"),
    Column("reason", "", None, "reason"),
    Column("model", "model", None, "model.name", ("markdown", "results"), 4, _model),
    Column("model_asked", "", None, _asked),
    Column("model_source", "", None, "model.source"),
    Column("model_revision", "", None, "model.revision"),
    Column("", "runs as", None, runs_as, _MAIN, 6),
    Column("device", "", None, lambda b: b.resolved.get("device")),
    Column("compute_type", "", None, lambda b: b.resolved.get("compute_type")),
    Column("library", "", None, lambda b: b.resolved.get("library")),
    Column("seconds", "time", SECONDS, "seconds", (*_MAIN, "cold"), 0, interval=True),
    Column("blocks", "", COUNT, "seconds.n"),
    Column("rtfx", "RTFx", FACTOR, "rtfx", _MAIN, 1),
    Column("wer", "WER", SHARE, _wer, (*_MAIN, "errors"), 2, _wer_in_words, interval=True),
    Column("peak_memory_bytes", "peak memory", SIZE, "peak_memory_bytes", _MAIN, 3),
    Column("load_seconds", "load", SECONDS, "load_seconds", (*_MAIN, "cold"), 5),
    Column(
        "first_segment_seconds", "time to first segment", SECONDS, "first_segment_seconds",
        _RESULT, 7,
    ),
    Column("cpu_seconds", "CPU time", SECONDS, "cpu_seconds", _RESULT, 8),
    Column("p90_seconds", "p90 of clips", SECONDS, "p90_seconds", _RESULT),
    Column(
        "joules_an_audio_hour", "energy an hour of audio", JOULES, "joules_an_audio_hour",
        _RESULT, 8,
    ),
    Column("cer", "CER", SHARE, "cer", _ERRORS),
    Column("groups", "", None, _groups),
    Column("words", "words", COUNT, "accuracy.words", _ERRORS, 10),
    Column("substitutions", "substitutions", COUNT, "accuracy.substitutions", _ERRORS),
    Column("insertions", "insertions", COUNT, "accuracy.insertions", _ERRORS),
    Column("deletions", "deletions", COUNT, "accuracy.deletions", _ERRORS),
    Column("clips_scored", "clips scored", COUNT, "accuracy.clips", _ERRORS, 12),
    Column("clips_empty", "empty", COUNT, "accuracy.empty", _ERRORS, 11),
    Column("clips_failed", "failed", COUNT, "accuracy.failed", _ERRORS, 11),
    Column("clips_looping", "looping", COUNT, "accuracy.looping", _ERRORS, 11),
    Column("spawn_seconds", "process start", SECONDS, "spawn_seconds", _COLD, 10),
    Column("import_seconds", "import", SECONDS, "import_seconds", _COLD, 10),
    Column("first_seconds", "first clip", SECONDS, "first_seconds", _COLD, 10),
    Column("environment_seconds", "environment (once)", SECONDS, "environment_seconds", _COLD, 12),
    Column("weights_seconds", "weights (once)", SECONDS, "weights_seconds", _COLD, 12),
    Column("compile_seconds", "first compile (once)", SECONDS, "compile_seconds", _COLD, 12),
    Column("clip_seconds", "each clip", SECONDS, "costs.fixed", _COSTS, 11, interval=True),
    Column(
        "audio_minute_seconds", "each minute of audio", SECONDS, "costs.a_minute", _COSTS, 11,
        interval=True,
    ),
    *(
        Column(f"{name}_error_percent", title, PERCENT, f"accuracy.formatting.{name}", _LAYERS, 13)
        for name, title in (
            ("written", "errors as written"), ("lexical", "word errors"),
            ("numbers", "number errors"), ("spelling", "spelling errors"),
            ("casing", "casing errors"), ("punctuation", "punctuation errors"),
        )
    ),
    *(
        Column(f"terms_{name}", title, unit, f"terms.{source}", _TERMS, priority, interval=rate)
        for name, title, unit, source, priority, rate in (
            ("said", "terms said", COUNT, "total.said", 4, False),
            ("recall", "recall", SHARE, "total.recall", 1, True),
            ("precision", "precision", SHARE, "total.precision", 1, True),
            ("f", "F", SHARE, "total.f", 3, True),
            ("inserted", "false insertions", COUNT, "total.inserted", 2, False),
            ("other_wer", "WER of other words", SHARE, "others", 3, True),
        )
    ),
    Column("language_right", "language right", COUNT, "languages.right", _LANGUAGES, 8),
    Column("language_wrong", "language wrong", COUNT, "languages.wrong", _LANGUAGES, 8),
    Column("language_silent", "language not given", COUNT, "languages.silent", _LANGUAGES, 8),
    Column(
        "detection_seconds", "detection a clip", SECONDS, "languages.seconds", _LANGUAGES, 8
    ),
    Column("live_policy", "live by", None, "live.policy", _LIVE, 5),
    *(
        Column(f"live_{name}", title, unit, f"live.{name}", _LIVE, priority, interval=True)
        for name, title, unit, priority in (
            ("first_word_seconds", "first word", SECONDS, 2),
            ("shown_p50_seconds", "word shown p50", SECONDS, 1),
            ("shown_p95_seconds", "shown p95", SECONDS, 3),
            ("settled_p50_seconds", "settled p50", SECONDS, 1),
            ("settled_p95_seconds", "settled p95", SECONDS, 3),
            ("taken_back", "taken back", SHARE, 2),
            ("final_p50_seconds", "final text p50", SECONDS, 1),
            ("final_p95_seconds", "final text p95", SECONDS, 3),
            ("behind_seconds", "behind", SECONDS, 4),
            ("processors", "CPU s a second", FACTOR, 5),
            ("wer", "live WER", SHARE, 1),
        )
    ),
    Column("live_joules_an_audio_hour", "energy an hour live", JOULES,
           "live.joules_an_audio_hour", _LIVE, 5),
    Column("live_keeps_up", "keeps up", None, "live.keeps_up", _LIVE, 4, _keeps_up),
    Column("live_clips", "clips", COUNT, "live.clips", _LIVE, 8),
    Column("live_clips_failed", "failed live", COUNT, "live.failed", _LIVE, 9),
    Column("live_timed_words", "words timed", COUNT, "live.timed_words", _LIVE, 9),
    Column("live_revoked", "revoked", COUNT, "live.revoked", _LIVE, 9),
    Column("live_late_seconds", "audio late by", SECONDS, "live.late_seconds", _LIVE, 10),
    Column("word_times", "timed by", None, "word_times.kind", _TIMED, 5),
    Column("words_timed", "words", COUNT, "word_times.words", _TIMED, 8),
    Column("words_heard", "heard right", COUNT, "word_times.heard", _TIMED, 7),
    Column("words_backwards", "backwards", COUNT, "word_times.backwards", _TIMED, 4),
    *(
        Column(f"{piece}_{name}", title, unit, f"word_times.of_{piece}s.{name}", places, priority,
               interval=unit is SHARE)
        for piece, places in (("word", _TIMED), ("segment", _SEGMENTS))
        for name, title, unit, priority in (
            ("start_p50_seconds", "start off p50", SECONDS, 0),
            ("start_p95_seconds", "start p95", SECONDS, 2),
            ("end_p50_seconds", "end off p50", SECONDS, 0),
            ("end_p95_seconds", "end p95", SECONDS, 2),
            ("within_50_ms", "within 50 ms", SHARE, 3),
            ("within_100_ms", "within 100 ms", SHARE, 1),
            ("within_200_ms", "within 200 ms", SHARE, 3),
            ("start_bias_seconds", "start bias", OFFSET, 6),
            ("end_bias_seconds", "end bias", OFFSET, 6),
            ("drift_seconds_an_hour", "drift an hour", OFFSET, 4),
            ("worst_minute_seconds", "worst minute", SECONDS, 5),
        )
    ),
    Column("noise_wer", "", None, noise.rates),
    Column("noise_doubles_at", "", None, noise.doubles),
)  # fmt: skip
