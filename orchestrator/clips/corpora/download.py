"""Has the files of a catalogue's corpus in the cache: fetched once, verified, resumed."""

from pathlib import Path

from orchestrator.cache.downloads import downloader
from orchestrator.cache.downloads.messages import Job, Part, UrlPart
from orchestrator.cache.hub import known, obstacle, part
from orchestrator.cache.manifest import Facts
from orchestrator.cache.progress import Meter, Progress
from orchestrator.cache.sources import HubSource, UrlSource
from orchestrator.cache.store import Draft, Entry
from orchestrator.errors import CAME, ModelUnavailable, interruptible

_FIX = "update whisper-cleanroom, or correct orchestrator/clips/corpora/catalogue.toml"


def has(name: str, source: HubSource | UrlSource) -> bool:
    """Whether a corpus is here, complete."""
    return _entry(name, source).check().state == "complete"


def have(
    name: str,
    source: HubSource | UrlSource,
    about_bytes: int,
    progress: Progress,
) -> tuple[tuple[Path, ...], str | None]:
    """Return a corpus's files and revision, after fetching what is missing.

    Raises ModelUnavailable where its place cannot be reached, ModelError for all else.
    """
    entry = _entry(name, source)
    found = entry.check()
    manifest = found.manifest if found.state == "complete" else None
    if manifest is None:
        _require_place(name, source)
        doing = f"downloading {name} from {source.place}"
        meter = Meter(doing, lambda advance: progress(advance.words, advance.fraction))

        def fill(draft: Draft) -> Facts:
            job = Job((_part(source),), str(draft.folder))
            (listed,) = downloader.run(job, draft, meter)
            return Facts(source=source.kind, revision=listed.revision)

        def waiting() -> None:
            progress(f"waiting for another process that downloads {name}", None)

        with interruptible(CAME):
            manifest = entry.obtain(fill, about_bytes, waiting, keep=True)
    return tuple(entry.folder / file for file in sorted(manifest.files)), manifest.facts.revision


def _entry(name: str, source: HubSource | UrlSource) -> Entry:
    return Entry(source.kind, name, source.origin, shelf="corpora")


def _require_place(name: str, source: HubSource | UrlSource) -> None:
    if reason := obstacle(source.url if isinstance(source, UrlSource) else None):
        raise ModelUnavailable(
            f"{name} comes from {source.place}, which {reason}",
            "connect (HF_ENDPOINT moves the hub; unset HF_HUB_OFFLINE), or give files of your own",
        )


def _part(source: HubSource | UrlSource) -> Part:
    if isinstance(source, UrlSource):
        return UrlPart(source.url, source.name, known(source))
    return part(source, _FIX, dataset=True)
