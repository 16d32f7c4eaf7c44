"""A cell: what it shares with the others of its run, and how one attempt at it becomes a row."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET

from orchestrator.backends.worker import Worker, log_tail
from orchestrator.bench.clip_list import Playlist
from orchestrator.bench.contenders import skipped
from orchestrator.bench.prepare import Entrant, Runners, now
from orchestrator.clips import languages
from orchestrator.clips.audio.clips import Clip
from orchestrator.clips.noise import Noises
from orchestrator.errors import Refused, RunnerFailed, program
from orchestrator.host.monitor import Changes, Monitor
from orchestrator.host.sample import Sample
from orchestrator.runs.schema import Failed, Settings, Skipped
from orchestrator.runs.schema.plan import Cell
from runners import protocol

REPEATS = 3


@dataclass(frozen=True)
class Bench(Runners):
    """What every cell of a run shares."""

    monitor: Monitor
    settings: Settings
    clips: Playlist
    warm_ups: Sequence[Clip]
    noises: Noises | None = None  # that clips are heard in once more

    def runner(self, entrant: Entrant, block: int = 0) -> Worker:
        """Return a contender's runner in a block."""
        cell, threads = Cell(block, entrant.name), entrant.contender.threads
        return self.start(entrant.backend, cell, threads, entrant.server)

    def load(
        self, entrant: Entrant, worker: Worker, *, words: bool = False
    ) -> tuple[protocol.Loaded, float]:
        """Load a contender's model as the run asks; return the reply and its seconds."""
        return worker.load(entrant.model.path, options(self.settings, entrant, words=words))

    def seen_since(self, mark: Sample) -> Changes:
        """Return what happened to the machine since then, and keep it in the run's timeline."""
        seen = self.monitor.since(mark)
        self.folder.append_timeline(seen.samples)
        return seen


@dataclass(frozen=True)
class Attempt:
    """One cell as it is tried: by whom, for the how manieth time, and since when."""

    cell: Cell
    entrant: Entrant
    number: int
    started_at: str
    began: Sample

    @classmethod
    def begin(cls, bench: Bench, cell: Cell, entrant: Entrant, number: int) -> "Attempt":
        """Return an attempt that begins now."""
        return cls(cell, entrant, number, now(), bench.monitor.mark())

    def fault(self, bench: Bench, error: RunnerFailed, seen: Changes) -> Failed | Skipped:
        """Return the row of what the runner did wrong, or what was done to it."""
        if error.kind == "hung" and (stop := next((c for c in seen.found if c.interrupting), None)):
            # It was we who let a deadline pass.
            return self._failed(stop.kind, stop.message, f"{program()} run --resume")
        contender, settings = self.entrant.contender, bench.settings
        special = languages.beyond_english(settings.language) or settings.profile == "parity"
        asks = contender.asks or special
        if isinstance(error, Refused) and error.kind == "unsupported" and asks:
            return skipped(contender, str(error))  # asked for, and not to be had here
        tail = log_tail(bench.folder.log(self.cell.key))
        return self._failed(error.kind, str(error), error.fix, error.detail, tail)

    def slept(self, seconds: float) -> Failed:
        """Return the row of an attempt during which the machine slept."""
        reason = f"the machine slept for {seconds:.0f} s meanwhile: what was measured is discarded"
        fix = "keep it awake (macOS: caffeinate -i; Linux: systemd-inhibit) and use --resume"
        return self._failed("slept", reason, fix)

    def _failed(
        self, kind: str, reason: str, fix: str, detail: str = "", log_tail: str = ""
    ) -> Failed:
        return Failed(
            contender=self.cell.contender,
            backend=self.entrant.backend.name,
            block=self.cell.block,
            attempt=self.number,
            started_at=self.started_at,
            kind=kind,
            reason=reason,
            fix=fix,
            detail=detail,
            log_tail=log_tail,
            model=self.entrant.model,
            remote=self.entrant.backend.remote,
        )


def options(settings: Settings, entrant: Entrant, *, words: bool = False) -> protocol.Options:
    """Return what a contender is asked to load and decode with."""
    told = settings.language if settings.language != languages.AUTO else None
    backend, contender = entrant.backend, entrant.contender
    return protocol.Options(
        # A runner refuses what it cannot honour.
        language=languages.called(told, backend.family) if told and backend.language else None,
        threads=contender.threads,
        device=contender.device,
        precision=contender.precision,
        profile=settings.profile,
        words=words,
        extra=contender.settings,
        terms=[term.name for term in settings.terms] if contender.boost else UNSET,
    )
