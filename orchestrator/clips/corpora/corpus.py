"""A corpus: its entries checked, their audio laid out as files, and their lengths."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrator.clips.audio.utterances import Fault, Utterance
from orchestrator.clips.corpora.entries import Embedded, Entry, Reader
from orchestrator.clips.corpora.headers import seconds
from orchestrator.clips.corpora.unpacking import unpacked

Progress = Callable[[str, float | None], None]

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
        """Yield every fault and every clip, or only clips `drawn` by their index into `lengths`.

        Audio inside parquet files is laid out in the cache. Raises ConfigError where a file as a
        whole is no corpus, ModelError where the cache cannot be written.
        """
        position = 0
        for item in self._checked(audio=True):
            if isinstance(item, Fault):
                yield item
                continue
            if drawn is None or position in drawn:
                yield self._utterance(item)
            position += 1

    def lengths(self) -> NDArray[np.float64]:
        """Return the seconds of each clip, shape (clips,), as told by the corpus or a header.

        Nothing is decoded; NaN where nobody says. Raises ConfigError as `utterances` does.
        """
        return np.fromiter(self._lengths(), np.float64)

    def _lengths(self) -> Iterator[float]:
        entries = (item for item in self._checked(audio=False) if isinstance(item, Entry))
        for number, entry in enumerate(entries, 1):
            yield seconds(entry.audio) if entry.seconds is None else entry.seconds
            if number % _TOLD_EVERY == 0:
                self.progress(f"reading the lengths of {self.name}: {number:,} clips", None)

    def _checked(self, *, audio: bool) -> Iterator[Entry | Fault]:
        """Yield the entries that can be used, faults for the others, in the corpus's order."""
        taken: set[str] = set()
        for item in self.reader.entries(audio=audio):
            if isinstance(item, Fault):
                yield _printable(item)
                continue
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
        for what, text in (("name", entry.name), ("text", entry.text), ("speaker", entry.speaker)):
            if text and not _is_unicode(text):
                return f"its {what} is not UTF-8"
        # Transcripts are written under this name: it may be a path, but only downwards.
        if not entry.name or entry.name.startswith("/") or ".." in entry.name.split("/"):
            return f"its name cannot be a file's: {entry.name!r}"
        if not self.references:
            return ""
        if entry.text is None:
            return "it has no reference text (--no-reference runs without)"
        return "" if entry.text.strip() else "its reference text is empty"

    def _utterance(self, entry: Entry) -> Utterance | Fault:
        audio = entry.audio
        if isinstance(audio, Embedded):
            if not audio.data:
                return _printable(Fault(entry.where, "there is no audio in it"))
            audio = unpacked(audio)
        text = (entry.text or "").strip() or None
        language = primary(entry.language) or self.language
        return Utterance(entry.name, audio, text, language, entry.speaker or None)


def primary(language: str | None) -> str | None:
    """Return the code of a language tag ("pt" of "pt-BR"); None for what is no tag."""
    code = re.split("[-_]", (language or "").strip().lower())[0]
    return code if re.fullmatch("[a-z]{2,3}", code) else None


def _is_unicode(text: str) -> bool:
    """Tell whether it can be stored: bytes that are no UTF-8 were read as surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(fault: Fault) -> Fault:
    """Write what cannot be stored as escapes."""
    where, what = (
        t.encode("utf-8", "backslashreplace").decode() for t in (fault.where, fault.what)
    )
    return Fault(where, what)
