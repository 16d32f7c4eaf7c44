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
    help="List, fetch, adopt, check, lock, explain or remove models.",
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
        str | None,
        typer.Option(
            metavar="CODE", help="Only models that know this language.", parser=values.language
        ),
    ] = None,
    streams: Annotated[
        bool, typer.Option("--streams", help="Only models made for streaming.")
    ] = False,
    words: Annotated[
        bool, typer.Option("--words", help="Only models that give word times.")
    ] = False,
    punctuates: Annotated[
        bool, typer.Option("--punctuates", help="Only models that punctuate.")
    ] = False,
    facts: Annotated[
        bool,
        typer.Option(
            "--facts", help="Show the properties of each model, as the filters above also do."
        ),
    ] = False,
    _envs: Envs = None,
) -> None:
    """List models and their sources, with version, size and whether they are on disk.

    With --language, --streams, --words, --punctuates or --facts: what the models are and can do.
    """
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
    deep: Annotated[bool, typer.Option("--deep", help="Recompute the hash of every file.")] = False,
) -> None:
    """Show which models are complete, and what is missing.

    Exit code 1 if one is not complete. Without -m: the models `run` uses by default, and all that
    are on disk, in whole or in part. The network is not used.
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
    """Show how much disk space each model uses, and what is stored twice."""
    from orchestrator.models.status import selection, usage
    from orchestrator.reports.terminal import store

    found = usage.usage(selection.chosen((), everywhere=True))
    store.usage(found, consoles.stdout())


@app.command(cls=Command, epilog="Examples:  models lock  |  models lock -b whisper-cpp --dry-run")
def lock(
    backend: Backends = None,
    *,
    _envs: Envs = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the changes without writing them.")
    ] = False,
) -> None:
    """Record the hub's current revisions, sizes and hashes.

    They are written to envs/BACKEND/models.toml; its comments and all else in it are kept.
    HF_ENDPOINT selects another hub.
    """
    from orchestrator.models.lock import lock
    from orchestrator.models.status import selection
    from orchestrator.reports.terminal import store

    changes = lock(selection.chosen(backend or (), everywhere=True), write=not dry_run)
    store.locked(changes, consoles.stdout())
    raise typer.Exit(int(any(change.error for change in changes)))


@app.command(cls=Command, epilog="Example:  models explain whisper-cpp turbo")
def explain(
    backend: Annotated[
        str, typer.Argument(metavar="BACKEND", help="Backend, such as whisper-cpp.")
    ],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Model, such as tiny.en or turbo.")],
    output: Annotated[
        Path, typer.Option("--output", "--results", metavar="DIR", help="Folder of stored runs.")
    ] = Path("results"),
    _envs: Envs = None,
) -> None:
    """Show everything known about a model, from its source to its known issues."""
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
