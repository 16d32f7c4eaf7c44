"""A cell whose process has the machine to itself, from start to exit; always one row."""

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.bench.cell import Attempt, Bench
from orchestrator.bench.exclusions import idle_processors
from orchestrator.bench.passes import Sums, time_clips
from orchestrator.bench.prepare import Entrant
from orchestrator.bench.session import Session, Used
from orchestrator.errors import RunnerFailed
from orchestrator.host.energy import Baseline
from orchestrator.runs.schema import Passes, Row
from orchestrator.runs.schema.plan import Cell


def run_cell(  # noqa: PLR0913 - a cell, and how it is measured
    bench: Bench,
    cell: Cell,
    entrant: Entrant,
    number: int = 1,
    idle: Baseline | None = None,
    *,
    watched: bool = False,
) -> Row:
    """Run one runner process; whatever it does becomes a row.

    Energy is counted above the `idle` machine's. A process that is `watched` is left idle for a
    moment, to see whether it then is.
    """
    attempt = Attempt.begin(bench, cell, entrant, number)
    bench.watcher.phase(cell.contender, "starting")
    try:
        with bench.runner(entrant, cell.block) as worker:
            session = Session.begin(bench, attempt, worker)
            sums, used = _measure(bench, session, idle, watched=watched)
    except RunnerFailed as error:
        return attempt.fault(bench, error, bench.seen_since(attempt.began))
    return session.row(sums, used, bench.seen_since(attempt.began))


def _measure(
    bench: Bench, session: Session, idle: Baseline | None, *, watched: bool
) -> tuple[Sums, Used]:
    bench.watcher.phase(session.attempt.cell.contender, "measuring")
    # Where decoding has to go on between batches, the chip's energy is not the engine's.
    remote = session.attempt.entrant.backend.remote
    meter = idle if bench.clips.fits and not remote else None
    mark = meter.mark() if meter else None
    sums = _timed(bench, session)
    energy = meter.since(mark) if meter and mark else None
    busy = idle_processors(session.worker.pid) if watched else None
    return sums, replace(session.end(bench, meter), energy=energy, idle_processors=busy)


def _timed(bench: Bench, session: Session) -> Sums:
    """Time the clips; each batch is on disk and on the screen before the next."""
    cell, clips = session.attempt.cell, bench.clips.corpus.clips
    with bench.folder.keeping(cell.key, session.attempt.number) as keep:

        def finished(batch: Sequence[Passes], sums: Sums) -> None:
            keep(batch)
            if clips > len(batch):
                bench.watcher.phase(cell.contender, "measuring", sums.clips / clips)

        # What ends a runner is what the robustness set is after: one case must not hide the others.
        hardy = bench.settings.robustness
        return time_clips(session.worker, bench.clips, session.repeats, finished, hardy=hardy)
