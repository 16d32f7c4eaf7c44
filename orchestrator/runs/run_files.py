"""The files of a stored run, read line by line; whatever is damaged is a sentence that names it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from orchestrator import files
from orchestrator.errors import ConfigError, UsageError, program, quoted
from orchestrator.runs import records
from orchestrator.runs.schema import (
    ROW,
    ClipRecord,
    ClipWords,
    LivePass,
    Manifest,
    Measured,
    Passes,
    Row,
    Summary,
)
from orchestrator.runs.schema.plan import Cell, file_stem

WORDS = "word_times.jsonl"
"""The file of a run that says when the words of its clips are spoken, where that is known."""

WORD_PASSES, NOISE_PASSES = "words", "noise"
"""Passes for accuracy alone: texts with the times of their words; clips made hard to hear."""

FLEET = "fleet.json"
"""What the folder of a fleet's run has instead of a manifest."""

_INNER = {"passes", "live", "logs", "audio", "disputed"}  # folders of a run


class RunFiles:
    """The files of one run, which is named by its folder or by any file in it."""

    def __init__(self, path: Path) -> None:
        self.path = _folder(path)
        self.rows_file = self.path / "rows.jsonl"
        self.clips_file = self.path / "clips.jsonl"
        self.words_file = self.path / WORDS

    @property
    def has_manifest(self) -> bool:
        """Whether the run was planned already: then it goes on as it was planned."""
        return (self.path / "manifest.json").exists()

    def manifest(self) -> Manifest:
        """Read the manifest; raise UsageError where there is no run, ConfigError for another's."""
        path = self.path / "manifest.json"
        try:
            data = files.read_bytes(path)
        except OSError as error:
            one = "name the folder of a run, such as results/20261122-160117-bfd6"
            if (self.path / FLEET).exists():
                one = (
                    f"it is a fleet's: {program()} fleet show {quoted(self.path)}"
                    " (--markdown, --json); or name a machine's folder in it;"
                    " to go on with it: run --fleet ADDRESS"
                )
            what = f"{self.path} is no run: {path} cannot be read ({error.strerror})"
            raise UsageError(what, one) from error
        return records.document(Manifest, data, path)

    def summary(self) -> Summary | None:
        """Read the summary; None where the run was cut off before there was one."""
        path = self.path / "summary.json"
        try:
            data = files.read_bytes(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
        summary = records.document(Summary, data, path, f"{program()} score {quoted(self.path)}")
        for line in summary.contenders:
            if fault := records.absurd(line):
                raise ConfigError(f"{path}: {line.contender}: {fault}", records.DAMAGED)
        return summary

    def rows(self) -> Iterator[Row]:
        """Yield the stored rows in order; raise ConfigError naming a line that is none."""
        return records.records(self.rows_file, ROW.validate_json)

    def passes(self, row: Measured) -> Iterator[Passes]:
        """Yield the transcripts of a cell, one for each clip, in their order."""
        path = self.lines_of("passes", Cell(row.block, row.contender).key, row.attempt)
        yield from records.exactly(
            row.clips, records.records(path, Passes.model_validate_json), path, "transcripts"
        )

    def live(self, row: Measured) -> Iterator[LivePass]:
        """Yield what a cell of a live run showed, a clip each, in their order."""
        path = self.lines_of("live", Cell(row.block, row.contender).key, row.attempt)
        yield from records.exactly(
            row.clips, records.records(path, LivePass.model_validate_json), path, "spoken clips"
        )

    def has_accuracy(self, kind: str, contender: str) -> bool:
        """Whether a contender has been through passes of this kind that are for accuracy alone."""
        return self._accuracy(kind, contender).exists()

    def accuracy(self, kind: str, contender: str) -> Iterator[Passes]:
        """Yield what a contender heard in such passes, in order; nothing where it had none."""
        path = self._accuracy(kind, contender)
        if path.exists():
            yield from records.records(path, Passes.model_validate_json)

    def clips(self) -> Iterator[ClipRecord]:
        """Yield the clips of the run in order."""
        path = self.clips_file
        clips = records.records(path, ClipRecord.model_validate_json)
        if self.has_manifest:
            clips = records.exactly(self.manifest().corpus.clips, clips, path, "clips")
        yield from clips

    def word_times(self) -> Iterator[ClipWords]:
        """Yield the words of each clip whose times are known, for each clip of the run."""
        path = self.words_file
        if not path.exists():
            yield from (ClipWords(clip=clip.name) for clip in self.clips())
            return
        words = records.records(path, ClipWords.model_validate_json)
        yield from records.exactly(self.manifest().corpus.clips, words, path, "clips' words")

    def timeline(self) -> Iterator[dict[str, Any]]:
        """Yield what the machine was like, once a second; a line that a crash cut is left out."""
        path = self.path / "timeline.jsonl"
        if not path.exists():
            return
        for _, line in records.lines(path):
            try:
                moment = from_json(line, allow_inf_nan=False)
            except ValueError:
                continue
            if isinstance(moment, dict) and isinstance(moment.get("at"), int | float):
                yield moment

    def _accuracy(self, kind: str, contender: str) -> Path:
        return self.lines_of(
            "passes", f"{kind}-{contender}", 1
        )  # no cell's: these begin with digits

    def lines_of(self, kind: str, cell: str, attempt: int) -> Path:
        """Return the file of what an attempt at a cell left: `passes`, or what it showed `live`."""
        again = f"-again-{attempt}" if attempt > 1 else ""
        return self.path / kind / f"{file_stem(cell)}{again}.jsonl"


def named(text: str) -> tuple[Path, str | None]:
    """Split RUN#NAME; an A/A's label has a mark of its own, and a folder may have one too."""
    path, mark, name = text.partition("#")
    return (Path(path), name) if mark and not Path(text).exists() else (Path(text), None)


def _folder(path: Path) -> Path:
    """Return the run's folder, of whatever in it was named; raise UsageError for RUN#NAME."""
    run, name = named(str(path))
    if name is not None and (run / "manifest.json").exists():
        fix = f"name the run: {run}"
        raise UsageError(f"{name!r} is one contender of {run}: whole runs are taken here", fix)
    if not path.is_file():
        return path
    return path.parent.parent if path.parent.name in _INNER else path.parent
