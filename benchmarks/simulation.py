"""How often the product would be wrong: nine identical backends on drifting, noisy machines.

`python -m benchmarks.simulation` writes docs/records/simulation.md, the same on every machine and
day, and ends with code 1 where a promise is broken; `... ends intervals` only these sections of it.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

from benchmarks import simulated_turns
from benchmarks.simulated import NINE, TWO, Shares, Weather, different, fitted, identical
from benchmarks.simulated_ends import ODD, Odd, again, decided, intervals
from benchmarks.simulated_turns import Moods

SEED = 1
PAGE = Path(__file__).parents[1] / "docs" / "records" / "simulation.md"
FALSE_AT_MOST = 0.05
COVERED_AT_LEAST = 0.93
NOISES = (0.01, 0.03, 0.06)
GAPS = (0.05, 0.10)
CASES = {f"noise {noise:.0%}, {gap:.0%} slower": (noise, gap) for noise in NOISES for gap in GAPS}

CALM = {
    f"noise {noise:.0%}, drift {drift:.0%}": Weather(drift, noise)
    for noise in NOISES
    for drift in (0.0, 0.05, 0.10, 0.20)
}
HARSH = {
    "noise lingers (0.9 from cell to cell)": Weather(0.10, 0.03, lingering=0.9),
    "1 cell in 20 takes half as long again": Weather(0.10, 0.03, spikes=0.05),
}
MOODS = {
    "steady": Moods(),
    "10 % slower over ten blocks": Moods(drift=0.10),
    "wanders by 5 %, over minutes (300 passes)": Moods(waves=0.05, lasting=300),
    "wanders by 5 %, over seconds (5 passes)": Moods(waves=0.05, lasting=5),
    "wanders by 5 %, within a pass": Moods(waves=0.05, lasting=0.5),
    "steps of 20 %, for minutes (100 passes)": Moods(steps=0.20, stays=100),
    "steps of 20 %, for seconds (10 passes)": Moods(steps=0.20, stays=10),
}
VERDICTS = (
    ("ten: false", "ten false"),
    ("ratio in", "ten ratio"),
    ("time in", "ten time"),
    ("false headline", "ten headline"),
    ("stopped at", "stopped blocks"),
    ("false", "stopped false"),
    ("ratio in", "stopped ratio"),
    ("time in", "stopped time"),
    ("in turn: false", "in turn false"),
    ("ratio in", "in turn ratio"),
)
TURNS = tuple(
    (f"{title}: {what}", f"{design} {what}")
    for design, title in (("alone", "alone"), ("turns", "in turns"))
    for what in ("false", "ratio", "tie", "width")
)
POWER = tuple(
    (f"{design}: {outcome}", f"{design} {outcome}")
    for design in ("ten", "stopped")
    for outcome in ("faster", "tie", "undecided", "slower")
)
NEEDED = (("decided", "decided"), ("after", "blocks"), ("no run named", "none"))
ENDS = (
    ("5 % apart: ended at", "apart blocks"),
    ("called", "apart right"),
    ("false", "apart false"),
    ("ratio in", "apart ratio"),
    ("equals: ended at", "equal blocks"),
    ("tie", "equal right"),
    ("false", "equal false"),
    ("ratio in", "equal ratio"),
    ("forecast within factor 2", "forecast"),
    ("given up early", "given up"),
)
INTERVALS = (
    ("median: ratio in", "median in"),
    ("half width", "median half"),
    ("signed ranks: ratio in", "signed ranks in"),
    ("half width", "signed ranks half"),
)
FITS = (("fixed in", "fixed"), ("marginal in", "marginal"), ("slope's own, pooled", "pooled"))


@dataclass(frozen=True)
class Found:
    """Means over many simulated runs, with their Monte Carlo standard errors."""

    means: Shares
    errors: Shares


def over(replicates: int, one: Callable[[int], Shares | None]) -> Found:
    """Average what came of each replicate; one that has nothing to say does not count."""
    columns: dict[str, list[float]] = {}
    for replicate in range(replicates):
        for what, share in (one(replicate) or {}).items():
            columns.setdefault(what, []).append(share)
    means = {what: fmean(shares) for what, shares in columns.items()}
    # Pairs of one run depend on each other; runs do not.
    errors = {what: stdev(shares) / len(shares) ** 0.5 for what, shares in columns.items()}
    return Found(means, errors)


def verdicts(weathers: Mapping[str, Weather], names: Sequence[str], runs: int) -> dict[str, Found]:
    """Simulate identical backends in each weather."""
    return {
        label: over(runs, partial(identical, weather, names, SEED))
        for label, weather in weathers.items()
    }


def ends() -> dict[str, Found]:
    """Simulate runs that are to decide 5 %, in each weather and with noise that only one has."""
    two: dict[str, tuple[Weather, Odd | None]] = {
        f"noise {noise:.0%}, drift 10%": (Weather(0.10, noise), None) for noise in NOISES
    }
    two |= {label: (weather, None) for label, weather in HARSH.items()}
    two |= {label: (Weather(0.10, 0.03), odd) for label, odd in ODD.items()}
    return {
        label: over(600, partial(decided, weather, odd, SEED))
        for label, (weather, odd) in two.items()
    }


def weighed_intervals() -> dict[str, Found]:
    """Weigh signed ranks: where both have the same noise, and where one has more."""
    kinds = {"noise 3%": (Weather(noise=0.03), None)} | {
        label: (Weather(noise=0.03), odd) for label, odd in ODD.items()
    }
    return {
        f"{label}, {blocks} blocks": over(1_000, partial(intervals, weather, odd, blocks, SEED))
        for label, (weather, odd) in kinds.items()
        for blocks in (10, 20, 40, 80)
    }


def turns(names: Sequence[str], runs: int) -> dict[str, Found]:
    """Simulate identical contenders alone and in turns on each machine."""
    return {
        label: over(runs, partial(simulated_turns.identical, moods, names, SEED))
        for label, moods in MOODS.items()
    }


def table(columns: Sequence[tuple[str, str]], rows: Mapping[str, Found]) -> str:
    """Return a Markdown table in per cent, with each column's largest standard error below."""
    heads, names = zip(*columns, strict=True)
    errors = {name: max(found.errors[name] for found in rows.values()) for name in names}
    shown = {label: found.means for label, found in rows.items()}
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for label, shares in {**shown, "*standard error, at most*": errors}.items():
        # A number of blocks is no share.
        cells = [shares[name] * (1 if name.endswith("blocks") else 100) for name in names]
        lines.append(f"| {label} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")
    return "\n".join(lines)


