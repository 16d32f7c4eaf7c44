"""Rows in, one summary out: every number a reader sees is made here."""

from collections.abc import Iterable, Sequence
from statistics import median

from orchestrator.results import (
    BackendSummary,
    ClipRecord,
    ClipScore,
    Estimate,
    Failed,
    Measured,
    Notice,
    Skipped,
    Summary,
)


def summarise(blank: Summary, rows: Iterable[Measured | Failed | Skipped]) -> Summary:
    """Fill a summary with one line a backend: measured ones by time, then failed, then skipped."""
    by_backend: dict[str, list[Measured | Failed | Skipped]] = {}
    for row in rows:
        by_backend.setdefault(row.backend, []).append(row)
    lines = [_line(name, found, blank.clips) for name, found in by_backend.items()]
    order = ("measured", "failed", "skipped")
    lines.sort(key=lambda b: (order.index(b.status), b.seconds.median if b.seconds else 0.0))
    return blank.model_copy(update={"backends": tuple(lines)})


def exit_code(summary: Summary) -> int:
    """Return 130 interrupted, 3 nothing measured, 1 a backend failed, 0 all is well."""
    if summary.interrupted:
        return 130
    statuses = {b.status for b in summary.backends}
    if "measured" not in statuses:
        return 3
    return 1 if "failed" in statuses else 0


def _line(
    name: str, rows: Sequence[Measured | Failed | Skipped], clips: Sequence[ClipRecord]
) -> BackendSummary:
    """Reduce one backend's rows; what was measured before a failure stays visible beside it."""
    skipped = next((r for r in rows if isinstance(r, Skipped)), None)
    if skipped:
        return BackendSummary(backend=name, status="skipped", reason=skipped.reason)
    measured = [r for r in rows if isinstance(r, Measured)]
    line = _measured(name, measured, clips) if measured else None
    failed = next((r for r in rows if isinstance(r, Failed)), None)
    if failed is None:
        return line or BackendSummary(backend=name, status="skipped", reason="not reached")
    fault = {"status": "failed", "reason": f"{failed.kind}: {failed.reason}", "fix": failed.fix}
    start = line or BackendSummary(backend=name, status="failed", model=failed.model)
    return start.model_copy(update=fault)


def _measured(name: str, rows: Sequence[Measured], clips: Sequence[ClipRecord]) -> BackendSummary:
    last = rows[-1]
    block_seconds = [sum(median(p.seconds) for p in row.clips) for row in rows]
    audio_seconds = sum(clip.seconds for clip in clips)
    firsts = [p.first_segment_seconds for row in rows for p in row.clips]
    known_firsts = [seconds for seconds in firsts if seconds is not None]
    peaks = [row.peak_memory_bytes for row in rows if row.peak_memory_bytes is not None]
    wer, cer, transcripts = _scores(rows[0], clips)
    return BackendSummary(
        backend=name,
        status="measured",
        model=last.model,
        resolved=last.resolved,
        seconds=Estimate(median=median(block_seconds), low=None, high=None, n=len(rows)),
        rtfx=median(audio_seconds / seconds for seconds in block_seconds),
        wer=wer,
        cer=cer,
        spawn_seconds=median(row.spawn_seconds for row in rows),
        import_seconds=median(row.import_seconds for row in rows),
        load_seconds=median(row.load_seconds for row in rows),
        first_seconds=median(row.warm_up_seconds[0] for row in rows),
        first_segment_seconds=median(known_firsts) if known_firsts else None,
        peak_memory_bytes=max(peaks) if peaks else None,
        transcripts=transcripts,
        warnings=(*(w for row in rows for w in row.warnings), *_text_notices(rows)),
    )


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


def _text_notices(rows: Sequence[Measured]) -> list[Notice]:
    """Warn where one clip gave several texts, within a process or between them."""
    texts: dict[str, set[str]] = {}
    for passes in (p for row in rows for p in row.clips):
        texts.setdefault(passes.clip, set()).update((passes.text, *passes.other_texts))
    return [
        Notice(kind="text-differs", message=f"{clip}: {len(found)} different texts for one clip")
        for clip, found in texts.items()
        if len(found) > 1
    ]
