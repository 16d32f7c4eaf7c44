"""The life of one cell: spawn, load, warm up, timed passes, resources, shutdown; always one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from orchestrator.audio.clips import Clip
from orchestrator.backends import Backend
from orchestrator.errors import RunnerFailed
from orchestrator.host.energy import Baseline
from orchestrator.host.monitor import Changes, Monitor
from orchestrator.host.resources import resources
from orchestrator.plan import Cell
from orchestrator.prepare import Contender, now
from orchestrator.results import Failed, Measured, Passes, SegmentText, Settings, WarmUp
from orchestrator.scoring.honesty import WARM_UPS, warm_up_is_steady
from orchestrator.store import RunFolder
from orchestrator.watch import Watcher
from orchestrator.worker import Launch, Machine, Worker, log_tail, python_command
from runners import protocol

REPEATS = 3
# A pass this long averages the machine's noise by itself, and one warms up all there is to warm.
LONG_PASS_SECONDS = 5.0


@dataclass(frozen=True)
class Bench:
    """What every cell of a run shares."""

    machine: Machine
    monitor: Monitor
    folder: RunFolder
    settings: Settings
    clips: Sequence[Clip]
    warm_ups: Sequence[Clip]
    watcher: Watcher
    energy: Baseline | None = None


def run_cell(bench: Bench, cell: Cell, contender: Contender, attempt: int = 1) -> Measured | Failed:
    """Run one runner process from spawn to exit; whatever it does becomes a row.

    What was measured across a sleep of the machine is no measurement, and is said to be none.
    """
    mark = bench.monitor.mark()
    started_at = now()
    row = _attempt(bench, cell, contender, started_at)
    seen = bench.monitor.since(mark)
    bench.folder.append_timeline(seen.samples)
    if isinstance(row, Failed) or seen.span.asleep_seconds:
        failed = row if isinstance(row, Failed) else _slept(row, seen)
        return failed.model_copy(update={"attempt": attempt})
    fields = {"attempt": attempt, "condition": mark.condition, "changes": seen.found}
    return row.model_copy(update=fields)


def _attempt(bench: Bench, cell: Cell, contender: Contender, started_at: str) -> Measured | Failed:
    bench.watcher.phase(cell.backend, "starting")
    try:
        with Worker(launch(bench, cell, contender.backend), bench.machine) as worker:
            return _measure(bench, cell, contender, worker, started_at)
    except RunnerFailed as error:
        return Failed(
            backend=cell.backend,
            block=cell.block,
            started_at=started_at,
            kind=error.kind,
            reason=str(error),
            fix=error.fix,
            detail=error.detail,
            log_tail=log_tail(bench.folder.log(cell.key)),
            model=contender.model,
        )


def _slept(row: Measured, seen: Changes) -> Failed:
    asleep = seen.span.asleep_seconds
    return Failed(
        backend=row.backend,
        block=row.block,
        started_at=row.started_at,
        kind="slept",
        reason=f"the machine slept for {asleep:.0f} s meanwhile: what was measured is discarded",
        fix="keep it awake (macOS: caffeinate -i; Linux: systemd-inhibit) and use --resume",
        model=row.model,
    )


def launch(bench: Bench, cell: Cell, backend: Backend) -> Launch:
    """Return how the cell's runner is started."""
    return Launch(
        backend=backend.name,
        command=python_command(backend.python, backend.module),
        log=bench.folder.log(cell.key),
        directory=bench.folder.work / cell.key,
        threads=bench.settings.threads,
        on_progress=lambda p: bench.watcher.phase(cell.backend, p.message, p.fraction),
    )


def _measure(
    bench: Bench, cell: Cell, contender: Contender, worker: Worker, started_at: str
) -> Measured:
    bench.watcher.phase(cell.backend, "loading")
    asked = options(bench.settings, contender.backend)
    loaded, load_seconds = worker.load(Path(contender.model.path), asked)
    bench.watcher.phase(cell.backend, "warming up")
    warmed = tuple(_warm_up(worker, clip) for clip in bench.warm_ups)
    long = warmed[-1].seconds[-1] > LONG_PASS_SECONDS
    repeats = bench.settings.repeats or (1 if long else REPEATS)
    bench.watcher.phase(cell.backend, "measuring")
    mark = bench.energy.mark() if bench.energy else None
    passes = tuple(_passes(worker, clip, repeats) for clip in bench.clips)
    energy = bench.energy.since(mark) if bench.energy and mark else None
    used = resources(worker.pid)
    worker.shutdown()
    return Measured(
        backend=cell.backend,
        block=cell.block,
        started_at=started_at,
        model=contender.model,
        resolved=loaded.resolved,
        python=worker.ready.python,
        spawn_seconds=worker.spawn_seconds,
        import_seconds=worker.ready.import_seconds,
        load_seconds=load_seconds,
        warm_up=warmed,
        clips=passes,
        resources=used,
        energy=energy,
        condition=bench.monitor.latest.condition,
    )


def options(settings: Settings, backend: Backend) -> protocol.Options:
    """Return what a backend is asked to load and decode with."""
    return protocol.Options(
        # Parakeet has no such setting, and a runner refuses what it cannot honour.
        language=settings.language if backend.family == "whisper" else None,
        threads=settings.threads,
        device=settings.device,
        profile=settings.profile,
    )


def _warm_up(worker: Worker, clip: Clip) -> WarmUp:
    """Repeat until two times agree, five times at most; all of them are kept."""
    times: list[float] = []
    while len(times) < WARM_UPS and not warm_up_is_steady(times):
        times.append(worker.transcribe(clip.pcm, clip.samples)[1])
        if times[-1] > LONG_PASS_SECONDS:
            break
    return WarmUp(audio_seconds=clip.seconds, seconds=tuple(times))


def _passes(worker: Worker, clip: Clip, repeats: int) -> Passes:
    """Time one clip `repeats` times; nothing is drawn or written between the passes."""
    answers = [worker.transcribe(clip.pcm, clip.samples) for _ in range(repeats)]
    transcripts = [transcript for transcript, _ in answers]
    first = transcripts[0]
    texts = dict.fromkeys(t.text for t in transcripts)
    firsts = [t.first_segment_seconds for t in transcripts if t.first_segment_seconds is not None]
    return Passes(
        clip=clip.name,
        seconds=tuple(seconds for _, seconds in answers),
        runner_seconds=tuple(t.seconds for t in transcripts),
        first_segment_seconds=median(firsts) if firsts else None,
        text=first.text,
        other_texts=tuple(text for text in texts if text != first.text),
        language=first.language,
        segments=tuple(SegmentText(start=s.start, end=s.end, text=s.text) for s in first.segments),
    )
