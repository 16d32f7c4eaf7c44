"""A run that somebody offers for a board: whether its zip is whole, and its summary its rows'."""

import tempfile
from collections.abc import Iterator, Sequence
from math import isclose
from pathlib import Path

from orchestrator.analysis.summary import summarise
from orchestrator.errors import ConfigError
from orchestrator.runs import sharing
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import ContenderSummary, Manifest, Summary
from orchestrator.runs.sharing.entries import AUDIO

_TOLERANCE = 1e-9
# What a board shows, by its name in the summary. Rates are as the version that wrote them scored.
_TIMES = (
    "status", "seconds.median", "seconds.n", "rtfx", "load_seconds", "peak_memory_bytes",
    "model.name", "resolved",
)  # fmt: skip
_RATES = ("wer", "cer", "accuracy.words", "accuracy.wer.value")


def faults(path: Path, version: str) -> Iterator[str]:
    """Yield what keeps a zip that `share` wrote from a board; nothing where it may stand there.

    Everything in it is read, and the summary made again from its rows. `version` is this one.
    """
    if path.is_dir():
        yield "it is a folder: a contribution is the zip that `share` writes of it"
        return
    try:
        with tempfile.TemporaryDirectory(prefix="whisper-cleanroom-") as place:
            names = sharing.laid_out(path, Path(place))
            yield from _of_the_zip(path, names)
            yield from _of_the_run(path, RunFolder(Path(place)), version)
    except ConfigError as error:
        yield str(error)
    except OSError as error:
        yield f"it cannot be read: {error.strerror}"


def _of_the_zip(path: Path, names: Sequence[str]) -> Iterator[str]:
    if any(name.startswith(AUDIO) for name in names):
        yield "there is audio in it: a board takes runs without voices (share without --with-audio)"
    if path.suffix != ".zip":
        yield "its name does not end in .zip"


def _of_the_run(path: Path, folder: RunFolder, version: str) -> Iterator[str]:
    manifest, stored = folder.manifest(), folder.summary()
    if path.stem != manifest.run_id:
        yield f"it is named {path.name}, but its run is {manifest.run_id}: name it after the run"
    if stored is None:
        yield "it has no summary"
        return
    made = summarise(
        manifest, list(folder.rows()), folder, ended=stored.ended, interrupted=stored.interrupted
    )
    if not any(line.seconds for line in made.contenders):
        yield "nothing was measured in it"
    yield from _different(stored, made, (*_TIMES, *(_RATES if manifest.version == version else ())))
    yield from _elsewhere(stored, manifest)


def _different(stored: Summary, made: Summary, fields: Sequence[str]) -> Iterator[str]:
    """Yield where a summary says something else than the rows it was made of."""
    known = {line.contender: line for line in made.contenders}
    if {line.contender for line in stored.contenders} != known.keys():
        yield "summary.json has other contenders than rows.jsonl"
        return
    for line in stored.contenders:
        for name in fields:
            said, is_ = (_value(one, name) for one in (line, known[line.contender]))
            if not _equal(said, is_):
                yield f"summary.json: {line.contender}: {name} is {said!r}, by its rows {is_!r}"


def _elsewhere(stored: Summary, manifest: Manifest) -> Iterator[str]:
    """Yield where the summary is of another machine, speech or run than the manifest."""
    for name in ("host", "corpus", "run_id"):
        if getattr(stored, name) != getattr(manifest, name):
            yield f"summary.json has another {name} than manifest.json"


def _value(line: ContenderSummary, name: str) -> object:
    found: object = line
    for part in name.split("."):
        found = None if found is None else getattr(found, part)
    return found


def _equal(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=_TOLERANCE)
    return one == other
