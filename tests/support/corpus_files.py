"""Makes corpora in every form: recordings, texts, tables, and parquet files as the hub has them."""

import io
import wave
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from hub_server import HubHandler
from pyarrow import parquet

from orchestrator.clips.audio.clips import Utterance
from orchestrator.runs.schema import Fault

RATE = 8_000


def sound(seconds: float = 0.2) -> bytes:
    """Return a hum as a wav file."""
    samples = 9_000 * np.sin(np.arange(round(seconds * RATE)) / 9)
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, RATE, 0, "NONE", ""))
        written.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def place(folder: Path, files: Mapping[str, str | bytes | float]) -> Path:
    """Write files below a folder: texts, bytes, and for a number a recording so long in seconds."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case str():
                path.write_text(content, "utf-8", newline="")
            case bytes():
                path.write_bytes(content)
            case float():
                path.write_bytes(sound(content))
    return folder


def parted(items: Iterable[Utterance | Fault]) -> tuple[dict[str, Utterance], dict[str, str]]:
    """Return the utterances by name, and what is wrong by where."""
    both = list(items)
    faults = {item.where: item.what for item in both if isinstance(item, Fault)}
    return {item.name: item for item in both if isinstance(item, Utterance)}, faults


def recordings(
    rows: Iterable[Mapping[str, Any]], metadata: Mapping[bytes, bytes] | None = None
) -> bytes:
    """Return a parquet file of rows, whose `audio` is given as its bytes and path."""
    pairs = ((row, dict(zip(("bytes", "path"), row["audio"], strict=True))) for row in rows)
    listed = [{**row, "audio": audio} for row, audio in pairs]
    file = io.BytesIO()
    table = pa.Table.from_pylist(listed).replace_schema_metadata(metadata)
    parquet.write_table(table, file, row_group_size=2)
    return file.getvalue()


class DatasetHandler(HubHandler):
    """The hub's datasets: the same answers under the addresses that datasets have."""

    def respond(self, path: str) -> None:
        """Answer for a dataset as for a model, and for a model not at all."""
        kinds = {"/api/datasets/": "/api/models/", "/datasets/": "/"}
        prefix = next((kind for kind in kinds if path.startswith(kind)), None)
        if prefix is None:
            self.say(404, b"", {"X-Error-Code": "RepoNotFound"})
        else:
            super().respond(kinds[prefix] + path.removeprefix(prefix))
