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
        help="Audio or video, a .txt beside it is its text; or a suite: FILE.toml.",
        rich_help_panel=_PANEL,
    ),
]
Record = Annotated[bool, hear("--record", help="Record a clip from the microphone.")]
Corpus = Annotated[
    str | None,
    hear(
        metavar="X",
        help="A folder, a table, a manifest or a name (see corpora).",
        autocompletion=completion.corpora,
    ),
]
Limit = Annotated[
    int | None, hear(min=1, metavar="N", help="A sample of its clips, drawn by --seed.")
]
NoReference = Annotated[
    bool, hear("--no-reference", help="No transcripts: how far backends differ, and where.")
]
Terms = Annotated[Path | None, hear(**options.TERMS)]
By = Annotated[list[str] | None, hear("--by", **options.BY)]
Boost = Annotated[
    bool, hear("--boost", help="Also with the terms given to engines that can use them.")
]
Track = Annotated[int | None, hear(min=1, metavar="N", help="Audio track [default].")]
Live = Annotated[bool, hear("--live", help="Speak the clips too: what is shown when.")]
Pace = Annotated[
    float | None, hear(min=0.1, max=100, metavar="N", help="Times the speed of speech [1].")
]
WordTimes = Annotated[
    bool, hear("--word-times", help="How far times of words are off: a .ctm or .TextGrid has them.")
]
Robustness = Annotated[bool, hear("--robustness", help="Silence, noise...: verdicts.")]


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
