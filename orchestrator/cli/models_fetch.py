"""`models fetch|adopt|remove`: weights onto the disk, by download or by link, and off it."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import consoles
from orchestrator.cli.options import Backends, Envs, Models
from orchestrator.errors import CAME, UsageError, interruptible

if TYPE_CHECKING:
    from orchestrator.models.status.selection import Wanted

FETCH = (
    "Examples:  models fetch --all  |  models fetch -b mlx-whisper -m turbo  |  models fetch --pick"
)
ADOPT = "Examples:  models adopt --dry-run  |  models adopt -b faster-whisper"
REMOVE = "Examples:  models remove -m large-v2  |  models remove -b whisper-mps -m '*' --yes"


def fetch(
    backend: Backends = None,
    model: Models = None,
    *,
    _envs: Envs = None,
    all_backends: Annotated[
        bool, typer.Option("--all", help="Fetch all that run --all uses here, of any size.")
    ] = False,
    pick: Annotated[bool, typer.Option("--pick", help="Choose the models from a list.")] = False,
) -> None:
    """Download missing models, several at once.

    Without -m: the models `run` uses by default. Complete models are left alone; interrupted
    downloads continue where they stopped.
    """
    from orchestrator.models import provision
    from orchestrator.models.status import inventory, selection
    from orchestrator.reports.terminal import store
    from orchestrator.reports.terminal.progress import Bars

    if not (all_backends or backend or model or pick):
        raise UsageError("nothing was named to fetch", "--all, -b NAME, -m NAME or --pick")
    among = selection.chosen(backend or ())
    if pick:
        wanted = _pick(selection.select(among, model or ["*"]))
    else:
        usual = selection.defaults(among, named=backend is not None)
        wanted = selection.select(among, model) if model else usual
    found = inventory.standings(wanted)
    console = consoles.stderr()
    missing, refused = inventory.plans(found)
    for standing, error in refused:
        store.failed(standing.planned, error, console)
    store.announce(len(found), missing, inventory.free_bytes(), console)
    with interruptible(CAME), Bars(console) as bars:
        done = provision.fetch_all(missing, bars) if missing else []
    for outcome in done:
        store.outcome(outcome, console)
    raise typer.Exit(int(bool(refused) or any(outcome.error for outcome in done)))


def _pick(wanted: "Sequence[Wanted]") -> "list[Wanted]":
    """Show what there is and return what the user chooses; raise UsageError without a terminal."""
    from rich.prompt import Prompt

    from orchestrator.models.status import inventory
    from orchestrator.reports.terminal import listings

    if not sys.stdin.isatty():
        raise UsageError("--pick needs a terminal to ask in", "name the models: -m NAME")
    console = consoles.stderr()
    listings.menu(inventory.standings(wanted), console)
    while True:
        answer = Prompt.ask("which, as 1 3 5-7 (nothing to leave)", console=console, default="")
        try:
            return [wanted[number - 1] for number in numbers(answer, len(wanted))]
        except UsageError as error:
            console.print(f"{error}; {error.fix}")


def numbers(answer: str, count: int) -> list[int]:
    """Return the numbers that `1 3 5-7` or `1,3,5-7` names, each once; raise UsageError."""
    found: list[int] = []
    for word in answer.replace(",", " ").split():
        first, _, last = word.partition("-")
        try:
            span = range(int(first), int(last or first) + 1)
        except ValueError:
            span = range(0)
        if not span or span[0] < 1 or span[-1] > count:
            raise UsageError(f"{word!r} is none of them", f"numbers from 1 to {count}")
        found += span
    return list(dict.fromkeys(found))


def adopt(
    backend: Backends = None,
    model: Models = None,
    *,
    _envs: Envs = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Find and verify files without linking them.")
    ] = False,
) -> None:
    """Use models that other programs have already downloaded.

    Searches the Hugging Face cache (HF_HOME, HF_HUB_CACHE) and the folders of other programs listed
    in envs/BACKEND/models.toml. Files are verified, then linked, never copied. Exit code 1 if
    something found could not be used.
    """
    from orchestrator.models.adopt import linking
    from orchestrator.models.status import selection
    from orchestrator.reports.terminal import store

    among = selection.chosen(backend or ())
    found = linking.offers(selection.select(among, model or ["*"]))
    outcomes = linking.adopt(found, dry_run=dry_run)
    failures = store.adopted(outcomes, consoles.stdout(), dry_run=dry_run)
    raise typer.Exit(int(failures > 0))


def remove(
    backend: Backends = None,
    model: Models = None,
    *,
    _envs: Envs = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Delete models from the store.

    Files that other programs also have under names of their own stay there.
    """
    from orchestrator import units
    from orchestrator.models.status import inventory, selection
    from orchestrator.reports.terminal import store

    if not model:
        raise UsageError("no model was named to remove", "-m NAME, or -m '*' for all")
    entries = inventory.stored(selection.chosen(backend or (), everywhere=True), model)
    console = consoles.stdout()
    for entry in entries:
        store.entry(entry, console)
    if not entries:
        console.print("nothing of it is in the store")
        return
    if not yes:
        consoles.confirm_deletion()
    console.print(f"{units.size(sum(entry.remove() for entry in entries))} freed")
