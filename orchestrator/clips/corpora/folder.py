"""A folder of recordings with texts beside them, or in a file for a chapter or a whole tree.

A text beside `talk.wav` is `talk.txt`, LibriTTS's `talk.normalized.txt`, or TIMIT's, which begins
with the number of samples. LibriSpeech has a `*.trans.txt` a chapter, Multilingual LibriSpeech a
`transcripts.txt` for all.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator import files
from orchestrator.clips.audio import container
from orchestrator.clips.audio.clips import decoded_text
from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora.entry import Entry, objection
from orchestrator.files import composed
from orchestrator.runs.schema import Fault

_CHAPTER, _TREE = ".trans.txt", "transcripts.txt"
_TEXTS = (".txt", ".normalized.txt", ".original.txt")  # of several the first is meant
_SPEAKER = re.compile(r"(\w+?)([-_])\w+\2\w+")  # of LibriSpeech's ids and those made like them
_TIMIT = re.compile(r"0 (\d+) +")
_TIMIT_RATE = 16_000


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a chapter."""

    where: str
    text: str


@dataclass(frozen=True)
class Folder:
    """Reads every recording below `root`; without `references` the texts are left alone.

    A recording's name is its path below `root` without the ending; with texts by id its id, whose
    first part is the speaker.
    """

    root: Path
    references: bool = True

    @property
    def is_librispeech(self) -> bool:
        """Whether any text below it is a chapter's."""
        return any(self.root.rglob(f"*{_CHAPTER}"))

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:  # noqa: ARG002 - no parquet
        """Yield the recordings folder by folder, in the order of their names."""
        unreadable: list[OSError] = []
        tree: dict[str, _Line] = {}
        spoken: set[str] = set()
        for path, below, found in os.walk(self.root, onerror=unreadable.append):
            below[:] = sorted(name for name in below if not name.startswith("."))
            names = sorted(n for n in found if n[0] != ".")
            folder = Path(path)
            if _TREE in names and self.references:
                yield from self._read_lines(folder / _TREE, tree)
                names.remove(_TREE)
            yield from self._folder(folder, names, tree, spoken)
            for name in below:
                if (folder / name).is_symlink():
                    link = self._where(folder / name)
                    yield Fault(link, "a link to a folder is not followed; name that folder itself")
        alone = (line.where for stem, line in tree.items() if stem not in spoken)
        yield from (Fault(where, "a reference without audio") for where in alone)
        for error in unreadable:
            yield Fault(self._where(Path(error.filename)), f"cannot be read: {error.strerror}")

    def _folder(
        self, folder: Path, files: list[str], tree: dict[str, _Line], spoken: set[str]
    ) -> Iterator[Entry | Fault]:
        """Yield the recordings of one folder; note the ids that are `spoken` in the `tree`."""
        lines: dict[str, _Line] = {}
        texts: dict[str, str] = {}
        for name in files if self.references else ():
            if name.endswith(_CHAPTER):
                yield from self._read_lines(folder / name, lines)
            elif name.lower().endswith(".txt"):
                texts[composed(name[:-4]) + ".txt"] = name  # also talk.TXT
        used: set[str] = set()
        for path in (folder / name for name in files if Path(name).suffix.lower() in ENDINGS):
            stem = composed(path.stem)
            spoken.add(stem)
            used.add(stem)
            beside = [text for ending in _TEXTS if (text := stem + ending) in texts]
            used.update(beside)
            if problem := path.is_symlink() and objection(self.root, path):
                yield Fault(self._where(path), f"it {problem}")
            elif line := lines.get(stem) or tree.get(stem):
                yield Entry(self._where(path), path.stem, path, line.text, speaker=_speaker(stem))
            else:
                yield self._entry(path, texts[beside[0]] if beside else None)
        alone = [line.where for stem, line in lines.items() if stem not in used]
        alone += [self._where(folder / real) for name, real in texts.items() if name not in used]
        yield from (Fault(where, "a reference without audio") for where in alone)

    def _entry(self, path: Path, beside: str | None) -> Entry | Fault:
        """Return a recording with the text of the file beside it, if there is one."""
        text = speaker = None
        if beside is not None:
            where = self._where(path.with_name(beside))
            try:
                if problem := objection(self.root, path.with_name(beside)):
                    return Fault(where, f"it {problem}")
                text = decoded_text(files.read_bytes(path.with_name(beside)))
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                return Fault(f"{where}, line {line}", "it is not UTF-8")
            except OSError as error:
                return Fault(where, f"it cannot be read: {error.strerror}")
            if beside.endswith(_TEXTS[1:]):
                speaker = _speaker(path.stem)
            elif (timit := _TIMIT.match(text)) and _is_length(int(timit[1]), path):
                text, speaker = text[timit.end() :], path.parent.name
        name = self._where(path.with_suffix(""))
        return Entry(self._where(path), name, path, text, speaker=speaker)

    def _read_lines(self, path: Path, lines: dict[str, _Line]) -> Iterator[Fault]:
        """Add lines of an id and its text to those there are; yield those that are broken."""
        if problem := objection(self.root, path):
            yield Fault(self._where(path), f"it {problem}")
            return
        with files.regular(path) as file:
            for number, raw in enumerate(file, 1):
                where = f"{self._where(path)}, line {number}"
                try:
                    stem, *text = composed(raw.decode("utf-8-sig")).split(maxsplit=1) or [""]
                except UnicodeDecodeError:
                    yield Fault(where, "it is not UTF-8")
                    continue
                if stem in lines:
                    yield Fault(where, f"a second text for {stem}")
                elif stem:
                    lines[stem] = _Line(where, "".join(text).strip())

    def _where(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _speaker(id_: str) -> str:
    """Return the first part of an id, such as 84-121-0001 or 10214_10108_000000."""
    found = _SPEAKER.match(id_)
    return found[1] if found else id_.split("-", maxsplit=1)[0]


def _is_length(samples: int, path: Path) -> bool:
    return abs(samples / _TIMIT_RATE - container.seconds(path)) < 1
