"""`score`: stored transcripts scored again, by other rules, or beside other systems' texts."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from orchestrator.cli import consoles, options, values
from orchestrator.cli.options import Run

if TYPE_CHECKING:
    from orchestrator.analysis.scoring.text import Normalizer

EPILOG = (
    "Examples:  score results/RUN --pairs  |  score results/RUN --normalizer none  |"
    "  score results/RUN --json  |  score results/RUN --hypotheses cloud.jsonl  |"
    "  score results/RUN --terms names.txt  |  score results/RUN --with sclite-like"
)


def score(  # noqa: PLR0913 - each is one option of the command
    run_folder: Run,
    *,
    normalizer: Annotated[
        str,
        typer.Option(
            metavar="auto|english|basic|simplified|none",
            help="By language; with Chinese in simplified characters; none: as it is written.",
        ),
    ] = "auto",
    terms: options.Terms = None,
    by: options.By = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Show every pair of backends.")] = False,
    hypotheses: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE.jsonl",
            help="Texts that another system made of the clips; may be given several times.",
        ),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="sclite-like|asr-leaderboard",
            help="Count the errors by another tool's rules too, and show both.",
        ),
    ] = None,
    rank_remote: options.RankRemote = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary on stdout, nothing else.")
    ] = False,
) -> None:
    """Score a stored run's transcripts again, running nothing.

    As runs are scored, without another --normalizer, --rank-remote or --with, its summary.json is
    renewed, and holds what --hypotheses, --terms and --by brought until the next time.
    """
    from orchestrator.analysis.rescore import rescore
    from orchestrator.reports.terminal import results
    from orchestrator.runs.terms import read

    chosen = _normalizer(normalizer)
    if rules is not None:
        if hypotheses or pairs or rank_remote or terms or by:
            raise typer.BadParameter("--with shows counts alone: leave the other options away")
        _recount(run_folder, rules, chosen, as_json=as_json)
        return
    summary = rescore(
        run_folder,
        chosen,
        read(terms) if terms else (),
        values.listed(by or ()),
        rank_remote=rank_remote,
        hypotheses=_named(hypotheses or []),
    )
    if as_json:
        consoles.deliver(summary.as_json())
    else:
        results.render(summary, consoles.stdout(), pairs=pairs)


def _recount(run_folder: Path, named: str, normalizer: "Normalizer", *, as_json: bool) -> None:
    """Print a run's errors as they are counted here and by other rules."""
    import json

    from orchestrator.analysis.scoring.recount import Rules, recount
    from orchestrator.reports import recount as report
    from orchestrator.reports.terminal import results
    from orchestrator.runs.stored import read

    known: tuple[Rules, ...] = get_args(Rules)
    rules = next((name for name in known if name == named), None)
    if rules is None:
        raise typer.BadParameter(f"there are no rules {named!r}: {', '.join(known)}")
    found = recount(read(run_folder), rules, normalizer)
    if as_json:
        consoles.deliver(json.dumps(report.plain(found), indent=2, ensure_ascii=False) + "\n")
    else:
        results.counts(found, consoles.stdout())


def _normalizer(named: str) -> "Normalizer":
    from orchestrator.analysis.scoring.text import Normalizer

    known: tuple[Normalizer, ...] = get_args(Normalizer)
    chosen = next((name for name in known if name == named), None)
    if chosen is None:
        raise typer.BadParameter(f"there is no normalizer {named!r}: {', '.join(known)}")
    return chosen


def _named(given: list[str]) -> dict[str, Path]:
    """Return the files by the names their lines have: NAME of NAME=FILE, else the file's own."""
    named = []
    for text in given:
        name, mark, file = text.partition("=")
        if not mark or Path(text).exists():
            name, file = Path(text).stem, text
        named.append((f"{name} (imported)", Path(file)))
    twice = [name for name, many in Counter(name for name, _ in named).items() if many > 1]
    if twice:
        raise typer.BadParameter(f"two files are called {twice[0]!r}: --hypotheses NAME=FILE")
    return dict(named)
