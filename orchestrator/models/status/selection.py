"""Which models names, aliases and patterns mean, of which backends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from orchestrator import backends
from orchestrator.backends import Backend
from orchestrator.models import catalogue
from orchestrator.models.facts import Facts


@dataclass(frozen=True)
class Wanted:
    """One model of one backend."""

    backend: Backend
    name: str

    @property
    def facts(self) -> Facts:
        """What its record says of it besides its files; raise ConfigError."""
        return catalogue.facts_of(self.backend, self.name)


def chosen(names: Sequence[str], *, everywhere: bool = False) -> list[Backend]:
    """Return the named backends; without names those this machine supports, or all of them.

    Raises UsageError with the nearest names.
    """
    known = backends.discover()
    if names:
        return backends.choose(names, known)
    return [b for b in known if everywhere or b.supported]


def select(among: Sequence[Backend], patterns: Sequence[str]) -> list[Wanted]:
    """Return the models that names, aliases and patterns mean, by backend, in the record's order.

    A backend that lacks a model others of `among` have is left out. Raises UsageError or
    ModelUnavailable for what none of them has.
    """
    names = [catalogue.canonical(pattern) for pattern in patterns]
    found = [
        Wanted(backend, model)
        for backend in among
        for model in catalogue.models(backend)
        if any(fnmatchcase(model, name) for name in names)
    ]
    for name in names if among else ():
        if not any(fnmatchcase(wanted.name, name) for wanted in found):
            catalogue.find(among[0], name)
    return found


def able(wanted: Iterable[Wanted], asked: Sequence[str]) -> list[Wanted]:
    """Return those of which all facts asked for are said to be so."""
    return [each for each in wanted if all(getattr(each.facts, name) for name in asked)]


def defaults(among: Sequence[Backend], *, named: bool = False) -> list[Wanted]:
    """Return what a run without `-m` would use: of these if they are `named`, else of `--all`."""
    run = [backend for backend in among if named or backend.all]
    return [Wanted(b, b.default_model) for b in run if b.default_model in catalogue.models(b)]
