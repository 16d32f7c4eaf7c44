"""How long a recording is, by its header: nothing is decoded."""

import io
import math
from pathlib import Path
from typing import BinaryIO

# Some formats are lists that open other files; none may be opened for a length.
_NOTHING_ELSE = {"protocol_whitelist": "none"}


def seconds(audio: Path | bytes) -> float:
    """Return the length in seconds; NaN where the header has none or cannot be read."""
    if isinstance(audio, Path) and not audio.is_file():
        return math.nan  # a pipe would be waited for, for ever
    import av  # noqa: PLC0415 - a tenth of a second, where a corpus states no lengths

    try:
        with io.BytesIO(audio) if isinstance(audio, bytes) else audio.open("rb") as file:
            return _stated(file)
    except (OSError, av.FFmpegError):
        return math.nan


def _stated(file: BinaryIO) -> float:
    import av  # noqa: PLC0415 - as above

    with av.open(file, "r", metadata_errors="replace", options=_NOTHING_ELSE) as container:
        stream = container.streams.best("audio")
        if stream is not None and stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return container.duration / av.time_base if container.duration else math.nan
