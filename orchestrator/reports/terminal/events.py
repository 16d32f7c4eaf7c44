"""A run's events as lines: its plan, what has to be fetched, a finished row, a forecast."""

from orchestrator import units
from orchestrator.bench.events import Announcement, Forecast, Step
from orchestrator.runs.schema import Failed, Measured


def plan_line(plan: Announcement) -> str:
    """Say who takes part on what, what has to be fetched, and how long it may take."""
    if not plan.steps:
        return "plan: no backend can run"
    download = sum(step.package_bytes + step.model_bytes for step in plan.steps)
    fetch = f"up to {units.size(download)} to download first" if download else "nothing to download"
    about = (
        f"about {units.duration(plan.estimate_seconds)}"
        if plan.estimate_seconds is not None
        else "the first run of these here, so no estimate"
    )
    blocks = units.count(plan.blocks, "block")
    if plan.decides is not None:
        blocks = f"about {blocks} until {units.share(plan.decides)} is decided"
        blocks += f" if the machine is {plan.as_steady_as}"
    backends = len({step.backend for step in plan.steps})
    who = units.count(len(plan.steps), "contender")
    who += f" of {units.count(backends, 'backend')}" if backends < len(plan.steps) else ""
    return (
        f"plan: {who}, {units.count(plan.clips, 'clip')} of {plan.audio_seconds:.1f} s,"
        f" {blocks}; {fetch}; {about}"
    )


def forecast_line(found: Forecast) -> str:
    """Say what is decided by now, and what the run waits for."""
    asked = units.share(found.asked)
    if found.blocks is None:
        return f"decides {units.share(found.reached)} now; {asked} is not in sight"
    time = f", {units.duration(found.seconds)}" if found.seconds is not None else ""
    more = units.count(found.blocks, "more block")
    return f"decides {units.share(found.reached)} now; {asked} after about {more}{time}"


def needs(step: Step) -> str:
    """Say what a contender still lacks; empty when nothing."""
    parts = []
    if step.packages_missing:
        packages = units.count(step.packages_missing, "package")
        parts.append(f"{packages} ({units.size(step.package_bytes)})")
    if step.model_bytes:
        parts.append(f"{step.model} from {step.source} ({units.size(step.model_bytes)})")
    if step.convert:
        parts.append(f"{step.model} to convert")
    return ", ".join(parts)


def row_line(row: Measured | Failed) -> tuple[str, str]:
    """Return a finished row as a line and its style."""
    match row:
        case Measured():
            return f"block {row.block}  {row.contender}  {units.seconds(row.seconds)} s", ""
        case Failed():
            return f"failed   {row.contender}: {row.kind}: {row.reason}", "red"
