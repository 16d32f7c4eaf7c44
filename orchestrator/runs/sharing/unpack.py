"""`import`: somebody else's shared run, checked in full, then put among the runs as another's.

Whatever it says is text to be shown. Nothing in it can start a program or read a file of this
machine when the run is compared, reported or reproduced later.
"""

import re
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from orchestrator import files
from orchestrator.errors import ConfigError, UsageError
from orchestrator.runs import records
from orchestrator.runs.schema import Manifest
from orchestrator.runs.sharing import checks, entries
from orchestrator.runs.sharing.entries import FIX, Entry
from orchestrator.runs.stored import IMPORTED

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


def receive(file: Path, results: Path) -> Path:
    """Take a shared run, zipped or unpacked, into `results` as `imported-<run id>`; return where.

    Raises UsageError where there is no such file, or the run is here already; ConfigError for
    whatever `share` would not have written, of which nothing is kept.
    """
    try:
        if file.is_dir():
            return _imported_folder(file, results)
        with files.regular(file) as data, ZipFile(data) as pack:
            return _imported(entries.in_zip(pack), results)
    except ConfigError as error:
        raise ConfigError(f"{file} is not imported: {error}", error.fix) from error
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}", "name the zip that `share` wrote") from error
    except (BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ConfigError(f"{file} is not imported: it is no whole zip ({error})", FIX) from error
    except OSError as error:
        raise UsageError(
            f"{file} cannot be imported: {error.strerror}", "check permissions, or --output DIR"
        ) from error


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
        checks.make_ours(partial, final)
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
        checks.expect_sound(place, manifest)
    except ConfigError as error:
        # What is wrong is told of the file that was given, not of where it was unpacked.
        raise ConfigError(str(error).replace(f"{place}/", ""), FIX) from error
