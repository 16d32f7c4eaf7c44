"""Whisper as an ONNX graph, layer by layer, out of a checkpoint's tensors.

The layers: whisper/model.py of openai-whisper. Where the keys and values of an attention are kept
from one token to the next differs between the projects that run such graphs: they pass that in.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from orchestrator.models.convert.checkpoint import Checkpoint
from orchestrator.models.convert.onnx_file import Graph

_EPSILON = 1e-5
_TOKENS = "decoder.token_embedding.weight"
# What goes in: the layer's number, its normalised values. What comes out: what was attended to.
Attend = Callable[[int, str], str]


@dataclass(frozen=True)
class Layers:
    """Adds layers of one checkpoint to a graph, or to a part of it, which weights stay out of."""

    graph: Graph
    checkpoint: Checkpoint
    whole: Graph
    weights: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The width of a head, on both sides."""
        return self.checkpoint.dimensions.n_text_state // self.checkpoint.dimensions.n_text_head

    def part(self) -> "Layers":
        """Return what adds the same layers to a branch."""
        return replace(self, graph=self.graph.part())

    def encoder(self, mel: str) -> str:
        """Add the encoder of a spectrogram (1, mels, frames) of any length; return its states."""
        g, d = self.graph, self.checkpoint.dimensions
        x = self._convolution("encoder.conv1", mel, 1)
        x = g.add("Transpose", self._convolution("encoder.conv2", x, 2), perm=[0, 2, 1])
        positions = self._positions("encoder.positional_embedding", g.constant([0]), self.length(x))
        x = g.add("Add", x, positions)
        for block in (f"encoder.blocks.{i}" for i in range(d.n_audio_layer)):
            y = self._norm(f"{block}.attn_ln", x)
            q, k, v = (self.heads(f"{block}.attn.{part}", y) for part in ("query", "key", "value"))
            x = g.add("Add", x, self.linear(f"{block}.attn.out", self.attention(q, k, v)))
            x = self._mlp(block, x)
        return self._norm("encoder.ln_post", x)

    def decoder(self, tokens: str, offset: str, attend: Attend, attend_cross: Attend) -> str:
        """Add the decoder of tokens (1, n) that stand after `offset` others; return logits."""
        g = self.graph
        end = g.add("Add", offset, self.length(tokens))
        x = g.single(g.add("Gather", self._half(_TOKENS), tokens))
        x = g.add("Add", x, self._positions("decoder.positional_embedding", offset, end))
        for i in range(self.checkpoint.dimensions.n_text_layer):
            block = f"decoder.blocks.{i}"
            seen = attend(i, self._norm(f"{block}.attn_ln", x))
            x = g.add("Add", x, self.linear(f"{block}.attn.out", seen))
            heard = attend_cross(i, self._norm(f"{block}.cross_attn_ln", x))
            x = g.add("Add", x, self.linear(f"{block}.cross_attn.out", heard))
            x = self._mlp(block, x)
        width = g.constant([-1, self.checkpoint.dimensions.n_text_state])
        rows = g.add("Reshape", self._norm("decoder.ln", x), width)
        logits = g.add("Gemm", rows, self._weight(_TOKENS), transB=1)
        return g.add("Unsqueeze", logits, g.constant([0]))

    def causal_mask(self, tokens: str, offset: str) -> str:
        """Return what is added to scores, so that no token attends to a later one."""
        g = self.graph
        start = g.add("Squeeze", offset)
        end = g.add("Add", start, g.add("Squeeze", self.length(tokens)))
        one = g.constant(1)
        queries = g.add("Range", start, end, one)
        keys = g.add("Range", g.constant(0), end, one)
        later = g.add("Greater", keys, g.add("Unsqueeze", queries, g.constant([1])))
        return g.add("Where", later, g.constant(-math.inf), g.constant(0.0))

    def attention(self, q: str, k: str, v: str, mask: str | None = None) -> str:
        """Return what queries find in keys and values, all of them apart by heads, joined again."""
        g = self.graph
        scaled = g.add("Mul", q, g.constant(self.size**-0.5))
        scores = g.add("MatMul", scaled, g.add("Transpose", k, perm=[0, 1, 3, 2]))
        if mask:
            scores = g.add("Add", scores, mask)
        found = g.add("MatMul", g.add("Softmax", scores, axis=-1), v)
        joined = g.add("Transpose", found, perm=[0, 2, 1, 3])
        return g.add("Reshape", joined, g.constant([0, 0, -1]))

    def heads(self, name: str, x: str) -> str:
        """Return a projection of (1, n, width), apart by heads."""
        return self.apart(self.linear(name, x))

    def apart(self, x: str) -> str:
        """Return (1, n, width) as (1, heads, n, size)."""
        g = self.graph
        shaped = g.add("Reshape", x, g.constant([0, 0, -1, self.size]))
        return g.add("Transpose", shaped, perm=[0, 2, 1, 3])

    def linear(self, name: str, x: str) -> str:
        """Return a projection; OpenAI's matrices have a row for each output."""
        g, bias = self.graph, f"{name}.bias"
        y = g.add("MatMul", x, self._weight(f"{name}.weight", turned=True))
        return g.add("Add", y, self._weight(bias)) if bias in self.checkpoint.tensors else y

    def length(self, x: str, axis: int = 1) -> str:
        """Return the length of an axis, a list of one."""
        return self.graph.add("Shape", x, start=axis, end=axis + 1)

    def _mlp(self, block: str, x: str) -> str:
        y = self._gelu(self.linear(f"{block}.mlp.0", self._norm(f"{block}.mlp_ln", x)))
        return self.graph.add("Add", x, self.linear(f"{block}.mlp.2", y))

    def _norm(self, name: str, x: str) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self.graph.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=_EPSILON)

    def _convolution(self, name: str, x: str, stride: int) -> str:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        y = self.graph.add("Conv", x, weight, bias, pads=[1, 1], strides=[stride])
        return self._gelu(y)

    def _gelu(self, x: str) -> str:
        g = self.graph
        error = g.add("Erf", g.add("Div", x, g.constant(math.sqrt(2))))
        doubled = g.add("Mul", x, g.add("Add", error, g.constant(1.0)))
        return g.add("Mul", doubled, g.constant(0.5))

    def _positions(self, name: str, start: str, end: str) -> str:
        return self.graph.between(self._weight(name), start, end, axis=0)

    def _weight(self, name: str, *, turned: bool = False) -> str:
        if name not in self.weights:
            self.weights[name] = self.whole.single(self._half(name, turned=turned))
        return self.weights[name]

    def _half(self, name: str, *, turned: bool = False) -> str:
        return self.graph.half(name, self.checkpoint.tensors[name], turned=turned)
