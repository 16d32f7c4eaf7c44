"""Honesty checks: what makes a number mean something else than it seems to, each with advice.

Pure functions of plain values, on the standard library alone; each returns None where all is well.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

WARM_UPS = 5
"""How often a runner is warmed up at most, for each length of audio."""
_AGREE = 0.05
_MUCH = 0.10  # what MLPerf's audit TEST04 allows between repeated and fresh samples
_FEWEST_PROCESSES = 3
_FEWEST_CLIPS = 6  # their median must mean something on a machine with 6 % noise
_BUSY = 0.25  # load average a core


class Finding(NamedTuple):
    """A warning as a value: what kind, and what it means for the reader."""

    kind: str
    message: str


def warm_up_is_steady(times: Sequence[float]) -> bool:
    """Tell whether the last two warm-up times agree within 5 % of the longer: then stop."""
    return len(times) > 1 and abs(times[-1] - times[-2]) <= _AGREE * max(times[-2:])


def not_steady(times: Sequence[float]) -> Finding | None:
    """Warn where the warm-up ended without two times that agree."""
    if warm_up_is_steady(times):
        return None
    shown = ", ".join(f"{seconds:.3g}" for seconds in times)
    advice = "its times may still be falling: close other programs, or run more blocks"
    return Finding("not-steady", f"warm-up did not settle within 5 % ({shown} s); {advice}")


def texts_differ(clip: str, texts: Sequence[str]) -> Finding | None:
    """Warn where one clip gave several texts, within a process or between blocks."""
    different = len(set(texts))
    if different <= 1:
        return None
    message = f"{clip}: {different} texts in {len(texts)} passes; the work timed is not always"
    advice = "the same. Look at the transcripts, or run --parity (no sampling, no fallback)"
    return Finding("text-differs", f"{message} {advice}")


def clips_failed(failed: int, clips: int) -> Finding | None:
    """Warn where an engine failed at clips: its time is of less work than that of others."""
    if not failed:
        return None
    message = f"{failed} of {clips} clips failed: every word of them counts as missed"
    return Finding("clips-failed", f"{message}, and its time is compared with nobody's")


def first_pass_slow(processes: Sequence[Sequence[float]]) -> Finding | None:
    """Warn where first passes take over 10 % more than the rest: median over 3 or more processes.

    Each holds one process's passes over its first clip, in order.
    """
    ratios = [passes[0] / median(passes[1:]) for passes in processes if len(passes) > 1]
    if len(ratios) < _FEWEST_PROCESSES or (excess := median(ratios) - 1) <= _MUCH:
        return None
    message = f"the first pass takes {excess:.0%} more than the others"
    advice = "warm-up was too short, or later passes are answered from memory: compare new audio"
    return Finding("first-pass-slow", f"{message}; {advice}")


def repeats_fast(fresh: Sequence[float], repeated: Sequence[float]) -> Finding | None:
    """Warn where a clip heard before is over 10 % faster than when it was new (MLPerf TEST04).

    `fresh` holds a clip's first pass, `repeated` the median of its later ones, in the same order,
    for every clip but a process's first, whose first pass may still be warm-up. Under 6: None.
    """
    ratios = [new / again for new, again in zip(fresh, repeated, strict=True)]
    if len(ratios) < _FEWEST_CLIPS or (excess := median(ratios) - 1) <= _MUCH:
        return None
    message = f"a clip heard before takes less: new ones take {excess:.0%} more"
    advice = "the engine may keep results; trust --repeats 1 on several clips"
    return Finding("repeats-fast", f"{message}; {advice}")


def device_differs(asked: str, used: object) -> Finding | None:
    """Warn where the accelerator was asked for and not used, or the processor and not used.

    `asked` is "auto", "cpu" or "gpu", `used` what the library said ("cpu", "metal", "mps" ...).
    """
    if asked == "auto" or (used is not None and (used == "cpu") == (asked == "cpu")):
        return None
    message = f"asked for {asked}, ran on {used or 'what the library does not tell'}"
    advice = "its time is not that of the asked device: see this backend's notes.md"
    return Finding("device-differs", f"{message}; {advice}")


def precision_differs(asked: str | None, used: object) -> Finding | None:
    """Warn where the library computes in another precision than was asked; None asks for none."""
    # CTranslate2 answers "int8" with "int8_float32": what is not quantised needs a type as well.
    if asked is None or f"{used}_".startswith(f"{asked}_"):
        return None
    message = f"asked for {asked}, computed in {used or 'what the library does not tell'}"
    return Finding("precision-differs", f"{message}; compare it with backends at {used} only")


def conditions_differ(seen: Mapping[str, Sequence[Mapping[str, object]]]) -> list[Finding]:
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
                Finding("conditions-differ", f"{name.replace('_', ' ')}: {shown}; {advice}")
            )
    return findings


def machine_busy(load_average: float, cores: int) -> Finding | None:
    """Warn where others keep over a quarter of the cores busy; to be asked before a run."""
    if load_average <= _BUSY * cores:
        return None
    message = f"other programs keep {load_average:.1f} of {cores} cores busy"
    return Finding("machine-busy", f"{message}: close them (python -m orchestrator doctor)")
