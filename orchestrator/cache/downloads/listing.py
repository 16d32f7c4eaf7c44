"""In the download process: which files a part has, or why the hub does not say.

The hub's API is imported where it is asked: whether a server answers is known in half the time.
"""

import fnmatch
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError

from orchestrator.cache.downloads.connection import (
    ANSWER_SECONDS,
    client,
    is_passing,
    refusal,
    require,
)
from orchestrator.cache.downloads.messages import HubPart, Known, Listed, Part, Place
from orchestrator.errors import ModelError

if TYPE_CHECKING:
    from huggingface_hub.hf_api import DatasetInfo, ModelInfo, RepoSibling

_ATTEMPTS = 4


@dataclass(frozen=True)
class Remote:
    """One file to have: its address, its name in the folder, what it must be, whose it is.

    Only a file `on_hub` is asked for with the user's token.
    """

    url: str
    name: str
    known: Known
    on_hub: bool
    publisher: str
    record: str = "the record"


def look_up(part: Part) -> tuple[Listed, list[Remote]]:
    """Return what a part is and where its files lie; raise ModelError in words."""
    if isinstance(part, Place):
        require(part.url)
        return Listed(None, {}), []
    if not isinstance(part, HubPart):
        remote = Remote(part.url, part.name, part.known, on_hub=False, publisher=part.url)
        return Listed(None, {part.name: part.known}), [remote]
    from huggingface_hub import hf_hub_url  # noqa: PLC0415 - as said above

    client()  # what HfApi will use: its faults are named here
    try:
        info = _info(part.repository, part.revision, dataset=part.dataset)
    except (HfHubHTTPError, httpx2.HTTPError) as error:
        claims = f" (claimed by {part.claims})" if part.claims else ""
        raise refusal(error, part.publisher, f"{part.revision}{claims}", part.fix) from error
    revision = info.sha or part.revision or "main"
    files = {s.rfilename: _known(part, s) for s in info.siblings or [] if _wanted(part, s)}
    for pattern in part.wanted:
        if pattern not in part.dispensable and not fnmatch.filter(files, pattern):
            what = f"{part.repository} has no {pattern} at {revision[:12]}"
            raise ModelError(what, part.fix)
    remotes = [
        Remote(
            url=hf_hub_url(
                part.repository,
                name,
                repo_type="dataset" if part.dataset else None,
                revision=revision,
                endpoint=constants.ENDPOINT,
            ),
            name=part.into + name.removeprefix(part.drop),
            known=known,
            on_hub=True,
            publisher=part.publisher,
            record=part.record,
        )
        for name, known in files.items()
    ]
    return Listed(revision, files), remotes


@cache
def _info(repository: str, revision: str | None, *, dataset: bool) -> "ModelInfo | DatasetInfo":
    """Ask for a repository's files, again when that may help: forty models share one."""
    import stamina  # noqa: PLC0415 - as said above
    from huggingface_hub import HfApi  # noqa: PLC0415 - the same

    attempts = stamina.retry_context(
        on=is_passing,
        attempts=_ATTEMPTS,
        timeout=None,
        wait_initial=0.3,
        wait_max=10.0,
        wait_jitter=0.2,
    )
    for attempt in attempts:
        with attempt:
            hub = HfApi(endpoint=constants.ENDPOINT)
            ask = hub.dataset_info if dataset else hub.model_info
            return ask(repository, revision=revision, files_metadata=True, timeout=ANSWER_SECONDS)
    raise AssertionError("stamina returns or raises")


def _wanted(part: HubPart, sibling: "RepoSibling") -> bool:
    return any(fnmatch.fnmatch(sibling.rfilename, pattern) for pattern in part.wanted)


def _known(part: HubPart, sibling: "RepoSibling") -> Known:
    """Join what the hub says and what the record says; raise ModelError where they differ."""
    record = part.known.get(sibling.rfilename, Known())
    sha256 = sibling.lfs.sha256 if sibling.lfs else None
    theirs = Known(
        size=sibling.size,
        sha256=sha256,
        git_sha1=None if sibling.lfs else sibling.blob_id,
    )
    for kind in ("size", "sha256", "git_sha1"):
        wanted, found = getattr(record, kind), getattr(theirs, kind)
        if None not in (wanted, found) and wanted != found:
            raise ModelError(
                f"{part.repository}: {sibling.rfilename} is not what {part.record} says:"
                f" expected {kind} {wanted}, the hub has {found}",
                part.fix,
            )
    return Known(
        size=theirs.size if record.size is None else record.size,
        sha256=theirs.sha256 or record.sha256,
        sha1=record.sha1,
        git_sha1=theirs.git_sha1 or record.git_sha1,
    )
