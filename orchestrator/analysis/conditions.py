"""Warnings about the machine: busy before the run, disturbed during it, not the same for all."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from orchestrator import units
from orchestrator.errors import program
from orchestrator.runs.schema import Host, Measured, Notice

_BUSY = 0.25  # load average a core
CONDITIONS = {"on_battery", "low_power_mode", "thermal_pressure", "cpu_governor"}
_MOST_NAMED = 3
_NUMBER = re.compile(r"\d+(\.\d+)?")


def of_rows(rows: Sequence[Measured], host: Host, *, loaded: bool) -> Iterator[Notice]:
    """Yield what is to be said of the machine; `loaded` by a command of the user's, it was busy."""
    yield from disturbed(rows, {"others-busy"} if loaded else set())
    # What kept it busy during the run says more than how busy it was before.
    if rows and not any(change.kind == "others-busy" for row in rows for change in row.changes):
        first = min(rows, key=lambda row: row.started_at)
        busy = machine_busy(first.condition.load_average, host.cores or 1)
        yield from [busy] if busy else []
    seen: dict[str, list[dict[str, object]]] = {}
    for row in sorted(rows, key=lambda row: row.contender):
        seen.setdefault(row.contender, []).append(row.condition.model_dump(include=CONDITIONS))
    yield from conditions_differ(seen)


def disturbed(rows: Sequence[Measured], expected: set[str]) -> Iterator[Notice]:
    """Say once for the run what happened to the machine meanwhile, in which blocks, and to whom."""
    found: dict[str, list[tuple[Measured, str]]] = {}
    for row in rows:
        for change in row.changes:
            if change.kind not in expected:
                found.setdefault(change.kind, []).append((row, change.message))
    everybody = {row.contender for row in rows}
    if said := [_change(seen, everybody) for seen in found.values()]:
        advice = f"run again on a quiet machine ({program()} doctor)"
        message = f"during the run {'; '.join(said)}: {advice}"
        yield Notice(kind="disturbed", message=message)


def _change(seen: Sequence[tuple[Measured, str]], everybody: set[str]) -> str:
    """Return the worst of what was seen of one kind, by the number in it, and where it was."""
    worst = max((message for _, message in seen), key=_amount)
    names = list(dict.fromkeys(row.contender for row, _ in seen))
    whose = f", {units.named(names, _MOST_NAMED)}" if len(names) < len(everybody) else ""
    more = " at worst" if len({message for _, message in seen}) > 1 else ""
    return f"{worst}{more} ({_blocks({row.block for row, _ in seen})}{whose})"


def _amount(message: str) -> float:
    number = _NUMBER.search(message)
    return float(number[0]) if number else 0.0


def _blocks(numbers: set[int]) -> str:
    """Return block numbers in words: block 2; blocks 1 to 3, 7."""
    runs = [
        [number for _, number in group]
        for _, group in groupby(enumerate(sorted(numbers)), key=lambda each: each[1] - each[0])
    ]
    shown = ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run))  # noqa: PLR2004
        for run in runs
    )
    return f"block{'s' * (len(numbers) > 1)} {shown}"


def conditions_differ(seen: Mapping[str, Sequence[Mapping[str, object]]]) -> list[Notice]:
    """Warn of each condition (power, thermal pressure ...) that was not the same for all backends.

    `seen` holds each backend's conditions over its cells, by name; None is what the machine hides.
    """
    names = dict.fromkeys(name for cells in seen.values() for cell in cells for name in cell)
    findings = []
    for name in names:
        states = {b: sorted({str(cell.get(name)) for cell in cells}) for b, cells in seen.items()}
        if len(set(map(tuple, states.values()))) > 1:
            shown = "; ".join(f"{backend}: {', '.join(found)}" for backend, found in states.items())
            advice = "what it was is in the rows; keep it the same and run again"
            message = f"{name.replace('_', ' ')}: {shown}; {advice}"
            findings.append(Notice(kind="conditions-differ", message=message))
    return findings


def machine_busy(load_average: float, cores: int) -> Notice | None:
    """Warn where more wants to run than a quarter of the cores could; to be asked before a run."""
    if load_average <= _BUSY * cores:
        return None
    what = f"the load average was {load_average:.1f} on {cores} cores before this run"
    advice = f"other programs were running or waiting: close them ({program()} doctor)"
    return Notice(kind="machine-busy", message=f"{what}; {advice}")
