"""A corpus: its entries checked, their audio laid out as files, and their lengths."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrator.cache.progress import Progress
from orchestrator.clips import languages, references
from orchestrator.clips.audio import container
from orchestrator.clips.audio.clips import Utterance
from orchestrator.clips.audio.decoded_cache import SHORTEST_SECONDS
from orchestrator.clips.corpora.entry import (
    MISSING,
    Embedded,
    Entry,
    Reader,
    cut,
    is_unicode,
    unpacked,
)
from orchestrator.errors import AudioError, UsageError
from orchestrator.files import composed
from orchestrator.runs.schema import Fault

_TOLD_EVERY = 500  # clips


@dataclass(frozen=True)
class Corpus:
    """Recordings with what is said in them, read a clip at a time, as often as wanted.

    `name` is what the user sees; `kind` is "folder", "librispeech", "table", "manifest", "hub",
    "url" or "bundled"; `revision` is of a corpus from the hub. `language` is of clips that do not
    say theirs; without `references` a clip needs no text.
    """

    name: str
    kind: str
    reader: Reader
    progress: Progress
    revision: str | None = None
    language: str | None = None
    references: bool = True

    def utterances(self, drawn: Collection[int] | None = None) -> Iterator[Utterance | Fault]:
        """Yield every fault and every clip, or only clips `drawn` by their place in `lengths`.

        Audio inside parquet files is laid out in the cache. Raises ConfigError where a file as a
        whole is no corpus, ModelError where the cache cannot be written.
        """
        position = 0
        for item in self.checked(audio=True):
            if isinstance(item, Fault):
                yield item
                continue
            if drawn is None or position in drawn:
                yield self._utterance(item)
            position += 1

    def lengths(self) -> dict[str, float]:
        """Return the seconds of each clip by its name, as the corpus or a header says.

        Nothing is decoded; NaN where nobody says. Raises ConfigError as `utterances` does.
        """
        found: dict[str, float] = {}
        entries = (item for item in self.checked(audio=False) if isinstance(item, Entry))
        for number, entry in enumerate(entries, 1):
            found[entry.name] = _seconds(entry)
            if number % _TOLD_EVERY == 0:
                self.progress(f"reading the lengths of {self.name}: {number:,} clips", None)
        return found

    def checked(self, *, audio: bool) -> Iterator[Entry | Fault]:
        """Yield the entries that can be used, faults for the others, in the corpus's order."""
        taken: set[str] = set()
        for item in self.reader.entries(audio=audio):
            if isinstance(item, Fault):
                yield _printable(item)
                continue
            item = replace(item, name=composed(item.name))  # noqa: PLW2901 - one name everywhere
            fault = self._objection(item)
            name = item.name.casefold()  # two files on one that ignores case would be one
            if not fault and name in taken:
                fault = f"a clip named {item.name} came before it"
            if fault:
                yield _printable(Fault(item.where, fault))
            else:
                taken.add(name)
                yield item

    def _objection(self, entry: Entry) -> str:
        """Say what is wrong with what the corpus says of a clip; empty where nothing is."""
        texts = [("text", text) for text in (entry.text, *entry.alternatives)]
        for what, text in (("name", entry.name), *texts, ("speaker", entry.speaker)):
            if text and not is_unicode(text):
                return f"its {what} is not UTF-8"
        # Transcripts are written under this name: it may be a path, but only downwards.
        if not entry.name or entry.name.startswith("/") or ".." in entry.name.split("/"):
            return f"its name cannot be a file's: {entry.name!r}"
        if not self.references:
            return ""
        if entry.text is None:
            return "it has no reference text (--no-reference runs without)"
        if entry.text.strip() in MISSING:
            return f"its reference text is {entry.text.strip()!r}, as tables have it for none"
        return "" if entry.text.strip() else "its reference text is empty"

    def texts(self) -> Iterator[Utterance | Fault]:
        """Yield every fault and every clip with what is said in it; no audio is laid out.

        Audio inside a parquet file has no `path` but the clip's name. Raises as `utterances`.
        """
        for item in self.checked(audio=False):
            if isinstance(item, Fault):
                yield item
            else:
                audio = item.audio
                yield self._said(item, Path(item.name) if isinstance(audio, Embedded) else audio)

    def _utterance(self, entry: Entry) -> Utterance | Fault:
        audio = entry.audio
        if isinstance(audio, Embedded):
            if not audio.data:
                return _printable(Fault(entry.where, "there is no audio in it"))
            audio = unpacked(audio)
        elif entry.part is not None:
            try:
                audio = cut(audio, *entry.part)
            except (AudioError, OSError) as error:
                return _printable(Fault(entry.where, str(error)))
        return self._said(entry, audio)

    def _said(self, entry: Entry, audio: Path) -> Utterance:
        """Return a clip whose recording is `audio`, with its references cleaned."""
        raw = [text for text in (entry.text, *entry.alternatives) if text is not None]
        said = references.said(raw, subtitles=entry.subtitles)
        return Utterance(
            name=entry.name,
            path=audio,
            reference=said.text,
            language=languages.known(entry.language or "") or self.language,
            speaker=entry.speaker or None,
            alternatives=said.alternatives,
            left_out=said.left_out,
            terms=entry.terms,
            groups=entry.groups,
        )


def _seconds(entry: Entry) -> float:
    """Return a clip's length as its corpus or the header says."""
    if entry.seconds is not None:
        return entry.seconds
    audio = entry.audio
    return container.seconds(audio.data if isinstance(audio, Embedded) else audio)


def chosen(
    corpus: Corpus, limit: int | None, seed: int, without: Collection[str] = ()
) -> Iterator[Utterance | Fault]:
    """Yield the whole corpus or a sample of `limit` clips, in the corpus's order, and every fault.

    Never the first clips: corpora are often sorted by length or by speaker. The same corpus, limit
    and seed give the same clips, none that its header says is too short, none of the names
    `without`. Raises UsageError for a limit under 1.
    """
    if limit is None:
        yield from corpus.utterances()
        return
    if limit < 1:
        raise UsageError(f"a sample needs a clip or more, not {limit}", "give --limit 1 or more")
    corpus.progress(f"reading the lengths of {corpus.name}", None)
    known = corpus.lengths()
    lengths = np.fromiter(known.values(), np.float64)
    good = np.array([name not in without for name in known], bool) & ~(lengths < SHORTEST_SECONDS)
    left = np.flatnonzero(good)
    drawn = left[stratified(lengths[left], limit, seed)]
    yield from corpus.utterances(set(drawn.tolist()))


def stratified(lengths: NDArray[np.float64], limit: int, seed: int) -> NDArray[np.intp]:
    """Return the indices of a sample, ascending: one of each of `limit` near-equal strata.

    The strata are cut from the clips in order of length, those of unknown length (NaN) last.
    """
    if limit >= len(lengths):
        return np.arange(len(lengths))
    strata = np.array_split(np.argsort(lengths, kind="stable"), limit)
    places = np.random.Generator(np.random.PCG64(seed)).random(limit)
    return np.sort([s[int(place * len(s))] for s, place in zip(strata, places, strict=True)])


def _printable(fault: Fault) -> Fault:
    """Write what cannot be stored as escapes."""
    where, what = (
        t.encode("utf-8", "backslashreplace").decode() for t in (fault.where, fault.what)
    )
    return Fault(where, what)
