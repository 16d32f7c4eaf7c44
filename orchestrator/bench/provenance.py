"""What a run was made of, and whether another can be the same: manifests, written and compared."""

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from orchestrator import backends, places
from orchestrator.backends import Backend
from orchestrator.backends.environments import swift, upkeep
from orchestrator.bench import order
from orchestrator.bench.cell import Bench
from orchestrator.bench.prepare import Entrant, now
from orchestrator.bench.selection import RunOptions
from orchestrator.bench.stopping import require_decidable
from orchestrator.errors import UsageError, program
from orchestrator.host import Condition, Host
from orchestrator.runs.schema import (
    Contender,
    Manifest,
    Origin,
    Package,
    Preparation,
    Provenance,
    Settings,
)
from orchestrator.runs.schema.plan import HOUR, among, deciding
from orchestrator.runs.stored import RunFiles

_OUR_CLIPS = ("bundled", "robustness")  # kinds of corpora that come with a version of the program


def manifest(
    bench: Bench,
    contenders: Sequence[Contender],
    names: Sequence[str],
    entrants: Sequence[Entrant] = (),
    preparation: Sequence[Preparation] = (),
) -> Manifest:
    """Return what is known now: of a run that begins who would be measured, later who will be."""
    settings = bench.settings
    return Manifest(
        run_id=bench.folder.path.name,
        version=metadata.version("whisper-cleanroom"),
        started_at=now(),
        host=Host.here(),
        condition=Condition.now(),
        uv=metadata.version("uv"),
        settings=settings,
        contenders=tuple(contenders),
        order=tuple(c.key for c in order.cells(names, settings.plan.most, settings.seed)),
        corpus=bench.clips.corpus,
        warm_ups=tuple(bench.warm_ups),
        noise_tracks=tuple(bench.noises.tracks) if bench.noises else (),
        backends=tuple(_provenance(entrant, settings) for entrant in entrants),
        preparation=tuple(preparation),
    )


def options_of(folder: RunFiles, output: Path | None = None) -> RunOptions:
    """Return what must be asked to run a stored run again."""
    stored = folder.manifest()
    files = stored.corpus.kind == "files"
    return RunOptions(
        settings=stored.settings,
        contenders=stored.contenders,
        clips=tuple(clip.path for clip in folder.clips()) if files else (),
        output=output,
    )


def narrowed(stored: Manifest, only: Sequence[str], decide: float | None) -> Manifest:
    """Return what a run would have been of these contenders only, until a difference is decided.

    Raises UsageError for a contender that was not measured.
    """
    measured = [made.contender for made in stored.backends]
    if unknown := [name for name in only if name not in measured]:
        raise UsageError(
            f"{stored.run_id} did not measure {unknown[0]}",
            "--only takes a contender of it: " + ", ".join(measured),
        )
    names = [name for name in measured if name in only or not only]
    settings = stored.settings
    if decide is not None:
        require_decidable(decide, settings.region)
        settings = settings.model_copy(
            update={"plan": among(deciding(decide), len(names)), "budget_seconds": HOUR}
        )
    return stored.model_copy(
        update={
            "settings": settings,
            "contenders": tuple(c for c in stored.contenders if c.name in names or not only),
            "backends": tuple(made for made in stored.backends if made.contender in names),
            "order": tuple(c.key for c in order.cells(names, settings.plan.most, settings.seed)),
        }
    )


def require_backends(earlier: Manifest) -> None:
    """Raise UsageError where a backend of a stored run is not here, with how to get each.

    Raises ConfigError where the backends cannot be read.
    """
    here = {backend.name for backend in backends.discover()}
    missing = {made.backend: made for made in earlier.backends if made.backend not in here}
    if missing:
        raise UsageError(
            f"{earlier.run_id} measured what is not here: {', '.join(missing)}",
            "; ".join(dict.fromkeys(_way_to(made, earlier) for made in missing.values())),
        )


def _way_to(made: Provenance, earlier: Manifest) -> str:
    """Return how to get the backend of a stored run back."""
    origin = made.origin
    if origin is None:
        return f"{made.backend} came with whisper-cleanroom {earlier.version}: install that version"
    if origin.package:
        return _installing(origin)
    return f"name the folder that {made.backend} came from: --envs {shlex.quote(str(origin.path))}"


