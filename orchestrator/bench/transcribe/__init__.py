"""Transcribing files with one backend, for their text: no warm-up, and nothing is timed."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator import backends
from orchestrator.backends.worker import Machine
from orchestrator.bench.events import Watcher
from orchestrator.bench.prepare import Runners
from orchestrator.bench.selection import Candidate
from orchestrator.bench.transcribe.engine import Engine
from orchestrator.clips.audio.clips import Clip, Utterance, decoded
from orchestrator.errors import AudioError, CleanroomError, RunnerFailed, UsageError
from orchestrator.models import provision
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Contender
from orchestrator.runs.transcripts import Spoken
from runners.protocol import Options


@dataclass(frozen=True)
class Wish:
    """What is to be transcribed, by which backend and with which model."""

    files: Sequence[Path]
    backend: str
    model: str
    options: Options
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

    The machine is held, since this would disturb a run that measures. Close the generator to
    stop early. Raises MachineBusy, UsageError, and CleanroomError for what concerns every file: the
    backend cannot be made ready, or refuses these options.
    """
    candidate = _candidate(wish)
    with Machine() as machine, TemporaryDirectory(prefix="whisper-cleanroom-") as folder:
        runners = Runners(machine, RunFolder(Path(folder)), watcher)
        with Engine(candidate, wish.options, runners) as engine:
            for number, item in enumerate(_decoded(wish, Path(folder) / "decoded"), 1):
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


def _candidate(wish: Wish) -> Candidate:
    (backend,) = backends.choose([wish.backend], backends.discover())
    if not backend.supported:
        fix = "choose another: python -m orchestrator backends"
        raise UsageError(f"{backend.name} {backend.why_unsupported}", fix)
    model = backend.own_model or wish.model
    planned = provision.plan(backend, model, wish.weights, coreml=backend.coreml)
    contender = Contender(name=backend.name, backend=backend.name, model=model)
    return Candidate(contender, backend, planned)


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
