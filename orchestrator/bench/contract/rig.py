"""What checks stand on: a backend's real runner, cut off from the network and the user's home."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from orchestrator.backends import Backend
from orchestrator.backends.worker import Machine, Worker, launch_of, quoted
from orchestrator.bench.contract.proxy import RefusingProxy
from orchestrator.bench.events import Watcher
from orchestrator.bench.prepare import Entrant
from orchestrator.clips import languages
from orchestrator.clips.audio import clips
from orchestrator.clips.audio.samples import RATE, Samples
from orchestrator.errors import CleanroomError
from orchestrator.host import performance_cores
from orchestrator.places import decoded_folder
from runners.protocol import Loaded, Options

_ENDING_SECONDS = 10.0  # native code may hold Python's lock for some of it
_LOG_LINES = 8
_CUT_BYTES = 64 << 20
_NOISE_BYTES = 64 << 10


class Broken(CleanroomError):
    """A promise that the runner does not keep: how that showed, and what to do about it."""


class Inapplicable(CleanroomError):
    """What a check asks cannot be asked of this backend, and why."""


@dataclass(frozen=True)
class Audio:
    """Samples in a file, as a runner is handed them."""

    pcm: Path
    samples: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples / RATE


@dataclass(frozen=True)
class Rig:
    """Starts the runner for a check, `name`.

    Of all checks so far, `ready` names those in which it became ready, and `written` has the size
    of each file that it left.
    """

    entrant: Entrant
    machine: Machine
    folder: Path
    proxy: RefusingProxy
    watcher: Watcher
    name: str = ""
    ready: set[str] = field(default_factory=set)
    written: dict[str, int] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        """The backend whose runner it is."""
        return self.entrant.backend

    @property
    def model(self) -> Path:
        """The weights, which are as they should be."""
        return self.entrant.model.path

    @property
    def options(self) -> Options:
        """What a run asks by default; the speech is English."""
        told = languages.called("en", self.backend.family) if self.backend.language else None
        return Options(language=told, threads=performance_cores())

    def with_options(self, **changes: Any) -> Options:  # noqa: ANN401 - fields of Options
        """Return these options, some of them changed."""
        return msgspec.structs.replace(self.options, **changes)

    @property
    def home(self) -> Path:
        """The runner's HOME, which is empty at first."""
        return self.folder / "home"

    @contextmanager
    def runner(
        self, variables: Mapping[str, str] | None = None, load_seconds: float | None = None
    ) -> Iterator[Worker]:
        """Start a runner, with further variables, and end it afterwards; note what it wrote."""
        launch = launch_of(
            self.backend,
            log=self._log,
            directory=self.folder / "work",
            threads=self.options.threads,
            on_progress=lambda p: self.watcher.phase(self.backend.name, p.message, p.fraction),
        )
        load = load_seconds or launch.deadlines.load
        deadlines = replace(launch.deadlines, load=load, shutdown=_ENDING_SECONDS)
        self.home.mkdir(exist_ok=True)
        own = {"HOME": str(self.home), **self.proxy.variables, **(variables or {})}
        with Worker(replace(launch, deadlines=deadlines, variables=own), self.machine) as worker:
            self.ready.add(self.name)
            try:
                yield worker
            finally:
                self._note_files(launch.directory, self.home)

    @contextmanager
    def loaded(
        self, options: Options | None = None, variables: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Worker, Loaded]]:
        """Start a runner and load its model by other `options`."""
        with self.runner(variables) as worker:
            answer, _ = worker.load(self.model, options or self.options)
            yield worker, answer

    def log(self) -> str:
        """Return all that the runner has printed in this check."""
        return self._log.read_text("utf-8", "replace")

    def log_end(self) -> str:
        """Return the end of it as advice, or empty."""
        return quoted(self._log, _LOG_LINES)

    @property
    def speech(self) -> Audio:
        """A sentence, 5 s."""
        clip = clips.load_clip(clips.BUNDLED / "warm-up.flac", decoded_folder())
        return Audio(clip.pcm, clip.samples)

    @property
    def minute(self) -> Audio:
        """A minute of speech, more than any window of an engine."""
        several = [np.fromfile(c.pcm, np.float32) for c in clips.bundled(decoded_folder())]
        return self.audio("minute", np.concatenate(several))

    @property
    def phrase(self) -> Audio:
        """2 s of it."""
        return self.audio("phrase", np.fromfile(self.speech.pcm, np.float32, 2 * RATE))

    @property
    def scrap(self) -> Audio:
        """0.2 s out of a word."""
        said = np.fromfile(self.speech.pcm, np.float32)
        return self.audio("scrap", said[2 * RATE : 2 * RATE + RATE // 5])

    def audio(self, name: str, samples: Samples) -> Audio:
        """Return samples as a file."""
        path = self.folder / f"{name}.f32"
        samples.astype("<f4").tofile(path)
        return Audio(path, len(samples))

    def damaged(self) -> Iterator[tuple[str, Path]]:
        """Yield the weights with their largest file spoilt, and how, in words."""
        for number, (how, spoilt) in enumerate(_SPOILT.items()):
            place = self.folder / f"damaged-{number}"
            if self.model.is_file():
                place.mkdir()
                bad, original = place / self.model.name, self.model
                weights = bad
            else:
                original = max(_files(self.model), key=lambda path: path.stat().st_size)
                bad, weights = place / original.relative_to(self.model), place
                _link_all(self.model, place)
                bad.unlink()
            bad.write_bytes(spoilt(original))
            yield f"weights whose file {bad.name} is {how}", weights

    @property
    def _log(self) -> Path:
        return self.folder / "logs" / f"{self.name}.log"

    def _note_files(self, *folders: Path) -> None:
        for folder in folders:
            for path in _files(folder):
                self.written[str(path.relative_to(folder))] = path.stat().st_size


def _files(folder: Path) -> Sequence[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(min(path.stat().st_size // 2, _CUT_BYTES))


def _noise(_path: Path) -> bytes:
    return random.Random(0).randbytes(_NOISE_BYTES)  # noqa: S311 - no secret


_SPOILT = {"cut short": _beginning, "replaced by noise": _noise}


def _link_all(folder: Path, place: Path) -> None:
    """Make a folder of links to the files of another."""
    for path in _files(folder):
        link = place / path.relative_to(folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
