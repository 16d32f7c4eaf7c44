"""`import`: somebody else's shared run, checked in full, then put among the runs as another's."""

import re
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

from pydantic import TypeAdapter, ValidationError

from orchestrator import files
from orchestrator.errors import ConfigError, UsageError
from orchestrator.runs import records
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.schema import Manifest, Measured
from orchestrator.runs.sharing import entries
from orchestrator.runs.sharing.entries import AUDIO, FIX, Entry
from orchestrator.runs.sharing.scrubber import last
from orchestrator.runs.stored import IMPORTED

# The names of files with transcripts come of it.
_BACKEND = re.compile(r"[A-Za-z0-9][\w.#-]{0,99}")
# Of a file too: no way out of its folder, and nothing that a terminal would act on.
_CONTENDER = re.compile(r"(?![.~])[^/\\\x00-\x1f\x7f-\x9f]{1,2000}")
_TIMELINE = TypeAdapter(dict[str, str | float | bool])
_LOAD = re.compile(r"\[[^\[\]/\\\s]*\]")  # as `share` writes it: no program has such a name
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


def expect_sound(unpacked: Path, manifest: Manifest) -> None:
    """Read every line of a run; raise ConfigError naming the first that is not as `share` writes.

    `reproduce` would start a declared load and read clips, corpora and weights by their paths.
    """
    settings = manifest.settings
    if settings.load is not None and not _LOAD.fullmatch(settings.load):
        raise ConfigError("manifest.json: its declared load is a command line")
    noises = settings.noise.kinds if settings.noise else ()
    for path in (settings.corpus or "", *noises, *settings.local.values()):
        if last(path) != path or path in {".", ".."} or path.startswith("~"):
            raise ConfigError(f"manifest.json: {path[:100]!r} is a path on another machine")
    folder = RunFolder(unpacked)
    folder.summary()
    deque(folder.clips(), 0)
    deque(folder.word_times(), 0)
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


def receive(file: Path, results: Path) -> Path:
    """Take a shared run, zipped or unpacked, into `results` as `imported-<run id>`; return where.

    Raises UsageError where there is no such file, or the run is here already; ConfigError for
    whatever `share` would not have written, of which nothing is kept.
    """
    try:
        if file.is_dir():
            return _imported_folder(file, results)
        with entries.opened(file) as found:
            return _imported(found, results)
    except ConfigError as error:
        raise ConfigError(f"{file} is not imported: {error}", error.fix) from error
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}", "name the zip that `share` wrote") from error
    except OSError as error:
        raise UsageError(
            f"{file} cannot be imported: {error.strerror}", "check permissions, or --output DIR"
        ) from error


def laid_out(file: Path, place: Path) -> list[str]:
    """Unpack a shared run into an empty folder and read all of it; return the names of its files.

    Raises ConfigError for whatever `receive` would, OSError where there is no such file.
    """
    with entries.opened(file) as found:
        _lay_out(found, _manifest(found), place)
        return [entry.name for entry in found]


def expect_importable(pack: ZipFile, place: Path) -> None:
    """Unpack a zip into an empty folder, and raise ConfigError for all that `receive` would."""
    found = entries.in_zip(pack)
    _lay_out(found, _manifest(found), place)


def _imported_folder(folder: Path, results: Path) -> Path:
    if not (folder / "manifest.json").is_file():
        what = f"{folder} is no shared run: it has no manifest.json"
        raise UsageError(what, "name the zip that `share` wrote, or the folder it was unpacked to")
    return _imported(entries.in_folder(folder), results)


def _imported(found: Sequence[Entry], results: Path) -> Path:
    """Unpack into a folder of its own, check everything, and only then move it into place."""
    manifest = _manifest(found)
    final = results.resolve() / f"{IMPORTED}{manifest.run_id.removeprefix(IMPORTED)}"
    if final.exists():
        raise UsageError(f"{final} was imported before", "to import it again, remove that folder")
    results.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".importing-", dir=results))
    try:
        _lay_out(found, manifest, partial)
        make_ours(partial, final)
        partial.chmod(files.mode_in(final, 0o777))
        partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def _manifest(found: Sequence[Entry]) -> Manifest:
    """Return the manifest among what was found; raise ConfigError where anything is not as it is.

    Nothing else of it was read until then.
    """
    entries.expect_harmless(found)
    file = next(entry for entry in found if entry.name == "manifest.json")
    with file.open() as data:
        manifest = records.document(Manifest, data.read(), Path(file.name), FIX)
    if not _ID.fullmatch(manifest.run_id):
        raise ConfigError(f"its run has the name {manifest.run_id[:100]!r}", FIX)
    return manifest


def _lay_out(found: Sequence[Entry], manifest: Manifest, place: Path) -> None:
    """Write the files into a folder and read them all; raise ConfigError naming one of them."""
    for entry in found:
        target = place / entry.name
        target.parent.mkdir(exist_ok=True)
        with entry.open() as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)
    try:
        expect_sound(place, manifest)
    except ConfigError as error:
        # What is wrong is told of the file that was given, not of where it was unpacked.
        raise ConfigError(str(error).replace(f"{place}/", ""), FIX) from error
