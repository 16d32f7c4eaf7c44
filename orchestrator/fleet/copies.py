"""The controller's copy of a run: what a machine writes, as it does, and at last every file."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from orchestrator.errors import ConfigError
from orchestrator.files import sha256_of, size_of
from orchestrator.fleet.messages import Files, News, Piece, Pull
from orchestrator.fleet.names import is_file_of_a_run
from orchestrator.runs.folder import writing
from orchestrator.runs.schema import ROW, Measured, Row
from orchestrator.runs.schema.plan import Cell
from orchestrator.runs.stored import RunFiles

_ROWS = "rows.jsonl"
_DOCUMENTS = ("manifest.json", "summary.json")
_GROWING = {"clips.jsonl", "timeline.jsonl", _ROWS}
_MOST_BYTES = 8_000_000_000  # of a run: more than any has


class Copy:
    """One machine's run on this side."""

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self._run = run
        self._stamps = dict.fromkeys(_DOCUMENTS, 0)
        self._sizes = {name: size_of(folder / name) for name in _GROWING}
        self.rows = 0
        if self._sizes[_ROWS]:
            self._heard((folder / _ROWS).read_bytes())

    def wanted(self) -> Pull:
        """Return the request for what is not here yet."""
        return Pull(self._run, whole=dict(self._stamps), lines=dict(self._sizes))

    def take(self, asked: Pull, news: News) -> None:
        """Keep pieces of files; raise ConfigError for what no run of ours has."""
        with writing(self.folder):
            for piece in news.pieces:
                self._keep(piece)
        if not news.more:  # a cell's transcripts are whole before its row is there
            for name in asked.lines.keys() - _GROWING:
                self._sizes.pop(name, None)

    def differing(self, there: Files) -> list[str]:
        """Return the files that are not here as they are there; drop what is not there at all."""
        if sum(size for size, _ in there.files.values()) > _MOST_BYTES:
            raise ConfigError("its run is larger than any can be", "look at that machine")
        for name in there.files:
            _require(name)
        for path in self._own_files():
            if path.relative_to(self.folder).as_posix() not in there.files:
                path.unlink()
        return [
            name
            for name, (size, digest) in there.files.items()
            if (size_of(self.folder / name), _digest(self.folder / name)) != (size, digest)
        ]

    def drop(self, names: Iterable[str]) -> None:
        """Remove files, to copy them anew."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
            self._sizes[name] = 0

    def request(self, names: Iterable[str]) -> Pull:
        """Return the request for what is not here of these files."""
        return Pull(self._run, lines={name: self._sizes.get(name, 0) for name in names})

    def _keep(self, piece: Piece) -> None:
        _require(piece.name)
        path = self.folder / piece.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if piece.whole:
            path.write_bytes(piece.data)
            self._stamps[piece.name] = piece.at
            return
        size = size_of(path)
        if piece.at != size:
            self._sizes[piece.name] = size
            return  # from an answer that came twice
        with path.open("ab") as file:
            file.write(piece.data)
        self._sizes[piece.name] = size + len(piece.data)
        if piece.name == _ROWS:
            self.rows = 0 if not size else self.rows
            self._heard(piece.data)

    def _heard(self, lines: bytes) -> None:
        """Want what belongs to new rows: it was on that machine's disk before they were."""
        for line in lines.splitlines():
            row = _row(line)
            self.rows += 1
            if not isinstance(row, Measured):
                continue
            files, cell = RunFiles(self.folder), Cell(row.block, row.contender).key
            for kind in ("passes", "live"):
                path = files.lines_of(kind, cell, row.attempt)
                name = path.relative_to(self.folder).as_posix()
                _require(name)
                self._sizes.setdefault(name, size_of(path))

    def _own_files(self) -> Iterator[Path]:
        for path in self.folder.rglob("*"):
            if path.is_file() and is_file_of_a_run(path.relative_to(self.folder).as_posix()):
                yield path


def _row(line: bytes) -> Row:
    try:
        return ROW.validate_json(line)
    except ValidationError as error:
        raise ConfigError(
            "a line that it sent is no row of a run", "look at that machine"
        ) from error


def _require(name: str) -> None:
    if not is_file_of_a_run(name):
        raise ConfigError(f"it sends {name[:80]!r}, which is no file of a run", "look at it")


def _digest(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""
