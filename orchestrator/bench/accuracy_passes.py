"""Passes for accuracy alone, after all blocks: one process a contender hears clips once more.

Nothing of them is in a time: words with their times cost an engine more, and so does noise.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from orchestrator.backends.worker import Worker
from orchestrator.bench import session
from orchestrator.bench.cell import Bench
from orchestrator.bench.passes import failed, passes_of
from orchestrator.bench.prepare import Entrant
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.noise import Noises
from orchestrator.errors import Refused, RunnerFailed
from orchestrator.runs.run_files import NOISE_PASSES, WORD_PASSES
from orchestrator.runs.schema import ListeningCondition, Measured, Passes, Row
from orchestrator.runs.schema.plan import Cell

_MOST_DEATHS = 3  # of a contender's processes, before its other clips count as failed too


class Heard(NamedTuple):
    """A clip to be heard: its name as it is stored, its samples, and how far the contender is.

    `audio` is the file with the samples for as long as it is entered.
    """

    name: str
    audio: AbstractContextManager[Path]
    samples: int
    done: float


def run(bench: Bench, entrants: Sequence[Entrant], rows: Sequence[Row]) -> None:
    """Have every contender that was measured do what is asked beside, unless it has done so."""
    measured = {row.contender for row in rows if isinstance(row, Measured)}
    for entrant in entrants:
        if entrant.name not in measured:
            continue
        if bench.settings.word_times:
            _Pass(bench, entrant, WORD_PASSES, "timing words", words=True).run(_timed(bench))
        if noises := bench.noises:
            _Pass(bench, entrant, NOISE_PASSES, "listening in noise").run(_noisy(bench, noises))


def _timed(bench: Bench) -> Iterator[Heard]:
    """Yield the clips whose words have known times."""
    known, done, clips = bench.folder.word_times(), 0, bench.clips.corpus.clips
    for batch in bench.clips.batches():
        for clip, truth in zip(batch, known, strict=False):
            if truth.words:
                yield Heard(clip.name, nullcontext(clip.pcm), clip.samples, done / clips)
            done += 1


def _noisy(bench: Bench, noises: Noises) -> Iterator[Heard]:
    """Yield each clip that has a reference under every condition.

    A file is never written again: a runner may still have the one before in its memory.
    """
    conditions = list(bench.settings.noise.each()) if bench.settings.noise else []
    done, parts = 0, bench.clips.corpus.clips * len(conditions)
    for batch in bench.clips.batches():
        for clip in batch:
            for condition in conditions if clip.reference is not None else ():
                audio = _mixed(bench.folder.work / f"noise-{done}.f32", noises, clip, condition)
                yield Heard(clip.name, audio, clip.samples, done / parts)
                done += 1


@contextmanager
def _mixed(pcm: Path, noises: Noises, clip: Clip, condition: ListeningCondition) -> Iterator[Path]:
    """Write a clip as it is heard under a condition, and remove the file at the end."""
    pcm.parent.mkdir(parents=True, exist_ok=True)
    noises.heard(clip, condition).astype("<f4").tofile(pcm)
    try:
        yield pcm
    finally:
        pcm.unlink()


@dataclass
class _Pass:
    """One contender's process, and where what it hears is stored: whole, or not at all."""

    bench: Bench
    entrant: Entrant
    kind: str
    doing: str
    words: bool = False
    deaths: list[RunnerFailed] = field(default_factory=list)

    def run(self, clips: Iterable[Heard]) -> None:
        """Start it and have it hear every clip; what it fails at is stored as failed."""
        name, folder = self.entrant.name, self.bench.folder
        if folder.has_accuracy(self.kind, name):
            return
        self.bench.watcher.phase(name, self.doing)
        try:
            with self._start() as worker:
                self._load(worker)
                folder.write_accuracy(self.kind, name, self._heard(worker, clips))
                if len(self.deaths) < _MOST_DEATHS:
                    worker.shutdown()
        except RunnerFailed as error:
            self.bench.watcher.notice(f"{name}: {self.doing}: {error}")

    def _start(self) -> Worker:
        cell = Cell(0, f"{self.kind}-{self.entrant.name}")
        entrant = self.entrant
        return self.bench.start(entrant.backend, cell, entrant.contender.threads, entrant.server)

    def _load(self, worker: Worker) -> None:
        """Load with times of words where these are wanted; who refuses them gives segments."""
        try:
            session.load_model(self.bench, self.entrant, worker, words=self.words)
        except Refused as error:
            if not self.words or error.kind != "unsupported":
                raise
            session.load_model(self.bench, self.entrant, worker)

    def _heard(self, worker: Worker, clips: Iterable[Heard]) -> Iterator[Passes]:
        for clip in clips:
            self.bench.watcher.phase(self.entrant.name, self.doing, clip.done)
            if len(self.deaths) == _MOST_DEATHS:
                yield failed(clip.name, self.deaths[-1])
                continue
            try:
                with clip.audio as pcm:
                    heard = passes_of(clip.name, [worker.transcribe(pcm, clip.samples)])
                yield heard
            except Refused as error:
                yield failed(clip.name, error)
            except RunnerFailed as error:
                self.deaths.append(error)
                yield failed(clip.name, error)
                if len(self.deaths) < _MOST_DEATHS:
                    worker.start_again()
