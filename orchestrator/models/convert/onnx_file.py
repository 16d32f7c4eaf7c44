"""ONNX files: a graph's nodes and tensors, written one tensor at a time.

Layout: onnx/onnx.proto of the ONNX project, in the encoding of Protocol Buffers: each field is a
varint of its number and kind, then a varint, four bytes, or a length and that many bytes.
"""

import itertools
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.models.convert.checkpoint import Array, as_stored

_IR_VERSION = 8
_OPERATORS = 17  # the set that has LayerNormalization
_VARINT, _LENGTH, _FOUR_BYTES = 0, 2, 5
_TYPES = {"float32": 1, "int64": 7, "bool": 9, "float16": 10}

Shape = Sequence[int | str]  # a name stands for a length that is known when the graph runs


@dataclass(frozen=True)
class Value:
    """An input or output of a graph."""

    name: str
    shape: Shape | None = None  # None where a part of a graph leaves it open
    type: str = "float32"

    def encoded(self) -> bytes:
        """Return it as a ValueInfoProto."""
        lengths = (
            _bytes(1, _bytes(2, length) if isinstance(length, str) else _number(1, length))
            for length in self.shape or ()
        )
        shape = b"" if self.shape is None else _bytes(2, b"".join(lengths))
        return _bytes(1, self.name) + _bytes(2, _bytes(1, _number(1, _TYPES[self.type]) + shape))


@dataclass(frozen=True)
class _Tensor:
    """A tensor of the file: what stands before its data, and what returns that."""

    header: bytes
    size: int
    data: Callable[[], Array]

    @classmethod
    def of(cls, name: str, kind: str, shape: Sequence[int], data: Callable[[], Array]) -> "_Tensor":
        """Describe a tensor as a TensorProto does."""
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
        dimensions = b"".join(_number(1, length) for length in shape)
        header = dimensions + _number(2, _TYPES[kind]) + _bytes(8, name) + _head(9, size)
        return cls(header, size, data)


@dataclass
class Graph:
    """Nodes in the order they run, and the tensors they take; values get names here.

    Weights are kept in float16 and computed with in float32.
    """

    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    nodes: list[bytes] = field(default_factory=list)
    tensors: dict[str, _Tensor] = field(default_factory=dict)
    names: Iterator[int] = field(default_factory=itertools.count)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 - see _attribute
        """Add a node with one output; return that."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(
        self,
        operator: str,
        count: int,
        *inputs: str,
        **attributes: Any,  # noqa: ANN401
    ) -> list[str]:
        """Add a node with so many outputs; return them."""
        outputs = [f"v{next(self.names)}" for _ in range(count)]
        node = b"".join(_bytes(1, name) for name in inputs)
        node += b"".join(_bytes(2, name) for name in outputs) + _bytes(4, operator)
        node += b"".join(_bytes(5, _attribute(*item)) for item in attributes.items())
        self.nodes.append(node)
        return outputs

    def part(self) -> "Graph":
        """Return an empty graph for a branch of `If`, which sees all that is named here."""
        return Graph(tensors=self.tensors, names=self.names)

    def result(self, name: str, value: str, shape: Shape) -> None:
        """Give a value out under a name of its own."""
        self.nodes.append(_bytes(1, value) + _bytes(2, name) + _bytes(4, "Identity"))
        self.outputs.append(Value(name, shape))

    def give(self, *values: str) -> None:
        """Give values out of a part."""
        self.outputs += [Value(value) for value in values]

    def constant(self, value: "float | list[int]") -> str:
        """Return a number, or a list of whole numbers, as a value."""
        name = f"constant {value}"
        array = np.array(value, "<f4" if isinstance(value, float) else "<i8")
        kind = array.dtype.name
        self.tensors.setdefault(name, _Tensor.of(name, kind, array.shape, lambda: array))
        return name

    def half(self, name: str, array: Array, *, turned: bool = False) -> str:
        """Return a tensor of a checkpoint as float16, with its two axes exchanged where wished."""
        view = array.T if turned else array
        tensor = _Tensor.of(name, "float16", view.shape, lambda: as_stored(view))
        self.tensors.setdefault(name, tensor)
        return name

    def single(self, value: str) -> str:
        """Return a value as float32."""
        return self.add("Cast", value, to=_TYPES["float32"])

    def between(self, value: str, start: str, end: str, axis: int) -> str:
        """Return the part of a value from `start` to before `end` along an axis, lists of one."""
        return self.add("Slice", value, start, end, self.constant([axis]))

    def encoded(self) -> bytes:
        """Return a graph that has no tensors of its own, as a GraphProto."""
        return b"".join(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        yield from (_bytes(1, node) for node in self.nodes)
        yield _bytes(2, "whisper")
        yield from (_bytes(11, value.encoded()) for value in self.inputs)
        yield from (_bytes(12, value.encoded()) for value in self.outputs)

    def write(
        self, path: Path, metadata: Mapping[str, object], release: Callable[[], None]
    ) -> None:
        """Write the file, calling `release` after each tensor."""
        small = self.encoded()
        tensors = [(_head(5, len(t.header) + t.size) + t.header, t) for t in self.tensors.values()]
        size = len(small) + sum(len(head) + tensor.size for head, tensor in tensors)
        with path.open("wb") as file:
            file.write(_number(1, _IR_VERSION) + _bytes(2, "whisper-cleanroom"))
            file.write(_bytes(8, _bytes(1, "") + _number(2, _OPERATORS)))
            for key, value in metadata.items():
                file.write(_bytes(14, _bytes(1, key) + _bytes(2, str(value))))
            file.write(_head(7, size) + small)
            for head, tensor in tensors:
                file.write(head)
                file.write(tensor.data().data)
                release()


def _attribute(name: str, value: Any) -> bytes:  # noqa: ANN401 - one of four types
    """Return a float, a whole number, some of these or a graph as an AttributeProto."""
    match value:
        case float():
            kind, data = 1, _head(2, kind=_FOUR_BYTES) + struct.pack("<f", value)
        case int():
            kind, data = 2, _number(3, value)
        case Graph():
            kind, data = 5, _bytes(6, value.encoded())
        case _:
            kind, data = 7, b"".join(_number(8, number) for number in value)
    return _bytes(1, name) + data + _number(20, kind)


def _bytes(number: int, value: "bytes | str") -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _head(number, len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _head(number, kind=_VARINT) + _varint(value)


def _head(number: int, length: int | None = None, kind: int = _LENGTH) -> bytes:
    """Return what a field begins with, and its length where it has one."""
    head = _varint(number << 3 | kind)
    return head if length is None else head + _varint(length)


def _varint(value: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first; a negative one as of 64 bits."""
    value %= 1 << 64
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
