"""`models`: what exists, what is here and whether it is whole, and where each model comes from."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles, models_fetch, values
from orchestrator.cli.help import Command, Group
from orchestrator.cli.options import Backends, Envs, Models

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="What models exist and are here; fetch, adopt, check, lock, explain or remove them.",
    epilog="Start with: models check, then: models fetch --all",
)


@app.command(
    "list",
    cls=Command,
    epilog="Examples:  models list -b whisper-cpp  |  models list --language de --streams",
)
def list_(  # noqa: PLR0913 - each is one option of the command
    backend: Backends = None,
    model: Models = None,
    *,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Those that know it.", parser=values.language)
    ] = None,
    streams: Annotated[
        bool, typer.Option("--streams", help="Those made to answer while audio arrives.")
    ] = False,
    words: Annotated[bool, typer.Option("--words", help="Those that give word times.")] = False,
    punctuates: Annotated[bool, typer.Option("--punctuates", help="Those that punctuate.")] = False,
    facts: Annotated[
        bool, typer.Option("--facts", help="What they are, as a choice by these shows it.")
    ] = False,
    _envs: Envs = None,
) -> None:
    """List models and sources: from where, version, size, on disk; or what they are and can."""
    from orchestrator.clips import languages
    from orchestrator.models import provision
    from orchestrator.models.status import selection
    from orchestrator.reports.terminal import listings

    among = selection.chosen(backend or (), everywhere=True)
    wanted = selection.select(among, model or ["*"])
    asked = {"streams": streams, "words": words, "punctuates": punctuates}
    if facts or language or any(asked.values()):
        able = selection.able(wanted, [name for name, yes in asked.items() if yes])
        if language:
            able = [each for each in able if languages.knows(each.facts.languages, language)]
        listings.facts(able, consoles.stdout())
        return
    sources = [p for each in wanted for p in provision.each_source(each.backend, each.name)]
    listings.models(sources, consoles.stdout())


@app.command(
    cls=Command, epilog="Examples:  models check  |  models check -b mlx-whisper -m '*' --deep"
)
def check(
    backend: Backends = None,
    model: Models = None,
    *,
    _envs: Envs = None,
    deep: Annotated[bool, typer.Option("--deep", help="Hash every file again.")] = False,
) -> None:
    """Say which models are complete, and what is still to come.

    Exit 1 if one of them is not complete. Without -m: what `run` uses by default, and everything of
    which something is on the disk. Nothing is asked of the network.
    """
    from orchestrator.models.status import inventory, selection
    from orchestrator.reports.terminal import listings

    among = selection.chosen(backend or ())
    wanted = (
        selection.select(among, model)
        if model
        else inventory.begun(among, named=backend is not None)
    )
    found = inventory.standings(wanted, deep=deep)
    strays = [] if model else list(inventory.strays(among))
    listings.check(found, strays, consoles.stdout())
    listings.balance(found, inventory.free_bytes(), consoles.stdout())
    raise typer.Exit(int(any(each.state != "complete" for each in found)))


@app.command(cls=Command, epilog="Example:  models du")
def du(_envs: Envs = None) -> None:
    """Say who uses how much of the disk, and what is there twice."""
    from orchestrator.models.status import selection, usage
    from orchestrator.reports.terminal import store

    found = usage.usage(selection.chosen((), everywhere=True))
    store.usage(found, consoles.stdout())


@app.command(cls=Command, epilog="Examples:  models lock  |  models lock -b whisper-cpp --dry-run")
def lock(
    backend: Backends = None,
    *,
    _envs: Envs = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
) -> None:
    """Record what the hub has now: revisions, sizes and hashes.

    Written into envs/BACKEND/models.toml, whose comments and everything else stay. HF_ENDPOINT
    moves the hub.
    """
    from orchestrator.models.lock import lock
    from orchestrator.models.status import selection
    from orchestrator.reports.terminal import store

    changes = lock(selection.chosen(backend or (), everywhere=True), write=not dry_run)
    store.locked(changes, consoles.stdout())
    raise typer.Exit(int(any(change.error for change in changes)))


@app.command(cls=Command, epilog="Example:  models explain whisper-cpp turbo")
def explain(
    backend: Annotated[str, typer.Argument(metavar="BACKEND", help="Such as whisper-cpp.")],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Such as tiny.en or turbo.")],
    output: Annotated[
        Path, typer.Option("--output", "--results", metavar="DIR", help="Folder of runs.")
    ] = Path("results"),
    _envs: Envs = None,
) -> None:
    """Show everything known about one model, from its source to known issues."""
    from orchestrator.models import catalogue
    from orchestrator.models.pages.page import page
    from orchestrator.models.status import selection
    from orchestrator.reports.terminal.store import last_run

    (chosen,) = selection.chosen([backend])
    text = page(chosen, model)
    if last := last_run(chosen.name, catalogue.canonical(model), output):
        text += f"\n{last}"
    console = consoles.stdout()
    if not console.is_terminal:
        print(text, end="")
        return
    from rich.markdown import Markdown

    console.print(Markdown(text, hyperlinks=False))


app.command(cls=Command, epilog=models_fetch.FETCH)(models_fetch.fetch)
app.command(cls=Command, epilog=models_fetch.ADOPT)(models_fetch.adopt)
app.command(cls=Command, epilog=models_fetch.REMOVE)(models_fetch.remove)
