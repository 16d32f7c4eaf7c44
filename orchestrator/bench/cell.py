"""The life of one cell: spawn, load, warm up, timed passes, resources, shutdown; always one row."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec

from orchestrator.analysis.warnings import LANGUAGE_REFUSED
from orchestrator.backends.worker import Worker, log_tail
from orchestrator.bench.clip_list import Playlist
from orchestrator.bench.passes import Sums, is_long, time_clips, timed_passes, warm_up
from orchestrator.bench.prepare import Entrant, Runners, now, skipped
from orchestrator.clips import languages
from orchestrator.clips.audio.clips import Clip
from orchestrator.errors import Refused, RunnerFailed, program
from orchestrator.host.energy import Baseline
from orchestrator.host.monitor import Monitor
from orchestrator.host.resources import resources
from orchestrator.host.sample import Sample
from orchestrator.runs.schema import Detection, Failed, Measured, Passes, Settings, Skipped
from orchestrator.runs.schema.plan import Cell
from runners import protocol

REPEATS = 3


@dataclass(frozen=True)
class Bench(Runners):
    """What every cell of a run shares."""

    monitor: Monitor
    settings: Settings
    clips: Playlist
    warm_ups: Sequence[Clip]

    def runner(self, entrant: Entrant, block: int = 0) -> Worker:
        """Return a contender's runner in a block."""
        return self.start(entrant.backend, Cell(block, entrant.name), entrant.contender.threads)

    def load(self, entrant: Entrant, worker: Worker) -> tuple[protocol.Loaded, float]:
        """Load a contender's model as the run asks; return the reply and its seconds."""
        return worker.load(entrant.model.path, options(self.settings, entrant))


@dataclass(frozen=True)
class _Attempt:
    """One cell as it is tried: by whom, for the how manieth time, and since when."""

    cell: Cell
    entrant: Entrant
    number: int
    started_at: str
    began: Sample

    def failed(
        self, kind: str, reason: str, fix: str, detail: str = "", log_tail: str = ""
    ) -> Failed:
        """Return the row of an attempt that was not finished."""
        return Failed(
            contender=self.cell.contender,
            backend=self.entrant.backend.name,
            block=self.cell.block,
            attempt=self.number,
            started_at=self.started_at,
            kind=kind,
            reason=reason,
            fix=fix,
            detail=detail,
            log_tail=log_tail,
            model=self.entrant.model,
        )

    def slept(self, seconds: float) -> Failed:
        """Return the row of an attempt during which the machine slept."""
        reason = f"the machine slept for {seconds:.0f} s meanwhile: what was measured is discarded"
        fix = "keep it awake (macOS: caffeinate -i; Linux: systemd-inhibit) and use --resume"
        return self.failed("slept", reason, fix)


def run_cell(
    bench: Bench, cell: Cell, entrant: Entrant, number: int = 1, idle: Baseline | None = None
) -> Measured | Failed | Skipped:
    """Run one runner process from spawn to exit; whatever it does becomes a row.

    What was measured across a sleep of the machine is no measurement, and is said to be none.
    Energy is counted above the `idle` machine's.
    """
    began = bench.monitor.mark()
    attempt = _Attempt(cell, entrant, number, now(), began)
    bench.watcher.phase(cell.contender, "starting")
    try:
        with bench.runner(entrant, cell.block) as worker:
            return _measure(bench, attempt, worker, idle)
    except RunnerFailed as error:
        seen = bench.monitor.since(began)
        bench.folder.append_timeline(seen.samples)
        if error.kind == "hung" and (stop := next((c for c in seen.found if c.interrupting), None)):
            # It was we who let a deadline pass.
            return attempt.failed(stop.kind, stop.message, f"{program()} run --resume")
        if isinstance(error, Refused) and error.kind == "unsupported" and entrant.contender.asks:
            return skipped(entrant.contender, str(error))  # asked for, and not to be had here
        tail = log_tail(bench.folder.log(cell.key))
        return attempt.failed(error.kind, str(error), error.fix, error.detail, tail)


