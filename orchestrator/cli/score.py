"""`score`: stored transcripts scored again, and other systems' texts, with a run or without."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from orchestrator.cli import completion, consoles, options, values

if TYPE_CHECKING:
    from orchestrator.analysis.scoring.recount import Rules
    from orchestrator.analysis.scoring.text import Normalizer
    from orchestrator.runs.schema import Summary, Term

    _Asked = tuple[Normalizer, tuple[Term, ...], tuple[str, ...]]

EPILOG = (
    "Examples:  score results/RUN --pairs  |  score results/RUN --normalizer none  |"
    "  score results/RUN --json  |  score results/RUN --hypotheses cloud.jsonl  |"
    "  score results/RUN --terms names.txt  |  score results/RUN --with sclite-like  |"
    "  score --corpus calls.csv --hypotheses ours=a.jsonl --hypotheses theirs=b.jsonl"
)


def score(  # noqa: PLR0913 - each is one option of the command
    run_folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="RUN", help="Folder of a stored run.", autocompletion=completion.run_folders
        ),
    ] = None,
    *,
    corpus: Annotated[
        str | None,
        typer.Option(
            metavar="X",
            help="Score --hypotheses against this corpus (as in run) instead of a stored run.",
            autocompletion=completion.corpora,
        ),
    ] = None,
    normalizer: Annotated[
        str,
        typer.Option(
            **values.choice("auto", "english", "basic", "simplified", "none"),
            help="Text normalisation: by language (auto), with Chinese in simplified characters,"
            " or none.",
        ),
    ] = "auto",
    terms: options.Terms = None,
    by: options.By = None,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Show the verdict on every pair of contenders.")
    ] = False,
    hypotheses: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE.jsonl",
            help="Another system's texts for the same clips; may be repeated.",
        ),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option(
            "--with",
            **values.choice("sclite-like", "asr-leaderboard"),
            help="Also count errors by another tool's rules, and show both.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            parser=values.language,
            help="With --corpus, language of clips that do not state theirs [en].",
        ),
    ] = None,
    rank_remote: options.RankRemote = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print only the summary to stdout, as JSON.")
    ] = False,
) -> None:
    """Score a run's stored transcripts again, or any system's texts, without running an engine.

    The run's summary.json is updated; what --hypotheses, --terms and --by add stays in it until the
    run is scored again. With --rank-remote, --with or another --normalizer it is left as it is.
    """
    from orchestrator.reports.terminal import results
    from orchestrator.runs.terms import read

    values.refuse(
        ("RUN and --corpus cannot be combined", run_folder and corpus),
        ("--corpus needs --hypotheses FILE", corpus and not hypotheses),
        ("--with and --rank-remote need a run, not --corpus", corpus and (rules or rank_remote)),
        ("--language needs --corpus: a run has its own language", language and not corpus),
        (
            "--with shows counts only: leave the other options out",
            rules and (hypotheses or pairs or rank_remote or terms or by),
        ),
    )
    chosen = cast("Normalizer", normalizer)  # a parser let it through, as it did the rules
    texts = hypotheses or []
    asked = chosen, read(terms) if terms else (), values.listed(by or ())
    if corpus is not None:
        summary = _without_run(corpus, texts, asked, language)
    elif run_folder is None:
        raise typer.BadParameter("name a run, or --corpus X with --hypotheses FILE")
    elif rules is not None:
        _recount(run_folder, cast("Rules", rules), chosen, as_json=as_json)
        return
    else:
        summary = _of_run(run_folder, texts, asked, rank_remote=rank_remote)
    if as_json:
        consoles.deliver(summary.as_json())
    else:
        results.render(summary, consoles.stdout(), pairs=pairs)


def _of_run(folder: Path, texts: list[str], asked: "_Asked", *, rank_remote: bool) -> "Summary":
    from orchestrator.analysis.rescore import rescore

    named = {f"{name} (imported)": file for name, file in _named(texts).items()}
    return rescore(folder, *asked, rank_remote=rank_remote, hypotheses=named)


def _without_run(corpus: str, texts: list[str], asked: "_Asked", language: str | None) -> "Summary":
    """Score texts of a corpus; a download of it is shown."""
    from orchestrator.bench import corpus_texts
    from orchestrator.reports.terminal.progress import LiveWatcher

    spoken = None if language == "auto" else language
    with LiveWatcher(consoles.stderr()) as watcher:
        told = partial(watcher.phase, "corpus")
        return corpus_texts.score(corpus, _named(texts), *asked, language=spoken, progress=told)


def _recount(run_folder: Path, rules: "Rules", normalizer: "Normalizer", *, as_json: bool) -> None:
    """Print a run's errors as they are counted here and by other rules."""
    import json

    from orchestrator.analysis.scoring.recount import recount
    from orchestrator.reports import recount as report
    from orchestrator.reports.terminal import results
    from orchestrator.runs.stored import read

    found = recount(read(run_folder), rules, normalizer)
    if as_json:
        consoles.deliver(json.dumps(report.plain(found), indent=2, ensure_ascii=False) + "\n")
    else:
        results.counts(found, consoles.stdout())


def _named(given: list[str]) -> dict[str, Path]:
    """Return the files by the names of their systems: NAME of NAME=FILE, else the file's own."""
    named = []
    for text in given:
        name, mark, file = text.partition("=")
        if not mark or Path(text).exists():
            name, file = Path(text).stem, text
        if not (name and file):
            raise typer.BadParameter(f"{text!r} is not NAME=FILE", param_hint="--hypotheses")
        named.append((name, Path(file)))
    twice = [name for name, many in Counter(name for name, _ in named).items() if many > 1]
    if twice:
        raise typer.BadParameter(f"two files are called {twice[0]!r}: --hypotheses NAME=FILE")
    return dict(named)
