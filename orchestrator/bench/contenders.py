"""From wishes to contenders: the product of what was repeated, each with a name of its own."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

from orchestrator.backends import DEFAULT_MODEL, Backend
from orchestrator.errors import NothingToMeasure, UsageError, program
from orchestrator.models import catalogue
from orchestrator.runs.schema import Skipped
from orchestrator.runs.schema.contender import MOST, Contender, Wish
from orchestrator.units import size


def expand(
    wishes: Iterable[Wish], own_models: Mapping[str, Sequence[str]], boostable: Collection[str] = ()
) -> tuple[list[Contender], list[str]]:
    """Return the contenders of all wishes, named by what differs, and notices.

    Two alike without a name of the user's are one. `own_models` names the models of each backend
    that has only its own, the usual one first: that takes part where none of them is asked for.
    Terms are given to those that are `boostable`; the others take part without. Raises UsageError
    for none, for too many, and for two of one name.
    """
    found: list[tuple[str | None, Contender]] = []
    cannot: dict[str, None] = {}
    for wish in wishes:
        if True in wish.boosts:
            cannot |= dict.fromkeys(name for name in wish.backends if name not in boostable)
        for contender in _product(wish, own_models, boostable):
            entry = (wish.name, contender)
            if entry not in found:
                found.append(entry)
            if len(found) > MOST:
                raise UsageError(
                    f"this makes more than {MOST} contenders",
                    "repeat fewer options, or measure them in several runs",
                )
    if not found:
        raise UsageError("no contender is asked for", "name a backend: -b NAME, or --everything")
    named = _named(found)
    names = [contender.name for contender in named]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"two contenders are called {twice!r}", "give each a name of its own")
    unboosted = [f"no terms can be given to {', '.join(cannot)}"] if cannot else []
    return named, unboosted + [
        f"{one.name} and {other.name} ask for the same"
        for one, other in combinations(named, 2)
        if one.backend == other.backend and not any(one.differences(other))
    ]


def owned(among: Iterable[Backend], local: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the models of backends that have only their own, the usual one first.

    Those that are `local` may be anybody's; of BACKEND/NAME one. Raises ConfigError.
    """
    return {
        each.name: (
            each.own_model,
            *catalogue.models(each),
            *(name.removeprefix(f"{each.name}/") for name in local),
        )
        for each in among
        if each.own_model
    }


def usual_instead(wishes: Iterable[Wish], own_models: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Say which backend has none of the models that are asked for, and what it runs instead."""
    for wish in wishes:
        for name in wish.backends if wish.models else ():
            runs = _models(wish, own_models, name)
            if set(runs).isdisjoint(wish.models):
                yield f"{name} has no {' or '.join(wish.models)}: it runs {runs[0]}"


def left_out(names: Iterable[str]) -> Iterator[str]:
    """Say whom `--all` leaves out, if anyone, and how to ask for them."""
    if listed := ", ".join(names):
        yield f"not part of --all: {listed}; -b NAME takes one, --everything all of them"


def unnamed(wishes: Iterable[Wish], chosen: Iterable[Contender]) -> Iterator[Contender]:
    """Yield whom `--all` takes with a model of its own: the user named neither."""
    asked = list(wishes)
    if any(wish.everything for wish in asked):
        return
    names = {DEFAULT_MODEL}.union(*((*wish.backends, *wish.models) for wish in asked))
    yield from (each for each in chosen if not names & {each.backend, each.model})


def heavy(sizes: Mapping[str, int]) -> Iterator[str]:
    """Say whom `--all` leaves out for the bytes that they fetch, and how to ask for them."""
    if listed := ", ".join(f"{name} ({size(count)})" for name, count in sizes.items()):
        taken = "-b NAME takes one, --everything all of them"
        yield f"not part of --all, with over 1 GB to fetch: {listed}; {taken}"


def skipped(contender: Contender, reason: str) -> Skipped:
    """Return the row of a contender that cannot take part, for a reason that is no fault."""
    return Skipped(contender=contender.name, backend=contender.backend, reason=reason)


def nothing(rows: Iterable[Skipped]) -> NothingToMeasure:
    """Return the error of a run in which nobody can take part: each reason once, with its names."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        reasons.setdefault(row.reason, []).append(row.contender)
    lines = (f"  {reason}: {', '.join(names)}" for reason, names in reasons.items())
    what = "\n".join(("no backend can be measured here:", *lines))
    return NothingToMeasure(what, f"{program()} backends lists what each needs")


def labelled(contender: Contender, labels: int) -> list[Contender]:
    """Return contenders that are alike, `name#1` and so on: what `--aa` compares."""
    names = (f"{contender.name}#{number}" for number in range(1, labels + 1))
    return [contender.model_copy(update={"name": name}) for name in names]


def _product(
    wish: Wish, own_models: Mapping[str, Sequence[str]], boostable: Collection[str]
) -> Iterable[Contender]:
    for backend in wish.backends:
        settings = {**wish.settings, **wish.own.get(backend, {})}
        for model, precision, device, threads, boost, *values in product(
            _models(wish, own_models, backend),
            wish.precisions,
            wish.devices,
            wish.threads,
            wish.boosts if backend in boostable else (False,),
            *settings.values(),
        ):
            yield Contender(
                name=backend,
                backend=backend,
                model=model,
                device=device,
                precision=precision,
                threads=threads,
                boost=boost,
                settings=dict(zip(settings, values, strict=True)),
            )


def _models(wish: Wish, own_models: Mapping[str, Sequence[str]], backend: str) -> Sequence[str]:
    """Return what a backend runs of what is asked for; its usual one if that is for others."""
    own, asked = own_models.get(backend, ()), wish.models or (DEFAULT_MODEL,)
    if not own or (wish.models and own_models.keys() >= set(wish.backends)):
        return asked
    return [model for model in asked if model in own] or own[:1]


def _named(found: Sequence[tuple[str | None, Contender]]) -> list[Contender]:
    """Give every contender a name: the user's or the backend's, and what differs within it."""
    groups: dict[str, list[Contender]] = {}
    for name, contender in found:
        groups.setdefault(name or contender.backend, []).append(contender)
    named = []
    for name, contender in found:
        base = name or contender.backend
        parts = [base, *_distinct(contender, groups[base], name)]
        named.append(contender.model_copy(update={"name": " ".join(parts)}))
    return named


def _distinct(contender: Contender, group: Sequence[Contender], name: str | None) -> list[str]:
    """Return, as words, what is not the same in all of a group."""
    words = [contender.backend] if name and len({c.backend for c in group}) > 1 else []
    return words + contender.distinct(group)
