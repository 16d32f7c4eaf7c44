"""From wishes to contenders: the product of what was repeated, each with a name of its own."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

from orchestrator.errors import NothingToMeasure, UsageError, program
from orchestrator.runs.schema import Skipped
from orchestrator.runs.schema.contender import MOST, Contender, Wish
from orchestrator.units import size


def expand(
    wishes: Iterable[Wish], own_models: Mapping[str, str], boostable: Collection[str] = ()
) -> tuple[list[Contender], list[str]]:
    """Return the contenders of all wishes, named by what differs, and notices.

    Two alike without a name of the user's are one. `own_models` names the model of each backend
    that always runs one of its own: whatever models are asked for, it takes part once. Terms are
    given to those that are `boostable`; the others take part without. Raises UsageError for none,
    for too many, and for two of one name.
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


def left_out(names: Iterable[str]) -> Iterator[str]:
    """Say whom `--all` leaves out, if anyone, and how to ask for them."""
    if listed := ", ".join(names):
        yield f"not part of --all: {listed}; -b NAME takes one, --everything all of them"


def unnamed(wishes: Iterable[Wish], chosen: Iterable[Contender]) -> Iterator[Contender]:
    """Yield whom `--all` takes with a model of its own: the user named neither."""
    asked = list(wishes)
    if any(wish.everything for wish in asked):
        return
    names = {name for wish in asked for name in (*wish.backends, *wish.models)}
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
    wish: Wish, own_models: Mapping[str, str], boostable: Collection[str]
) -> Iterable[Contender]:
    for backend in wish.backends:
        own = own_models.get(backend)
        settings = {**wish.settings, **wish.own.get(backend, {})}
        for model, precision, device, threads, boost, *values in product(
            (own,) if own else wish.models,
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
