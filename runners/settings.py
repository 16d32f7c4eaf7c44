"""What a runner is asked, checked in one place: what cannot be honoured is refused."""

import inspect
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import UnsetType

from runners.protocol import Scalar

PROMPT_TOKENS = 223
"""Of a prompt of Whisper's: half of its context, less the token that begins it."""


class Unsupported(Exception):
    """An option this backend cannot honour: said, never ignored."""


class BadModel(Exception):
    """The weights at the given path cannot be used."""


class ServerFault(Exception):
    """A server that a remote backend needs did not do its part: what it did, and what to do."""


def library_defaults(function: Callable[..., object]) -> dict[str, Any]:
    """Return a library function's keyword defaults, so that no copy of them can drift."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def with_extra(settings: Mapping[str, Any], extra: Mapping[str, Scalar]) -> dict[str, Any]:
    """Return the settings with the user's own on top; raise Unsupported for one that is no such."""
    for name, value in extra.items():
        if name not in settings:
            near = get_close_matches(name, settings) or sorted(settings)
            raise Unsupported(f"no setting {name!r}; there are: {', '.join(near)}")
        if not _fits(value, settings[name]):
            raise Unsupported(f"{name} is {_kind(settings[name])} and cannot be {value!r}")
    return {**settings, **extra}


def with_terms(
    settings: Mapping[str, Any],
    name: str,
    terms: Sequence[str] | UnsetType,
    tokens: Callable[[str], int],
) -> tuple[dict[str, Any], dict[str, Scalar]]:
    """Return the settings with terms as a text, under the `name` of one; and what to report of it.

    As many of the first terms are given as have room in a prompt, by their `tokens`. Raises
    Unsupported where the text is set already, or has room for none.
    """
    if isinstance(terms, UnsetType) or not terms:
        return dict(settings), {}
    if settings.get(name):
        raise Unsupported(f"terms are handed over as {name}, which is set already: leave one out")
    known = range(len(terms) + 1)
    room = bisect_right(known, PROMPT_TOKENS, key=lambda n: tokens(_list(terms[:n]))) - 1
    if room < 1:
        raise Unsupported(f"{terms[0]!r} has more than {PROMPT_TOKENS} tokens")
    given: dict[str, Scalar] = {"terms_as": name, "terms_given": room}
    return {**settings, name: _list(terms[:room])}, given | {"terms_left_out": len(terms) - room}


def _list(terms: Sequence[str]) -> str:
    return ", ".join(terms)


def reported(settings: Mapping[str, Any], names: Collection[str]) -> dict[str, Scalar]:
    """Return the named settings as plain values; a list becomes its words."""
    return {name: _plain(settings[name]) for name in names}


def _plain(value: Any) -> Scalar:  # noqa: ANN401 - whatever a library has as a default
    if isinstance(value, Scalar):
        return value
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def chunking(
    way: str, seconds: float | None, *, overlap: float = 0.0, at_once: int = 1
) -> dict[str, Scalar]:
    """Return how long audio is taken apart, under names that are the same for every backend.

    `way` says where a chunk of so many seconds begins: "timestamps" (where the engine's last whole
    segment ended), "fixed" (where the chunk before ended), "overlapping" (earlier than that, the
    texts are merged) or "whole" (audio is not taken apart).
    """
    return {
        "chunking": way,
        "chunk_seconds": seconds,
        "overlap_seconds": overlap,
        "chunks_at_once": at_once,
    }


def choose_language(wish: str | None, known: Collection[str], *, multilingual: bool) -> str | None:
    """Return the language to decode in, None to detect it; raise Unsupported for a wrong one."""
    if not multilingual:
        if wish not in (None, "en"):
            raise Unsupported(f"this checkpoint is English-only and cannot transcribe {wish!r}")
        return "en"
    if wish is not None and wish not in known:
        raise Unsupported(f"no language {wish!r}; there are: {', '.join(sorted(known))}")
    return wish


def require_files(folder: Path, *names: str) -> None:
    """Raise BadModel naming what is missing: some libraries look for it on the network instead."""
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise BadModel(f"{folder} has no {', '.join(missing)}")


@contextmanager
def blaming(model: Path) -> Iterator[None]:
    """Turn what a library raises over its weights into BadModel, memory running out excepted."""
    try:
        yield
    except (BadModel, Unsupported, MemoryError):
        raise
    except Exception as error:
        raise BadModel(f"{model} does not load: {type(error).__name__}: {error}") from error


def _kind(default: object) -> str:
    """Say what values a setting takes, by its default."""
    match default:
        case bool():
            kind = "true or false"
        case int():
            kind = "a whole number"
        case float() | list() | tuple():
            kind = "a number"
        case _:
            kind = "a text"
    return f"{kind} ({_plain(default)} by default)"


def _fits(value: Scalar, default: object) -> bool:
    match default:
        case bool() | str():
            return type(value) is type(default)
        case int():
            return isinstance(value, int) and not isinstance(value, bool)
        case float() | list() | tuple():  # a threshold can be switched off, a ladder be one step
            return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        case _:
            return True
