"""Rows in, one summary out: every number a reader sees is made here."""

from collections.abc import Iterable, Sequence
from statistics import median

from orchestrator import findings
from orchestrator.results import (
    BackendSummary,
    ClipRecord,
    ClipScore,
    Costs,
    Failed,
    Measured,
    Notice,
    Preparation,
    Skipped,
    Summary,
)
from orchestrator.results.reduce import block_times, counted, estimate
from orchestrator.scoring import timing
from orchestrator.scoring.intervals import median_interval, quantile
from orchestrator.verdicts import noise, verdict

_LEAST_ENERGY_SECONDS = 20.0
Rows = Sequence[Measured | Failed | Skipped]


def summarise(blank: Summary, rows: Rows, preparation: Iterable[Preparation] = ()) -> Summary:
    """Fill a summary with one line a backend: measured ones by time, then failed, then skipped."""
    prepared = {p.backend: p for p in preparation}
    lines = [
        _line(name, found, blank).model_copy(update=_preparation(prepared.get(name)))
        for name, found in _by_backend(rows).items()
    ]
    order = ("measured", "failed", "skipped")
    lines.sort(key=lambda b: (order.index(b.status), b.seconds.median if b.seconds else 0.0))
    times = block_times(rows)
    ranked = {b.backend: times[b.backend] for b in lines if b.backend in times}
    settings = blank.settings
    fields = {
        "backends": tuple(lines),
        "verdict": verdict(ranked, settings) if settings.labels == 1 else None,
        "noise": noise(ranked, settings.region) if settings.labels > 1 else None,
        "notices": tuple(findings.of_run(counted(rows), times, blank.host)),
    }
    return blank.model_copy(update=fields)


def exit_code(summary: Summary) -> int:
    """Return 130 interrupted, 3 nothing measured, 1 a backend failed, 0 all is well."""
    if summary.interrupted:
        return 130
    if all(b.seconds is None for b in summary.backends):
        return 3
    return 1 if any(b.status == "failed" for b in summary.backends) else 0


def _by_backend(rows: Rows) -> dict[str, list[Measured | Failed | Skipped]]:
    """Sort rows by backend, leaving out those of attempts that were repeated."""
    kept = {id(row) for row in counted(rows)}
    found: dict[str, list[Measured | Failed | Skipped]] = {}
    for row in rows:
        if id(row) in kept or not isinstance(row, Measured):
            found.setdefault(row.backend, []).append(row)
    return found


def _preparation(prepared: Preparation | None) -> dict[str, float | None]:
    if prepared is None:
        return {}
    return prepared.model_dump(exclude={"backend"})


def _line(name: str, rows: Rows, blank: Summary) -> BackendSummary:
    """Reduce one backend's rows; what was measured before a failure stays visible beside it."""
    skipped = next((r for r in rows if isinstance(r, Skipped)), None)
    if skipped:
        return BackendSummary(backend=name, status="skipped", reason=skipped.reason)
    measured = [r for r in rows if isinstance(r, Measured)]
    line = _measured(name, measured, blank) if measured else None
    repaired = {row.block for row in measured}
    failed = next((r for r in rows if isinstance(r, Failed) and r.block not in repaired), None)
    if failed is None:
        return line or BackendSummary(backend=name, status="skipped", reason="not reached")
    fault = {"status": "failed", "reason": f"{failed.kind}: {failed.reason}", "fix": failed.fix}
    start = line or BackendSummary(backend=name, status="failed", model=failed.model)
    return start.model_copy(update=fault)


def _measured(name: str, rows: Sequence[Measured], blank: Summary) -> BackendSummary:
    clips = blank.clips
    last = rows[-1]
    blocks = list(block_times(rows)[name].values())
    tail = quantile(_clip_medians(rows))
    wer, cer, transcripts = _scores(rows[0], clips)
    notices = findings.of_backend(rows, blank.settings)
    if last.model.note:
        notices = [Notice(kind="model", message=last.model.note), *notices]
    return BackendSummary(
        backend=name,
        status="measured",
        model=last.model,
        resolved=last.resolved,
        seconds=estimate(median_interval(blocks)),
        rtfx=timing.rtfx(sum(clip.seconds for clip in clips), blocks).median,
        p90_seconds=tail.value if tail else None,
        costs=_costs(rows, clips),
        wer=wer,
        cer=cer,
        spawn_seconds=median(row.spawn_seconds for row in rows),
        import_seconds=median(row.import_seconds for row in rows),
        load_seconds=median(row.load_seconds for row in rows),
        first_seconds=median(row.warm_up[0].seconds[0] for row in rows),
        first_segment_seconds=_middle(p.first_segment_seconds for r in rows for p in r.clips),
        cpu_seconds=_middle(row.resources.cpu_seconds for row in rows),
        peak_memory_bytes=_largest(row.resources.peak_memory_bytes for row in rows),
        joules_an_audio_hour=_joules_an_hour(rows, clips),
        transcripts=transcripts,
        warnings=tuple(notices),
    )


def _clip_medians(rows: Sequence[Measured]) -> list[float]:
    """Return each clip's seconds: the median over blocks of its median pass."""
    by_clip: dict[str, list[float]] = {}
    for passes in (p for row in rows for p in row.clips):
        by_clip.setdefault(passes.clip, []).append(median(passes.seconds))
    return [median(values) for values in by_clip.values()]


def _costs(rows: Sequence[Measured], clips: Sequence[ClipRecord]) -> Costs | None:
    blocks = [[median(p.seconds) for p in row.clips] for row in rows]
    found = timing.costs([clip.seconds for clip in clips], blocks)
    if found is None:
        return None
    a_minute = estimate(found.marginal)
    scaled = {k: v and v * 60 for k, v in a_minute.model_dump(exclude={"n"}).items()}
    return Costs(fixed=estimate(found.fixed), a_minute=a_minute.model_copy(update=scaled))


def _joules_an_hour(rows: Sequence[Measured], clips: Sequence[ClipRecord]) -> float | None:
    """Return energy by audio; None where it was counted for under 20 s: counters are coarse."""
    counted_ = [row for row in rows if row.energy is not None]
    energies = [row.energy for row in counted_ if row.energy is not None]
    if sum(energy.seconds for energy in energies) < _LEAST_ENERGY_SECONDS:
        return None
    lengths = {clip.name: clip.seconds for clip in clips}
    audio = sum(lengths[p.clip] * len(p.seconds) for row in counted_ for p in row.clips)
    return 3600 * sum(energy.joules for energy in energies) / audio


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _scores(
    row: Measured, clips: Sequence[ClipRecord]
) -> tuple[float | None, float | None, tuple[ClipScore, ...]]:
    """Score one block's transcripts; the corpus rate is errors over words, not a mean of rates."""
    from orchestrator.scoring import text  # noqa: PLC0415 - 0.3 s of imports, needed once a run

    references = {clip.name: clip for clip in clips}
    scored, transcripts = [], []
    for passes in row.clips:
        clip = references[passes.clip]
        score = None
        if clip.reference is not None:
            language = clip.language or passes.language or "en"
            score = text.score(clip.reference, passes.text, language)
            scored.append(score)
        transcripts.append(
            ClipScore(clip=clip.name, text=passes.text, wer=score.wer if score else None)
        )
    whole = text.total(scored)
    return whole.wer, whole.cer, tuple(transcripts)
