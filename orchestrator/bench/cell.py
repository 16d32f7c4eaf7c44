"""The life of one cell: spawn, load, warm up, timed passes, resources, shutdown; always one row."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.backends.worker import Launch, Machine, Worker, launch_of, log_tail
from orchestrator.bench.clip_list import Playlist
from orchestrator.bench.events import Watcher
from orchestrator.bench.passes import Sums, is_long, time_clips, timed_passes, warm_up
from orchestrator.bench.prepare import Contender, now
from orchestrator.clips.audio.clips import Clip
from orchestrator.errors import RunnerFailed
from orchestrator.host.energy import Baseline
from orchestrator.host.monitor import Changes, Monitor
from orchestrator.host.resources import resources
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Detection, Failed, Measured, Passes, Settings
from orchestrator.runs.schema.plan import Cell
from runners import protocol

REPEATS = 3
AUTO = "auto"  # the language that stands for detecting it


@dataclass(frozen=True)
class Bench:
    """What every cell of a run shares."""

    machine: Machine
    monitor: Monitor
    folder: RunFolder
    settings: Settings
    clips: Playlist
    warm_ups: Sequence[Clip]
    watcher: Watcher
    energy: Baseline | None = None


def run_cell(bench: Bench, cell: Cell, contender: Contender, attempt: int = 1) -> Measured | Failed:
    """Run one runner process from spawn to exit; whatever it does becomes a row.

    What was measured across a sleep of the machine is no measurement, and is said to be none.
    """
    mark = bench.monitor.mark()
    row = _attempt(bench, cell, contender, attempt)
    seen = bench.monitor.since(mark)
    bench.folder.append_timeline(seen.samples)
    if isinstance(row, Failed) or seen.span.asleep_seconds:
        return row if isinstance(row, Failed) else _slept(row, seen)
    fields = {"condition": mark.condition, "changes": seen.found}
    return row.model_copy(update=fields)


def _attempt(bench: Bench, cell: Cell, contender: Contender, attempt: int) -> Measured | Failed:
    started_at = now()
    bench.watcher.phase(cell.backend, "starting")
    try:
        with Worker(launch(bench, cell, contender.backend), bench.machine) as worker:
            row = _measure(bench, cell, contender, worker, attempt)
            return row.model_copy(update={"started_at": started_at})
    except RunnerFailed as error:
        return Failed(
            backend=cell.backend,
            block=cell.block,
            attempt=attempt,
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
        attempt=row.attempt,
        started_at=row.started_at,
        kind="slept",
        reason=f"the machine slept for {asleep:.0f} s meanwhile: what was measured is discarded",
        fix="keep it awake (macOS: caffeinate -i; Linux: systemd-inhibit) and use --resume",
        model=row.model,
    )


def launch(bench: Bench, cell: Cell, backend: Backend) -> Launch:
    """Return how the cell's runner is started."""
    return launch_of(
        backend,
        log=bench.folder.log(cell.key),
        directory=bench.folder.work / cell.key,
        threads=bench.settings.threads,
        on_progress=lambda p: bench.watcher.phase(cell.backend, p.message, p.fraction),
    )


def _measure(
    bench: Bench, cell: Cell, contender: Contender, worker: Worker, attempt: int
) -> Measured:
    bench.watcher.phase(cell.backend, "loading")
    model, asked = Path(contender.model.path), options(bench.settings, contender.backend)
    loaded, load_seconds = worker.load(model, asked)
    bench.watcher.phase(cell.backend, "warming up")
    warmed = tuple(warm_up(worker, clip) for clip in bench.warm_ups)
    repeats = bench.settings.repeats or (1 if is_long(warmed) else REPEATS)
    bench.watcher.phase(cell.backend, "measuring")
    # Where decoding has to go on between batches, the chip's energy is not the engine's.
    meter = bench.energy if bench.clips.fits else None
    mark = meter.mark() if meter else None
    sums = _timed(bench, cell, worker, attempt, repeats)
    energy = meter.since(mark) if meter and mark else None
    used = resources(worker.pid)
    detection = _detection(bench, cell, contender, worker, repeats)
    worker.shutdown()
    return Measured(
        backend=cell.backend,
        block=cell.block,
        attempt=attempt,
        started_at=now(),
        model=contender.model,
        resolved=loaded.resolved,
        python=worker.ready.python,
        spawn_seconds=worker.spawn_seconds,
        import_seconds=worker.ready.import_seconds,
        load_seconds=load_seconds,
        warm_up=warmed,
        passes=repeats,
        resources=used,
        detection=detection,
        energy=energy,
        condition=bench.monitor.latest.condition,
        **asdict(sums),
    )


def _timed(bench: Bench, cell: Cell, worker: Worker, attempt: int, repeats: int) -> Sums:
    """Time the clips; each batch is on disk and on the screen before the next."""
    clips = bench.clips.corpus.clips
    with bench.folder.keeping(cell.key, attempt) as keep:

        def finished(batch: Sequence[Passes], sums: Sums) -> None:
            keep(batch)
            if clips > len(batch):
                bench.watcher.phase(cell.backend, "measuring", sums.clips / clips)

        # What ends a runner is what the robustness set is after: one case must not hide the others.
        hardy = bench.settings.robustness
        return time_clips(worker, bench.clips, repeats, finished, hardy=hardy)


def _detection(
    bench: Bench, cell: Cell, contender: Contender, worker: Worker, repeats: int
) -> Detection | None:
    """Time one clip in the same process without and with its language told, after all else."""
    clip = next((clip for clip in bench.clips if clip.language), None)
    backend = contender.backend
    if bench.settings.language != AUTO or not (backend.language and backend.detects and clip):
        return None
    bench.watcher.phase(cell.backend, "timing language detection")
    detecting = timed_passes(worker, clip, repeats)
    told = bench.settings.model_copy(update={"language": clip.language})
    worker.load(Path(contender.model.path), options(told, backend))
    for warming in bench.warm_ups:
        warm_up(worker, warming)
    telling = timed_passes(worker, clip, repeats)
    return Detection(
        clip=clip.name, detecting_seconds=detecting.seconds, told_seconds=telling.seconds
    )


def options(settings: Settings, backend: Backend) -> protocol.Options:
    """Return what a backend is asked to load and decode with."""
    told = settings.language if settings.language != AUTO else None
    return protocol.Options(
        # A runner refuses what it cannot honour.
        language=told if backend.language else None,
        threads=settings.threads,
        device=settings.device,
        precision=settings.precision,
        profile=settings.profile,
    )
