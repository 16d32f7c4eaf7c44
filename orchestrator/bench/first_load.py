"""The first load of a model that is compiled for the machine: minutes, and a rung of its own.

CoreML compiles a model for the Neural Engine when it is first loaded, and keeps the result by
program and by system: another build or an OS update has it compile again. So such a load happens
before the blocks, and never counts among them.
"""

import hashlib
from pathlib import Path

from orchestrator.backends import Backend
from orchestrator.backends.environments import swift
from orchestrator.backends.worker import Worker
from orchestrator.bench.cell import Bench, launch, options
from orchestrator.bench.prepare import Entrant, Prepared
from orchestrator.cache import disk
from orchestrator.cache.store import cache_folder
from orchestrator.host import Host
from orchestrator.runs.schema.plan import Cell
from runners.protocol import Options


def compile_first(bench: Bench, prepared: Prepared) -> None:
    """Load once what was never loaded here by this build on this system; faults become rows."""
    ready = []
    for entrant in prepared.entrants:
        with prepared.faults_of(entrant.contender):
            if entrant.backend.compiles and not (seen := _seen(bench, entrant)).exists():
                prepared.compiled[entrant.name] = _load(bench, entrant)
                with disk.replacing(seen):
                    pass
            ready.append(entrant)
    prepared.entrants = ready


def _load(bench: Bench, entrant: Entrant) -> float:
    """Load and end; return the seconds of loading."""
    bench.watcher.phase(entrant.name, "first load: the system compiles the model, maybe for long")
    with Worker(launch(bench, Cell(0, entrant.name), entrant), bench.machine) as worker:
        asked = options(bench.settings, entrant)
        _, seconds = worker.load(entrant.model.path, asked)
        worker.shutdown()
    return seconds


def _seen(bench: Bench, entrant: Entrant) -> Path:
    """Return the file that says so."""
    backend = entrant.backend
    program = swift.sha256(backend.executable) if backend.executable else _installed(entrant)
    asked = options(bench.settings, entrant)
    build = f"{program}\0{Host.here().os_build}"
    return cache_folder() / "compiled" / mark(backend, build, entrant.model.sha256, asked)


def mark(backend: Backend, build: str, weights: str | None, asked: Options) -> str:
    """Return what a compiled model is known by: program and system, weights, and compute units."""
    units = [f"{name}={asked.extra[name]}" for name in backend.compiled_for if name in asked.extra]
    key = "\0".join((build, str(weights), asked.device, *units))
    return f"{backend.name}-{hashlib.sha256(key.encode()).hexdigest()}"


def _installed(entrant: Entrant) -> str:
    """Return what stands for a program of packages: what was last installed."""
    lock = entrant.backend.folder / "uv.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest()
