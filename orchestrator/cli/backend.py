"""`backend`: write a new one that runs at once, and check that one keeps the contract."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import completion, consoles, options, values
from orchestrator.cli.help import Command, Group

if TYPE_CHECKING:
    from orchestrator.backends.skeleton import Skeleton
    from orchestrator.bench.contract import Finding

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Create a new backend, or check that a runner keeps the contract.",
)

_Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of a backend, as listed by `backends`.",
        autocompletion=completion.backends,
    ),
]


@app.command(
    cls=Command, epilog="Examples:  backend new my-engine --in my-engine  |  backend new my-engine"
)
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the new backend, such as my-engine.")
    ],
    *,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--in", metavar="FOLDER", help="Folder to write to: your own, or a clone [this clone]."
        ),
    ] = None,
    _envs: options.Envs = None,
) -> None:
    """Create an example backend that runs at once: its folder in envs/, its runner and a test.

    A folder of your own becomes a project that can be packaged and installed. Existing files are
    never overwritten.
    """
    from orchestrator.backends import skeleton

    planned = skeleton.plan(name, folder)
    for path in skeleton.write(planned):
        print(f"wrote {_near(path)}")
    print(_next_steps(planned))


@app.command(
    cls=Command,
    epilog="Examples:  backend check whisper-cpp  |  backend check my-engine --envs my-engine/...",
)
def check(
    name: _Name,
    *,
    model: Annotated[str | None, options.ModelName] = None,
    model_path: options.ModelPaths = None,
    weights: options.Weights = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    _envs: options.Envs = None,
) -> None:
    """Check that a runner keeps the contract, in its own environment, with its own weights.

    Among the checks: stray output on stdout, odd audio, wrong weights, refused options, times in
    order, no network, stable memory, clean exit. Exit code 1 if a check fails.
    """
    from orchestrator.bench import contract as checks
    from orchestrator.bench import single
    from orchestrator.errors import UsageError
    from orchestrator.reports.terminal import contract
    from orchestrator.reports.terminal.progress import LiveWatcher

    local = {key: Path(path) for key, path in values.pairs(model_path or ()).items()}
    candidate = single.choose(name, model, weights, local)
    if candidate.server:
        raise UsageError(f"{name} asks a server: what is checked is a runner that computes here")
    watcher, findings = LiveWatcher(consoles.stderr()), list["Finding"]()
    for found in watcher.each(checks.examine(candidate, watcher)):
        findings.append(found)
        if not as_json:
            contract.finding(found, consoles.stdout())
    if as_json:
        document = contract.as_json(name, candidate.contender.model, findings)
        consoles.deliver(f"{document}\n")
    else:
        contract.verdict(name, findings, consoles.stdout())
    raise typer.Exit(int(not checks.kept(findings)))


def _next_steps(new: "Skeleton") -> str:
    """Return the commands that run a new backend, and what to edit."""
    from orchestrator.errors import program, quoted

    environment, runner = _near(new.environment), _near(new.runner)
    named = f" --envs {quoted(_near(new.envs))}" if new.package else ""
    lines = [
        "",
        "It runs as it is, an example which says one sentence whatever it hears:",
        f"  {program()} run -b {new.name} --blocks 1{named}",
        f"  {program()} backend check {new.name}{named}",
        "Then put an engine in its place, where the files say EDIT:",
        f"  {environment}/pyproject.toml: add its package, say what it is; after that:",
        f"    uv lock --project {quoted(environment)}",
        f"  {environment}/models.toml: its models, and where they come from; delete example.json",
        f"  {runner}: how it loads and transcribes",
    ]
    if new.package:
        lines.append(f"To have it everywhere: uv build {quoted(_near(new.folder))},")
        lines.append("and install the wheel beside whisper-cleanroom.")
    return "\n".join(lines)


def _near(path: Path) -> str:
    """Return a path as the user would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
