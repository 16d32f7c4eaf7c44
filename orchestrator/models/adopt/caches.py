"""Where other programs keep downloaded models, and what they note about each file."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from platformdirs import user_data_path

from orchestrator.models.catalogue import File, HubSource, UrlSource

_SHA256 = re.compile("[0-9a-f]{64}")
_GIT_SHA1 = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True)
class Copy:
    """A folder that may hold a source's files, under the publisher's own names."""

    folder: Path
    whose: str
    revision: str | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files that are there, as the publisher calls them; partial downloads are not."""
        paths = (p.relative_to(self.folder) for p in self.folder.rglob("*") if p.is_file())
        visible = (p for p in paths if not any(part.startswith(".") for part in p.parts))
        return tuple(sorted(p.as_posix() for p in visible if p.suffix != ".incomplete"))

    def real(self, name: str) -> Path:
        """Return the file itself, behind however many links; raise OSError where it is gone."""
        return (self.folder / name).resolve(strict=True)

    def noted(self, name: str) -> File:
        """Return what the downloader noted of a file: the hub's ETag is its hash."""
        link = self.folder / name
        # Only the first link is named for the hash: a blob may itself lead into a shared store.
        tag = link.readlink().name if link.is_symlink() else self._metadata(name)[1]
        if _SHA256.fullmatch(tag):
            return File(name=name, sha256=tag)
        return File(name=name, git_sha1=tag if _GIT_SHA1.fullmatch(tag) else None)

    def commit(self, name: str) -> str | None:
        """Return the revision a file was downloaded at, where that is known."""
        noted = self._metadata(name)[0]
        return self.revision or (noted if _GIT_SHA1.fullmatch(noted) else None)

    def _metadata(self, name: str) -> tuple[str, str]:
        """Return commit and ETag from what the hub's clients write beside a plain folder."""
        path = self.folder / ".cache" / "huggingface" / "download" / f"{name}.metadata"
        try:
            commit, tag, *_ = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return "", ""
        return commit.strip(), tag.strip()


def copies(source: HubSource | UrlSource) -> Iterator[Copy]:
    """Yield the folders of this machine that may hold a source, the likeliest first."""
    if isinstance(source, UrlSource):
        candidates = iter([Copy(_cache_home() / "whisper", "OpenAI's Whisper")])
    else:
        candidates = _of_repository(source)
    yield from (copy for copy in candidates if copy.folder.is_dir())


def remote_name(source: UrlSource) -> str:
    """Return the file's name as its publisher has it."""
    return PurePosixPath(urlsplit(source.url).path).name


def _of_repository(source: HubSource) -> Iterator[Copy]:
    for root in hub_caches():
        yield from _snapshots(root / f"models--{source.repository.replace('/', '--')}", source)
    _, _, name = source.repository.partition("/")
    home = Path.home()
    yield Copy(home / "Documents/huggingface/models" / source.repository, "WhisperKit")
    if source.repository.startswith("FluidInference/"):
        models = home / "Library/Application Support/FluidAudio/Models"
        for folder in dict.fromkeys((name, name.removesuffix("-coreml"))):
            yield Copy(models / folder, "FluidAudio")
    if source.repository == "ggerganov/whisper.cpp":
        yield Copy(user_data_path("pywhispercpp") / "models", "pywhispercpp")


def hub_caches() -> list[Path]:
    """Return the hub's cache folders: those the environment names, then the usual one."""
    named = [os.environ.get("HF_HUB_CACHE"), os.environ.get("HUGGINGFACE_HUB_CACHE")]
    if home := os.environ.get("HF_HOME"):
        named.append(f"{home}/hub")
    usual = _cache_home() / "huggingface" / "hub"
    chosen = [Path(os.path.expandvars(text)).expanduser().absolute() for text in named if text]
    return list(dict.fromkeys([*chosen, usual]))


def _snapshots(folder: Path, source: HubSource) -> Iterator[Copy]:
    """Yield a cached repository's revisions: the recorded, the one last asked for, the others."""
    try:
        latest = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        latest = ""
    found = sorted((folder / "snapshots").glob("*/"), key=lambda p: p.stat().st_mtime, reverse=True)
    rank = {source.revision: 0, latest: 1} | {source.revision: 0}
    for snapshot in sorted(found, key=lambda path: rank.get(path.name, 2)):
        yield Copy(snapshot, "the Hugging Face cache", snapshot.name)


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
