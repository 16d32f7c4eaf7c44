"""Warnings about the machine: busy before the run, or not in the same condition for all."""

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.errors import program
from orchestrator.runs.schema import Host, Measured, Notice

_BUSY = 0.25  # load average a core
_CONDITIONS = ("on_battery", "low_power_mode", "thermal_pressure", "cpu_governor")


def of_rows(rows: Sequence[Measured], host: Host) -> Iterator[Notice]:
    """Yield what is to be said of the machine by the conditions that rows began in."""
    if rows:
        first = min(rows, key=lambda row: row.started_at)
        busy = machine_busy(first.condition.load_average, host.cores or 1)
        yield from [busy] if busy else []
    seen: dict[str, list[dict[str, object]]] = {}
    for row in sorted(rows, key=lambda row: row.contender):
        condition = row.condition.model_dump(include=set(_CONDITIONS))
        seen.setdefault(row.contender, []).append(condition)
    yield from conditions_differ(seen)


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
            findings.append(
                Notice(
                    kind="conditions-differ", message=f"{name.replace('_', ' ')}: {shown}; {advice}"
                )
            )
    return findings


def machine_busy(load_average: float, cores: int) -> Notice | None:
    """Warn where more wants to run than a quarter of the cores could; to be asked before a run."""
    if load_average <= _BUSY * cores:
        return None
    what = f"the load average was {load_average:.1f} on {cores} cores before this run"
    advice = f"other programs were running or waiting: close them ({program()} doctor)"
    return Notice(kind="machine-busy", message=f"{what}; {advice}")
