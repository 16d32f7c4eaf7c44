"""In the download process: has one remote file in a folder, resumed and verified."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_token
from huggingface_hub.errors import HfHubHTTPError

from orchestrator.cache import disk
from orchestrator.cache.downloads.connection import (
    ANSWER_SECONDS,
    TOO_MANY,
    client,
    is_passing,
    refusal,
)
from orchestrator.cache.downloads.listing import Remote
from orchestrator.cache.downloads.messages import Known, hash_of
from orchestrator.errors import ModelError
from orchestrator.files import size_of

_ATTEMPTS = 5  # in a row without a byte
_LONGEST_WAIT_SECONDS = 60.0


@dataclass
class Tally:
    """Bytes here of all files, reported as they come; `report` gets (here, total)."""

    total: int | None
    report: Callable[[int, int | None], None]
    _files: dict[str, int] = field(default_factory=dict)

    def set(self, name: str, here: int) -> None:
        """Note how much of one file is here."""
        self._files[name] = here
        self.report(sum(self._files.values()), self.total)


class _Cut(Exception):
    """The connection ended before the file did."""


def have(remote: Remote, folder: Path, held: dict[str, str], tally: Tally) -> None:
    """Make one file lie complete and verified in the folder; raise ModelError, OSError.

    What came of it so far is kept for the next attempt.
    """
    target = folder / remote.name
    disk.make_folder(target.parent)
    part = _part_of(target, remote.known)
    if target.is_file():
        target.rename(part)  # of an earlier attempt: verified again, for that is cheaper than wrong
    elif (known := held.get(remote.known.sha256 or "")) and not part.exists():
        _link(part, known, remote)
    _receive(remote, part, tally)
    _verify(remote, part)
    _etag_of(part).unlink(missing_ok=True)
    part.rename(target)


def tidy(folder: Path, remotes: list[Remote]) -> None:
    """Remove what no file of this attempt can use: other versions, half an extraction."""
    expected = {folder / remote.name for remote in remotes}
    parts = {_part_of(folder / remote.name, remote.known) for remote in remotes}
    parts |= {_etag_of(part) for part in parts}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):
                path.rmdir()  # only when it is empty
        elif path not in expected | parts:
            path.unlink()


def missing_room(folder: Path, remotes: list[Remote], held: dict[str, str]) -> int:
    """Return how many bytes the disk is short of for what has still to come; 0 or less is fine."""
    wanted = sum(r.known.size or 0 for r in remotes if (r.known.sha256 or "") not in held)
    here = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    return wanted - here - shutil.disk_usage(folder).free


def _link(part: Path, known: str, remote: Remote) -> None:
    """Use what the store has already; where that cannot be linked or was spoilt, it is fetched."""
    with suppress(OSError):
        part.hardlink_to(known)
        if hash_of(part, "sha256") != remote.known.sha256:
            part.unlink()


def _receive(remote: Remote, part: Path, tally: Tally) -> None:
    """Ask until everything is here; give up when nothing more came several times in a row."""
    failures = 0
    while True:
        before = size_of(part)
        tally.set(remote.name, before)
        try:
            _stream(remote, part, tally)
        except (HfHubHTTPError, httpx2.HTTPError, _Cut) as error:
            if not isinstance(error, _Cut) and not is_passing(error):
                raise refusal(error, remote.publisher) from error
            failures = 1 if size_of(part) > before else failures + 1
            if failures >= _ATTEMPTS:
                raise refusal(error, remote.publisher) from error
            time.sleep(_wait(error, failures))
        else:
            return


def _wait(error: Exception, failures: int) -> float:
    """Return the seconds to wait: what the server asks for, else ever longer."""
    asked = ""
    if isinstance(error, httpx2.HTTPStatusError) and error.response.status_code == TOO_MANY:
        asked = error.response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdecimal() else 0.2 * 2.0**failures
    return min(seconds, _LONGEST_WAIT_SECONDS)


def _stream(remote: Remote, part: Path, tally: Tally) -> None:
    """Ask for what is not here yet and append it; raise what httpx raises, or _Cut."""
    here, size = size_of(part), remote.known.size
    if here and here == size:
        return
    etag = _etag_of(part)
    headers = _authorization() if remote.on_hub else {}
    headers["Accept-Encoding"] = "identity"  # the hash is of the file, not of a compressed form
    if here:
        headers["Range"] = f"bytes={here}-"
        if etag.is_file():  # the hub's files need none: their address names the revision
            headers["If-Range"] = etag.read_text(encoding="utf-8")
    timeout = httpx2.Timeout(ANSWER_SECONDS, read=None)  # silence is the orchestrator's to judge
    # A redirect to another host is followed without the Authorization header.
    with client().stream("GET", remote.url, headers=headers, timeout=timeout) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # longer than what the server has: from the beginning
            raise _Cut("the server has less than what is here")
        response.raise_for_status()
        going_on = response.status_code == HTTPStatus.PARTIAL_CONTENT
        _remember(etag, response, wanted=not remote.on_hub)
        _expect_size(remote, response, here if going_on else 0)
        with part.open("ab" if going_on else "wb", buffering=0) as file:
            disk.share(part)  # whoever shares the cache can resume it
            for piece in response.iter_raw():
                file.write(piece)
                tally.set(remote.name, file.tell())
                if size is not None and file.tell() > size:
                    raise _wrong(part, remote, f"{size} bytes", f"more than {size} bytes")
    if size is not None and size_of(part) < size:
        raise _Cut(f"the connection ended {size - size_of(part)} bytes early")


def _authorization() -> dict[str, str]:
    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _remember(etag: Path, response: httpx2.Response, *, wanted: bool) -> None:
    """Keep the server's name of this version, so that no other is appended to it."""
    strong = response.headers.get("ETag", "")
    if wanted and strong.startswith('"'):
        etag.write_text(strong, encoding="utf-8")
    else:
        etag.unlink(missing_ok=True)


def _expect_size(remote: Remote, response: httpx2.Response, here: int) -> None:
    """Refuse at once what will be longer or shorter than recorded, before any of it is kept."""
    length, size = response.headers.get("Content-Length"), remote.known.size
    if length is None or size is None or here + int(length) == size:
        return
    raise ModelError(
        f"{remote.name} from {remote.publisher} is corrupt: expected {size} bytes,"
        f" the server has {here + int(length)} bytes",
        f"run the same again; when it stays so, {remote.record} is wrong: models lock",
    )


def _verify(remote: Remote, part: Path) -> None:
    """Raise ModelError, and remove the file, where its size or hash is not as expected."""
    size, known = part.stat().st_size, remote.known
    if known.size is not None and size != known.size:
        raise _wrong(part, remote, f"{known.size} bytes", f"{size} bytes")
    for kind, expected in known.hashes().items():
        if (found := hash_of(part, kind)) != expected:
            raise _wrong(part, remote, f"{kind} {expected}", f"{kind} {found}")


def _wrong(part: Path, remote: Remote, expected: str, found: str) -> ModelError:
    for useless in (part, _etag_of(part)):
        useless.unlink(missing_ok=True)
    return ModelError(
        f"{remote.name} from {remote.publisher} is corrupt: expected {expected}, found {found}",
        "run the same again: it is fetched anew;"
        f" if it stays so, {remote.record} is wrong: models lock",
    )


def _part_of(target: Path, known: Known) -> Path:
    """Return where a file is while it comes: named for its content, never joined to another."""
    return target.with_name(f".{target.name}.{known.version}.part")


def _etag_of(part: Path) -> Path:
    """Return where the server's own name of that version is kept."""
    return part.with_suffix(".etag")
