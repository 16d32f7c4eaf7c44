"""What a run was made of, and whether another can be the same: manifests, written and compared."""

import hashlib
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from orchestrator import plan
from orchestrator.audio.clips import Clip
from orchestrator.candidates import RunOptions
from orchestrator.cell import Bench
from orchestrator.environments import packages
from orchestrator.errors import UsageError
from orchestrator.host import Condition, Host
from orchestrator.prepare import Contender, now
from orchestrator.results import (
    ClipRecord,
    Manifest,
    Package,
    Preparation,
    Provenance,
)


def manifest(
    bench: Bench, contenders: Sequence[Contender], preparation: Sequence[Preparation]
) -> Manifest:
    """Return the manifest of a run that is about to be measured."""
    settings = bench.settings
    names = [contender.name for contender in contenders]
    return Manifest(
        run_id=bench.folder.path.name,
        version=metadata.version("whisper-cleanroom"),
        started_at=now(),
        host=Host.here(),
        condition=Condition.now(),
        uv=metadata.version("uv"),
        settings=settings,
        order=tuple(c.key for c in plan.cells(names, settings.plan.most, settings.seed)),
        clips=tuple(clip_record(clip) for clip in bench.clips),
        warm_ups=tuple(clip_record(clip) for clip in bench.warm_ups),
        backends=tuple(_provenance(c) for c in contenders),
        preparation=tuple(preparation),
    )


def clip_record(clip: Clip) -> ClipRecord:
    """Return a clip as a run stores it."""
    return ClipRecord(**clip.model_dump(exclude={"pcm", "path"}), path=str(clip.path))


def options_of(stored: Manifest, output: Path | None = None) -> RunOptions:
    """Return what must be asked to run a stored manifest again."""
    bundled = Path(__file__).parent / "audio" / "bundled"
    paths = tuple(Path(clip.path) for clip in stored.clips)
    return RunOptions(
        settings=stored.settings,
        backends=tuple(dict.fromkeys(p.backend.split("#")[0] for p in stored.backends)),
        clips=() if any(path.is_relative_to(bundled) for path in paths) else paths,
        output=output,
    )


def require_same(earlier: Manifest, fresh: Manifest) -> None:
    """Raise UsageError with every exact difference between what was and what would be measured."""
    found = list(_differences(earlier, fresh))
    if found:
        raise UsageError(
            f"{earlier.run_id} cannot be run again as it was:\n" + "\n".join(found),
            "check out the commit of that run, or start a new one: python -m orchestrator run",
        )


def _differences(earlier: Manifest, fresh: Manifest) -> Iterator[str]:
    here = {p.backend: p for p in fresh.backends}
    for then in earlier.backends:
        now_ = here.get(then.backend)
        if now_ is None:
            yield f"{then.backend}: it cannot be measured here now"
            continue
        if now_.lock_sha256 != then.lock_sha256:
            yield f"{then.backend}: its lock was {then.lock_sha256}, is {now_.lock_sha256}"
        if now_.model.sha256 != then.model.sha256:
            yield f"{then.backend}: its weights were {then.model.sha256}, are {now_.model.sha256}"
    for group in ("clips", "warm_ups"):
        was, is_ = ([(c.name, c.sha256) for c in getattr(m, group)] for m in (earlier, fresh))
        if was != is_:
            yield f"{group}: were {was}, are {is_}"
    if earlier.order != fresh.order:
        yield f"order: was {', '.join(earlier.order[:9])}..., is {', '.join(fresh.order[:9])}..."
    if earlier.settings != fresh.settings:
        yield f"settings: were {earlier.settings!r}, are {fresh.settings!r}"


def _provenance(contender: Contender) -> Provenance:
    folder = contender.backend.folder
    lock = folder / "uv.lock"
    return Provenance(
        backend=contender.name,
        lock_sha256=hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None,
        library=contender.backend.library,
        packages=tuple(Package(name=n, version=v) for n, v in packages.installed(folder)),
        model=contender.model,
    )
