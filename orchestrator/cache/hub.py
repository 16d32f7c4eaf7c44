"""The hub and other places of downloads: whether they answer, and what a repository has."""

import os
from collections.abc import Sequence
from functools import cache

from orchestrator.cache.downloads import downloader
from orchestrator.cache.downloads.messages import HubPart, Known, Listed
from orchestrator.cache.sources import File, HubSource, UrlSource, endpoint
from orchestrator.errors import ModelError

OFFLINE = "HF_HUB_OFFLINE rules out"


@cache
def obstacle(address: str | None = None) -> str:
    """Ask once and remember: empty when the hub (or another address) answers.

    Else what it does, for a sentence: "which does not answer from here (connection refused)".
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return OFFLINE
    cause = downloader.unreachable(address or endpoint())
    return f"does not answer from here ({cause})" if cause else ""


def part(source: HubSource, fix: str = "", into: str = "", *, dataset: bool = False) -> HubPart:
    """Return a source as the download process is asked for it: see `HubPart`."""
    return HubPart(
        repository=source.repository,
        revision=source.revision,
        wanted=source.wanted,
        dispensable=source.optional,
        drop=source.shared_folder,
        into=into,
        known={f.name: known(f) for f in source.files},
        fix=fix,
        claims=source.claims if source.pinned == "claimed" else "",
        dataset=dataset,
    )


def known(file: File | UrlSource) -> Known:
    """Return what a record knows of a file."""
    git_sha1 = file.git_sha1 if isinstance(file, File) else None
    return Known(file.size, file.sha256, file.sha1, git_sha1)


def listings(sources: Sequence[HubSource], *, newest: bool = False) -> list[HubSource | ModelError]:
    """Ask the hub, in one process, for revision and files of each source; return it with these.

    `newest` asks for the newest revision, whatever the record says of revision and files. Raises
    ModelError when nothing can be asked at all.
    """
    asked = [s.model_copy(update={"revision": None, "files": ()}) if newest else s for s in sources]
    answers = downloader.ask([part(source) for source in asked])
    return [
        source.model_copy(update={"revision": answer.revision, "files": _files(answer)})
        if isinstance(answer, Listed)
        else ModelError(answer.what, answer.fix)
        for source, answer in zip(sources, answers, strict=True)
    ]


def _files(answer: Listed) -> tuple[File, ...]:
    return tuple(
        File(name=n, size=k.size, sha256=k.sha256, sha1=k.sha1, git_sha1=k.git_sha1)
        for n, k in sorted(answer.files.items())
    )
