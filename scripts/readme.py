"""Writes the README's table from the run in docs/records/readme-run.json; `--check` compares.

`python scripts/readme.py results/RUN/summary.json` keeps another run and writes its table. A
backend of `run --all` that the kept run does not have yet is a warning; one that is gone from
envs/ is stale.
"""

import sys
from pathlib import Path

from orchestrator import backends
from orchestrator.bench import selection
from orchestrator.reports import columns, wording
from orchestrator.reports.files.markdown import table as markdown
from orchestrator.runs import suite
from orchestrator.runs.schema import Summary
from orchestrator.runs.schema.contender import Wish

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
KEPT = ROOT / "docs" / "records" / "readme-run.json"
BEGIN, END = "<!-- results: scripts/readme.py -->\n", "<!-- end of results -->\n"


def table(summary: Summary) -> str:
    """Return the Markdown table with its machine and date."""
    host, date = summary.host, summary.run_id[:8]
    audio = summary.corpus.seconds
    day = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    measured = [line for line in summary.contenders if line.status == "measured"]
    models = ", ".join(dict.fromkeys(str(line.asked["model"]) for line in measured))
    medians = f"{models}, {audio:.1f} s of speech, {wording.processes(summary)}"
    shown = columns.at("readme", measured)
    heads, numbers = [c.head for c in shown], [c.head for c in shown if c.unit]
    rows = ([column.cell(line) for column in shown] for line in measured)
    notes = (n for n in wording.notes(summary) if n.kind in {"failed", "skipped"})
    return (
        f"{wording.machine(host)}; {day}; {medians}:\n\n{markdown(heads, rows, numbers)}\n"
        + "".join(f"{note.kind}: {note}.  \n" for note in notes)
    )


def _without_paths(summary: Summary) -> Summary:
    """Return the summary as anybody's machine would have it: names of files, not their places."""
    clips = [c.model_copy(update={"path": Path(c.path.name)}) for c in summary.clips]
    lines = [
        line.model_copy(
            update={"model": line.model.model_copy(update={"path": Path(line.model.path.name)})}
        )
        if line.model
        else line
        for line in summary.contenders
    ]
    return summary.model_copy(update={"clips": tuple(clips), "contenders": tuple(lines)})


def main() -> None:
    """Write or check the table."""
    check = "--check" in sys.argv
    given = [a for a in sys.argv[1:] if a != "--check"]
    if given:
        summary = Summary.model_validate_json(Path(given[0]).read_bytes())
        KEPT.write_text(_without_paths(summary).as_json(), "utf-8")
    summary = Summary.model_validate_json(KEPT.read_bytes())
    kept = {line.backend for line in summary.contenders}
    known = {backend.name for backend in backends.discover(ROOT / "envs")}
    if gone := ", ".join(sorted(kept - known)):
        sys.exit(f"the kept run has {gone}, which envs/ has not: nox -s bench, and keep that run")
    wanted = selection.options(suite.Measurement(), [Wish(())]).contenders  # as here: `run --all`
    if new := ", ".join(c.backend for c in wanted if c.backend not in kept):
        print(f"warning: the kept run has no {new} yet: nox -s bench, and keep that run")
    text = README.read_text("utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    fresh = f"{before}{BEGIN}{table(summary)}{END}{after}"
    if check and fresh != text:
        sys.exit("README.md's table is not that of the kept run: python scripts/readme.py")
    README.write_text(fresh, "utf-8")


if __name__ == "__main__":
    main()
