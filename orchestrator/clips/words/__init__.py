"""When words are spoken in a recording, as files beside it say: CTM and Praat's TextGrid."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from orchestrator import files
from orchestrator.clips.audio.clips import decoded_text
from orchestrator.clips.corpora.entry import objection
from orchestrator.clips.words import ctm, textgrid
from orchestrator.files import composed
from orchestrator.runs.schema import ClipRecord, ClipWords, Fault, TimedWord

_LARGEST = 64 << 20  # bytes: a word takes 30, an hour has 10,000
_READERS: dict[str, Callable[[str, str], list[TimedWord]]] = {
    ".ctm": ctm.words,
    ".textgrid": textgrid.words,
}


def of(clip: ClipRecord) -> ClipWords | Fault:
    """Return the words of a clip as a file beside its recording times them; none: no words.

    That is `talk.ctm` or `talk.TextGrid` for `talk.wav`, else any CTM file of that folder that has
    lines for `talk`. What is wrong with such a file is a fault.
    """
    name, folder = composed(clip.path.stem), clip.path.parent
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return unknown(clip)
    tables = _tables(folder, changed)
    for ending, read in _READERS.items():
        if path := tables.get((name + ending).casefold()):
            try:
                return _by_clock_of(clip, path.name, read(_text(path), name))
            except ValueError as error:
                return Fault(path.name, str(error))
    shared, broken = _shared(folder, changed)
    if name in shared:
        return _by_clock_of(clip, *shared[name])
    return broken or unknown(clip)


def unknown(clip: ClipRecord) -> ClipWords:
    """Return a clip of which nobody says when its words are spoken."""
    return ClipWords(clip=clip.name)


def _by_clock_of(clip: ClipRecord, source: str, words: Iterable[TimedWord]) -> ClipWords:
    """Return words in seconds from the clip's first sample, which may come after some seconds."""
    ordered = sorted(words, key=lambda word: (word.start, word.end))
    moved = (
        TimedWord(start=word.start - clip.offset, end=word.end - clip.offset, text=word.text)
        for word in ordered
    )
    return ClipWords(clip=clip.name, source=source, words=tuple(moved))


@lru_cache(maxsize=8)  # the clips of a folder follow each other
def _tables(folder: Path, _changed: int) -> Mapping[str, Path]:
    """Return the files of a folder that may time words, by their names in lower case."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _READERS)
    return {composed(p.name).casefold(): p for p in found if not objection(folder, p)}


@lru_cache(maxsize=8)
def _shared(
    folder: Path, changed: int
) -> tuple[Mapping[str, tuple[str, list[TimedWord]]], Fault | None]:
    """Return the words of every recording that a folder's CTM files name, and the first fault."""
    found: dict[str, tuple[str, list[TimedWord]]] = {}
    fault = None
    for path in _tables(folder, changed).values():
        if path.suffix.lower() == ".ctm":
            try:
                named = ctm.by_recording(_text(path))
            except ValueError as error:
                fault = fault or Fault(path.name, str(error))
                continue
            for name, words in named.items():
                found.setdefault(composed(name), (path.name, words))
    return found, fault


def _text(path: Path) -> str:
    """Return a file's text; raise ValueError for what cannot be read as one."""
    try:
        return decoded_text(files.read_bytes(path, _LARGEST))
    except UnicodeDecodeError as error:
        raise ValueError("it is neither UTF-8 nor UTF-16 text") from error
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error
