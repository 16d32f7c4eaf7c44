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
        str, typer.Argument(metavar="OLD", help="Earlier run, or RUN#NAME for one contender of it.")
    ],
    new: Annotated[
        str | None,
        typer.Argument(
            metavar="[NEW]", help="Later run; if omitted, show what each choice in OLD buys."
        ),
    ] = None,
    *,
    fail_on: Annotated[
        str | None,
        typer.Option(
            **values.choice("slower", "worse", "any"),
            help="Exit with code 1 if a backend is certainly slower, worse (more errors)"
            " or either (any).",
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="With --fail-on, accept backends that NEW did not measure or cannot judge.",
        ),
    ] = False,
    threshold: Annotated[
        float, typer.Option("--threshold", "--region", **options.THRESHOLD)
    ] = 0.03,
    across_machines: Annotated[
        bool,
        typer.Option(
            "--across-machines", help="Compare times even if the runs are from different machines."
        ),
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, for a pull request on GitHub.")
    ] = False,
) -> None:
    """Compare two runs, two contenders (RUN#NAME), or the contenders of one run.

    Two runs: what is faster or slower, errors, memory, load times, and what changed between the
    runs. One run: what each choice buys, one factor at a time.

    With --fail-on any, higher memory use and slower loading fail too. A difference fails only if it
    is certain; a backend measured in OLD fails if it is missing, or cannot be judged, in NEW.

    Exit code 0: compared, and --fail-on found nothing; 1: it did; 2: the runs cannot be compared.
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
