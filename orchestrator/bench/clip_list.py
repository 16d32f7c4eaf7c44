"""What a run transcribes, in order: `clips.jsonl`, read a clip and decoded a batch at a time."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from orchestrator.clips.audio.clips import Clip, Fault, restore
from orchestrator.clips.audio.decoded_cache import bytes_of, kept, most_bytes
from orchestrator.clips.audio.samples import RATE
from orchestrator.errors import AudioError
from orchestrator.runs.folder import writing
from orchestrator.runs.schema import ClipRecord, CorpusFault, CorpusRecord

_BATCH_CLIPS = 50  # between batches rows are written and progress is drawn
_SHOWN_FAULTS = 50


class Source(NamedTuple):
    """Where clips come from, by the name that people know it by."""

    name: str
    kind: str
    revision: str | None = None


class Playlist:
    """The clips of one run: any number of them, never all in memory."""

    def __init__(self, file: Path, cache: Path, corpus: CorpusRecord) -> None:
        self.file = file
        self.corpus = corpus
        self._cache = cache

    def __iter__(self) -> Iterator[Clip]:
        with self.file.open("rb") as lines:
            for line in lines:
                record = ClipRecord.model_validate_json(line)
                pcm = kept(record.sha256, self._cache, record.track)
                yield Clip(**record.model_dump(), pcm=pcm)

    @property
    def fits(self) -> bool:
        """Whether all samples stay on disk: then nothing is decoded during the run."""
        return bytes_of(self.corpus.seconds * RATE) <= most_bytes()

    def batches(self) -> Iterator[list[Clip]]:
        """Yield the clips in batches whose samples are on disk: what is missing is decoded first.

        A corpus whose samples fit under the cap is decoded once, before the run.
        """
        cap, size, batch = most_bytes(), 0.0, list[Clip]()
        for clip in self:
            if batch and (len(batch) == _BATCH_CLIPS or size + bytes_of(clip.samples) > cap):
                restore(batch, self._cache)
                yield batch
                size, batch = 0.0, []
            size += bytes_of(clip.samples)
            batch.append(clip)
        restore(batch, self._cache)
        yield batch

    def moved(self, file: Path) -> "Playlist":
        """Return the same list after its file went elsewhere."""
        with writing(file.parent):
            shutil.move(self.file, file)
        return Playlist(file, self._cache, self.corpus)


def write(file: Path, cache: Path, source: Source, items: Iterable[Clip | Fault]) -> Playlist:
    """Write the clips as they come, count them and list what could not be used.

    Raises AudioError where nothing could.
    """
    digest = hashlib.sha256()
    languages: dict[str, None] = {}
    faults: list[CorpusFault] = []
    clips, seconds, unusable = 0, 0.0, 0
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as lines:
        for item in items:
            if isinstance(item, Fault):
                unusable += 1
                if len(faults) < _SHOWN_FAULTS:
                    faults.append(CorpusFault(where=item.where, what=item.what))
                continue
            lines.write(item.model_dump_json().encode() + b"\n")
            track = f" {item.track}" if item.track else ""
            digest.update(f"{item.name}\0{item.sha256}{track}\n".encode())
            languages |= {item.language: None} if item.language else {}
            clips, seconds = clips + 1, seconds + item.seconds
    if not clips:
        first = f": {faults[0].where}: {faults[0].what}" if faults else ""
        raise AudioError(
            f"{source.name} has no clip that can be used{first}",
            "give recordings with a .txt beside each, a table or a manifest; without any texts:"
            " --no-reference",
        )
    corpus = CorpusRecord(
        **source._asdict(),
        clips=clips,
        seconds=seconds,
        languages=tuple(languages),
        digest=digest.hexdigest(),
        faults=tuple(faults),
        unusable=unusable,
    )
    return Playlist(file, cache, corpus)
