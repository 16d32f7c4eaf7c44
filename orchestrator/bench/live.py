"""Audio that comes to exist while a process listens, at the speed of speech or faster."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from orchestrator.backends.worker import Arrival, Stream, Worker
from orchestrator.bench.cell import Attempt, Bench
from orchestrator.bench.events import Viewer
from orchestrator.bench.passes import segment_texts
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import Refused
from orchestrator.host.resources import cpu_seconds
from orchestrator.runs.schema import LivePass, Shown
from runners.protocol import Transcript

FEED_SECONDS = 0.1
"""How often a runner is told of new audio."""


class Audio(Protocol):
    """Audio that grows in a file, which has room for `samples` of it."""

    name: str
    pcm: Path
    samples: int
    level: float | None  # dBFS of its last tenth of a second, where that is known

    def begin(self) -> float:
        """Let it come to exist; return since when, a `time.monotonic()` value."""

    def moments(self) -> Iterator[tuple[float, int]]:
        """Yield when to look next, until it has ended, and how many samples will exist then."""

    def end(self) -> int:
        """Return how many samples there are after all."""


class Playback:
    """A clip, as if it were being spoken, at `pace` times the speed of speech."""

    level: float | None = None

    def __init__(self, clip: Clip, pace: float) -> None:
        self.name, self.pcm, self.samples = clip.name, clip.pcm, clip.samples
        self._pace = pace

    def begin(self) -> float:
        """Begin now."""
        self._began = time.monotonic()
        return self._began

    def moments(self) -> Iterator[tuple[float, int]]:
        """Yield every tenth of a second, and the end: of that the runner is told by `finish`."""
        step = max(1, round(FEED_SECONDS * self._pace * RATE))
        fed = 0
        for samples in [*range(step, self.samples, step), self.samples]:
            fed = samples if samples < self.samples else fed
            yield self._began + samples / RATE / self._pace, fed

    def end(self) -> int:
        """Return the samples of the clip."""
        return self.samples


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
        return follow(worker, Playback(clip, pace), Viewer())
    except Refused as error:
        return LivePass(clip=clip.name, failed=f"{error.kind}: {error}")


def follow(worker: Worker, audio: Audio, viewer: Viewer) -> LivePass:
    """Have a runner listen to audio from its beginning to its transcript.

    Raises RunnerFailed where it fails, Refused where it gives up, and as the audio does.
    """
    stream = worker.listen(audio.pcm, audio.samples)
    partials: list[Shown] = []
    viewer.begin()
    used, began = cpu_seconds(worker.pid), audio.begin()

    def take(arrival: Arrival) -> None:
        partials.append(_shown(arrival, began))
        viewer.partial(partials[-1])

    late = _feed(stream, audio, viewer, take)
    samples, ended = audio.end(), time.monotonic()
    transcript, final = _finish(stream, samples, worker.to_finish(samples), take)
    words = transcript.words
    return LivePass(
        clip=audio.name,
        resolved=stream.resolved,
        partials=tuple(partials),
        ended=ended - began,
        final=final - began,
        text=transcript.text,
        language=transcript.language,
        words=None if words is None else segment_texts(words),
        cpu_seconds=_since(used, cpu_seconds(worker.pid)),
        late_seconds=late,
    )


def _feed(stream: Stream, audio: Audio, viewer: Viewer, take: Callable[[Arrival], None]) -> float:
    """Tell of audio as it comes to exist; return the most that this was late, in seconds."""
    late, fed = 0.0, 0
    for due, samples in audio.moments():
        for arrival in stream.until(due):
            take(arrival)
        late = max(late, time.monotonic() - due)
        if samples > fed:
            stream.feed(fed := samples)
        viewer.moment(fed / RATE, audio.level)
    return late


def _finish(
    stream: Stream, samples: int, allowed: float, take: Callable[[Arrival], None]
) -> tuple[Transcript, float]:
    """Return the transcript, and when it came."""
    for item in stream.finish(samples, allowed):
        if not isinstance(item, Arrival):
            return item
        take(item)
    raise AssertionError("a stream is finished by a transcript, or by an error")


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