def _measure(
    bench: Bench, attempt: _Attempt, worker: Worker, idle: Baseline | None
) -> Measured | Failed:
    cell, entrant = attempt.cell, attempt.entrant
    bench.watcher.phase(cell.contender, "loading")
    loaded, load_seconds = _load(bench, entrant, worker)
    bench.watcher.phase(cell.contender, "warming up")
    warmed = tuple(warm_up(worker, clip) for clip in bench.warm_ups)
    repeats = bench.settings.repeats or (1 if is_long(warmed) else REPEATS)
    bench.watcher.phase(cell.contender, "measuring")
    # Where decoding has to go on between batches, the chip's energy is not the engine's.
    meter = idle if bench.clips.fits else None
    mark = meter.mark() if meter else None
    sums = _timed(bench, attempt, worker, repeats)
    energy = meter.since(mark) if meter and mark else None
    used = resources(worker.pid)
    detection = _finished(bench, cell, entrant, worker, repeats)
    seen = bench.monitor.since(attempt.began)
    bench.folder.append_timeline(seen.samples)
    if asleep := seen.span.asleep_seconds:
        return attempt.slept(asleep)
    return Measured(
        contender=cell.contender,
        backend=entrant.backend.name,
        block=cell.block,
        attempt=attempt.number,
        started_at=attempt.started_at,
        model=entrant.model,
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
        condition=attempt.began.condition,
        changes=seen.found,
        **asdict(sums),
    )


def _load(bench: Bench, entrant: Entrant, worker: Worker) -> tuple[protocol.Loaded, float]:
    """Load the model; an engine that lacks the language is given none, and its row says so."""
    backend, name = entrant.backend, entrant.model.name
    try:
        return bench.load(entrant, worker)
    except Refused as error:
        # What knows English only would write down German as English: that is no measurement.
        only_english = name.endswith(".en")
        asked = options(bench.settings, entrant)
        may_detect = asked.language is not None and backend.detects and not only_english
        if error.kind != "unsupported" or not may_detect:
            raise
        refusal = str(error).partition(";")[0]  # without the hundred languages that there are
    # In a process of its own: the refused load may have left another copy of the weights behind.
    loaded, seconds = worker.start_again(msgspec.structs.replace(asked, language=None))
    resolved = {**loaded.resolved, "language": None, LANGUAGE_REFUSED: refusal}
    return msgspec.structs.replace(loaded, resolved=resolved), seconds


def _timed(bench: Bench, attempt: _Attempt, worker: Worker, repeats: int) -> Sums:
    """Time the clips; each batch is on disk and on the screen before the next."""
    cell, clips = attempt.cell, bench.clips.corpus.clips
    with bench.folder.keeping(cell.key, attempt.number) as keep:

        def finished(batch: Sequence[Passes], sums: Sums) -> None:
            keep(batch)
            if clips > len(batch):
                bench.watcher.phase(cell.contender, "measuring", sums.clips / clips)

        # What ends a runner is what the robustness set is after: one case must not hide the others.
        hardy = bench.settings.robustness
        return time_clips(worker, bench.clips, repeats, finished, hardy=hardy)


def _finished(
    bench: Bench, cell: Cell, entrant: Entrant, worker: Worker, repeats: int
) -> Detection | None:
    """Time how long detecting the language takes, which never costs the row; end the process."""
    try:
        detection = _detection(bench, cell, entrant, worker, repeats)
    except RunnerFailed as error:
        bench.watcher.notice(f"{cell.contender}: detecting the language was not timed: {error}")
        return None
    worker.shutdown()
    return detection


def _detection(
    bench: Bench, cell: Cell, entrant: Entrant, worker: Worker, repeats: int
) -> Detection | None:
    """Time one clip in the same process without and with its language told, after all else."""
    clip = next((clip for clip in bench.clips if clip.language), None)
    backend = entrant.backend
    detects = bench.settings.language == languages.AUTO and backend.language and backend.detects
    if not detects or clip is None:
        return None
    bench.watcher.phase(cell.contender, "timing language detection")
    detecting = timed_passes(worker, clip, repeats)
    told = bench.settings.model_copy(update={"language": clip.language})
    worker.load(entrant.model.path, options(told, entrant))
    for warming in bench.warm_ups:
        warm_up(worker, warming)
    telling = timed_passes(worker, clip, repeats)
    return Detection(
        clip=clip.name, detecting_seconds=detecting.seconds, told_seconds=telling.seconds
    )


def options(settings: Settings, entrant: Entrant) -> protocol.Options:
    """Return what a contender is asked to load and decode with."""
    told = settings.language if settings.language != languages.AUTO else None
    backend, contender = entrant.backend, entrant.contender
    return protocol.Options(
        # A runner refuses what it cannot honour.
        language=languages.called(told, backend.family) if told and backend.language else None,
        threads=contender.threads,
        device=contender.device,
        precision=contender.precision,
        profile=settings.profile,
        extra=contender.settings,
    )
