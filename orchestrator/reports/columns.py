"""What a backend's summary says, as every report writes it."""

from orchestrator.runs.schema import BackendSummary, Estimate
from orchestrator.units import NONE, seconds


def interval(value: Estimate | None) -> str:
    """Return a median with its 95 % interval, where there is one: 1.04 (1.01 to 1.08)."""
    if value is None:
        return NONE
    if value.low is None or value.high is None:
        return seconds(value.median)
    return f"{seconds(value.median)} ({seconds(value.low)} to {seconds(value.high)})"


def model(line: BackendSummary) -> str:
    """Return the model that ran, and which was asked for where that is another."""
    if line.model is None:
        return NONE
    asked = f" for {line.model.substituted}" if line.model.substituted else ""
    return f"{line.model.name}{asked}"


def runs_as(line: BackendSummary) -> str:
    """Return device and precision as the library says them: cpu int8_float32."""
    parts = (line.resolved.get("device"), line.resolved.get("compute_type"))
    return " ".join(str(part) for part in parts if part) or NONE
