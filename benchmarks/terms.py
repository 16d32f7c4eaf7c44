"""`python -m benchmarks.terms [RUN [RUN]]`: names with and without boosting, and errors by group.

Reads fifty sentences with the twenty names of docs/records/names.txt aloud, measures engines on
them with and without the names, and engines on human prompts of five languages (see
scripts/prompts.py for the packages they come from); then writes docs/records/terms.md. Of runs that
are there already, of the names and of the prompts, it writes the page only.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.program import finished
from orchestrator.analysis.rescore import summary_of
from orchestrator.places import ROOT
from orchestrator.reports import columns, groups, terms, wording
from orchestrator.reports.files.markdown import markdown, table
from orchestrator.runs.schema import Summary

_RECORDS = ROOT / "docs" / "records"
_NAMES = _RECORDS / "names.txt"
_WORK = ROOT / "results" / "terms"
_ONCE = ("--blocks", "1", "--repeats", "1", "--threads", "1", "--yes", "--no-page")
_SPEECH = ("speech", "make", "--terms", str(_NAMES), "--limit", "50")
_BOOSTED = ("-b", "faster-whisper", "-b", "whisper-cpp", "--language", "en", "--boost")
_GROUPED = ("-b", "faster-whisper", "-m", "base", "--by", "language,kind", "--limit", "70")
_INTRODUCTION = """\
# Names, and groups

Written by `python -m benchmarks.terms`, from two runs of one block: texts and errors do not depend
on how often, or beside what, an engine runs.

## Names, given to the engines and not

[Twenty names](names.txt) in fifty sentences, read by a synthetic voice, which stresses some names
as nobody would. `boosted` contenders are given the names: faster-whisper as `hotwords`, whisper.cpp
as a prompt.
"""


def main() -> None:
    """Make the runs, or take them; write the page."""
    runs = [Path(run) for run in sys.argv[1:]] or [_names(), _prompts()]
    pages = [page(summary_of(run)) for page, run in zip((_terms, _groups), runs, strict=False)]
    (_RECORDS / "terms.md").write_text("\n".join(pages), encoding="utf-8")


def _names() -> Path:
    corpus = _WORK / "names"
    _orchestrator(*_SPEECH, "--output", str(corpus))
    return _run("names-runs", "--corpus", str(corpus), *_BOOSTED)


def _prompts() -> Path:
    prompts = _WORK / "prompts"
    script = ROOT / "scripts" / "prompts.py"
    finished([sys.executable, script, prompts])
    return _run("prompts-runs", "--corpus", str(prompts / "prompts.csv"), *_GROUPED)


def _run(name: str, *arguments: str) -> Path:
    """Run the engines; return the run's folder."""
    output = _WORK / name
    _orchestrator("run", *arguments, *_ONCE, "--output", str(output))
    return max(output.iterdir())


def _orchestrator(*arguments: str) -> None:
    finished([sys.executable, "-m", "orchestrator", *arguments])


def _terms(named: Summary) -> str:
    listening = terms.lines(named)
    shown = columns.at("terms", listening)
    total = [[column.cell(line) for column in shown] for line in listening]
    titles, rows = terms.by_term(listening)
    parts = [
        _INTRODUCTION,
        f"{markdown(wording.about(named))}; {_date(named)}.\n",
        table([column.head for column in shown], total, right=[c.head for c in shown if c.unit]),
        _listed(terms.sentences(named)),
        table(titles, rows, right=["said"]),
    ]
    return "\n".join(parts)


def _groups(grouped: Summary) -> str:
    parts = [
        "## By language\n\nHuman prompts, one voice a language.\n",
        f"{markdown(wording.about(grouped))}; {_date(grouped)}.\n",
        _errors(grouped),
    ]
    for by, heads, lines in groups.tables(grouped):
        parts += [table(heads, lines, right=["clips", "words"])]
        parts += [_listed(groups.sentences(grouped, by))]
    return "\n".join(parts)


def _errors(summary: Summary) -> str:
    """Return the table of errors over all clips."""
    shown = columns.at("errors", summary.ranked)
    rows = [[column.cell(line) for column in shown] for line in summary.ranked]
    return table([column.head for column in shown], rows, right=[c.head for c in shown if c.unit])


def _listed(sentences: Iterable[str]) -> str:
    return "".join(f"- {markdown(sentence)}\n" for sentence in sentences)


def _date(summary: Summary) -> str:
    """Return the day of a run, which its name begins with."""
    day = summary.run_id[:8]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


if __name__ == "__main__":
    main()
