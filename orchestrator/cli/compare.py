"""`compare`: two stored runs, old and new."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles, options, values

EPILOG = (
    "Examples:  compare results/OLD results/NEW  |  compare results/RUN  |"
    "  compare 'results/A#whisper-cpp' 'results/B#whisper-cpp base'  |"
    "  compare results/OLD results/NEW --fail-on any --markdown"
)


def compare(  # noqa: PLR0913 - each is one option of the command
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="The earlier run; RUN#NAME is one contender of it.")
    ],
    new: Annotated[
        str | None,
        typer.Argument(metavar="[NEW]", help="The later run; without it, what OLD's choices buy."),
    ] = None,
    *,
    fail_on: Annotated[
        str | None,
        typer.Option(
            **values.choice("slower", "worse", "any"),
            help="Exit code 1 if a backend decidedly is: worse is more errors, any also more"
            " memory or a slower load; and if one that was measured then cannot be judged now.",
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing", help="Let --fail-on pass what was not measured or judged now."
        ),
    ] = False,
    threshold: Annotated[
        float, typer.Option("--threshold", "--region", **options.THRESHOLD)
    ] = 0.03,
    across_machines: Annotated[
        bool, typer.Option("--across-machines", help="Compare times of two machines all the same.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="GitHub's Markdown, for a pull request.")
    ] = False,
) -> None:
    """Compare two runs, two contenders (RUN#NAME), or the contenders of one run.

    Two runs: faster or slower, errors, memory, load, and what changed in between. One run: what
    each choice buys, one factor at a time.

    Exit code 0: compared, and nothing fails --fail-on; 1: something does; 2: they cannot be.
    """
    from orchestrator.analysis.compare import compare as compared
    from orchestrator.analysis.compare import gate
    from orchestrator.reports.files.markdown import comparison_as_markdown
    from orchestrator.reports.terminal import comparison
    from orchestrator.runs.stored import either

    if new is None:
        _within(Path(old), markdown=markdown)
        return
    found = compared(*either(old, new), threshold, across_machines=across_machines)
    if markdown:
        print(comparison_as_markdown(found), end="")
    else:
        comparison.compare(found, consoles.stdout())
    faults = gate.failing(found, fail_on, allow_missing=allow_missing) if fail_on else []
    for fault in faults:
        consoles.stderr().print(f"--fail-on {fail_on}: {fault}", soft_wrap=True)
    raise typer.Exit(1 if faults else 0)


def _within(path: Path, *, markdown: bool) -> None:
    """Show what each choice buys in one run; say so where its contenders differ in more."""
    from orchestrator.analysis.rescore import summary_of
    from orchestrator.errors import UsageError
    from orchestrator.reports import choices
    from orchestrator.reports.files.markdown import table
    from orchestrator.reports.terminal import results

    summary = summary_of(path)
    rows = choices.rows(summary)
    if not rows:
        raise UsageError(
            f"no two contenders of {summary.run_id} differ in one factor alone",
            "name a second run, or measure some: run -b NAME --precision int8,float32",
        )
    if markdown:
        print(table(choices.TITLES, rows), end="")
    else:
        results.bought(summary, consoles.stdout())
