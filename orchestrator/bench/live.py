"""Clips spoken to a process at the speed of speech, or faster: what it shows of them meanwhile."""

import time

from orchestrator.backends.worker import Arrival, Stream, Worker
from orchestrator.bench.cell import Attempt, Bench
from orchestrator.bench.passes import segment_texts
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import Refused
from orchestrator.host.resources import cpu_seconds
from orchestrator.runs.schema import LivePass, Shown
from runners.protocol import Transcript

FEED_SECONDS = 0.1
"""How often a runner is told of new audio."""


def speak_clips(bench: Bench, attempt: Attempt, worker: Worker) -> None:
    """Speak every clip once and keep what came; one that the engine refuses is a line too.

    Raises RunnerFailed where the runner ends, floods or hangs.
    """
    pace, name = bench.settings.pace, attempt.cell.contender
    if pace is None:
        return
    done, clips = 0, bench.clips.corpus.clips
    with bench.folder.keeping_live(attempt.cell.key, attempt.number) as keep:
        for batch in bench.clips.batches():
            for clip in batch:
                bench.watcher.phase(name, "listening", done / clips)
                keep([spoken(worker, clip, pace)])
                done += 1


def spoken(worker: Worker, clip: Clip, pace: float) -> LivePass:
    """Return what a runner shows of one clip."""
    try:
        stream = worker.listen(clip.pcm, clip.samples)
        return _followed(worker, stream, clip, pace)
    except Refused as error:
        return LivePass(clip=clip.name, failed=f"{error.kind}: {error}")


def _followed(worker: Worker, stream: Stream, clip: Clip, pace: float) -> LivePass:
    arrivals: list[Arrival] = []
    used, began, late = cpu_seconds(worker.pid), time.monotonic(), 0.0
    step = max(1, round(FEED_SECONDS * pace * RATE))
    for samples in [*range(step, clip.samples, step), clip.samples]:
        due = began + samples / RATE / pace
        arrivals += stream.until(due)
        late = max(late, time.monotonic() - due)
        if samples < clip.samples:
            stream.feed(samples)
    ended = time.monotonic()
    answer: tuple[Transcript, float] | None = None
    for item in stream.finish(clip.samples, worker.to_finish(clip.samples)):
        if isinstance(item, Arrival):
            arrivals.append(item)
        else:
            answer = item
    assert answer is not None  # noqa: S101 - else `finish` raises
    transcript, final = answer
    words = transcript.words
    return LivePass(
        clip=clip.name,
        resolved=stream.resolved,
        partials=tuple(_shown(arrival, began) for arrival in arrivals),
        ended=ended - began,
        final=final - began,
        text=transcript.text,
        language=transcript.language,
        words=None if words is None else segment_texts(words),
        cpu_seconds=_since(used, cpu_seconds(worker.pid)),
        late_seconds=late,
    )


def _shown(arrival: Arrival, began: float) -> Shown:
    partial = arrival.partial
    return Shown(
        at=arrival.at - began,
        stands=partial.stands,
        may_change=partial.may_change,
        heard=partial.heard / RATE,
    )


def _since(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else now - before
