"""Where decoded frames belong in time: gaps in the time stamps, and what was lost in them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestrator.clips.audio.container import Bytes

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

# Time stamps are rounded, to milliseconds by some containers. FFmpeg's own resampler leaves alone
# what is less than this (`min_hard_comp`).
_JITTER_SECONDS = 0.1
_LONGEST_GAP_SECONDS = 3600.0  # more is another clock: a second recording follows
# Formats whose packets have times of their own; in others sound follows on sound.
_WITH_TIMES = {"asf", "avi", "flv", "matroska", "mov", "mpeg", "mpegts", "mxf", "ogg"}
_HOLE = bytes(512)
_UNEXPLAINED = 1024  # bytes between two packets: headers are shorter
_LOOKED_AT = 1 << 16
_FRAMES = 8  # so many frames after damage a gap is no longer its doing


@dataclass(slots=True)
class Facts:
    """What is known of a track once it is decoded: the second it begins at, and what is odd."""

    offset: float = 0.0
    notes: list[str] = field(default_factory=list)


class Placed(NamedTuple):
    """A frame, the seconds of silence that belong before it, and the number of its stretch."""

    frame: "av.AudioFrame"
    pause: float
    stretch: int


@dataclass(slots=True)
class _Position:
    """Where the next frame is expected, and which unbroken stretch of sound it belongs to."""

    seconds: float
    stretch: int = 0


class Timeline:
    """Follows one track while it is decoded.

    `offset` is the second at which its sound begins, `seconds` the length of what there is, gaps
    included, and `lost` of what was damaged.
    """

    def __init__(self, file: Bytes, container: "InputContainer") -> None:
        self.offset = self.seconds = self.lost = 0.0
        self.notes: list[str] = []
        self._file = file
        self._origin = (container.start_time or 0) / 1_000_000
        # Elsewhere a packet says only which page it is in, or where no other packet has to be.
        self._can_pause = any(name in _WITH_TIMES for name in container.format.name.split(","))
        self._exact_positions = container.format.name == "matroska,webm"
        self._ordered = "mov" not in container.format.name
        self._end: int | None = None
        self._damaged = 0  # frames until damage is forgotten
        self._skipped = 0.0  # seconds of packets that could not be decoded, since the last frame
        self._position: _Position | None = None

    def passed(self, packet: "av.Packet[Any]") -> None:
        """Note where a packet of any track was in the file, and whether something is torn."""
        if packet.is_corrupt:
            self._damaged = _FRAMES
        if packet.pos is None or packet.pos < 0 or not packet.size:
            return
        if self._ordered and self._end is not None and self._is_hole(self._end, packet.pos):
            self._damaged = _FRAMES
        self._end = packet.pos + packet.size

    def undecodable(self, packet: "av.Packet[Any]") -> None:
        """Count a packet that the decoder refused."""
        self.passed(packet)
        if packet.duration and packet.time_base:
            self._skipped += float(packet.duration * packet.time_base)
            self.lost += float(packet.duration * packet.time_base)
        self._damaged = _FRAMES

    def place(self, frame: "av.AudioFrame") -> Placed:
        """Return a frame with the silence that belongs before it."""
        time = frame.time
        if self._position is None:
            self._position = _Position(time or 0.0)
            self.offset = max(0.0, (time or 0.0) - self._origin)
        pause, position = 0.0, self._position
        ahead = 0.0 if time is None else time - position.seconds
        if abs(ahead) > _JITTER_SECONDS:
            pause = self._pause(ahead)
            position.seconds += ahead
            position.stretch += 1
        self._skipped, self._damaged = 0.0, max(0, self._damaged - 1)
        length = frame.samples / frame.sample_rate
        position.seconds += length
        self.seconds += length
        return Placed(frame, pause, position.stretch)

    def _pause(self, ahead: float) -> float:
        """Return the silence to fill in; nothing where time goes back or starts anew."""
        if ahead > 0 and (self._damaged or not self._can_pause):
            self.lost += max(0.0, ahead - self._skipped)
            return ahead if ahead < _LONGEST_GAP_SECONDS else 0.0
        if ahead > _LONGEST_GAP_SECONDS:
            self.notes.append(
                f"its time stamps jump by {ahead:,.0f} s after {self.seconds:,.1f} s: counted on"
            )
            return 0.0
        self.seconds += max(0.0, ahead)
        return max(0.0, ahead)

    def _is_hole(self, begin: int, end: int) -> bool:
        """Tell whether bytes between two packets were erased, or are there for no reason."""
        if end - begin < _UNEXPLAINED:
            return False
        if self._exact_positions:
            return True
        edges = (begin, max(begin, end - _LOOKED_AT))
        return any(_HOLE in self._file.at(edge, min(_LOOKED_AT, end - edge)) for edge in edges)
