"""What runners of ONNX models share: what a file says of itself, and how long audio is cut.

sherpa-onnx ends the process where a file lacks a property, and neither library tells the precision.
Layout: onnx/onnx.proto of the ONNX project, in the encoding of Protocol Buffers.
"""

import itertools
import math
import mmap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from runners.protocol import Segment
from runners.replies import Result
from runners.settings import BadModel, Unsupported, choose_language
from runners.words import joined

_RATE = 16_000
_GRAPH, _PROPERTY = 7, 14  # fields of a model
_NODE = 1  # of a graph
_OPERATOR = 4  # of a node
_KEY, _VALUE = 1, 2  # of a property
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_PRECISIONS = ("float32", "int8")
_QUANTISED = {b"DynamicQuantizeLinear", b"MatMulInteger", b"ConvInteger", b"QLinearConv"}


class Heard(NamedTuple):
    """What a model makes of a part: the text; tokens, when each begins and how long it lasts.

    Most know no lengths, few make segments, and few say which language they found.
    """

    text: str
    tokens: Sequence[str] = ()
    seconds: Sequence[float] = ()
    lengths: Sequence[float] = ()
    segments: Sequence[Segment] = ()
    language: str = ""


def in_parts(
    audio: Any,  # noqa: ANN401 - an ndarray
    longest: float,
    hear: Callable[[Any], Heard],
    language: str | None,
    *,
    words: bool,
) -> Result:
    """Hear audio in equal parts of at most so many seconds; one without segments becomes one."""
    started = time.perf_counter()
    parts = math.ceil(len(audio) / (longest * _RATE))
    borders = [round(len(audio) * n / parts) for n in range(parts + 1)]
    texts: list[str] = []
    segments: list[Segment] = []
    found: list[Segment] = []
    first = None
    for start, stop in itertools.pairwise(borders):
        heard, begin, end = hear(audio[start:stop]), start / _RATE, stop / _RATE
        if heard.text:
            texts.append(heard.text.strip())
            segments += _moved(heard.segments, begin, end) or [Segment(begin, end, heard.text)]
        if words:
            found += timed_words(heard, begin, end)
        language = language or heard.language or None
        first = first or time.perf_counter() - started
    return Result(
        " ".join(texts),
        language,
        segments,
        first_segment_seconds=first if parts > 1 else None,
        words=found if words else None,
    )


def _moved(segments: Sequence[Segment], begin: float, end: float) -> list[Segment]:
    """Return segments of a part as segments of the whole."""
    return [
        Segment(begin + (s.start or 0.0), min(begin + (s.end or 0.0), end), s.text)
        for s in segments
    ]


def timed_words(heard: Heard, begin: float, end: float) -> list[Segment]:
    """Return the words that tokens make; one of unknown length lasts until the next one begins."""
    starts = [min(begin + at, end) for at in heard.seconds]
    ends = [*starts[1:], end][: len(starts)]
    if heard.lengths:
        ends = [min(at + lasts, end) for at, lasts in zip(starts, heard.lengths, strict=True)]
    return joined(Segment(*piece) for piece in zip(starts, ends, heard.tokens, strict=True))


def only_file(folder: Path, pattern: str) -> Path | None:
    """Return the one file of a pattern, None for none; raise BadModel for several."""
    found = sorted(folder.glob(pattern))
    if len(found) > 1:
        raise BadModel(f"{folder} has more than one {pattern}: keep one precision in a folder")
    return found[0] if found else None


def untold_language(wish: str | None, vocabulary: str) -> str | None:
    """Return the language of a model that cannot be told one, None where it knows several.

    Whose vocabulary has English letters alone writes English. Raises Unsupported for a wish that
    the model may not come up to.
    """
    if vocabulary.replace("\N{LOWER ONE EIGHTH BLOCK}", "").isascii():
        return choose_language(wish, ("en",), multilingual=False)
    if wish is not None:
        raise Unsupported(f"language {wish!r}: this model finds it out, and cannot be told")
    return None


def require_precision(wish: str | None, precision: str | None) -> None:
    """Raise Unsupported for a precision that the weights do not have: None are not here yet."""
    if wish not in (None, precision or wish) or wish not in (None, *_PRECISIONS):
        raise Unsupported(
            f"precision {wish!r}: weights compute in {precision or ' or '.join(_PRECISIONS)};"
            " quantised ones are models of their own"
        )


class OnnxFile:
    """A file whose parts are all there; raises BadModel for any other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.properties: dict[str, str] = {}
        self.precision = "float32"  # whatever weights are kept in, the CPU computes in it
        try:
            with path.open("rb") as file, _mapped(file.fileno()) as data:
                self._read(data)
        except (OSError, ValueError, IndexError) as error:
            raise BadModel(f"{path} is no whole ONNX file") from error

    def _read(self, data: mmap.mmap) -> None:
        graphs = 0
        for number, start, end in _fields(data, 0, len(data)):
            if number == _GRAPH:
                graphs += 1
                self._read_graph(data, start, end)
            elif number == _PROPERTY:
                entry = {n: data[a:b].decode() for n, a, b in _fields(data, start, end)}
                self.properties[entry[_KEY]] = entry.get(_VALUE, "")
        if graphs != 1:
            raise ValueError

    def _read_graph(self, data: mmap.mmap, start: int, end: int) -> None:
        nodes = (field for field in _fields(data, start, end) if field[0] == _NODE)
        for _, begin, stop in nodes:
            for number, a, b in _fields(data, begin, stop):
                if number == _OPERATOR and data[a:b] in _QUANTISED:
                    self.precision = "int8"
                    return


def _mapped(descriptor: int) -> mmap.mmap:
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def _fields(data: mmap.mmap, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each field of a message, its number and where its value is; raise ValueError."""
    while at < end:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            stop = _varint(data, at)[1]
        elif kind == _LENGTH:
            length, at = _varint(data, at)
            stop = at + length
        else:
            stop = at + _FIXED.get(kind, end)
        if stop > end:
            raise ValueError
        yield key >> 3, at, stop
        at = stop


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while (byte := data[at]) & 0x80:
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | byte << shift, at + 1
