"""Measure local speech-to-text engines from Python, and read what was measured.

`run(Suite(...))` measures and returns a `Run`; `open_run` opens a stored one, `resume` goes on with
one, and `reproduce` measures one again. Nothing is printed, no signal handler stays, and every
expected fault is a `CleanroomError` with its `fix`. Times are in seconds, sizes in bytes, rates are
shares (0.05 is 5 %); what is absent is None, never 0.
"""

from orchestrator.bench.events import (
    Announcement,
    BlockBegun,
    Event,
    Forecast,
    Message,
    Phase,
    Step,
)
from orchestrator.errors import (
    AudioError,
    CleanroomError,
    ConfigError,
    MachineBusy,
    NothingToMeasure,
    UsageError,
)
from orchestrator.runs.schema import (
    ClipRecord,
    Contender,
    ContenderSummary,
    ErrorDifference,
    Estimate,
    Failed,
    Manifest,
    Measured,
    PairVerdict,
    Passes,
    Skipped,
    Summary,
)
from whisper_cleanroom.measurement import Interrupted, reproduce, resume, run
from whisper_cleanroom.stored import Run, open_run
from whisper_cleanroom.suite import Contenders, Suite

__all__ = [
    "Announcement",
    "AudioError",
    "BlockBegun",
    "CleanroomError",
    "ClipRecord",
    "ConfigError",
    "Contender",
    "ContenderSummary",
    "Contenders",
    "ErrorDifference",
    "Estimate",
    "Event",
    "Failed",
    "Forecast",
    "Interrupted",
    "MachineBusy",
    "Manifest",
    "Measured",
    "Message",
    "NothingToMeasure",
    "PairVerdict",
    "Passes",
    "Phase",
    "Run",
    "Skipped",
    "Step",
    "Suite",
    "Summary",
    "UsageError",
    "open_run",
    "reproduce",
    "resume",
    "run",
]
