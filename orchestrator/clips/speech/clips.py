"""One clip of spoken text on the disk: FLAC that says how it was made, its text beside it."""

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.clips.speech.flac import RATE, encode
from orchestrator.clips.speech.process import Voice
from orchestrator.clips.speech.variations import Variation
from orchestrator.errors import UsageError


@dataclass(frozen=True, slots=True)
class SpokenClip:
    """A clip to be: its FLAC file, what is said in it, and how; `recipe` is all its bytes hang on.

    The FLAC file carries the recipe as its comment.
    """

    path: Path
    text: str
    variation: Variation
    seed: int
    recipe: str

    def exists(self) -> bool:
        """Whether just this clip is on the disk already."""
        import av  # noqa: PLC0415 - a tenth of a second, and a run writes clips, but asks for none

        try:
            with av.open(self.path) as container:
                same = container.metadata.get("comment") == self.recipe
            return same and self.path.with_suffix(".txt").read_text("utf-8") == self.text + "\n"
        except (OSError, av.FFmpegError, UnicodeDecodeError):
            return False

    def write(self, voice: Voice) -> float:
        """Make the clip; return its seconds, 0 where the voice finds nothing to read.

        Raises UsageError when the folder cannot be written.
        """
        speech = self.variation.spoken(voice, self.text, self.seed)
        if len(speech):
            with told(self.path.parent):
                # A clip whose text is another's must not be seen, whatever happens in between.
                self.path.unlink(missing_ok=True)
                write_whole(self.path.with_suffix(".txt"), f"{self.text}\n".encode())
                write_whole(self.path, encode(speech, self.recipe))
        return len(speech) / RATE


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Tell the system's refusals (no room, no permission, no folder) as ours."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}",
            "free some space, or give another folder with --out DIR",
        ) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        unfinished = Path(file.name)
        try:
            file.write(data)
            file.flush()
            unfinished.chmod(0o644)
            unfinished.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
