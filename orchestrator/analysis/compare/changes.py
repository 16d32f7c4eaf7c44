"""What differs between two runs: the suspects for whatever else does, likeliest first.

What only one backend brought comes before what several share, then what holds for the whole run,
and last the machine's condition, which comes and goes. All of it is texts by name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from orchestrator.analysis.conditions import CONDITIONS
from orchestrator.runs.schema import ModelUsed, Provenance, Scalar
from orchestrator.runs.stored import Run

Facts = Mapping[str, str | None]

_HASH = 12  # digits tell two apart
_OF_THE_MACHINE = {"platform", "chip", "model", "cores", "performance_cores", "efficiency_cores"}
_OF_THE_SYSTEM = {"os", "os_version", "os_build"}
# How many blocks ran, in which order and how they were judged moves no time. Weights and clips are
# compared by what they are, which says more than what was asked for.
_HARMLESS = {"plan", "seed", "budget_seconds", "region", "labels", "normalizer", "references"} | {
    "corpus",
    "limit",
    "robustness",
    "model",
    "weights",
    "local",
    "substitute",
    "rank_remote",
    "by",
    "terms",  # unless an engine was given them
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was `old` and is `new`; None is unknown or absent."""

    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Changes:
    """All that differs: each backend's own, the whole run's, and the machine's condition."""

    own: Mapping[str, tuple[Change, ...]]
    shared: tuple[Change, ...]
    condition: tuple[Change, ...]
    remote: frozenset[str] = frozenset()  # they tell of a network, not of this machine

    def suspects(self, backend: str) -> tuple[Change, ...]:
        """Return what may explain a difference of this backend, likeliest first."""
        return (*self.own[backend], *self.shared, *self.condition)

    @property
    def controls(self) -> frozenset[str]:
        """The backends of which nothing is known to differ but the machine's condition.

        How their times differ is then what the condition does.
        """
        if self.shared:
            return frozenset()
        return frozenset(name for name, own in self.own.items() if not own) - self.remote


def between(old: Run, new: Run, backends: Sequence[str]) -> Changes:
    """Return what differs between two runs that both measured these backends."""
    found = {name: differing(own(old, name), own(new, name)) for name in backends}
    shares = Counter(change for changes in found.values() for change in changes)
    return Changes(
        {name: tuple(sorted(changes, key=shares.__getitem__)) for name, changes in found.items()},
        differing(shared(old), shared(new)),
        differing(condition(old), condition(new)),
        frozenset(name for name in backends if any(row.remote for row in new.rows[name])),
    )


def differing(old: Facts, new: Facts) -> tuple[Change, ...]:
    """Return what is not equal, in the new run's order, then what is gone."""
    names = dict.fromkeys((*new, *old))
    found = (Change(name, old.get(name), new.get(name)) for name in names)
    return tuple(change for change in found if change.old != change.new)


def wished(run: Run, contender: str) -> dict[str, Scalar]:
    """Return what was asked of a contender besides its model."""
    asked_ = next((c for c in run.manifest.contenders if c.name == contender), None)
    return {name: v for name, v in asked_.factors.items() if name != "model"} if asked_ else {}


def own(run: Run, contender: str) -> Facts:
    """Return what a contender brought itself: weights, library, settings in force, the rest."""
    made = next(p for p in run.manifest.backends if p.contender == contender)
    last = run.rows[contender][-1]
    packages = {canonicalize_name(p.name): p.version for p in made.packages}
    library = canonicalize_name(made.library)
    # Runners say versions among their settings: once is enough.
    said = {"library", *packages} if library in packages else set(packages)
    resolved = {k: v for k, v in last.resolved.items() if canonicalize_name(k) not in said}
    return (
        _weights(last.model)
        | ({library: packages.pop(library)} if library in packages else {})
        | _texts(wished(run, contender))
        | _texts(resolved)
        | {"its Python": last.python, "its executable": _short(made.executable_sha256)}
        | {"its package": _package(made), "its runner": _short(made.runner_sha256)}
        | packages
    )


def asked(run: Run) -> Facts:
    """Return what every backend was asked to do: the settings that move times, and the clips."""
    corpus, settings = run.manifest.corpus, run.manifest.settings
    known = {"clips": f"{corpus.clips:,} of {corpus.name} ({_short(corpus.digest)})"}
    if any(contender.boost for contender in run.manifest.contenders):
        known["terms given"] = ", ".join(term.name for term in settings.terms)
    return _texts(settings.model_dump(exclude=_HARMLESS)) | known


def shared(run: Run) -> Facts:
    """Return what holds for the whole run: what was asked, machine, system and our own tools."""
    manifest, host = run.manifest, run.manifest.host
    machine = host.model_dump(include=_OF_THE_MACHINE)
    machine["memory"] = f"{host.memory_bytes / 2**30:.0f} GiB"
    system = host.model_dump(include=_OF_THE_SYSTEM)
    return (
        dict(asked(run))
        | {"machine": "another one" if run.imported else "this one"}
        | {f"machine's {name}": text for name, text in _texts(machine).items()}
        | {name.replace("_", " "): text for name, text in _texts(system).items()}
        | {"whisper-cleanroom": manifest.version, "uv": manifest.uv}
        | {"the orchestrator's Python": host.python}
    )


def condition(run: Run) -> Facts:
    """Return how the machine fared: its condition before the run, what disturbed it meanwhile."""
    rows = [row for own in run.rows.values() for row in own]
    seen = Counter(kind for row in rows for kind in {change.kind for change in row.changes})
    before = run.manifest.condition.model_dump(include=CONDITIONS)
    disturbed = {
        f"disturbed ({kind})": "most processes" if 2 * count > len(rows) else "some processes"
        for kind, count in seen.items()
    }
    return {name.replace("_", " "): text for name, text in _texts(before).items()} | disturbed


def _weights(model: ModelUsed) -> dict[str, str | None]:
    """Return weights by their tensors where these are known: files may differ in nothing else."""
    return {
        "model": model.name,
        "weights": _short(model.digest or model.sha256),
        "format": model.format,
        "revision": model.revision,
        "source": model.source,
    }


def _package(made: Provenance) -> str | None:
    """Return the package that a backend came from; a folder may lie anywhere."""
    return str(made.origin) if made.origin and made.origin.package else None


def _texts(values: Mapping[str, object]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in values.items()}


def _short(digest: str | None) -> str | None:
    return digest and digest[:_HASH]
