"""A run, as a list of steps: choose, announce, prepare, measure, summarise."""

import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from orchestrator import plan, prepare
from orchestrator.audio import clips as audio
from orchestrator.audio.clips import Clip
from orchestrator.cell import Bench, run_cell
from orchestrator.environments import packages
from orchestrator.estimate import estimate_seconds
from orchestrator.host import Condition, Host
from orchestrator.models.store import cache_folder
from orchestrator.prepare import Candidate, Contender, RunOptions
from orchestrator.results import (
    ClipRecord,
    Failed,
    Manifest,
    Measured,
    Package,
    Provenance,
    Settings,
    Skipped,
    Summary,
)
from orchestrator.store import RunFolder
from orchestrator.summary import summarise
from orchestrator.watch import Announcement, Watcher
from orchestrator.worker import Machine

Rows = list[Measured | Failed | Skipped]


def run(options: RunOptions, watcher: Watcher) -> tuple[Summary, Path]:
    """Measure what is asked; return the summary and the run's folder.

    Raises UsageError, ConfigError and AudioError before anything is done, MachineBusy when another
    run holds the machine. Ctrl-C ends it early; the summary then covers the finished rows.
    """
    chosen, skipped = prepare.candidates(options)
    clips, warm_up = _load_clips(options)
    with Machine() as machine:
        watcher.planned(_announcement(options, chosen, clips))
        with RunFolder(_new_folder(options)) as folder:
            bench = Bench(machine, folder, _settled(options, clips), clips, warm_up, watcher)
            return _run(bench, options, chosen, skipped), folder.path


def _run(
    bench: Bench, options: RunOptions, chosen: list[Candidate], skipped: list[Skipped]
) -> Summary:
    rows: Rows = []
    interrupted = False
    try:
        _keep(bench, rows, skipped)
        contenders, faults = prepare.ready(chosen, bench.watcher)
        _keep(bench, rows, faults)
        if not (faults and options.fail_fast):
            order = list(plan.cells([c.backend.name for c in contenders], *_blocks(bench)))
            bench.folder.write(_manifest(bench, order, contenders))
            _measure(bench, rows, order, contenders, fail_fast=options.fail_fast)
    except KeyboardInterrupt:
        interrupted = True
    blank = Summary(
        run_id=bench.folder.path.name,
        host=Host.here(),
        settings=bench.settings,
        clips=tuple(_record(clip) for clip in bench.clips),
        backends=(),
        interrupted=interrupted,
    )
    summary = summarise(blank, rows)
    bench.folder.write(summary)
    return summary


def _measure(
    bench: Bench,
    rows: Rows,
    order: Iterable[plan.Cell],
    contenders: Sequence[Contender],
    *,
    fail_fast: bool,
) -> None:
    """Run the cells in order; a backend that failed is not started again in later blocks."""
    by_name = {c.backend.name: c for c in contenders}
    failed: set[str] = set()
    for cell in order:
        if cell.backend in failed:
            continue
        row = run_cell(bench, cell, by_name[cell.backend])
        _keep(bench, rows, [row])
        if isinstance(row, Failed):
            failed.add(cell.backend)
            if fail_fast:
                return


def _keep(bench: Bench, rows: Rows, new: Iterable[Measured | Failed | Skipped]) -> None:
    """Put rows on disk first, then tell of them."""
    for row in new:
        bench.folder.append(row)
        rows.append(row)
        bench.watcher.row(row)


def _blocks(bench: Bench) -> tuple[int, int]:
    return bench.settings.blocks, bench.settings.seed


def _new_folder(options: RunOptions) -> Path:
    """Return a folder of its own for every run, sorted by start."""
    run_id = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(2)
    return (options.output or Path("results")).resolve() / run_id


def _load_clips(options: RunOptions) -> tuple[list[Clip], Clip]:
    decoded = cache_folder() / "decoded"
    language = options.settings.language
    clips = (
        audio.load_clips(options.clips, decoded, language=language)
        if options.clips
        else [audio.bundled(decoded)]
    )
    return clips, audio.warm_up(decoded)


def _settled(options: RunOptions, clips: Sequence[Clip]) -> Settings:
    """Fix the language where the clips agree on one: detecting it is extra work for an engine."""
    spoken = {clip.language for clip in clips}
    known = options.settings.language or (spoken.pop() if len(spoken) == 1 else None)
    return options.settings.model_copy(update={"language": known})


def _announcement(
    options: RunOptions, chosen: Sequence[Candidate], clips: Sequence[Clip]
) -> Announcement:
    seconds = sum(clip.seconds for clip in clips)
    return Announcement(
        steps=tuple(prepare.steps(chosen)),
        clips=len(clips),
        audio_seconds=seconds,
        blocks=options.settings.blocks,
        estimate_seconds=estimate_seconds(options, [c.backend.name for c in chosen], seconds),
    )


def _manifest(
    bench: Bench, order: Sequence[plan.Cell], contenders: Sequence[Contender]
) -> Manifest:
    return Manifest(
        run_id=bench.folder.path.name,
        version=metadata.version("whisper-cleanroom"),
        started_at=prepare.now(),
        host=Host.here(),
        condition=Condition.now(),
        uv=metadata.version("uv"),
        settings=bench.settings,
        order=tuple(cell.key for cell in order),
        clips=tuple(_record(clip) for clip in bench.clips),
        warm_up=_record(bench.warm_up),
        backends=tuple(_provenance(c) for c in contenders),
    )


def _provenance(contender: Contender) -> Provenance:
    folder = contender.backend.folder
    lock = folder / "uv.lock"
    return Provenance(
        backend=contender.backend.name,
        lock_sha256=hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None,
        library=contender.backend.library,
        packages=tuple(Package(name=n, version=v) for n, v in packages.installed(folder)),
        model=contender.model,
    )


def _record(clip: Clip) -> ClipRecord:
    return ClipRecord(**clip.model_dump(exclude={"pcm", "path"}), path=str(clip.path))
