"""The options of `run` that say how long it measures, and how sure it gets."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import completion, options, values

_timed = partial(typer.Option, rich_help_panel="Measurement")

Profile = Annotated[
    str,
    _timed(
        **values.choice("quick", "full"),
        help="Measure 3 blocks for medians, or 6 to 20 for confidence intervals and verdicts.",
    ),
]
Decide = Annotated[
    float | None,
    _timed(
        metavar="5%",
        parser=values.fraction,
        help="Measure until a difference this small is decided, for at most --budget [1h].",
    ),
]
Blocks = Annotated[
    int | None,
    _timed(
        min=1,
        max=1000,
        metavar="N",
        help="Measure exactly N blocks, each with a fresh process per backend.",
    ),
]
Repeats = Annotated[
    int | None,
    _timed(
        min=1,
        max=1000,
        metavar="N",
        help="Time N passes per process [3; 1 with 3 or more clips, or passes over 5 s].",
    ),
]
Interleave = Annotated[
    str | None,
    _timed(
        **values.choice("auto", "on", "off"),
        help="Let contenders take turns within a block, clip by clip [auto; off under 6 blocks].",
    ),
]
Budget = Annotated[
    float | None,
    _timed(metavar="20m", parser=values.span, help="Start no block that would exceed this time."),
]
Threshold = Annotated[float, _timed("--threshold", "--region", **options.THRESHOLD)]
RankRemote = Annotated[bool, _timed("--rank-remote", help=options.RANK_REMOTE)]
Seed = Annotated[
    int,
    _timed(
        min=0,
        metavar="N",
        help="Random seed for the order of measurement and the sample of clips.",
    ),
]
AA = Annotated[
    int | None,
    _timed(
        "--aa",
        min=2,
        metavar="N",
        help="Run one backend under N labels to find the smallest detectable difference.",
    ),
]
Load = Annotated[
    str | None,
    _timed(
        metavar="COMMAND",
        parser=values.program,
        help="Keep COMMAND running during the whole run.",
    ),
]
Sustain = Annotated[
    float | None,
    _timed(
        metavar="15m",
        parser=values.span,
        help="Run one backend without a pause for this long, and show its speed by minute.",
    ),
]
Yes = Annotated[bool, _timed("--yes", help="Start without asking, however long the run takes.")]
FailFast = Annotated[
    bool,
    _timed(
        "--fail-fast/--keep-going",
        help="Stop after the first contender that fails, or keep going.",
    ),
]
Resume = Annotated[
    Path | None,
    _timed(
        metavar="RUN",
        help="Continue an interrupted run.",
        autocompletion=completion.run_folders,
    ),
]
