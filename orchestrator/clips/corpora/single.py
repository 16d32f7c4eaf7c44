"""A few recordings whose texts are known beforehand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.clips.audio.utterances import Fault
from orchestrator.clips.corpora.entries import Entry


@dataclass(frozen=True)
class Known:
    """Reads the files, in order; each stands for its text."""

    texts: Mapping[Path, str]
    references: bool = True

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:  # noqa: ARG002 - no parquet
        """Yield the recordings."""
        for path, text in self.texts.items():
            yield Entry(path.name, path.stem, path, text if self.references else None)
