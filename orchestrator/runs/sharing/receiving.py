"""`import`: somebody else's shared run, checked in full, then put among the runs as another's.

Whatever it says is text to be shown. Nothing in it can start a program or read a file of this
machine when the run is compared, reported or reproduced later.
"""

import json
import re
import shutil
import tempfile
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pydantic import ValidationError

from orchestrator.errors import ConfigError, UsageError
from orchestrator.runs.schema import Manifest
from orchestrator.runs.schema.manifest import SCHEMA
from orchestrator.runs.sharing import checking
from orchestrator.runs.sharing.entries import expect_harmless
from orchestrator.runs.stored import IMPORTED

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")
_FIX = "ask for the file again: python -m orchestrator share writes a good one"


def receive(file: Path, results: Path) -> Path:
    """Unpack a shared run into `results` as `imported-<run id>`; return its folder.

    Raises UsageError where there is no such file, or the run is here already; ConfigError for
    whatever `share` would not have written, of which nothing is kept.
    """
    try:
        with ZipFile(file) as pack:
            expect_harmless(pack.infolist())
            manifest = _manifest(pack.read("manifest.json"))
            return _unpacked(pack, manifest, results)
    except ConfigError as error:
        raise ConfigError(f"{file} is not imported: {error}", error.fix) from error
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}", "name the zip that `share` wrote") from error
    except (BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ConfigError(f"{file} is not imported: it is no whole zip ({error})", _FIX) from error
    except OSError as error:
        raise UsageError(
            f"{file} cannot be imported: {error.strerror}", "check permissions, or --output DIR"
        ) from error


def _manifest(text: bytes) -> Manifest:
    """Read the manifest; say of another version's that it is."""
    try:
        schema = json.loads(text)["schema_version"]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError("its manifest is none", _FIX) from error
    if schema != SCHEMA:
        what = f"it has schema {schema}, and this version reads {SCHEMA}"
        raise ConfigError(what, "share and import it with the same version")
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError("its manifest is none of this version", _FIX) from error


def _unpacked(pack: ZipFile, manifest: Manifest, results: Path) -> Path:
    """Unpack into a folder of its own, check everything, and only then move it into place."""
    if not _ID.fullmatch(manifest.run_id):
        raise ConfigError(f"its run has the name {manifest.run_id[:100]!r}", _FIX)
    final = results.resolve() / f"{IMPORTED}{manifest.run_id.removeprefix(IMPORTED)}"
    if final.exists():
        raise UsageError(f"{final} was imported before", "to import it again, remove that folder")
    results.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".importing-", dir=results))
    try:
        for entry in pack.infolist():
            target = partial / entry.filename
            target.parent.mkdir(exist_ok=True)
            with pack.open(entry) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out)
        checking.expect_sound(partial, manifest)
        checking.make_ours(partial, final)
        partial.chmod(0o755)
        partial.rename(final)
    except ConfigError as error:
        # What is wrong is told of the file that was given, not of where it was unpacked.
        raise ConfigError(str(error).replace(f"{partial}/", ""), _FIX) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final
