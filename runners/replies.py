"""What a runner answers, made fit for the wire: texts, times, errors."""

import math
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runners import protocol
from runners.audio import BadAudio
from runners.protocol import Scalar, Segment
from runners.settings import BadModel, ServerFault, Unsupported


@dataclass(frozen=True)
class Result:
    """What a transcription gave; times in seconds from the clip's start, None where unknown."""

    text: str
    language: str | None = None
    segments: list[Segment] = field(default_factory=list)
    first_segment_seconds: float | None = None
    words: list[Segment] | None = None  # None unless asked for


def transcript(request_id: int, result: Result, seconds: float) -> protocol.Transcript:
    """Return what a transcription gave, as it travels."""
    return protocol.Transcript(
        id=request_id,
        text=result.text.strip(),
        language=result.language,
        segments=_plain(result.segments),
        seconds=seconds,
        first_segment_seconds=_finite(result.first_segment_seconds),
        words=None if result.words is None else [w for w in _plain(result.words) if w.text],
    )


def _plain(pieces: list[Segment]) -> list[Segment]:
    """Return pieces of text as they travel: without the spaces around them, times as JSON has."""
    return [
        Segment(start=_finite(p.start), end=_finite(p.end), text=p.text.strip()) for p in pieces
    ]


def failed(request_id: int, error: BaseException) -> protocol.Failed:
    """Return what a request came to that could not be done."""
    kind: Any = "error"
    for family, name in (
        (Unsupported, "unsupported"),
        (BadModel, "bad-model"),
        (BadAudio, "bad-audio"),
        (ServerFault, "server"),
        (MemoryError, "out-of-memory"),
    ):
        if isinstance(error, family):
            kind = name
    named = "".join(traceback.format_exception_only(error)).strip()  # survives a broken __str__
    message = named if kind == "error" else str(error) or named
    # A message must fit its line whatever a library put into it.
    return protocol.Failed(
        id=request_id,
        kind=kind,
        message=message[:10_000],
        traceback="".join(traceback.format_exception(error))[-50_000:],
    )


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinity: both mean the library did not know."""
    return None if value is None or not math.isfinite(value) else float(value)


def finite_values(resolved: dict[str, Scalar]) -> dict[str, Scalar]:
    """Return plain values as JSON has them."""
    return {k: _finite(v) if isinstance(v, float) else v for k, v in resolved.items()}


def peak_bytes() -> int | None:
    """Read this process's own peak from Linux; elsewhere the orchestrator asks the system."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return next((int(x.split()[1]) * 1024 for x in status.splitlines() if "VmHWM" in x), None)
