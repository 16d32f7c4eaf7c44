"""Rows in, one summary out: every number a reader sees is made here."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from orchestrator.analysis import accuracies, findings
from orchestrator.analysis.scoring import timing
from orchestrator.analysis.scoring.intervals import median_interval, quantile
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.speeds import Speed
from orchestrator.analysis.tally import Evidence, Tally
from orchestrator.analysis.unreferenced import disagreements
from orchestrator.analysis.verdicts import estimate, noise, verdict
from orchestrator.runs.schema import (
    BackendSummary,
    Costs,
    Failed,
    Manifest,
    Measured,
    Notice,
    Preparation,
    RobustnessVerdict,
    Skipped,
    Summary,
)
from orchestrator.runs.schema.reduce import block_times, counted

_LEAST_ENERGY_SECONDS = 20.0
Rows = Sequence[Measured | Failed | Skipped]


def summarise(
    run: Manifest, rows: Rows, evidence: Evidence, *, ended: str, interrupted: bool = False
) -> Summary:
    """Return a run's summary, one line a backend: measured ones by time, then failed, then skipped.

    Transcripts are read from the `evidence` one clip at a time. Raises ConfigError where they are
    not what was stored.
    """
    prepared = {p.backend: p for p in run.preparation}
    found = _by_backend(rows)
    measured = {name: [r for r in own if isinstance(r, Measured)] for name, own in found.items()}
    measured = {name: own for name, own in measured.items() if own}
    tallies = {name: Tally.of(own, evidence, run.settings) for name, own in measured.items()}
    lines = [
        _line(name, own, run, tallies.get(name)).model_copy(update=_preparation(prepared.get(name)))
        for name, own in found.items()
    ]
    order = ("measured", "failed", "skipped")
    lines.sort(key=lambda b: (order.index(b.status), b.seconds.median if b.seconds else 0.0))
    # Whatever lists backends goes by this order, not by whose turn came first.
    measured = {b.backend: measured[b.backend] for b in lines if b.backend in measured}
    tallies = {name: tallies[name] for name in measured}
    shown = {transcript.clip for b in lines for transcript in b.transcripts}
    settings, clips = run.settings, tuple(c for c in evidence.clips() if c.name in shown)
    times = _compared(measured)
    several = settings.labels == 1  # backends, and not labels of one
    scored = any(len(tally.accuracy) for tally in tallies.values())
    apart, disputed = ((), ()) if scored else disagreements(measured, evidence, settings)
    return Summary(
        run_id=run.run_id,
        host=run.host,
        settings=settings,
        corpus=run.corpus,
        clips=clips,
        backends=tuple(lines),
        verdict=verdict(times, settings) if several else None,
        noise=None if several else noise(times, settings.region),
        differences=accuracies.differences(tallies) if several else (),
        front=accuracies.front(lines) if several else (),
        disagreements=apart,
        disputed=disputed,
        robustness=_robustness(measured, evidence) if settings.robustness else (),
        notices=tuple(findings.of_run(counted(rows), block_times(rows), run.host)),
        ended=ended,
        interrupted=interrupted,
    )


def _compared(measured: Mapping[str, Sequence[Measured]]) -> Times:
    """Return the times of those that did all the work, none of their clips failed."""
    return {
        name: {row.block: row.seconds for row in own}
        for name, own in measured.items()
        if not any(row.failed_clips for row in own)
    }


def _robustness(
    measured: Mapping[str, Sequence[Measured]], evidence: Evidence
) -> tuple[RobustnessVerdict, ...]:
    from orchestrator.analysis.robustness.evidence import judged  # noqa: PLC0415 - rarely needed

    return judged(measured, evidence)


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


def _line(name: str, rows: Rows, run: Manifest, tally: Tally | None) -> BackendSummary:
    """Reduce one backend's rows; what was measured before a failure stays visible beside it."""
    skipped = next((r for r in rows if isinstance(r, Skipped)), None)
    if skipped:
        return BackendSummary(backend=name, status="skipped", reason=skipped.reason)
    measured = [r for r in rows if isinstance(r, Measured)]
    line = _measured(name, measured, run, tally) if tally else None
    # Block 0 is its preparation, which has succeeded where anything was measured.
    repaired = {row.block for row in measured} | ({0} if measured else set())
    failed = next((r for r in rows if isinstance(r, Failed) and r.block not in repaired), None)
    if failed is None:
        return line or BackendSummary(backend=name, status="skipped", reason="not reached")
    fault = {"status": "failed", "reason": f"{failed.kind}: {failed.reason}", "fix": failed.fix}
    start = line or BackendSummary(backend=name, status="failed", model=failed.model)
    return start.model_copy(update=fault)


def _measured(name: str, rows: Sequence[Measured], run: Manifest, tally: Tally) -> BackendSummary:
    last, speed = rows[-1], tally.speed
    accuracy = accuracies.accuracy(tally, run.corpus.languages)
    tail = quantile(speed.clips)
    notices = findings.of_backend(rows, speed, run.settings)
    if last.model.note:
        notices = [Notice(kind="model", message=last.model.note), *notices]
    return BackendSummary(
        backend=name,
        status="measured",
        model=last.model,
        resolved=last.resolved,
        seconds=estimate(median_interval([row.seconds for row in rows])),
        rtfx=timing.rtfx((row.audio_seconds, row.seconds) for row in rows).median,
        p90_seconds=tail.value if tail else None,
        costs=_costs(speed),
        wer=accuracy.wer.value if accuracy else None,
        cer=accuracy.cer if accuracy else None,
        accuracy=accuracy,
        languages=accuracies.languages(tally, rows),
        spawn_seconds=median(row.spawn_seconds for row in rows),
        import_seconds=median(row.import_seconds for row in rows),
        load_seconds=median(row.load_seconds for row in rows),
        first_seconds=median(row.warm_up[0].seconds[0] for row in rows),
        first_segment_seconds=median(speed.first_segments) if speed.first_segments else None,
        cpu_seconds=_middle(row.resources.cpu_seconds for row in rows),
        peak_memory_bytes=_largest(row.resources.peak_memory_bytes for row in rows),
        joules_an_audio_hour=_joules_an_hour(rows),
        transcripts=tally.transcripts,
        warnings=tuple(notices),
    )


def _costs(speed: Speed) -> Costs | None:
    found = timing.costs(speed.lengths, speed.blocks)
    if found is None:
        return None
    a_minute = estimate(found.marginal)
    scaled = {k: v and v * 60 for k, v in a_minute.model_dump(exclude={"n"}).items()}
    return Costs(fixed=estimate(found.fixed), a_minute=a_minute.model_copy(update=scaled))


def _joules_an_hour(rows: Sequence[Measured]) -> float | None:
    """Return energy by audio; None where it was counted for under 20 s: counters are coarse."""
    metered = [(row, row.energy) for row in rows if row.energy is not None]
    if sum(energy.seconds for _, energy in metered) < _LEAST_ENERGY_SECONDS:
        return None
    audio = sum(row.audio_seconds * row.passes for row, _ in metered)
    return 3600 * sum(energy.joules for _, energy in metered) / audio


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
