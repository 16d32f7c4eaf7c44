"""Reads recordings out of parquet files, a few rows at a time and only the columns needed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora.catalogue import Columns
from orchestrator.clips.corpora.entry import Embedded, Entry, group
from orchestrator.clips.corpora.table import COLUMNS
from orchestrator.errors import ConfigError
from orchestrator.runs.schema import Fault

_ROWS = 16  # at once: what is held is one page of the file and these
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Parquet:
    """Reads `files`, in order, as a hub's dataset has them: audio is a struct of bytes and path."""

    files: tuple[Path, ...]
    columns: Columns
    references: bool = True

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:
        """Yield every row; raise ConfigError for a file that is none or lacks a column."""
        columns = self.columns
        wanted = [columns.text, columns.name, columns.speaker, columns.seconds]
        names = [name for name in wanted if name] + [f"{columns.audio}.path"]
        if audio or not columns.seconds:
            names.append(f"{columns.audio}.bytes")
        for file in self.files:
            for number, (row, groups) in enumerate(_rows(file, names, self._taken), 1):
                yield self._entry(file, number, row, groups)

    @property
    def _taken(self) -> set[str]:
        """Columns by which nobody groups: those that are read, and texts and paths by any name."""
        columns = self.columns
        own = (columns.text, columns.audio, columns.name, columns.speaker, columns.seconds)
        return {each for names in COLUMNS.values() for each in names} | {n for n in own if n}

    def _entry(
        self, file: Path, number: int, row: Mapping[str, Any], groups: Mapping[str, str]
    ) -> Entry:
        columns = self.columns
        audio = row[columns.audio] or {}
        path = PurePosixPath(audio.get("path") or f"{file.stem}-{number}")
        known = path.suffix.lower() in ENDINGS  # what else a publisher writes there is no ending
        name = _text(row, columns.name) or path.stem
        speaker = _text(row, columns.speaker)
        if columns.speaker_until:
            speaker = name.partition(columns.speaker_until)[0]
        length = row[columns.seconds] if columns.seconds else None
        return Entry(
            where=f"{file.name}, row {number}",
            name=name,
            audio=Embedded(audio.get("bytes") or b"", path.suffix if known else ""),
            text=_text(row, columns.text) if self.references else None,
            speaker=speaker,
            seconds=float(length) / columns.per_second if length else None,
            groups=groups,
        )


def _rows(
    file: Path, names: list[str], taken: set[str]
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield of each row the columns `names`, and what others say that are not `taken`."""
    # Here, because it takes 0.2 s: who measures a file of his own needs none of it.
    import pyarrow as pa  # type: ignore[import-untyped] # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    again = f"remove {file.parent} and run the same again: it is fetched anew"
    try:
        # Without these a whole column of a row group is held: hundreds of MB of audio.
        with parquet.ParquetFile(file, pre_buffer=False, buffer_size=_PIECE_BYTES) as opened:
            there = opened.schema_arrow.names
            if lacking := {name.split(".")[0] for name in names} - set(there):
                what = f"{file.name} has no column {', '.join(sorted(lacking))}"
                raise ConfigError(f"{what}; it has: {', '.join(there)}", "correct catalogue.toml")
            labels = _labels(opened.schema_arrow.metadata)
            plain = (each.name for each in opened.schema_arrow if _is_plain(each.type))
            more = [name for name in plain if name.casefold() not in taken]
            for batch in opened.iter_batches(_ROWS, columns=[*names, *more]):
                for row in batch.to_pylist():
                    said = ((name, _said(row[name], labels.get(name))) for name in more)
                    yield row, {name.casefold(): text for name, text in said if text}
    except (OSError, pa.ArrowException) as error:
        raise ConfigError(f"{file} cannot be read as parquet: {error}", again) from error


def _is_plain(kind: Any) -> bool:  # noqa: ANN401 - an Arrow type
    """Tell whether a column holds a text, a number or the like: no list, and no bytes."""
    from pyarrow import types  # noqa: PLC0415 - see above

    nested, binary = types.is_nested(kind), types.is_binary(kind) or types.is_large_binary(kind)
    return not (nested or binary)


def _labels(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return what the numbers of a column stand for, where the hub's library has written that."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        known = {name: each["names"] for name, each in features.items() if "names" in each}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {name: list(map(str, names)) for name, names in known.items() if isinstance(names, list)}


def _said(value: object, names: list[str] | None) -> str:
    """Return a value as the name of a group; empty for what is none, such as a label of -1."""
    if isinstance(value, int) and names is not None:
        return group(names[value]) if 0 <= value < len(names) else ""
    return "" if value is None else group(f"{value:g}" if isinstance(value, float) else str(value))


def _text(row: Mapping[str, Any], column: str | None) -> str | None:
    """Return what a column holds as text: ids are often numbers."""
    value = row[column] if column else None
    return None if value is None else str(value)
