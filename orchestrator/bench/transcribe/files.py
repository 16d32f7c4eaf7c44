"""Where transcripts go: into one folder, or each beside its recording."""

from collections.abc import Sequence
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.runs.transcripts import FileNames, Spoken, expect_writable, write


class Files:
    """Writes what is said in recordings; two of one name in one folder become `talk` and `talk-2`.

    Raises UsageError when it is made for a folder that cannot be written, or for a text that would
    stand where `run` looks for what a person says was spoken: backends would be scored against one
    of them.
    """

    def __init__(
        self, recordings: Sequence[Path], folder: Path | None, formats: Sequence[str]
    ) -> None:
        self._folder = folder
        self._formats = formats
        self._names: dict[Path, FileNames] = {}
        for recording in recordings if "txt" in formats else ():
            if (folder or recording.parent).resolve() == recording.parent.resolve():
                raise UsageError(
                    f"{recording.with_suffix('.txt')} is where `run` looks for the reference of"
                    f" {recording.name}: no engine's text may stand there",
                    "write elsewhere: --output DIR, or leave --format txt away",
                )
        if folder is not None:
            expect_writable(folder)

    def write(self, recording: Path, spoken: Spoken) -> list[Path]:
        """Write every format; return the paths. Raises UsageError where they cannot be written."""
        folder = self._folder or recording.parent
        names = self._names.setdefault(folder.resolve(), FileNames())
        return write(folder, names(recording.stem), spoken, self._formats)
