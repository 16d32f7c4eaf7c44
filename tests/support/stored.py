"""Stored rows and settings for tests, as a run would have written them."""

from orchestrator.bench.plan import exactly
from orchestrator.host import Condition
from orchestrator.host.changes import Change
from orchestrator.host.resources import Resources
from orchestrator.runs.schema import Failed, Measured, ModelUsed, Passes, Settings, WarmUp
from orchestrator.runs.schema.plan import Profile

MODEL = ModelUsed(
    name="tiny.en",
    source="local",
    path="/models/tiny.en",
    revision=None,
    sha256="0" * 64,
    digest=None,
    format="fake",
)
CONDITION = Condition(
    load_average=0.1,
    available_memory_bytes=8 * 2**30,
    swap_used_bytes=0,
    on_battery=False,
    battery_percent=None,
    low_power_mode=None,
    thermal_pressure=None,
    cpu_governor=None,
)


def settings(plan: Profile | None = None, **fields: object) -> Settings:
    """Return the settings of a run of three blocks, changed as asked."""
    known = {
        "model": "tiny.en",
        "weights": "auto",
        "profile": "recommended",
        "language": "en",
        "threads": 1,
        "device": "auto",
        "plan": plan or exactly(3),
        "repeats": 1,
        "seed": 0,
    }
    return Settings.model_validate(known | fields)


def measured(
    backend: str,
    block: int,
    seconds: float = 1.0,
    attempt: int = 1,
    changes: tuple[str, ...] = (),
) -> Measured:
    """Return a row of one pass; `changes` are kinds of what the machine did."""
    return Measured(
        backend=backend,
        block=block,
        attempt=attempt,
        started_at=f"2026-11-22T12:{block % 60:02d}:00+00:00",
        model=MODEL,
        resolved={"device": "cpu", "compute_type": "float32"},
        python="3.11.7",
        spawn_seconds=0.1,
        import_seconds=0.2,
        load_seconds=0.3,
        warm_up=(WarmUp(audio_seconds=5.0, seconds=(seconds, seconds)),),
        clips=1,
        audio_seconds=5.0,
        seconds=seconds,
        passes=1,
        first_passes=(seconds,),
        resources=Resources(peak_memory_bytes=1, peak_neural_bytes=None, cpu_seconds=1.0),
        condition=CONDITION,
        changes=tuple(Change(kind=kind, message=f"it had {kind}") for kind in changes),
    )


def passes(
    clip: str, text: str = "what was said", seconds: float = 1.0, **fields: object
) -> Passes:
    """Return one clip's only pass."""
    known = {
        "clip": clip,
        "seconds": (seconds,),
        "runner_seconds": (seconds,),
        "first_segment_seconds": None,
        "text": text,
        "other_texts": (),
        "language": "en",
        "segments": (),
    }
    return Passes.model_validate(known | fields)


def failed(backend: str, block: int, kind: str = "signal", attempt: int = 1) -> Failed:
    """Return a row of a cell that failed."""
    return Failed(
        backend=backend,
        block=block,
        attempt=attempt,
        started_at="2026-11-22T12:00:00+00:00",
        kind=kind,
        reason="it crashed",
        fix="",
    )
