"""`share` and `import`: a run for others, and others' runs here."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import consoles

SHARE_EPILOG = "Examples:  share results/RUN  |  share results/RUN --with-audio --output run.zip"
IMPORT_EPILOG = (
    "Example:  import RUN.zip; then  compare results/MINE results/imported-RUN --across-machines"
)


def share(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", metavar="FILE.zip", help="Where to write it [RUN.zip, here]."
        ),
    ] = None,
    with_audio: Annotated[
        bool, typer.Option("--with-audio", help="The clips too: they are voices of people.")
    ] = False,
) -> None:
    """Write a run into one zip without names of user and machine, folders, logs or audio.

    Names of clips, texts and transcripts are in it: they are the result.
    """
    from orchestrator.runs import sharing

    written = sharing.share(run, output, with_audio=with_audio)
    print(written)
    what = "names of clips and what was said in them are in it"
    consoles.stderr().print(f"{what}: look before you share", style="dim", soft_wrap=True)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What `share` wrote.")],
    *,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of runs.")] = Path("results"),
) -> None:
    """Put somebody else's shared run among yours, as one of another machine."""
    from orchestrator.runs import sharing

    print(sharing.receive(file, output))
