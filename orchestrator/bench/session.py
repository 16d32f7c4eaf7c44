"""A runner in one cell, between its start and its end: load, warm up, and at last shut down."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import msgspec

from orchestrator.analysis.warnings import LANGUAGE_REFUSED, LANGUAGE_UNKNOWN
from orchestrator.backends import Backend
from orchestrator.backends.worker import Worker
from orchestrator.bench import live
from orchestrator.bench.cell import REPEATS, Attempt, Bench, options
from orchestrator.bench.passes import Sums, is_long, timed_passes, warm_up
from orchestrator.bench.prepare import Entrant
from orchestrator.clips import languages
from orchestrator.errors import Refused, RunnerFailed
from orchestrator.host.energy import Baseline, Energy
from orchestrator.host.monitor import Changes
from orchestrator.host.resources import UNKNOWN, Resources, resources
from orchestrator.models import catalogue
from orchestrator.runs.schema import Detection, Failed, Measured, WarmUp
from runners import protocol


@dataclass(frozen=True)
class Session:
    """A runner that is ready to be timed."""

    attempt: Attempt
    worker: Worker
    loaded: protocol.Loaded
    load_seconds: float
    warmed: tuple[WarmUp, ...] = ()
    repeats: int = 1

    @classmethod
    def begin(cls, bench: Bench, attempt: Attempt, worker: Worker) -> "Session":
        """Load the model and warm up."""
        return cls.load(bench, attempt, worker).warm(bench)

    @classmethod
    def load(cls, bench: Bench, attempt: Attempt, worker: Worker) -> "Session":
        """Load the model; nothing is warm yet."""
        bench.watcher.phase(attempt.cell.contender, "loading")
        return cls(attempt, worker, *load_model(bench, attempt.entrant, worker))

    def warm(self, bench: Bench) -> "Session":
        """Return it warmed up, with the number of passes that its clips get."""
        bench.watcher.phase(self.attempt.cell.contender, "warming up")
        warmed = tuple(warm_up(self.worker, clip) for clip in bench.warm_ups)
        repeats = bench.settings.repeats or (1 if is_long(warmed) else REPEATS)
        return replace(self, warmed=warmed, repeats=repeats)

    def end(self, bench: Bench, meter: Baseline | None = None) -> "Used":
        """Read what the process used, speak clips to it where that is asked, and end it.

        Energy is metered meanwhile. Language detection is timed last: what goes wrong with it never
        costs the row.
        """
        remote = self.attempt.entrant.backend.remote
        used = UNKNOWN if remote else resources(self.worker.pid)  # the client is not the engine
        mark = meter.mark() if meter and bench.settings.pace else None
        live.speak_clips(bench, self.attempt, self.worker)
        spoken = meter.since(mark) if meter and mark else None
        try:
            detection = self._detection(bench)
        except RunnerFailed as error:
            name = self.attempt.cell.contender
            bench.watcher.notice(f"{name}: detecting the language was not timed: {error}")
            return Used(used, live_energy=spoken)
        self.worker.shutdown()
        return Used(used, detection, live_energy=spoken)

    def row(
        self, sums: Sums, used: "Used", seen: Changes, rounds: tuple[float, ...] = ()
    ) -> Measured | Failed:
        """Return the cell's row; what was measured across a sleep of the machine is discarded."""
        if asleep := seen.span.asleep_seconds:
            return self.attempt.slept(asleep)
        attempt, worker = self.attempt, self.worker
        return Measured(
            contender=attempt.cell.contender,
            backend=attempt.entrant.backend.name,
            block=attempt.cell.block,
            attempt=attempt.number,
            started_at=attempt.started_at,
            model=attempt.entrant.model,
            resolved=self.loaded.resolved,
            python=worker.ready.python,
            spawn_seconds=worker.spawn_seconds,
            import_seconds=worker.ready.import_seconds,
            load_seconds=self.load_seconds,
            warm_up=self.warmed,
            passes=self.repeats,
            round_seconds=rounds,
            resources=used.resources,
            detection=used.detection,
            energy=used.energy,
            live_energy=used.live_energy,
            idle_processors=used.idle_processors,
            condition=attempt.began.condition,
            changes=seen.found,
            remote=attempt.entrant.backend.remote,
            **asdict(sums),
        )

    def _detection(self, bench: Bench) -> Detection | None:
        """Time one clip in the same process without and with its language told, after all else."""
        clip = next((clip for clip in bench.clips if clip.language), None)
        entrant, worker = self.attempt.entrant, self.worker
        backend = entrant.backend
        detects = bench.settings.language == languages.AUTO and backend.language and backend.detects
        recorded = catalogue.facts_of(backend, entrant.model.name).languages
        if not detects or clip is None or len(recorded) == 1:
            return None
        bench.watcher.phase(entrant.name, "timing language detection")
        detecting = timed_passes(worker, clip, self.repeats)
        told = bench.settings.model_copy(update={"language": clip.language})
        worker.load(entrant.model.path, options(told, entrant))
        for warming in bench.warm_ups:
            warm_up(worker, warming)
        telling = timed_passes(worker, clip, self.repeats)
        return Detection(
            clip=clip.name, detecting_seconds=detecting.seconds, told_seconds=telling.seconds
        )


@dataclass(frozen=True)
class Used:
    """What a process took besides time; None is what was not measured."""

    resources: Resources
    detection: Detection | None = None
    energy: Energy | None = None
    live_energy: Energy | None = None
    idle_processors: float | None = None


def load_model(
    bench: Bench, entrant: Entrant, worker: Worker, *, words: bool = False
) -> tuple[protocol.Loaded, float]:
    """Load the model; an engine that lacks the language is given none, and its row says so."""
    backend = entrant.backend
    try:
        loaded, seconds = bench.load(entrant, worker, words=words)
        return _noted(loaded, dict(_remarks(bench, entrant))), seconds
    except Refused as error:
        asked = options(bench.settings, entrant, words=words)
        may_detect = asked.language is not None and backend.detects
        if error.kind != "unsupported" or not may_detect:
            raise
        refusal = str(error).partition(";")[0]  # without the hundred languages that there are
    # In a process of its own: the refused load may have left another copy of the weights behind.
    loaded, seconds = worker.start_again(msgspec.structs.replace(asked, language=None))
    return _noted(loaded, {"language": None, LANGUAGE_REFUSED: refusal}), seconds


def _noted(loaded: protocol.Loaded, more: dict[str, protocol.Scalar]) -> protocol.Loaded:
    """Return what was loaded with more in `resolved`."""
    return msgspec.structs.replace(loaded, resolved={**loaded.resolved, **more})


def _remarks(bench: Bench, entrant: Entrant) -> Iterator[tuple[str, str]]:
    """Yield what a row says of its model's languages where they are not those of the clips."""
    asked, model = bench.settings.language, entrant.model.name
    recorded = catalogue.facts_of(entrant.backend, model).languages
    if untold := _why_untold(asked, entrant.backend, recorded):
        yield LANGUAGE_REFUSED, untold
    spoken = languages.spoken(asked, bench.clips.corpus.languages)
    if lack := languages.lack(model, recorded, spoken):
        yield LANGUAGE_UNKNOWN, lack


def _why_untold(asked: str | None, backend: Backend, recorded: Sequence[str]) -> str | None:
    """Say why a backend is not told the language; None where it is, or writes one only anyway."""
    if backend.language or not languages.beyond_english(asked) or len(recorded) == 1:
        return None
    doubt = "" if recorded else f"; read its transcripts to see whether it knows {asked!r}"
    return f"it cannot be told one{doubt}"
