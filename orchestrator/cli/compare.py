"""`compare`: two stored runs, old and new."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from orchestrator.cli import consoles

EPILOG = (
    "Exit codes: 0 compared, and nothing fails --fail-on  |  1 something does  |  2 they cannot be"
    " compared.  Example:  compare results/OLD results/NEW --fail-on any --markdown"
)


def compare(  # noqa: PLR0913 - each is one option of the command
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The folder of the earlier run.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The folder of the later run.")],
    *,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="slower|worse|any",
            help="Exit code 1 if a backend decidedly is: worse is more errors, any also more"
            " memory or a slower load.",
        ),
    ] = None,
    threshold: Annotated[
        str, typer.Option(metavar="3%", help="Ratios this close to 1 are a tie: 3% or 0.03.")
    ] = "3%",
    across_machines: Annotated[
        bool, typer.Option("--across-machines", help="Compare times of two machines all the same.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="GitHub's Markdown, for a pull request.")
    ] = False,
) -> None:
    """Compare two runs: faster or slower, errors, memory, load, and what changed in between."""
    from orchestrator.analysis.compare import compare as compared
    from orchestrator.analysis.compare import gate, read
    from orchestrator.reports.files.markdown import comparison_as_markdown
    from orchestrator.reports.terminal import compare as report

    known: tuple[gate.Condition, ...] = get_args(gate.Condition)
    condition = next((name for name in known if name == fail_on), None)
    if fail_on and not condition:
        raise typer.BadParameter(f"there is no --fail-on {fail_on!r}: {', '.join(known)}")
    found = compared(read(old), read(new), _share(threshold), across_machines=across_machines)
    if markdown:
        print(comparison_as_markdown(found), end="")
    else:
        report.render(found, consoles.stdout())
    faults = gate.failing(found, condition) if condition else []
    for fault in faults:
        consoles.stderr().print(f"--fail-on {condition}: {fault}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if faults else 0)


def _share(text: str) -> float:
    """Return 0.03 of 3%, 3 % or 0.03."""
    number, percent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if rest or not 0 <= value < 1:
        raise typer.BadParameter(f"{text!r} is no threshold: write 3% or 0.03")
    return value
