"""Where other programs keep downloaded models, and what they note about each file."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from platformdirs import user_data_path

from orchestrator.cache.sources import File, HubSource, Model, UrlSource

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


def copies(source: HubSource | UrlSource, model: Model) -> Iterator[Copy]:
    """Yield the folders of this machine that may hold a source, the likeliest first."""
    hub = _snapshots(source) if isinstance(source, HubSource) else ()
    yield from (copy for copy in chain(hub, _of_programs(source, model)) if copy.folder.is_dir())


def _of_programs(source: HubSource | UrlSource, model: Model) -> Iterator[Copy]:
    """Yield the folders that the backend's models.toml names."""
    repository = source.repository if isinstance(source, HubSource) else ""
    filled = {"repository": repository, "name": repository.partition("/")[2]}
    places = {"cache": _cache_home(), "data": user_data_path()}
    for each in model.caches:
        if repository or not any(f"{{{key}}}" in each.folder for key in filled):
            folder = each.folder.format(model=model.name, **filled, **places)
            yield Copy(Path(folder).expanduser(), each.program)


def hub_caches() -> list[Path]:
    """Return the hub's cache folders: those the environment names, then the usual one."""
    named = [os.environ.get("HF_HUB_CACHE"), os.environ.get("HUGGINGFACE_HUB_CACHE")]
    if home := os.environ.get("HF_HOME"):
        named.append(f"{home}/hub")
    usual = _cache_home() / "huggingface" / "hub"
    chosen = [Path(os.path.expandvars(text)).expanduser().absolute() for text in named if text]
    return list(dict.fromkeys([*chosen, usual]))


def _snapshots(source: HubSource) -> Iterator[Copy]:
    """Yield a cached repository's revisions: the recorded, the one last asked for, the others."""
    for root in hub_caches():
        folder = root / f"models--{source.repository.replace('/', '--')}"
        try:
            latest = (folder / "refs" / "main").read_text("utf-8").strip()
        except OSError:
            latest = ""
        snapshots = (folder / "snapshots").glob("*/")
        found = sorted(snapshots, key=lambda path: path.stat().st_mtime, reverse=True)
        rank = {latest: 1} | {source.revision: 0}
        for snapshot in sorted(found, key=lambda path: rank.get(path.name, 2)):
            yield Copy(snapshot, "the Hugging Face cache", snapshot.name)


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
