"""The words of a run's clips with their times, kept beside the list of clips."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestrator.clips import words
from orchestrator.clips.audio.clips import Clip
from orchestrator.errors import UsageError
from orchestrator.runs.run_files import WORDS
from orchestrator.runs.schema import Fault


class Words:
    """Writes a line a clip into a file of this folder; counts clips whose words are timed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / WORDS
        self.clips = 0

    def kept(self, items: Iterable[Clip | Fault]) -> Iterator[Clip | Fault]:
        """Pass clips on, and each fault of their times once; leave no file where there are none."""
        faults = set[Fault]()
        with self._file.open("wb") as lines:
            for item in items:
                yield item
                if isinstance(item, Fault):
                    continue
                found = words.of(item)
                if isinstance(found, Fault):
                    if found not in faults:
                        yield found
                    faults.add(found)
                    found = words.unknown(item)
                lines.write(found.model_dump_json().encode() + b"\n")
                self.clips += bool(found.words)
        if not self.clips:
            self._file.unlink()

    def require(self) -> None:
        """Raise UsageError where no clip has any."""
        if not self.clips:
            raise UsageError(
                "--word-times: of no clip is it known when its words are spoken",
                "put talk.ctm or talk.TextGrid beside talk.wav, or make speech whose times are"
                " known: speech make FILE.txt --output DIR",
            )
