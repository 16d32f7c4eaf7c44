"""A folder of recordings, a .txt beside each; or LibriSpeech's tree, a *.trans.txt a chapter."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator import files
from orchestrator.clips.audio.clips import Fault
from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora.entry import Entry, objection
from orchestrator.files import composed

_CHAPTER = ".trans.txt"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a chapter."""

    where: str
    text: str


@dataclass(frozen=True)
class Folder:
    """Reads every recording below `root`; without `references` the texts are left alone.

    A recording's name is its path below `root` without the ending; in LibriSpeech's tree its id,
    whose first part is the speaker.
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
        for folder, below, names in os.walk(self.root, onerror=unreadable.append):
            below[:] = sorted(name for name in below if not name.startswith("."))
            yield from self._folder(Path(folder), sorted(n for n in names if n[0] != "."))
            for name in below:
                if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118 - os.walk's
                    link = self._where(Path(folder) / name)
                    yield Fault(link, "a link to a folder is not followed; name that folder itself")
        for error in unreadable:
            yield Fault(self._where(Path(error.filename)), f"cannot be read: {error.strerror}")

    def _folder(self, folder: Path, files: list[str]) -> Iterator[Entry | Fault]:
        lines: dict[str, _Line] = {}
        texts: dict[str, str] = {}
        for name in files if self.references else ():
            if name.endswith(_CHAPTER):
                yield from self._read_chapter(folder / name, lines)
            elif name.lower().endswith(".txt"):
                texts[_stem(name)] = name
        spoken: set[str] = set()
        for path in (folder / name for name in files if Path(name).suffix.lower() in ENDINGS):
            stem = _stem(path.name)
            spoken.add(stem)
            if problem := path.is_symlink() and objection(self.root, path):
                yield Fault(self._where(path), f"it {problem}")
            elif stem in lines:
                text, speaker = lines[stem].text, stem.split("-")[0]
                yield Entry(self._where(path), path.stem, path, text, speaker=speaker)
            else:
                yield self._entry(path, texts.get(stem))
        alone = [line.where for stem, line in lines.items() if stem not in spoken]
        alone += [self._where(folder / name) for stem, name in texts.items() if stem not in spoken]
        yield from (Fault(where, "a reference without audio") for where in alone)

    def _entry(self, path: Path, beside: str | None) -> Entry | Fault:
        """Return a recording with the text of the file beside it, if there is one."""
        text = None
        if beside is not None:
            where = self._where(path.with_name(beside))
            try:
                if problem := objection(self.root, path.with_name(beside)):
                    return Fault(where, f"it {problem}")
                text = files.read_bytes(path.with_name(beside)).decode("utf-8-sig")
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                return Fault(f"{where}, line {line}", "it is not UTF-8")
            except OSError as error:
                return Fault(where, f"it cannot be read: {error.strerror}")
        return Entry(self._where(path), self._where(path.with_suffix("")), path, text)

    def _read_chapter(self, path: Path, lines: dict[str, _Line]) -> Iterator[Fault]:
        """Add a chapter's lines, "ID TEXT", to what its folder has; yield those that are broken."""
        if problem := objection(self.root, path):
            yield Fault(self._where(path), f"it {problem}")
            return
        with files.regular(path) as file:
            for number, raw in enumerate(file, 1):
                where = f"{self._where(path)}, line {number}"
                try:
                    stem, _, text = composed(raw.decode("utf-8-sig")).strip().partition(" ")
                except UnicodeDecodeError:
                    yield Fault(where, "it is not UTF-8")
                    continue
                if stem in lines:
                    yield Fault(where, f"a second text for {stem}")
                elif stem:
                    lines[stem] = _Line(where, text)

    def _where(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _stem(name: str) -> str:
    """Return what a recording and its text have in common, whoever wrote its accents."""
    return composed(Path(name).stem)