def broken(rows: Mapping[str, Found]) -> list[str]:
    """Name each cell that breaks a promise: false verdicts, intervals that miss the truth.

    By more than two standard errors: a share of so many runs is not known better.
    """
    faults = []
    for label, found in rows.items():
        for name, share in found.means.items():
            error = 2 * found.errors[name]
            false = name.endswith(("false", "headline")) and share - error > FALSE_AT_MOST
            missed = name.endswith(("ratio", "time")) and share + error < COVERED_AT_LEAST
            if (false or missed) and not name.startswith("in turn"):
                faults.append(f"{label}: {name} {share:.3f}")
    return faults


def harsh() -> dict[str, Found]:
    """Simulate noise of other kinds, with nine and with two."""
    found = verdicts(HARSH, NINE, 500)
    return found | {f"two: {label}": one for label, one in verdicts(HARSH, TWO, 2_000).items()}


def alternating() -> dict[str, Found]:
    """Simulate turns, with two and with nine."""
    found = {f"two: {label}": one for label, one in turns(TWO, 500).items()}
    return found | {f"nine: {label}": one for label, one in turns(NINE, 50).items()}


def power() -> dict[str, Found]:
    """Simulate one that is truly slower, among nine."""
    return {
        label: over(500, partial(different, Weather(0.10, noise), gap, SEED))
        for label, (noise, gap) in CASES.items()
    }


def needed() -> dict[str, Found]:
    """Follow undecided pairs through the runs that are named with them."""
    found = {
        label: over(100, partial(again, Weather(0.0, noise), gap, SEED))
        for label, (noise, gap) in CASES.items()
    }
    return {label: one for label, one in found.items() if {"decided", "none"} <= one.means.keys()}


SECTIONS: Mapping[str, tuple[Sequence[tuple[str, str]], Callable[[], dict[str, Found]]]] = {
    "nine": (VERDICTS, partial(verdicts, CALM, NINE, 500)),
    "two": (VERDICTS, partial(verdicts, CALM, TWO, 2_000)),
    "harsh": (VERDICTS, harsh),
    "turns": (TURNS, alternating),
    "power": (POWER, power),
    "ends": (ENDS, ends),
    "needed": (NEEDED, needed),
    "intervals": (INTERVALS, weighed_intervals),
    "fits": (
        FITS,
        lambda: {f"{n} clips": over(500, partial(fitted, n, SEED)) for n in (3, 10, 20)},
    ),
}
PROMISED = {"nine", "two", "turns", "ends"}


def kept(name: str, template: str, page: str) -> str:
    """Return a section's table as it stands in the page."""
    heading = template[: template.index(f"{{{name}}}")].rpartition("\n## ")[2].splitlines()[0]
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(line for line in section.splitlines() if line.startswith("|"))


def main() -> None:
    """Write the page: all of it in a quarter of an hour on one core, or only sections by name."""
    wanted, faults, tables = sys.argv[1:] or list(SECTIONS), list[str](), dict[str, str]()
    template = (Path(__file__).parent / "simulation.md.in").read_text("utf-8")
    for name, (columns, simulate) in SECTIONS.items():
        if name not in wanted:
            tables[name] = kept(name, template, PAGE.read_text("utf-8"))
            continue
        rows = simulate()
        tables[name] = table(columns, rows)
        faults += broken(rows) if name in PROMISED else []
    PAGE.write_text(template.format(seed=SEED, **tables), "utf-8")
    print("\n".join([f"{PAGE} written", *faults]))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
