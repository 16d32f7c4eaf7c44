"""The tables and sentences of docs/records/accuracy.md, from the runs that are kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from accuracy_kept import Kept

from orchestrator import units
from orchestrator.clips.robustness.cases import LANGUAGES
from orchestrator.reports.files.markdown import robustness_as_markdown as as_markdown
from orchestrator.reports.quantities import SHARE, written
from orchestrator.runs.schema import ContenderSummary, RobustnessVerdict, Summary

HUMAN = {"en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "ru": "Russian"}
ERRORS = ("WER (95 %)", "words", "substitutions", "insertions", "deletions", "CER")
NUMBERS = {*ERRORS, "accents", "digits", "RTFx", "runs of words lost"}


def figures(runs: Mapping[str, Kept], benchmarks: str) -> dict[str, str]:
    """Return what the template is filled with, as far as the kept runs and benchmarks go."""
    found = {f"{name}_made": _made(run.summary) for name, run in runs.items()}
    human = {code: runs[f"human_{code}"] for code in HUMAN if f"human_{code}" in runs}
    if human:
        found |= {"human": _human(human), "human_pairs": _pairs(human.values())}
        found["human_verdict"] = _verdict([run.summary for run in human.values()])
        found |= {f"slips_{code}": _slips(run) for code, run in human.items()}
    if robust := [run.summary for name, run in runs.items() if name.startswith("robustness")]:
        made = "; and ".join(dict.fromkeys(map(_made, robust)))
        found |= {"robustness": _robustness(robust), "robustness_made": made}
    if run := runs.get("languages"):
        found["languages"] = _languages(run)
    for name in ("hour", "thousand"):
        if run := runs.get(name):
            found |= {name: _long(run), f"{name}_pairs": _pairs([run]), f"{name}_lost": _lost(run)}
            found[f"{name}_clips"] = units.count(run.summary.corpus.clips, "clip")
            found[f"{name}_seconds"] = f"{run.summary.corpus.seconds:,.0f} s"
    if scoring := list(_scoring(benchmarks.splitlines())):
        found["scoring"] = "\n".join(scoring)
    return found


def _scoring(lines: Sequence[str]) -> Iterator[str]:
    """Yield the rows of the benchmarks' table that are about scoring."""
    for before, line in pairwise(lines):
        if "scored" in line or ("scored" in before and line.startswith("| the same")):
            yield line


def _made(summary: Summary) -> str:
    """Name the machine and the day."""
    host, day = summary.host, summary.run_id[:8]
    machine = f"{host.chip}, {host.cores} cores, {units.size(host.memory_bytes)}"
    return f"{machine}, {host.os} {host.os_version}; {day[:4]}-{day[4:6]}-{day[6:]}"


def _human(runs: Mapping[str, Kept]) -> str:
    """Return a line a language and backend, with what of its errors is no engine's."""
    titles = ("", "engine", *ERRORS, "in the other's interval", "accents", "digits")
    return _table(
        titles,
        (
            (HUMAN[code], *_errors(line), _inside(line, run.summary), *_aside(line, run))
            for code, run in runs.items()
            for line in _scored(run.summary)
        ),
    )


def _long(run: Kept) -> str:
    """Return a line a backend, with its speed and how many runs of words it lost."""
    lines = (
        (*_errors(line), units.factor(line.rtfx), str(len(run.lost[line.backend])))
        for line in _scored(run.summary)
    )
    return _table(("engine", *ERRORS, "RTFx", "runs of words lost"), lines)


def _scored(summary: Summary) -> list[ContenderSummary]:
    """Return the lines that have an accuracy, by name."""
    scored = (line for line in summary.contenders if line.accuracy)
    return sorted(scored, key=lambda line: line.backend)


def _errors(line: ContenderSummary) -> tuple[str, ...]:
    found = line.accuracy
    assert found  # noqa: S101 - only such lines are asked for
    counts = (found.words, found.substitutions, found.insertions, found.deletions)
    wer, cer = (written(rate, SHARE) for rate in (found.wer, found.cer))
    return (line.backend, wer, *(f"{count:,}" for count in counts), cer)


def _inside(line: ContenderSummary, summary: Summary) -> str:
    """Say whether its rate lies in the interval of every other backend."""
    others = [o.accuracy.wer for o in _scored(summary) if o is not line and o.accuracy]
    inside = (o.low <= (line.wer or 0) <= o.high for o in others if o.low is not None and o.high)
    return "yes" if all(inside) else "no"


def _verdict(summaries: Sequence[Summary]) -> str:
    """Say in how many languages the engines agree."""
    agree = sum(all(_inside(line, s) == "yes" for line in _scored(s)) for s in summaries)
    decided = sum(d.outcome in {"fewer", "more"} for s in summaries for d in s.differences)
    return (
        f"In {agree} of {len(summaries)} languages each rate lies in the other's interval;"
        f" {decided or 'none'} of the differences {'are' if decided > 1 else 'is'} decided."
    )


def _aside(line: ContenderSummary, run: Kept) -> tuple[str, str]:
    aside = run.aside[line.backend]
    return f"{aside.accents:.1f}", f"{aside.digits:.1f}"


def _pairs(runs: Iterable[Kept]) -> str:
    """Return what is said of every two backends, a line each."""
    return "\n".join(
        f"- {HUMAN.get(run.summary.corpus.name, run.summary.corpus.name)}: {difference.sentence}"
        for run in runs
        for difference in run.summary.differences
    )


def _slips(run: Kept) -> str:
    """Return the words most often wrong, with how often each backend has them so."""
    rows = (
        (slip.said or "(nothing)", slip.heard or "(nothing)", *map(str, slip.times.values()))
        for slip in run.slips
    )
    return _table(("said", "heard", *run.aside), rows)


def _robustness(runs: Sequence[Summary]) -> str:
    """Return the table of all, with the evidence of those that ran published weights."""
    latest = {verdict.contender: summary for summary in runs for verdict in summary.robustness}
    real: list[RobustnessVerdict] = []
    marked: list[RobustnessVerdict] = []
    for backend, summary in sorted(latest.items()):
        verdicts = [verdict for verdict in summary.robustness if verdict.contender == backend]
        (model,) = (line.model for line in summary.contenders if line.backend == backend)
        if model and model.name in summary.settings.local:
            fields = {"contender": f"{backend} (random weights)"}
            marked += [verdict.model_copy(update=fields) for verdict in verdicts]
        else:
            real += verdicts
    table, _, _ = as_markdown([*real, *marked]).partition("\n\n")
    _, _, evidence = as_markdown(real).partition("\n\n")
    return f"{table}\n\n{evidence}".rstrip()


def _languages(run: Kept) -> str:
    """Return the verdicts on the recording of several languages, with their evidence."""
    own = [v for v in run.summary.robustness if v.case == LANGUAGES.name]
    return as_markdown(own).rstrip()


def _lost(run: Kept) -> str:
    lines = (f"- {name}: {each}" for name, found in run.lost.items() for each in found)
    return "\n".join(lines) or "None was lost."


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = tuple(titles)
    sides = ("--:" if title in NUMBERS else "---" for title in titles)
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, sides, *rows))
