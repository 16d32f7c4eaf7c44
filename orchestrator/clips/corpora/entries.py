"""What the readers of corpora yield: entries, each a clip as its corpus tells of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestrator.clips.audio.utterances import Fault


@dataclass(frozen=True, slots=True)
class Embedded:
    """Audio inside a parquet file; `data` is empty where there is none or it was not read."""

    data: bytes
    suffix: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One clip, unchecked but for its place; `text`, `seconds` and so on are as the corpus says."""

    where: str  # a file, or a file and line
    name: str
    audio: Path | Embedded
    text: str | None = None
    language: str | None = None
    speaker: str | None = None
    seconds: float | None = None


class Reader(Protocol):
    """Reads one form of corpus, as often as it is asked to and in the same order every time."""

    def entries(self, *, audio: bool = True) -> Iterator[Entry | Fault]:
        """Yield every clip; without `audio` embedded audio may be left out, if lengths are known.

        Raises ConfigError where a file as a whole is no corpus.
        """
        ...  # pragma: no cover
