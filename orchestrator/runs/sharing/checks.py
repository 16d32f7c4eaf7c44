"""An unpacked run: whether it is whole and harmless, and the few words that make it another's."""

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from orchestrator import files
from orchestrator.errors import ConfigError
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Manifest, Measured
from orchestrator.runs.sharing.entries import AUDIO
from orchestrator.runs.sharing.scrubber import last

# The names of files with transcripts come of it.
_BACKEND = re.compile(r"[A-Za-z0-9][\w.#-]{0,99}")
# Of a file too: no way out of its folder, and nothing that a terminal would act on.
_CONTENDER = re.compile(r"(?![.~])[^/\\\x00-\x1f\x7f-\x9f]{1,2000}")
_TIMELINE = TypeAdapter(dict[str, str | float | bool])
_LOAD = re.compile(r"\[[^\[\]/\\\s]*\]")  # as `share` writes it: no program has such a name


def expect_sound(unpacked: Path, manifest: Manifest) -> None:
    """Read every line of a run; raise ConfigError naming the first that is not as `share` writes.

    `reproduce` would start a declared load and read clips, corpora and weights by their paths.
    """
    settings = manifest.settings
    if settings.load is not None and not _LOAD.fullmatch(settings.load):
        raise ConfigError("manifest.json: its declared load is a command line")
    for path in (settings.corpus or "", *settings.local.values()):
        if last(path) != path or path in {".", ".."} or path.startswith("~"):
            raise ConfigError(f"manifest.json: {path[:100]!r} is a path on another machine")
    folder = RunFolder(unpacked)
    folder.summary()
    deque(folder.clips(), 0)
    for row in folder.rows():
        if not (_CONTENDER.fullmatch(row.contender) and _BACKEND.fullmatch(row.backend)):
            raise ConfigError(f"rows.jsonl: {row.contender[:100]!r} is no name of a contender")
        if isinstance(row, Measured):
            deque(folder.passes(row), 0)
    for line in _lines(unpacked / "timeline.jsonl"):
        try:
            _TIMELINE.validate_json(line)
        except ValidationError as error:
            raise ConfigError("timeline.jsonl: a line is no look at a machine") from error


def make_ours(unpacked: Path, final: Path) -> None:
    """Give the run the id of an imported one, and clips the place where their audio is, if it is.

    No path of it leads out of its folder then.
    """
    folder = RunFolder(unpacked)
    renamed = {"run_id": final.name}
    folder.write(folder.manifest().model_copy(update=renamed))
    if summary := folder.summary():
        folder.write(summary.model_copy(update=renamed))
    with files.replacing(folder.clips_file) as out:
        for clip in folder.clips():
            path = final / AUDIO / last(f"{AUDIO}{clip.path}")
            out.write(clip.model_copy(update={"path": path}).model_dump_json().encode() + b"\n")


def _lines(path: Path) -> Iterator[bytes]:
    if path.exists():
        with path.open("rb") as file:
            yield from file
