"""The life of one cell: spawn, load, warm up, timed passes, memory, shutdown; always one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.audio.clips import Clip
from orchestrator.backends import Backend
from orchestrator.errors import RunnerFailed
from orchestrator.host.memory import peak_bytes
from orchestrator.plan import Cell
from orchestrator.prepare import Contender, now
from orchestrator.results import Failed, Measured, Passes, SegmentText, Settings
from orchestrator.store import RunFolder
from orchestrator.watch import Watcher
from orchestrator.worker import Launch, Machine, Worker, log_tail, python_command
from runners import protocol

REPEATS = 3
_LONG_PASS_SECONDS = 5.0  # a pass this long averages the machine's noise by itself


@dataclass(frozen=True)
class Bench:
    """What every cell of a run shares."""

    machine: Machine
    folder: RunFolder
    settings: Settings
    clips: Sequence[Clip]
    warm_up: Clip
    watcher: Watcher


def run_cell(bench: Bench, cell: Cell, contender: Contender) -> Measured | Failed:
    """Run one runner process from spawn to exit; whatever it does becomes a row."""
    started_at = now()
    log = bench.folder.log(cell.key)
    bench.watcher.phase(cell.backend, "starting")
    try:
        with Worker(_launch(bench, cell, contender.backend), bench.machine) as worker:
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
            log_tail=log_tail(log),
            model=contender.model,
        )


def _launch(bench: Bench, cell: Cell, backend: Backend) -> Launch:
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
    loaded, load_seconds = worker.load(
        Path(contender.model.path), _options(bench.settings, contender.backend)
    )
    bench.watcher.phase(cell.backend, "warming up")
    _, first = worker.transcribe(bench.warm_up.pcm, bench.warm_up.samples)
    repeats = bench.settings.repeats or (1 if first > _LONG_PASS_SECONDS else REPEATS)
    bench.watcher.phase(cell.backend, "measuring")
    passes = tuple(_passes(worker, clip, repeats) for clip in bench.clips)
    peak = peak_bytes(worker.pid)
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
        warm_up_seconds=(first,),
        clips=passes,
        peak_memory_bytes=peak,
    )


def _options(settings: Settings, backend: Backend) -> protocol.Options:
    return protocol.Options(
        # Parakeet has no such setting, and a runner refuses what it cannot honour.
        language=settings.language if backend.family == "whisper" else None,
        threads=settings.threads,
        device=settings.device,
        profile=settings.profile,
    )


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
        first_segment_seconds=sorted(firsts)[len(firsts) // 2] if firsts else None,
        text=first.text,
        other_texts=tuple(text for text in texts if text != first.text),
        language=first.language,
        segments=tuple(SegmentText(start=s.start, end=s.end, text=s.text) for s in first.segments),
    )
