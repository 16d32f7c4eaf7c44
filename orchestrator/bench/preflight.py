"""Before the blocks: engines check what is asked of them, and compile what is compiled once.

CoreML compiles a model for the Neural Engine when it is first loaded, which takes minutes, and
keeps the result by program and by system: another build or an OS update has it compile again. Such
a load never counts among the blocks.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.backends import Backend
from orchestrator.backends.environments import swift, upkeep
from orchestrator.backends.worker import Machine, Worker, log_tail
from orchestrator.bench.cell import Bench, options
from orchestrator.bench.contenders import skipped
from orchestrator.bench.events import Watcher
from orchestrator.bench.prepare import Entrant, Prepared, Runners, preparation_failed
from orchestrator.cache import disk
from orchestrator.errors import Refused, RunnerFailed, UsageError, program
from orchestrator.host import Host
from orchestrator.places import cache_folder
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema.plan import Cell
from runners import protocol
from runners.protocol import Options, Scalar


def listed(backend: Backend, watcher: Watcher) -> dict[str, Scalar]:
    """Return a backend's own settings with their defaults, as its runner says them.

    Its environment is made first where it is not there. Raises CleanroomError.
    """
    upkeep.make(backend, partial(watcher.phase, backend.name))
    try:
        with asked(backend, watcher) as worker:
            return worker.describe(Options())
    except RunnerFailed as error:
        raise RunnerFailed(error.kind, f"{backend.name}: {error}", error.fix) from error


@contextmanager
def asked(backend: Backend, watcher: Watcher) -> Iterator[Worker]:
    """Start a runner to ask it for its settings, which measures nothing; end it afterwards.

    Its log goes with it: a RunnerFailed says its last line, and which command shows more.
    """
    watcher.phase(backend.name, "asking for its settings")
    with (
        Machine(measures=False) as machine,
        TemporaryDirectory(prefix="whisper-cleanroom-") as folder,
    ):
        runners, cell = Runners(machine, RunFolder(Path(folder)), watcher), Cell(0, backend.name)
        try:
            with runners.start(backend, cell) as worker:
                yield worker
                worker.shutdown()
        except Refused:
            raise
        except RunnerFailed as error:
            last = log_tail(runners.folder.log(cell.key), lines=1).strip()
            said = f"{error}: {last}" if last else str(error)
            fix = "" if backend.remote else f"{program()} backend check {backend.name}"
            raise RunnerFailed(error.kind, said, fix, error.detail) from error


def check_requests(bench: Bench, prepared: Prepared) -> None:
    """Leave out who refuses what is asked of it, or cannot listen in a live run, with its sentence.

    Settings that no contender takes are a UsageError. One process is started for each backend that
    has to be asked anything.
    """
    live = bench.settings.pace is not None
    asking = [entrant for entrant in prepared.entrants if live or entrant.contender.asks]
    deaf: dict[str, str] = {}

    def ask(entrants: Sequence[Entrant]) -> dict[str, str]:
        bench.watcher.phase(entrants[0].name, "checking what is asked of it")
        with bench.runner(entrants[0]) as worker:
            refused = dict(_each(bench, worker, [e for e in entrants if e.contender.asks]))
            if live and (why := _why_deaf(worker.ready)):
                deaf.update((entrant.name, why) for entrant in entrants)
            worker.shutdown()
        return refused

    refusals = _refused(prepared, asking, ask)
    tuned = [entrant for entrant in asking if entrant.contender.settings]
    if tuned and all(entrant.name in refusals for entrant in tuned):
        raise UsageError(
            "; ".join(dict.fromkeys(f"{e.backend.name}: {refusals[e.name]}" for e in tuned)),
            f"{program()} backends {tuned[0].backend.name} --settings",
        )
    _leave_out(prepared, deaf | refusals)


def _why_deaf(ready: protocol.Ready) -> str:
    """Return why a runner has no live mode; nothing where it has one."""
    if ready.live:
        return ""
    older = f"its runner speaks protocol {ready.protocol}, which knows no live mode"
    return older if ready.protocol < protocol.VERSION else "it has no live mode"


def _refused(
    prepared: Prepared,
    asking: Sequence[Entrant],
    ask: Callable[[Sequence[Entrant]], dict[str, str]],
) -> dict[str, str]:
    """Ask each backend once about all of its contenders; return refusals by contender.

    A backend whose runner fails at it takes no part.
    """
    refusals: dict[str, str] = {}
    for _, group in groupby(asking, key=lambda entrant: entrant.backend.name):
        own = list(group)
        try:
            refusals |= ask(own)
        except RunnerFailed as error:
            prepared.faults += [preparation_failed(e.contender, error) for e in own]
            prepared.entrants = [e for e in prepared.entrants if e not in own]
    return refusals


def _leave_out(prepared: Prepared, refusals: Mapping[str, str]) -> None:
    """Skip who is refused, with the sentence."""
    prepared.faults += [
        skipped(e.contender, refusals[e.name]) for e in prepared.entrants if e.name in refusals
    ]
    prepared.entrants = [e for e in prepared.entrants if e.name not in refusals]


def _each(bench: Bench, worker: Worker, entrants: Sequence[Entrant]) -> Iterator[tuple[str, str]]:
    for entrant in entrants:
        try:
            worker.describe(options(bench.settings, entrant), entrant.model.path)
        except Refused as error:
            if error.kind == "unsupported":  # what else is wrong is told when it is loaded
                yield entrant.name, str(error)


def compile_first(bench: Bench, prepared: Prepared) -> None:
    """Load once what was never loaded here by this build on this system; faults become rows."""
    ready = []
    for entrant in prepared.entrants:
        with prepared.faults_of(entrant.contender):
            if entrant.backend.compiles and not (seen := _mark_file(bench, entrant)).exists():
                prepared.compiled[entrant.name] = _load(bench, entrant)
                with disk.replacing(seen):
                    pass
            ready.append(entrant)
    prepared.entrants = ready


def _load(bench: Bench, entrant: Entrant) -> float:
    """Load and end; return the seconds of loading."""
    bench.watcher.phase(entrant.name, "first load: the system compiles the model, maybe for long")
    with bench.runner(entrant) as worker:
        _, seconds = bench.load(entrant, worker)
        worker.shutdown()
    return seconds


def _mark_file(bench: Bench, entrant: Entrant) -> Path:
    """Return the file that says that this was loaded here before."""
    backend = entrant.backend
    made = swift.sha256(backend.executable) if backend.executable else _installed(entrant)
    asked = options(bench.settings, entrant)
    build = f"{made}\0{Host.here().os_build}"
    return cache_folder() / "compiled" / mark(backend, build, entrant.model.sha256, asked)


def mark(backend: Backend, build: str, weights: str | None, asked: Options) -> str:
    """Return what a compiled model is known by: program and system, weights, and compute units.

    Terms may take a second model.
    """
    units = [f"{name}={asked.extra[name]}" for name in backend.compiled_for if name in asked.extra]
    units += ["terms"] if isinstance(asked.terms, list) else []
    key = "\0".join((build, str(weights), asked.device, *units))
    return f"{backend.name}-{hashlib.sha256(key.encode()).hexdigest()}"


def _installed(entrant: Entrant) -> str:
    """Return what stands for a program of packages: what was last installed."""
    return hashlib.sha256((entrant.backend.folder / "uv.lock").read_bytes()).hexdigest()
