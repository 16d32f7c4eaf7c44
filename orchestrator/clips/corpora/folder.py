"""A folder of recordings with texts beside them, or in a file for a chapter or a whole tree.

A text beside `talk.wav` is `talk.txt`, LibriTTS's `talk.normalized.txt`, or TIMIT's, which begins
with the number of samples; without one it is `talk.vtt` or `talk.srt`. `talk.2.txt` and so on are
as good as the first. `talk.terms` lists names and jargon. LibriSpeech has a `*.trans.txt` a
chapter, Multilingual LibriSpeech a `transcripts.txt` for all.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator import files
from orchestrator.clips.audio import container
from orchestrator.clips.audio.clips import decoded_text, terms_beside
from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora.entry import Entry, objection
from orchestrator.clips.references import MOST_TEXTS, SUBTITLES
from orchestrator.errors import CleanroomError
from orchestrator.files import composed
from orchestrator.runs import terms
from orchestrator.runs.schema import Fault

_CHAPTER, _TREE = ".trans.txt", "transcripts.txt"
_WRITTEN = (".txt", ".normalized.txt", ".original.txt")
_TEXTS = (*_WRITTEN, *SUBTITLES)  # of several the first is meant
_IN_LANGUAGE = re.compile(r"(.+)\.[a-z]{2,3}(?:-\w+)?")  # subtitles: talk.en.vtt, talk.pt-BR.srt
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
            elif (ending := name[-4:].lower()) in {".txt", *SUBTITLES}:
                texts[composed(name[:-4]) + ending] = name  # also talk.TXT
        for known, name in list(texts.items()):
            if known.endswith(SUBTITLES) and (of := _IN_LANGUAGE.fullmatch(known[:-4])):
                texts.setdefault(of[1] + known[-4:], name)
        used: set[str] = set()
        stems = {composed(Path(name).stem) for name in files if _is_recording(name)}
        for path in (folder / name for name in files if _is_recording(name)):
            stem = composed(path.stem)
            spoken.add(stem)
            used.add(stem)
            beside = [text for ending in _TEXTS if (text := stem + ending) in texts]
            # Not where it is that of another recording, talk.2.wav.
            names = (f"{stem}.{n}" for n in range(2, MOST_TEXTS))
            others = [f"{n}.txt" for n in names if n not in stems and f"{n}.txt" in texts]
            used.update(beside, others)
            if problem := path.is_symlink() and objection(self.root, path):
                yield Fault(self._where(path), f"it {problem}")
            elif line := lines.get(stem) or tree.get(stem):
                entry = Entry(self._where(path), path.stem, path, line.text, speaker=_speaker(stem))
                yield self._with_terms(entry, path)
            else:
                yield self._entry(path, [texts[name] for name in (*beside[:1], *others)])
        alone = [line.where for stem, line in lines.items() if stem not in used]
        # Subtitles may be of a film that is elsewhere.
        unread = (real for name, real in texts.items() if name not in used and name[-4:] == ".txt")
        alone += [self._where(folder / real) for real in unread]
        yield from (Fault(where, "a reference without audio") for where in alone)

    def _entry(self, path: Path, beside: list[str]) -> Entry | Fault:
        """Return a recording with the texts of the files beside it, if there are any."""
        read = [self._read(path.with_name(name)) for name in beside]
        if fault := next((one for one in read if isinstance(one, Fault)), None):
            return fault
        texts = [one for one in read if isinstance(one, str)]
        speaker = None
        if beside and beside[0].endswith(_WRITTEN[1:]):
            speaker = _speaker(path.stem)
        elif texts and (timit := _TIMIT.match(texts[0])) and _is_length(int(timit[1]), path):
            texts[0], speaker = texts[0][timit.end() :], path.parent.name
        entry = Entry(
            self._where(path),
            self._where(path.with_suffix("")),
            path,
            texts[0] if texts else None,
            speaker=speaker,
            subtitles=bool(beside) and beside[0].lower().endswith(SUBTITLES),
            alternatives=tuple(texts[1:]),
        )
        return self._with_terms(entry, path)

    def _read(self, beside: Path) -> str | Fault:
        """Return the text of a file beside a recording, or what is wrong with it."""
        where = self._where(beside)
        try:
            if problem := objection(self.root, beside):
                return Fault(where, f"it {problem}")
            return decoded_text(files.read_bytes(beside))
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            return Fault(f"{where}, line {line}", "it is not UTF-8")
        except OSError as error:
            return Fault(where, f"it cannot be read: {error.strerror}")

    def _with_terms(self, entry: Entry, path: Path) -> Entry | Fault:
        """Return a recording with the terms listed beside it, if there are any."""
        beside = terms_beside(path)
        if beside is None:
            return entry
        if problem := objection(self.root, beside):
            return Fault(self._where(beside), f"it {problem}")
        try:
            return replace(entry, terms=terms.read(beside))
        except CleanroomError as error:
            return Fault(self._where(beside), f"{error}: {error.fix}")

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


def _is_recording(name: str) -> bool:
    return Path(name).suffix.lower() in ENDINGS


def _speaker(id_: str) -> str:
    """Return the first part of an id, such as 84-121-0001 or 10214_10108_000000."""
    found = _SPEAKER.match(id_)
    return found[1] if found else id_.split("-", maxsplit=1)[0]


def _is_length(samples: int, path: Path) -> bool:
    return abs(samples / _TIMIT_RATE - container.seconds(path)) < 1
