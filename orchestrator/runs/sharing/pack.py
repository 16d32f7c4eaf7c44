"""`share`: a finished run as one zip, the same bytes whenever the same run is shared."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from orchestrator import files
from orchestrator.errors import ConfigError, UsageError, program, quoted, unread
from orchestrator.runs import records
from orchestrator.runs.folder import RunFolder
from orchestrator.runs.sharing.entries import AUDIO
from orchestrator.runs.sharing.scrubber import Scrubber
from orchestrator.runs.sharing.unpack import expect_importable
from orchestrator.runs.transcripts import FileNames

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment a zip knows
_PLAIN_FILE = 0o100644 << 16
_CHUNK = 2**20


def share(run: Path, out: Path | None = None, *, with_audio: bool = False) -> Path:
    """Write a run into `out` (`<run id>.zip` here), without logs, and without audio unless asked.

    Raises UsageError for what is no finished run, where `out` exists, and where audio that is asked
    for has gone or changed; ConfigError for a run that `import` would refuse.
    """
    folder = RunFolder(run)
    if folder.summary() is None:
        folder.manifest()
        resume = f"{program()} run --resume {quoted(run)}"
        raise UsageError(f"{run} was cut off before it had a summary", f"finish it: {resume}")
    target = out or Path(f"{folder.manifest().run_id}.zip")
    if target.exists():
        raise UsageError(f"{target} exists already", "name another file: --output FILE.zip")
    audio = dict(_audio(folder)) if with_audio else {}
    try:
        with files.replacing(target) as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as pack:
                _write_records(pack, folder, audio)
                for name, path in audio.values():
                    _write(pack, name, _chunks(path))
            file.flush()
            _expect_importable(Path(file.name), run)
    except OSError as error:
        place = Path(error.filename or target)
        if place.parent != target.parent:
            what = f"{place} cannot be read: {error.strerror}"
            raise ConfigError(what, unread(error)) from error
        raise UsageError(
            f"{target} cannot be written: {error.strerror}",
            "name a file in a folder that you can write: --output FILE.zip",
        ) from error
    return target


def _expect_importable(written: Path, run: Path) -> None:
    """Take the zip in as its receiver would, before it is anywhere."""
    with TemporaryDirectory() as place, ZipFile(written) as pack:
        try:
            expect_importable(pack, Path(place))
        except ConfigError as error:
            raise ConfigError(f"{run} cannot be shared: {error}", records.DAMAGED) from error


def _write_records(pack: ZipFile, folder: RunFolder, audio: dict[str, tuple[str, Path]]) -> None:
    """Write the documents whole and everything else line by line, scrubbed."""
    scrubber = Scrubber(folder)
    for name in ("manifest.json", "summary.json"):
        document = scrubber.record(_parsed((folder.path / name).read_bytes(), folder.path / name))
        _write(pack, name, [json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"])
    heard = sorted(p for kind in ("passes", "live") for p in (folder.path / kind).glob("*.jsonl"))
    for path in (
        folder.clips_file,
        folder.rows_file,
        folder.path / "timeline.jsonl",
        folder.words_file,
        *heard,
    ):
        if path.exists():
            records = map(scrubber.record, _lines(path))
            chosen = (_placed(r, audio) if path == folder.clips_file else r for r in records)
            lines = (json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in chosen)
            _write(pack, path.relative_to(folder.path).as_posix(), lines)


def _audio(folder: RunFolder) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Yield each clip's name with the place of its audio in the zip and on this machine."""
    names = FileNames()
    for clip in folder.clips():
        path = clip.path
        try:
            digest = files.sha256_of(path)
        except OSError as error:
            fix = "share it without --with-audio"
            raise UsageError(f"the audio of {clip.name}, {path}, is gone", fix) from error
        if digest != clip.sha256:
            what = f"{path} is not what the run heard: it was changed since"
            raise UsageError(what, "share it without --with-audio, or run it again")
        yield clip.name, (f"{AUDIO}{names(clip.name)}{path.suffix.lower()}", path)


def _placed(clip: Any, audio: dict[str, tuple[str, Path]]) -> Any:  # noqa: ANN401 - whatever JSON has
    return clip | {"path": audio[clip["name"]][0]} if clip["name"] in audio else clip


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            yield _parsed(line, path)


def _parsed(text: bytes, path: Path) -> Any:  # noqa: ANN401 - whatever JSON has
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}", "the run is broken: it cannot be shared") from error


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _write(pack: ZipFile, name: str, chunks: Iterable[bytes]) -> None:
    """Write one file that says nothing of when and by whom it was made."""
    entry = ZipInfo(name, _LONG_AGO)
    entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, _PLAIN_FILE, 3
    with pack.open(entry, "w", force_zip64=True) as file:
        for chunk in chunks:
            file.write(chunk)