def _installing(origin: Origin) -> str:
    pin = f"{origin.package}=={origin.version}"
    return f"install {pin} beside whisper-cleanroom: uv tool install --with, or pip install"


def require_same(earlier: Manifest, fresh: Manifest) -> None:
    """Raise UsageError with every exact difference between what was and what would be measured."""
    ours = (
        f"install whisper-cleanroom {earlier.version}"
        if places.INSTALLED
        else "check out the commit of that run"
    )
    found = [(what, ours) for what in _differences(earlier, fresh)]
    if earlier.corpus.digest != fresh.corpus.digest:
        was, is_ = earlier.corpus, fresh.corpus
        what = f"clips: were {was.clips}, {was.digest}; are {is_.clips}, {is_.digest}"
        found.append((what, ours if was.kind in _OUR_CLIPS else "restore the clips of that run"))
    for then in earlier.backends:
        way = _way_back(then.origin) if then.origin else ours
        found += [(what, way) for what in _one_differs(then, fresh)]
    if found:
        raise UsageError(
            f"{earlier.run_id} cannot be run again as it was:\n"
            + "\n".join(what for what, _ in found),
            "; ".join(dict.fromkeys(way for _, way in found))
            + f"; or start a new one: {program()} run",
        )


def _way_back(origin: Origin) -> str:
    """Return how backends from outside become what they were in a stored run."""
    if origin.package:
        return _installing(origin)
    return f"restore {shlex.quote(str(origin.path))} as it was in that run"


def _differences(earlier: Manifest, fresh: Manifest) -> Iterator[str]:
    was, are = ([(c.name, c.sha256) for c in m.warm_ups] for m in (earlier, fresh))
    if was != are:
        yield f"warm-ups: were {was}, are {are}"
    if earlier.order != fresh.order:
        yield f"order: was {', '.join(earlier.order[:9])}..., is {', '.join(fresh.order[:9])}..."
    asked = {c.name: c for c in fresh.contenders}
    for contender in earlier.contenders:
        if contender.name in asked and asked[contender.name] != contender:
            yield f"{contender.name}: was {contender!r}, is {asked[contender.name]!r}"
    for track, now_ in zip(earlier.noise_tracks, fresh.noise_tracks, strict=False):
        if track.sha256 != now_.sha256:
            yield f"{track.kind}: this noise was {track.sha256}, is {now_.sha256}"
    if earlier.settings != fresh.settings:
        yield f"settings: were {earlier.settings!r}, are {fresh.settings!r}"


def _one_differs(then: Provenance, fresh: Manifest) -> Iterator[str]:
    name = then.contender
    now_ = next((made for made in fresh.backends if made.contender == name), None)
    if now_ is None:
        yield f"{name}: it cannot be measured here now"
        return
    if now_.lock_sha256 != then.lock_sha256:
        yield f"{name}: its lock was {then.lock_sha256}, is {now_.lock_sha256}"
    if now_.runner_sha256 != then.runner_sha256:
        yield f"{name}: its runner was {then.runner_sha256}, is {now_.runner_sha256}"
    was, is_ = then.origin, now_.origin
    if was and is_ and was.package and is_.package and str(was) != str(is_):
        yield f"{name}: it came from {was}, comes from {is_}"
    if now_.executable_sha256 != then.executable_sha256:
        yield f"{name}: its program was {then.executable_sha256}, is another build"
    if now_.model.sha256 != then.model.sha256:
        yield f"{name}: its weights were {then.model.sha256}, are {now_.model.sha256}"


def _provenance(entrant: Entrant, settings: Settings) -> Provenance:
    backend = entrant.backend
    return Provenance(
        contender=entrant.name,
        backend=backend.name,
        origin=_origin(backend),
        runner_sha256=_sha256(backend.runner_file) if backend.origin else None,
        lock_sha256=_sha256(backend.folder / "uv.lock"),
        library=backend.library,
        packages=tuple(Package(name=n, version=v) for n, v in upkeep.installed(backend)),
        executable_sha256=swift.sha256(backend.executable) if backend.executable else None,
        model=entrant.model,
        word_times=backend.word_times if settings.word_times else None,
    )


def _origin(backend: Backend) -> Origin | None:
    origin = backend.origin
    if origin is None:
        return None
    if origin.package:
        return Origin(package=origin.package, version=origin.version)
    return Origin(path=origin.envs)


def _sha256(path: Path | None) -> str | None:
    if path is None or not path.exists():
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()
