"""Transcribing with one backend, for the text: files, also live, and what a microphone hears.

There is no warm-up, and nothing that is timed is a measurement.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import msgspec

from orchestrator.backends.worker import Machine, Worker, quoted
from orchestrator.bench import live, single
from orchestrator.bench.events import Viewer, Watcher
from orchestrator.bench.live import Audio, Playback
from orchestrator.bench.prepare import Entrant, Runners
from orchestrator.bench.selection import Candidate
from orchestrator.clips import languages
from orchestrator.clips.audio import decoded_cache
from orchestrator.clips.audio.clips import Clip, Utterance, decoded
from orchestrator.clips.audio.hearing import Hearing
from orchestrator.clips.audio.microphone import Recording
from orchestrator.errors import (
    AudioError,
    CleanroomError,
    Refused,
    RunnerFailed,
    UsageError,
    program,
)
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import LivePass
from orchestrator.runs.schema.plan import Cell
from orchestrator.runs.transcripts import Spoken
from runners.protocol import Options, Transcript


class Engine:
    """A context manager around a runner; one that died is started anew for the next file."""

    def __init__(self, candidate: Candidate, options: Options, runners: Runners) -> None:
        self._candidate = candidate
        self._options = options
        self._runners = runners
        self._cell = Cell(0, candidate.contender.name)
        self._entrant: Entrant | None = None
        self._worker: Worker | None = None
        self._living = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._living.close()

    def start(self) -> Worker:
        """Return a runner with the model in memory: the one there is, if it lives.

        Raises CleanroomError where there can be none.
        """
        if self._worker is not None:
            return self._worker
        watcher = self._runners.watcher
        self._entrant = entrant = self._entrant or single.ready(self._candidate, watcher)
        watcher.phase(entrant.name, f"loading {entrant.model.name}")
        with self._explained():
            threads, server = self._options.threads, entrant.server
            runner = self._runners.start(entrant.backend, self._cell, threads, server)
            worker = self._living.enter_context(runner)
            worker.load(entrant.model.path, self._asked(entrant))
        self._worker = worker
        return worker

    def transcribe(self, clip: Clip) -> Transcript:
        """Return what is said in a clip; raise RunnerFailed, which is about this clip alone."""
        with self._at_work() as worker:
            return worker.transcribe(clip.pcm, clip.samples)[0]

    def follow(self, audio: Audio, viewer: Viewer) -> LivePass:
        """Listen to audio as it comes; raise as `transcribe`, and UsageError if it cannot."""
        if self.start().ready.live is None:
            name = self._candidate.backend.name
            raise UsageError(f"{name} has no live mode", f"choose another: {program()} backends")
        with self._at_work() as worker:
            return live.follow(worker, audio, viewer)

    @contextmanager
    def _at_work(self) -> Iterator[Worker]:
        """Give out the runner; one that fails at a clip otherwise than by saying so is ended."""
        worker = self.start()
        try:
            with self._explained():
                yield worker
        except RunnerFailed as error:
            if not isinstance(error, Refused):
                self._living.close()
                self._worker = None
            raise

    def _asked(self, entrant: Entrant) -> Options:
        """Return the options, the language under the engine's name for it."""
        told = self._options.language
        called = told and languages.called(told, entrant.backend.family)
        return msgspec.structs.replace(self._options, language=called)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell whose fault it is, what mends it, and what the log says, which will be gone."""
        name = self._candidate.backend.name
        try:
            yield
        except Refused as error:
            other = f"leave that option out, or see: {program()} backends"
            fix = other if error.kind == "unsupported" else error.fix
            raise Refused(error.kind, f"{name}: {error}", fix) from error
        except RunnerFailed as error:
            fix = quoted(self._runners.folder.log(self._cell.key))
            raise RunnerFailed(error.kind, f"{name}: {error}", fix) from error


@dataclass(frozen=True)
class Wish:
    """What is to be transcribed, by which backend and with which model."""

    backend: str
    model: str
    options: Options
    files: Sequence[Path] = ()
    weights: str = "auto"
    track: int | None = None


@dataclass(frozen=True)
class Heard:
    """What came of one file: what is said in it, or why nobody can tell."""

    path: Path
    spoken: Spoken | None = None
    error: CleanroomError | None = None


def transcribe(wish: Wish, watcher: Watcher) -> Generator[Heard, None, None]:
    """Yield what came of each file, in order; nothing is fetched before one of them is decoded.

    Where none of them can be read, nothing else is looked at.

    The machine is held, since this would disturb a run that measures. Close the generator to
    stop early. Raises MachineBusy, UsageError, and CleanroomError for what concerns every file: the
    backend cannot be made ready, or refuses these options.
    """
    unreadable = list(_unreadable(wish.files))
    if len(unreadable) == len(wish.files):
        yield from unreadable
        return
    with _engine(wish, watcher) as (engine, folder):
        for number, item in enumerate(_decoded(wish, folder / "decoded"), 1):
            if isinstance(item, Heard):
                yield item
                continue
            engine.start()
            of_all = f" ({number} of {len(wish.files)})" if len(wish.files) > 1 else ""
            watcher.phase(wish.backend, f"{item.path.name}{of_all}")
            heard = _heard(engine, item)
            for note in (*item.notes, *(heard.spoken.excess if heard.spoken else ())):
                watcher.notice(f"{item.path}: {note}")
            yield heard


def speak(
    wish: Wish, path: Path, pace: float, viewer: Viewer, watcher: Watcher
) -> tuple[LivePass, Clip]:
    """Return what is shown of a file spoken at `pace` times the speed of speech; raise as above."""
    decoded_cache.require_file(path)
    with _engine(wish, watcher) as (engine, folder):
        clip = decoded(Utterance("clip", path, track=wish.track), folder / "decoded")
        for note in clip.notes:
            watcher.notice(f"{path}: {note}")
        return engine.follow(Playback(clip, pace), viewer), clip


def listen(
    wish: Wish, hearing: Callable[[Path], Hearing], viewer: Viewer, watcher: Watcher
) -> tuple[LivePass, Recording]:
    """Return what is shown of what a microphone hears, and that; `hearing` is given its file.

    The microphone is opened when the engine is there. Raises as `transcribe`, and as it does.
    """
    with _engine(wish, watcher) as (engine, folder):
        engine.start()
        with hearing(folder / "heard.f32") as audio:
            return engine.follow(audio, viewer), audio.recording


@contextmanager
def _engine(wish: Wish, watcher: Watcher) -> Iterator[tuple[Engine, Path]]:
    """Hold the machine; give out the engine that is wished for, and a folder to work in."""
    own = wish.options.extra  # as of RUN#NAME
    candidate = single.choose(wish.backend, wish.model, wish.weights, own=own)
    with Machine() as machine, TemporaryDirectory(prefix="whisper-cleanroom-") as folder:
        runners = Runners(machine, RunFolder(Path(folder)), watcher)
        with Engine(candidate, wish.options, runners) as engine:
            yield engine, Path(folder)


def _unreadable(paths: Sequence[Path]) -> Iterator[Heard]:
    """Yield the fault of each file that is none, as far as that is told without opening it."""
    for path in paths:
        try:
            decoded_cache.require_file(path)
        except AudioError as error:
            yield Heard(path, error=error)


def _decoded(wish: Wish, folder: Path) -> Iterator[Clip | Heard]:
    """Decode one file after the other, each gone again before the next."""
    for path in wish.files:
        try:
            clip = decoded(Utterance("clip", path, track=wish.track), folder)
        except AudioError as error:
            yield Heard(path, error=error)
            continue
        yield clip
        clip.pcm.unlink()


def _heard(engine: Engine, clip: Clip) -> Heard:
    try:
        answer = engine.transcribe(clip)
    except RunnerFailed as error:
        return Heard(clip.path, error=CleanroomError(f"{clip.path}: {error}", error.fix))
    words, offset = answer.words, clip.offset
    spoken = Spoken(answer.text, answer.language, clip.seconds, answer.segments, words, offset)
    return Heard(clip.path, spoken)
