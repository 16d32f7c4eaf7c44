"""`run --sustain`: one backend without a pause, speed by minute: what heat does to it."""

import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from statistics import median

from orchestrator.backends.worker import Machine, Worker
from orchestrator.bench import clip_source, prepare, selection
from orchestrator.bench.cell import Bench
from orchestrator.bench.clip_list import Playlist
from orchestrator.bench.events import Watcher
from orchestrator.bench.prepare import Entrant
from orchestrator.bench.selection import RunOptions
from orchestrator.clips import languages
from orchestrator.clips.audio.warm_up import warm_ups
from orchestrator.errors import ModelError, UsageError
from orchestrator.host import Host
from orchestrator.host.monitor import Monitor
from orchestrator.places import decoded_folder
from orchestrator.runs.folder import RunFolder, new_id
from orchestrator.runs.schema import Minute, Skipped, ThrottleCurve

_MINUTE = 60.0
_Pass = tuple[float, float, float]  # when it began, its seconds, its seconds of audio


def run(asked: RunOptions, seconds: float, watcher: Watcher) -> tuple[ThrottleCurve, Path, bool]:
    """Transcribe the clips over and over for so long in one process; return speed by minute.

    Last is whether Ctrl-C ended it sooner. Raises what the backend's failure is.
    """
    clip_source.require(asked)
    chosen, skipped = selection.candidates(asked)
    if not chosen:
        raise _none(skipped)
    path = (asked.output or Path("results")).resolve() / new_id("sustained-")
    with Machine() as machine, clip_source.clips(asked, watcher, chosen) as gathered:
        settings = clip_source.settled(asked.settings, gathered)
        spoken = languages.spoken(settings.language, gathered.corpus.languages)
        chosen, skipped = selection.speaking(chosen, spoken)
        if not chosen:
            raise _none(skipped)
        warm = warm_ups(gathered, decoded_folder())
        with Monitor() as monitor, RunFolder(path) as folder:
            clips = gathered.moved(folder.clips_file)
            bench = Bench(machine, folder, watcher, monitor, settings, clips, warm)
            prepared = prepare.ready(chosen, watcher)
            if not prepared.entrants:
                fault = prepared.faults[0]
                raise ModelError(f"{fault.contender}: {fault.reason}")
            curve, interrupted = _measure(bench, prepared.entrants[0], seconds)
            folder.write(curve)
    return curve, path, interrupted


def _none(skipped: Sequence[Skipped]) -> UsageError:
    return UsageError(f"{skipped[0].contender}: {skipped[0].reason}")


def _measure(bench: Bench, entrant: Entrant, seconds: float) -> tuple[ThrottleCurve, bool]:
    mark = bench.monitor.mark()
    with bench.runner(entrant, block=1) as worker:
        bench.watcher.phase(entrant.name, "loading")
        loaded, _ = bench.load(entrant, worker)
        for clip in bench.warm_ups:
            worker.transcribe(clip.pcm, clip.samples)
        bench.watcher.phase(entrant.name, f"measuring for {seconds:.0f} s")
        passes, interrupted = _passes(worker, bench.clips, seconds)
        if not interrupted:
            worker.shutdown()
    seen = bench.monitor.since(mark)
    bench.folder.append_timeline(seen.samples)
    curve = ThrottleCurve(
        run_id=bench.folder.path.name,
        host=Host.here(),
        settings=bench.settings,
        contender=entrant.name,
        backend=entrant.backend.name,
        model=entrant.model,
        resolved=loaded.resolved,
        minutes=tuple(_minutes(passes)),
        changes=seen.found,
    )
    return curve, interrupted


def _passes(worker: Worker, clips: Playlist, seconds: float) -> tuple[list[_Pass], bool]:
    """Return the passes, and whether Ctrl-C ended them; raise it where there is none yet."""
    started = time.monotonic()
    found: list[_Pass] = []
    try:
        while True:
            for clip in (clip for batch in clips.batches() for clip in batch):
                began = time.monotonic() - started
                if began >= seconds and found:
                    return found, False
                found.append((began, worker.transcribe(clip.pcm, clip.samples)[1], clip.seconds))
    except KeyboardInterrupt:
        if not found:
            raise
        return found, True


def _minutes(passes: Sequence[_Pass]) -> list[Minute]:
    """Group passes by the minute they began in."""
    by_minute = groupby(passes, key=lambda one: int(one[0] // _MINUTE))
    return [_minute(number, list(group)) for number, group in by_minute]


def _minute(number: int, passes: Sequence[_Pass]) -> Minute:
    return Minute(
        minute=number + 1,
        passes=len(passes),
        seconds=median(seconds for _, seconds, _ in passes),
        rtfx=sum(audio for _, _, audio in passes) / sum(seconds for _, seconds, _ in passes),
    )
