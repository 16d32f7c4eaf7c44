"""The options of `run` that say what is transcribed."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli import completion, options, values

_PANEL = "What to transcribe"
hear = partial(typer.Option, rich_help_panel=_PANEL)

Clips = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[CLIP]...",
        help="Audio or video files (ground truth: a .txt of the same name), or a suite: FILE.toml.",
        rich_help_panel=_PANEL,
    ),
]
Record = Annotated[
    bool, hear("--record", help="Record a clip from the microphone and measure on it.")
]
Corpus = Annotated[
    str | None,
    hear(
        metavar="X",
        help="Corpus to measure on: a folder, a table, a manifest or a known name (see corpora).",
        autocompletion=completion.corpora,
    ),
]
Limit = Annotated[
    int | None,
    hear(
        min=1, metavar="N", help="Use a random sample of N clips of the corpus, drawn with --seed."
    ),
]
NoReference = Annotated[
    bool,
    hear(
        "--no-reference", help="Without ground truth: report how much backends disagree, and where."
    ),
]
Terms = Annotated[Path | None, hear(**options.TERMS)]
By = Annotated[list[str] | None, hear("--by", **options.BY)]
Boost = Annotated[
    bool,
    hear(
        "--boost",
        help="Add a second contender, given the terms, for every engine that accepts terms.",
    ),
]
Track = Annotated[
    int | None, hear(min=1, metavar="N", help="Audio track to transcribe [the file's default].")
]
Live = Annotated[
    bool,
    hear(
        "--live",
        help="Also stream each clip at the speed of speech, and measure when words appear.",
    ),
]
Pace = Annotated[
    float | None,
    hear(
        min=0.1,
        max=100,
        metavar="N",
        help="With --live, play audio at N times the speed of speech [1].",
    ),
]
WordTimes = Annotated[
    bool,
    hear(
        "--word-times",
        help="Also score word start and end times against a .ctm or .TextGrid next to each clip.",
    ),
]
Robustness = Annotated[
    bool,
    hear(
        "--robustness",
        help="Test hard cases such as silence, noise and long speech, with a verdict on each.",
    ),
]


def asked(  # noqa: PLR0913 - each is one option
    corpus: str | None,
    limit: int | None,
    terms: Path | None,
    by: list[str] | None,
    *,
    references: bool,
    word_times: bool,
) -> dict[str, Any]:
    """Return what a suite says of it, by its keys."""
    return {
        "corpus": corpus,
        "limit": limit,
        "terms": str(terms) if terms else (),
        "by": values.listed(by or ()),
        "references": references,
        "word_times": word_times,
    }
