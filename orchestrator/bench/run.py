"""A run, as a list of steps: choose, announce, prepare, measure, summarise."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.analysis.summary import summarise
from orchestrator.backends.worker import DeclaredLoad, Machine
from orchestrator.bench import accuracy_passes, clip_source, prepare, provenance, selection, steps
from orchestrator.bench.announcement import announcement
from orchestrator.bench.blocks import Ended, run_blocks
from orchestrator.bench.cell import Bench
from orchestrator.bench.clip_list import write_disputed
from orchestrator.bench.contenders import nothing
from orchestrator.bench.events import Forecast, Watcher
from orchestrator.bench.exclusions import Exclusions, free_bytes
from orchestrator.bench.measurement import Measurement
from orchestrator.bench.preflight import check_requests, compile_first
from orchestrator.bench.prepare import Entrant
from orchestrator.bench.selection import Candidate, RunOptions
from orchestrator.clips import languages
from orchestrator.clips.audio.warm_up import warm_ups
from orchestrator.errors import UsageError, program, quoted
from orchestrator.host.energy import Baseline
from orchestrator.host.monitor import Monitor
from orchestrator.places import decoded_folder
from orchestrator.runs.folder import RunFolder, new_id, unless_refused
from orchestrator.runs.schema import Failed, Manifest, Row, Skipped, Summary
from orchestrator.runs.schema.plan import among
from orchestrator.runs.stored import IMPORTED, Run


@dataclass
class Outcome:
    """What a run has so far; a run that is interrupted is summarised from it."""

    manifest: Manifest
    rows: list[Row]
    ended: str = ""
    interrupted: bool = False


def run(options: RunOptions, watcher: Watcher) -> tuple[Summary, Path]:
    """Measure what is asked; return the summary and the run's folder.

    Raises UsageError, ConfigError and AudioError before anything is done, MachineBusy when another
    run holds the machine. Ctrl-C ends it early; the summary then covers the finished rows.
    """
    return _run(options, watcher, _new_folder(options), None)


def reproduce(
    stored: Run,
    output: Path | None,
    watcher: Watcher,
    *,
    only: Sequence[str] = (),
    decide: float | None = None,
) -> tuple[Summary, Path]:
    """Measure a stored run again as it was; return as `run`.

    With `only` its other contenders are left out; with `decide` there are as many blocks as such a
    difference takes. Raises UsageError where anything else about it cannot be the same, and where
    nothing was measured.
    """
    if not stored.manifest.backends:
        raise UsageError(
            f"{stored.name} ended before anything was measured",
            f"{program()} run --resume {quoted(stored.folder.path)}",
        )
    earlier = stored.manifest
    if only or decide is not None:
        earlier = provenance.narrowed(earlier, only, decide)
    provenance.require_backends(earlier)
    options = replace(
        provenance.options_of(stored.folder, output),
        settings=earlier.settings,
        contenders=earlier.contenders,
    )
    return _run(options, watcher, _new_folder(options), earlier)


def resume(path: Path, watcher: Watcher) -> tuple[Summary, Path]:
    """Go on with the cells that a stored run lacks, in the stored order; nothing is repeated.

    Raises UsageError also for a run of another machine.
    """
    if path.name.startswith(IMPORTED):
        raise UsageError(f"{path.name} was run on another machine", "start one here: run --all")
    options = provenance.options_of(RunFolder(path))
    if not options.contenders:
        raise UsageError(f"no backend could take part in {path.name}", "start one here: run --all")
    return run_in(path.resolve(), options, watcher)


def run_in(path: Path, options: RunOptions, watcher: Watcher) -> tuple[Summary, Path]:
    """Measure into this folder, or go on with the run in it as it was planned; raise as `run`."""
    folder = RunFolder(path)
    if not folder.has_manifest:
        return _run(options, watcher, path, None)
    stored = folder.manifest()
    provenance.require_backends(stored)
    planned = replace(options, settings=stored.settings, contenders=stored.contenders)
    return _run(planned, watcher, path, stored if stored.backends else None)


def _new_folder(options: RunOptions) -> Path:
    return (options.output or Path("results")).resolve() / new_id()


def _run(
    options: RunOptions, watcher: Watcher, path: Path, earlier: Manifest | None
) -> tuple[Summary, Path]:
    clip_source.require(options)
    chosen, skipped = selection.candidates(options)
    selection.ranked(options.settings, chosen, skipped)  # before a corpus is decoded
    fresh = not path.exists()
    with Machine() as machine, clip_source.clips(options, watcher, chosen) as gathered:
        settings = clip_source.settled(options.settings, gathered)
        spoken = languages.spoken(settings.language, gathered.corpus.languages)
        chosen, unable = selection.speaking(chosen, spoken)
        skipped += unable
        ranked = selection.ranked(settings, chosen, skipped)
        clip_source.require_terms(options.contenders, settings)
        warm = warm_ups(gathered, decoded_folder())
        noises = clip_source.noises(settings, watcher)
        if earlier is None:
            settings = settings.model_copy(update={"plan": among(settings.plan, len(ranked))})
        chosen = steps.sized(chosen)
        if not watcher.planned(announcement(options, settings, chosen, gathered.corpus)):
            raise UsageError("not begun", "repeat fewer options, or set a limit: --budget 30m")
        with unless_refused(path), RunFolder(path) as folder, Monitor() as monitor:
            clips = gathered.moved(folder.clips_file)
            bench = Bench(machine, folder, watcher, monitor, settings, clips, warm, noises)
            outcome = Outcome(_manifest(bench, options, chosen), list(folder.rows()))
            with _interruptible(outcome):
                _work(bench, outcome, options, (chosen, skipped), earlier)
                if fresh and outcome.rows and all(isinstance(r, Skipped) for r in outcome.rows):
                    raise nothing(r for r in outcome.rows if isinstance(r, Skipped))
            return _summary(bench, outcome), path


def _manifest(bench: Bench, options: RunOptions, chosen: Sequence[Candidate]) -> Manifest:
    """Write what is known of a run before its preparation; return it, or what was stored before."""
    if bench.folder.has_manifest:
        return bench.folder.manifest()
    names = [candidate.contender.name for candidate in chosen]
    manifest = provenance.manifest(bench, options.contenders, names)
    bench.folder.write(manifest)
    return manifest


def _work(
    bench: Bench,
    outcome: Outcome,
    options: RunOptions,
    taking_part: tuple[list[Candidate], list[Skipped]],
    earlier: Manifest | None,
) -> None:
    """Prepare, then measure block by block."""
    chosen, skipped = taking_part
    if not outcome.rows:
        _keep(bench, outcome, skipped)
    prepared = prepare.ready(chosen, bench.watcher)
    check_requests(bench, prepared)
    compile_first(bench, prepared)
    known = {row.contender for row in outcome.rows}
    _keep(bench, outcome, [fault for fault in prepared.faults if fault.contender not in known])
    failed = any(isinstance(fault, Failed) for fault in prepared.faults)
    entrants = [] if failed and options.fail_fast else prepared.entrants
    names = [e.name for e in entrants] or [c.contender.name for c in chosen]
    fresh = provenance.manifest(bench, options.contenders, names, entrants, prepared.record(chosen))
    if entrants and earlier is not None:
        provenance.require_same(earlier, fresh)
    if not outcome.manifest.backends:
        outcome.manifest = fresh
        bench.folder.write(fresh)
    if entrants:
        with _declared_load(bench):
            _measure(bench, outcome, entrants, fail_fast=options.fail_fast)
        accuracy_passes.run(bench, entrants, outcome.rows)


def _measure(
    bench: Bench, outcome: Outcome, entrants: Sequence[Entrant], *, fail_fast: bool
) -> None:
    """Run the blocks; every row is on disk before the next cell starts."""
    by_name = {entrant.name: entrant for entrant in entrants}
    exclusions = Exclusions(bench.settings, free_bytes())
    for row in outcome.rows:
        exclusions.learn(row)
    measure = Measurement(bench, by_name, exclusions, Baseline.here())
    for event in run_blocks(bench.settings, list(by_name), outcome.rows, measure):
        if isinstance(event, Ended):
            outcome.ended = event.why
            return
        if isinstance(event, Forecast):
            bench.watcher.forecast(event)
            continue
        _keep(bench, outcome, [event])
        if fail_fast and isinstance(event, Failed):
            outcome.ended = f"{event.contender} failed (--fail-fast)"
            return


def _keep(bench: Bench, outcome: Outcome, new: Sequence[Row]) -> None:
    """Put rows on disk first, then tell of them."""
    for row in new:
        bench.folder.append(row)
        outcome.rows.append(row)
        bench.watcher.row(row)


def _summary(bench: Bench, outcome: Outcome) -> Summary:
    summary = summarise(
        outcome.manifest,
        outcome.rows,
        bench.folder,
        ended=outcome.ended,
        interrupted=outcome.interrupted,
    )
    bench.folder.write(summary)
    if not bench.settings.references and summary.disputed:
        write_disputed(summary, bench.clips, bench.folder.path / "disputed")
    return summary


@contextmanager
def _interruptible(outcome: Outcome) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        outcome.interrupted = True
        outcome.ended = "interrupted"


def _declared_load(bench: Bench) -> DeclaredLoad | nullcontext[None]:
    if bench.settings.load is None:
        return nullcontext()
    return DeclaredLoad(bench.settings.load, bench.folder.log("declared-load"), bench.machine)
