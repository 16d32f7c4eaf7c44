"""Shell completion: the script for a shell, and the values it offers, read off files alone.

Every press of the tab key starts this program: what checks those files strictly takes too long to
import, so names are read here without it, and a broken file has none.
"""

import os
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator import places
from orchestrator.errors import DISTRIBUTION, SCRIPTS

# The script that was started; shells cannot complete `python -m`.
_PROGRAM = name if (name := Path(sys.argv[0]).name) in SCRIPTS else DISTRIBUTION
_ANSWERING = f"_{_PROGRAM}_COMPLETE".replace("-", "_").upper()  # as typer makes it
EPILOG = f"Examples:  source <({_PROGRAM} completion bash)  |  {_PROGRAM} completion fish | source"
PURPOSES = ("dictation", "captions", "meetings", "batch", "battery")
_SHELLS = ("bash", "zsh", "fish")


def prepare() -> None:
    """Teach typer the shells where one of them is asking.

    Its own options for this are left out: under `python -m` they would install a completion of
    python itself.
    """
    if _ANSWERING in os.environ:
        from typer.completion import get_completion_inspect_parameters

        get_completion_inspect_parameters()


def backends(incomplete: str) -> list[str]:
    """Offer the backends."""
    return _starting(incomplete, (folder.name for folder in _backend_folders()))


def models(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the models of the backends named before, or of all."""
    asked = context.params.get("backend") or ()
    named = {asked} if isinstance(asked, str) else set(asked)
    folders = [each for each in _backend_folders() if not named or each.name in named]
    names = (name for folder in folders for name in _table(folder / "models.toml", "models"))
    return _starting(incomplete, names)


def corpora(incomplete: str) -> list[str]:
    """Offer the corpora that go by a name; where none fits, the shell offers files."""
    known = _table(places.PACKAGE / "clips" / "corpora" / "catalogue.toml", "corpora")
    names = (
        f"{name}-{code}" if code else name
        for name, offer in known.items()
        for code in (offer.get("configs") or [""])
    )
    return _starting(incomplete, names)


def run_folders(incomplete: str) -> list[str]:
    """Offer the runs in the folder typed so far, or in results/; newest first."""
    folder = Path(incomplete).parent if "/" in incomplete else Path("results")
    runs = sorted(folder.glob("*/manifest.json"), reverse=True)
    return _starting(incomplete, (str(run.parent) for run in runs))


def purposes(incomplete: str) -> list[str]:
    """Offer what can be recommended for."""
    return _starting(incomplete, PURPOSES)


def shells(incomplete: str) -> list[str]:
    """Offer the shells there is a completion for."""
    return _starting(incomplete, _SHELLS)


def completion(
    context: typer.Context,
    shell: Annotated[
        str,
        typer.Argument(
            metavar="SHELL",
            help=f"Shell to complete in: {', '.join(_SHELLS)}.",
            autocompletion=shells,
        ),
    ],
) -> None:
    """Print a shell script that completes commands, options, backends, models, corpora and runs.

    It is for the command that prints it: whisper-cleanroom, cleanroom or orchestrator.
    """
    if shell not in _SHELLS:
        raise typer.BadParameter(f"there is no completion for {shell!r}: {', '.join(_SHELLS)}")
    os.environ[_ANSWERING] = f"source_{shell}"
    prepare()
    context.find_root().command.main(args=[], prog_name=_PROGRAM)


def _backend_folders() -> Iterator[Path]:
    """Yield the folders that are backends, as orchestrator.backends finds them."""
    for envs in (places.envs(), *(origin.envs for origin in places.outside())):
        for path in sorted(envs.glob("*/pyproject.toml")):
            if _table(path, "tool").get("bench"):
                yield path.parent


def _table(file: Path, name: str) -> dict[str, Any]:
    """Return a table of a TOML file, empty where there is none."""
    try:
        return dict(tomllib.loads(file.read_text("utf-8"))[name])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]
