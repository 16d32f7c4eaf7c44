"""Honesty checks over stored rows: what makes a number mean something else than it seems to."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from statistics import median

from orchestrator.analysis.scoring import honesty, timing
from orchestrator.analysis.scoring.honesty import Finding
from orchestrator.analysis.scoring.timing import Times
from orchestrator.analysis.speeds import Speed
from orchestrator.host import Host
from orchestrator.runs.schema import Measured, Notice, Settings

_CONDITIONS = ("on_battery", "low_power_mode", "thermal_pressure", "cpu_governor")


def of_backend(rows: Sequence[Measured], speed: Speed, settings: Settings) -> list[Notice]:
    """Return one backend's warnings, each said once however many blocks show it."""
    found = [finding for finding in _of_backend(rows, speed, settings) if finding is not None]
    once = {finding.kind: finding for finding in reversed(found)}
    return [Notice(kind=f.kind, message=f.message) for f in reversed(once.values())]


def _of_backend(
    rows: Sequence[Measured], speed: Speed, settings: Settings
) -> Iterator[Finding | None]:
    failed = max(row.failed_clips for row in rows)
    yield honesty.clips_failed(failed, rows[-1].clips)
    yield speed.unsteady
    warmed = [warm_up for row in rows for warm_up in row.warm_up]
    yield from (honesty.not_steady(w.seconds) for w in warmed if len(w.seconds) > 1)
    yield honesty.first_pass_slow([row.first_passes for row in rows])
    yield honesty.repeats_fast(speed.fresh, speed.again)
    yield honesty.precision_differs(settings.precision, rows[-1].resolved.get("compute_type"))
    yield honesty.device_differs(settings.device, rows[-1].resolved.get("device"))
    declared = {"others-busy"} if settings.load else set()
    for change in (c for row in rows for c in row.changes if c.kind not in declared):
        yield Finding(change.kind, f"while it ran, {change.message}: run again on a quiet machine")
    yield from _outliers(rows)


def _outliers(rows: Sequence[Measured]) -> Iterator[Finding]:
    """Point at blocks far from the median: shown, never dropped."""
    seconds = [row.seconds for row in rows]
    for index in timing.outliers(seconds):
        times = seconds[index] / median(seconds)
        message = f"block {rows[index].block} took {times:.2f} times the median; it is counted"
        yield Finding("outlier", message)


def of_run(rows: Sequence[Measured], times: Times, host: Host) -> Iterator[Notice]:
    """Yield the warnings about a run as a whole: a busy machine, drift, unequal conditions."""
    found: list[Finding | None] = []
    if rows:
        first = min(rows, key=lambda row: row.started_at)
        found.append(honesty.machine_busy(first.condition.load_average, host.cores or 1))
    seen = {
        name: [row.condition.model_dump(include=set(_CONDITIONS)) for row in own]
        for name, own in _grouped(rows)
    }
    found += honesty.conditions_differ(seen)
    trend = timing.drift(times)
    if trend and trend.certain:
        change = f"{abs(trend.change):.0%} {'slower' if trend.change > 0 else 'faster'}"
        message = f"all backends together grew {change} over the run: heat, or other work"
        found.append(Finding("drift", f"{message}; the random order keeps the ranking fair"))
    yield from (Notice(kind=f.kind, message=f.message) for f in found if f is not None)


def _grouped(rows: Iterable[Measured]) -> Iterator[tuple[str, list[Measured]]]:
    ordered = sorted(rows, key=lambda row: row.backend)
    for name, own in groupby(ordered, key=lambda row: row.backend):
        yield name, list(own)
