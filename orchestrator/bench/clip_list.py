"""The clips of a run, read from its `clips.jsonl` as they are needed; disputed places cut out."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from orchestrator.clips.audio.clips import Clip, restore
from orchestrator.clips.audio.decoded_cache import bytes_of, kept, most_bytes
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.clips.corpora.tally import Tally
from orchestrator.errors import AudioError
from orchestrator.runs import records
from orchestrator.runs.folder import writing
from orchestrator.runs.run_files import WORDS
from orchestrator.runs.schema import ClipRecord, CorpusRecord, Disputed, Fault, Summary, Term

_BATCH_CLIPS = 50  # between batches rows are written and progress is drawn
_LEAST_SECONDS = 0.5  # a shorter cut cannot be understood


class Source(NamedTuple):
    """Where clips come from, by the name that people know it by."""

    name: str
    kind: str
    revision: str | None = None


@dataclass(frozen=True)
class Listing:
    """Clips as another machine has gathered them, in a file as `clips.jsonl`; the audio is here."""

    source: Source
    file: Path
    audio: Path  # the folder of the files that it names

    def records(self) -> Iterator[ClipRecord]:
        """Yield what is known of each clip, in order; raise ConfigError for a line that is none."""
        for record in records.records(self.file, ClipRecord.model_validate_json):
            yield record.model_copy(update={"path": self.audio / record.path.name})


class Playlist:
    """The clips of one run: any number of them, never all in memory."""

    def __init__(
        self, file: Path, cache: Path, corpus: CorpusRecord, terms: tuple[Term, ...] = ()
    ) -> None:
        self.file = file
        self.corpus = corpus
        self.terms = terms  # of all clips together
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
        """Return the same list after its file, and that of the words, went elsewhere."""
        words = self.file.with_name(WORDS)
        with writing(file.parent):
            shutil.move(self.file, file)
            if words.exists():
                shutil.move(words, file.with_name(WORDS))
        return Playlist(file, self._cache, self.corpus, self.terms)


def write(file: Path, cache: Path, source: Source, items: Iterable[Clip | Fault]) -> Playlist:
    """Write the clips as they come, count them and list what could not be used.

    Raises AudioError where nothing could, ConfigError where terms of clips contradict each other.
    """
    digest = hashlib.sha256()
    tally, seconds = Tally(**source._asdict()), 0.0
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as lines:
        for item in items:
            if isinstance(item, Fault):
                tally.fault(item)
                continue
            lines.write(item.model_dump_json().encode() + b"\n")
            track = f" {item.track}" if item.track else ""
            digest.update(f"{item.name}\0{item.sha256}{track}\n".encode())
            tally.add(item)
            seconds += item.seconds
    if tally.nothing:
        raise AudioError(
            tally.nothing,
            "give recordings with a .txt beside each, a table or a manifest; without any texts:"
            " --no-reference",
        )
    corpus = tally.record(seconds=seconds, digest=digest.hexdigest())
    return Playlist(file, cache, corpus, tally.terms)


def write_disputed(summary: Summary, clips: Playlist, folder: Path) -> None:
    """Cut each disputed place out of its clip, with a draft of its text and what each heard.

    Corrected and renamed to `.txt`, a draft is a reference: the folder is a corpus of its own.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wanted = {dispute.clip for dispute in summary.disputed}
    found = {clip.name: clip for batch in clips.batches() for clip in batch if clip.name in wanted}
    for number, dispute in enumerate(summary.disputed, 1):
        stem = folder / f"{number:02d}"
        stem.with_suffix(".flac").write_bytes(flac(_cut(found[dispute.clip], dispute)))
        heard = "".join(f"{name}: {text}\n" for name, text in dispute.heard.items())
        stem.with_suffix(".heard").write_text(heard, encoding="utf-8")
        draft = next(iter(dispute.heard.values()))
        stem.with_suffix(".draft").write_text(f"{draft}\n", encoding="utf-8")


def _cut(clip: Clip, dispute: Disputed) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    samples = np.fromfile(clip.pcm, "<f4")
    start = 0.0 if dispute.start is None else dispute.start - clip.offset
    end = clip.seconds if dispute.end is None else dispute.end - clip.offset
    middle, half = (start + end) / 2, max(end - start, _LEAST_SECONDS) / 2
    return samples[max(0, int((middle - half) * RATE)) : int((middle + half) * RATE)]
