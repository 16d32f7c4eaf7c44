"""The timed passes of one cell: every clip in order; a clip that fails is counted, not lost."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median

from orchestrator.analysis.warnings import WARM_UPS, warm_up_is_steady
from orchestrator.backends.worker import Worker
from orchestrator.bench.clip_list import Playlist
from orchestrator.clips.audio.clips import Clip
from orchestrator.errors import Refused, RunnerFailed
from orchestrator.runs.schema import Passes, SegmentText, WarmUp
from runners.protocol import Segment, Transcript

Answer = tuple[Transcript, float]
"""What a runner said to one pass, and the seconds it took."""

_LONG_SECONDS = 5.0  # a pass this long averages the machine's noise by itself
_WARMING_SECONDS = 1.5  # a pass this long warms up all there is to warm


@dataclass
class Sums:
    """What a row says of its passes; the passes themselves are on disk."""

    clips: int = 0
    failed_clips: int = 0
    audio_seconds: float = 0.0
    seconds: float = 0.0
    first_passes: tuple[float, ...] = ()

    def add(self, clip: Clip, passes: Passes) -> None:
        """Count one clip; one that failed has no time."""
        self.clips += 1
        if passes.failed is not None:
            self.failed_clips += 1
            return
        self.audio_seconds += clip.seconds
        self.seconds += median(passes.seconds)
        self.first_passes = self.first_passes or passes.seconds


def warm_up(worker: Worker, clip: Clip) -> WarmUp:
    """Repeat until two times agree, five times at most, or once where it takes long; keep all."""
    times: list[float] = []
    while len(times) < WARM_UPS and not warm_up_is_steady(times):
        times.append(worker.transcribe(clip.pcm, clip.samples)[1])
        if times[-1] > _WARMING_SECONDS:
            break
    return WarmUp(audio_seconds=clip.seconds, seconds=tuple(times))


def is_long(warmed: Sequence[WarmUp]) -> bool:
    """Tell whether one pass over the longest kind of clip is enough."""
    return warmed[-1].seconds[-1] > _LONG_SECONDS


class Tally:
    """One process's passes as they come: of a clip, of a batch, and the sums of all."""

    def __init__(self) -> None:
        self.sums = Sums()
        self.rounds: list[float] = []  # seconds of all clips by the number of the pass
        self._answers: list[Answer] = []
        self._refused: RunnerFailed | None = None  # the clip
        self._first: RunnerFailed | None = None  # why the first clip failed that did
        self._batch: list[Passes] = []

    def take(self, worker: Worker, clip: Clip) -> None:
        """Time one pass more of a clip, unless the engine has refused it; raise RunnerFailed."""
        if self._refused is None:
            try:
                self._answers.append(worker.transcribe(clip.pcm, clip.samples))
            except Refused as error:
                self.refuse(error)

    def refuse(self, error: RunnerFailed) -> None:
        """Count the clip as failed."""
        self._refused = error
        self._first = self._first or error

    def close(self, clip: Clip) -> None:
        """End a clip; between passes nothing is drawn or written."""
        if self._refused:
            passes = failed(clip.name, self._refused)
        else:
            passes = passes_of(clip.name, self._answers)
            self.rounds = [
                sum(both) for both in zip_longest(self.rounds, passes.seconds, fillvalue=0.0)
            ]
        self.sums.add(clip, passes)
        self._batch.append(passes)
        self._answers, self._refused = [], None

    def batch(self) -> list[Passes]:
        """Return the clips since the last call."""
        batch, self._batch = self._batch, []
        return batch

    def result(self) -> Sums:
        """Return the sums; raise RunnerFailed where every clip failed."""
        if self._first and self.sums.failed_clips == self.sums.clips:
            raise self._first
        return self.sums


def time_clips(
    worker: Worker,
    clips: Playlist,
    repeats: int,
    keep: Callable[[Sequence[Passes], Sums], None],
    *,
    hardy: bool = False,
) -> Sums:
    """Time every clip `repeats` times; `keep` is given each batch between two of them.

    Raises RunnerFailed when it fails at every clip, and when the runner ends; `hardy` goes on in
    another process then, having lost this clip.
    """
    tally = Tally()
    for batch in clips.batches():
        for clip in batch:
            try:
                for _ in range(repeats):
                    tally.take(worker, clip)
            except RunnerFailed as error:
                if not hardy:
                    raise
                worker.start_again()
                tally.refuse(error)
            tally.close(clip)
        keep(tally.batch(), tally.sums)
    return tally.result()


def timed_passes(worker: Worker, clip: Clip, repeats: int) -> Passes:
    """Time one clip `repeats` times in a row."""
    return passes_of(clip.name, [worker.transcribe(clip.pcm, clip.samples) for _ in range(repeats)])


def passes_of(clip: str, answers: Sequence[Answer]) -> Passes:
    """Return what a run stores of the answers to a clip."""
    transcripts = [transcript for transcript, _ in answers]
    first = transcripts[0]
    texts = dict.fromkeys(t.text for t in transcripts)
    firsts = [t.first_segment_seconds for t in transcripts if t.first_segment_seconds is not None]
    return Passes(
        clip=clip,
        seconds=tuple(seconds for _, seconds in answers),
        runner_seconds=tuple(t.seconds for t in transcripts),
        first_segment_seconds=median(firsts) if firsts else None,
        text=first.text,
        other_texts=tuple(text for text in texts if text != first.text),
        language=first.language,
        segments=segment_texts(first.segments),
        words=None if first.words is None else segment_texts(first.words),
    )


def segment_texts(pieces: Iterable[Segment]) -> tuple[SegmentText, ...]:
    """Return pieces of a transcript, with their times, as a run stores them."""
    return tuple(SegmentText(start=p.start, end=p.end, text=p.text) for p in pieces)


def failed(clip: str, error: RunnerFailed) -> Passes:
    """Return what a run stores of a clip that an engine failed at."""
    return Passes(
        clip=clip,
        failed=f"{error.kind}: {error}",
        seconds=(),
        runner_seconds=(),
        first_segment_seconds=None,
        text="",
        other_texts=(),
        language=None,
        segments=(),
    )
