"""What people write on a command line, as values."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from orchestrator.runs.schema.record import Scalar


@contextmanager
def _refusals() -> Iterator[None]:
    """Say of a value that is none why, as of every wrong option."""
    from orchestrator.errors import UsageError

    try:
        yield
    except UsageError as error:
        raise typer.BadParameter(f"{error}: {error.fix}") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def choice(*names: str) -> dict[str, Any]:
    """Return what an option is declared with that takes one of these words."""
    return {"metavar": "|".join(names), "parser": one_of(*names)}


def one_of(*names: str) -> Callable[[str], str]:
    """Return what accepts these words only."""

    def accepted(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"{text!r} is none of {', '.join(names)}")
        return text

    return accepted


def language(text: str) -> str:
    """Return a language's code, of its code, tag or English name; `auto` stays."""
    from orchestrator.clips import languages

    with _refusals():
        return languages.chosen(text)


def fraction(text: str | float) -> float:
    """Return 0.03 of 3%, 3 % or 0.03."""
    from orchestrator.runs import quantities

    with _refusals():
        return quantities.share(text)


def span(text: str) -> float:
    """Return the seconds of 90s, 20m or 1.5h."""
    from orchestrator.runs import quantities

    with _refusals():
        return quantities.span(text)


def size(text: str) -> float:
    """Return the bytes of 8GB, 512MB or 16GiB."""
    from orchestrator.analysis.recommend import budget

    with _refusals():
        return budget.memory(text)


def program(text: str) -> str:
    """Return a command line as it is, if it names a program that is there."""
    from orchestrator.backends.worker import require_program

    with _refusals():
        require_program(text)
    return text


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Return what NAME=PATH pairs say."""
    found = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise typer.BadParameter(f"{text!r} is not NAME=PATH, such as tiny.en=/models/tiny.en")
        found[name] = path
    return found


def shares(texts: Sequence[str]) -> dict[str, float]:
    """Return what NAME=SHARE pairs say."""
    found = {}
    for text in texts:
        name, equals, share = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is not NAME=SHARE, such as speed=50%")
        found[name.strip()] = fraction(share)
    return found


def listed(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the values of an option that may be repeated or be a comma list, each once."""
    return tuple(dict.fromkeys(value for text in texts for value in _split(text)))


def counts(texts: Sequence[str]) -> tuple[int, ...]:
    """Return whole numbers from 1 up of an option that may be repeated or be a comma list."""
    values = listed(texts)
    if wrong := next((text for text in values if not text.isdecimal() or not int(text)), None):
        raise typer.BadParameter(f"{wrong!r} is not a whole number of 1 or more")
    return tuple(map(int, values))


def each_of(*names: str) -> "Callable[[str], str]":
    """Return what accepts comma lists of these words only."""
    accepted = one_of(*names)

    def all_accepted(text: str) -> str:
        return ",".join(accepted(value) for value in _split(text))

    return all_accepted


def engine_settings(
    texts: Sequence[str],
) -> "tuple[dict[str, tuple[Scalar, ...]], dict[str, dict[str, tuple[Scalar, ...]]]]":
    """Return what --set says: values by setting for all, and by backend and setting."""
    common: dict[str, tuple[Scalar, ...]] = {}
    own: dict[str, dict[str, tuple[Scalar, ...]]] = {}
    for text in texts:
        whole, equals, values = text.partition("=")
        backend, colon, name = whole.rpartition(":")
        if not (name and equals and values) or (colon and not backend):
            raise typer.BadParameter(
                f"{text!r} is not NAME=VALUE or BACKEND:NAME=VALUE, such as beam_size=1,5"
            )
        into = own.setdefault(backend, {}) if backend else common
        into[name] = (*into.get(name, ()), *map(_value, _split(values)))
    return common, own


def _split(text: str) -> list[str]:
    """Split a comma list; a value with a comma stands in double quotes."""
    try:
        (values,) = csv.reader([text], skipinitialspace=True)
    except (csv.Error, ValueError):
        return [text]  # of several lines: no list, and no name of anything either
    if not values or not all(value.strip() for value in values):
        raise typer.BadParameter(f"{text!r} has an empty value")
    return values


def _value(text: str) -> "Scalar":
    """Return a setting's value as JSON has it: 5, 0.5, true, null; anything else is a text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool | None) else text


def refuse(*contradictions: tuple[str, object]) -> None:
    """Refuse what does not go together: the first sentence whose condition holds."""
    for sentence, asked in contradictions:
        if asked:
            raise typer.BadParameter(sentence)


def pace(asked: float | None, interleave: str | None, *, live: bool, other: bool) -> float | None:
    """Return how fast clips are spoken; None where they are not. `other` has no live mode."""
    refuse(
        ("--pace needs --live", asked and not live),
        ("--live cannot be combined with --interleave", live and interleave in {"auto", "on"}),
        ("--live cannot be combined with --robustness or --sustain", live and other),
    )
    return (asked or 1.0) if live else None


def all_and(
    backend: list[str] | None, all_backends: object, everything: object
) -> tuple[tuple[str, object], ...]:
    """Return what speaks against naming backends beside all of them."""
    return (
        ("--all and -b cannot be combined", all_backends and backend),
        ("--everything and -b cannot be combined", everything and backend),
    )
