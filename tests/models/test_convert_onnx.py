"""Whisper as ONNX graphs: read back here by the format's specification, and run by ONNX Runtime."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from math import erf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import BYTES, HEADS, MELS, MULTILINGUAL, STATE, write_checkpoint
from numpy.typing import NDArray

from orchestrator import places
from orchestrator.backends import ENVS
from orchestrator.models.convert import ct2
from orchestrator.models.convert.checkpoint import Checkpoint, digest
from orchestrator.places import ROOT

Array = NDArray[Any]
FILES = {
    "sherpa-onnx": ["whisper-decoder.onnx", "whisper-encoder.onnx", "whisper-tokens.txt"],
    "onnx-asr": [
        "added_tokens.json",
        "config.json",
        "decoder_model_merged.onnx",
        "encoder_model.onnx",
        "vocab.json",
    ],
}
FRAMES = 10  # which a convolution halves: one fewer than the encoder has positions for
ALL = [0, 1, 2, 3]  # as many tokens as the decoder has positions for


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Path]:
    """Convert one tiny multilingual checkpoint to each layout; return it, and their folder."""
    folder = tmp_path_factory.mktemp("onnx")
    checkpoint = ct2.read(write_checkpoint(folder / "source", MULTILINGUAL))
    for form in FILES:
        command = [sys.executable, "-P", "-s", "-m", "orchestrator.models.convert"]
        done = subprocess.run(
            [*command, form, checkpoint.folder, folder / form],
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert json.loads(done.stdout)["digest"] == checkpoint.digest()
    return checkpoint, folder


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield each field of a message: its number, and its number or bytes."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            length = varint() if key & 7 == 2 else 4
            yield key >> 3, data[at : at + length]
            at += length


def tensors(path: Path) -> dict[str, Array]:
    """Return what a file holds of the checkpoint, under the names it has there."""
    (graph,) = (value for number, value in fields(path.read_bytes()) if number == 7)
    found = {}
    for tensor in (dict_of(value) for number, value in fields(graph) if number == 5):
        name = tensor[8][0].decode()
        if tensor[2] == [10]:
            array = np.frombuffer(tensor[9][0], np.float16).reshape(tensor[1])
            found[name] = array.T if ".blocks." in name and array.ndim == 2 else array
    return found


def dict_of(message: bytes) -> dict[int, list[Any]]:
    """Return all values of each field."""
    found: dict[int, list[Any]] = {}
    for number, value in fields(message):
        found.setdefault(number, []).append(value)
    return found


@pytest.mark.parametrize("form", FILES)
def test_onnx_files_hold_the_same_tensors(form: str, made: tuple[Checkpoint, Path]) -> None:
    """Encoder and decoder have the checkpoint's tensors between them, and none else."""
    checkpoint, folder = made
    files = sorted((folder / form).iterdir())
    assert [path.name for path in files] == FILES[form]
    held: dict[str, Array] = {}
    for path in files:
        held |= tensors(path) if path.suffix == ".onnx" else {}
    assert set(held) == set(checkpoint.tensors)
    assert digest(iter(held.items())) == checkpoint.digest()


def test_sherpa_reads_what_a_model_is_from_its_encoder(made: tuple[Checkpoint, Path]) -> None:
    """The properties that it looks for are there, tokens as it names them; bytes are in base64."""
    _, folder = made
    model = dict_of((folder / "sherpa-onnx" / "whisper-encoder.onnx").read_bytes())
    pairs = (dict_of(entry) for entry in model[14])
    said = {pair[1][0].decode(): pair[2][0].decode() for pair in pairs}
    assert said["is_multilingual"] == "1"
    assert said["all_language_codes"] == "en,de"
    assert said["all_language_tokens"] == f"{BYTES + 2},{BYTES + 3}"
    assert said["sot_sequence"] == f"{BYTES + 1},{BYTES + 2},{BYTES + 5}"
    assert (said["sot"], said["eot"]) == (str(BYTES + 1), str(BYTES))
    assert (said["no_timestamps"], said["no_speech"]) == (str(BYTES + 9), str(BYTES + 8))
    assert (said["n_mels"], said["n_vocab"]) == (str(MELS), str(MULTILINGUAL))
    lines = (folder / "sherpa-onnx" / "whisper-tokens.txt").read_text("ascii").splitlines()
    spelled = [line.split() for line in lines]
    assert [(base64.b64decode(word), int(at)) for word, at in spelled] == [
        (bytes([byte]), byte) for byte in range(BYTES)
    ]


def test_onnx_asr_knows_every_token_by_name(made: tuple[Checkpoint, Path]) -> None:
    """Ordinary and special tokens are in files of their own; the settings say what it is."""
    _, folder = made
    said = {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in (folder / "onnx-asr").glob("*.json")
    }
    assert said["config"] == {"model_type": "whisper", "num_mel_bins": MELS}
    assert len(said["vocab"]) == BYTES
    assert said["added_tokens"]["<|transcribe|>"] == BYTES + 5


SHERPA = """
import sys, numpy, onnxruntime
folder, given, back = sys.argv[1:]
session = lambda name: onnxruntime.InferenceSession(f"{folder}/whisper-{name}.onnx")
given = numpy.load(given)
k, v = session("encoder").run(None, {"mel": given["mel"]})
decoder = session("decoder")
window = next(i.shape for i in decoder.get_inputs() if i.name == "in_n_layer_self_k_cache")
kept, logits = [numpy.zeros(window, "f4")] * 2, []
for start, end in ((0, 3), (3, 4)):
    new, *kept = decoder.run(None, {
        "tokens": given["tokens"][:, start:end], "offset": numpy.array([start]),
        "in_n_layer_self_k_cache": kept[0], "in_n_layer_self_v_cache": kept[1],
        "n_layer_cross_k": k, "n_layer_cross_v": v,
    })
    logits.append(new)
numpy.save(back, numpy.concatenate(logits, 1))
"""
ONNX_ASR = """
import sys, numpy, onnxruntime
folder, given, back = sys.argv[1:]
session = lambda name: onnxruntime.InferenceSession(f"{folder}/{name}.onnx")
given = numpy.load(given)
(states,) = session("encoder_model").run(None, {"input_features": given["mel"]})
decoder = session("decoder_model_merged")
past = {i.name: numpy.zeros((0, i.shape[1], 0, i.shape[3]), "f4")
        for i in decoder.get_inputs() if i.name.startswith("past")}
names = [o.name for o in decoder.get_outputs()]
logits = []
for start, end in ((0, 3), (3, 4)):
    new = dict(zip(names, decoder.run(None, {
        "input_ids": given["tokens"][:, start:end], "encoder_hidden_states": states,
        "use_cache_branch": numpy.array([start > 0]), **past,
    })))
    logits.append(new.pop("logits"))
    now = {name.replace("present.", "past_key_values."): array for name, array in new.items()}
    past = {name: now[name] if len(now[name]) else before for name, before in past.items()}
numpy.save(back, numpy.concatenate(logits, 1))
"""


@pytest.mark.engines
@pytest.mark.parametrize(("form", "script"), [("sherpa-onnx", SHERPA), ("onnx-asr", ONNX_ASR)])
def test_graphs_compute_what_whisper_does(
    form: str, script: str, made: tuple[Checkpoint, Path], tmp_path: Path
) -> None:
    """ONNX Runtime, token by token, finds the logits that the formulas give for all at once."""
    checkpoint, folder = made
    mel = np.random.default_rng(1).normal(size=(1, MELS, FRAMES)).astype(np.float32)
    np.savez(tmp_path / "given.npz", mel=mel, tokens=np.array([ALL]))
    python = places.environment(ENVS / "faster-whisper") / "bin" / "python"
    paths = [folder / form, tmp_path / "given.npz", tmp_path / "back.npy"]
    subprocess.run([python, "-c", script, *paths], check=True)
    found = np.load(tmp_path / "back.npy")
    expected = Formulas(checkpoint).logits(mel[0], ALL)
    assert np.allclose(found[0], expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


class Formulas:
    """Whisper in float64, as its paper and whisper/model.py have it: no cache, all at once."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.of = {name: array.astype(np.float64) for name, array in checkpoint.tensors.items()}
        self.layers = range(checkpoint.dimensions.n_text_layer)

    def logits(self, mel: Array, tokens: list[int]) -> Array:
        """Return those of each token."""
        x = gelu(self.convolution("encoder.conv1", mel, 1))
        x = gelu(self.convolution("encoder.conv2", x, 2)).T
        x = x + self.of["encoder.positional_embedding"][: len(x)]
        for block in (f"encoder.blocks.{i}" for i in self.layers):
            x = self.mlp(block, x + self.attention(f"{block}.attn", x, None))
        heard = self.norm("encoder.ln_post", x)
        words = self.of["decoder.token_embedding.weight"]
        y = words[tokens] + self.of["decoder.positional_embedding"][: len(tokens)]
        for block in (f"decoder.blocks.{i}" for i in self.layers):
            y = y + self.attention(f"{block}.attn", y, None, causal=True)
            y = self.mlp(block, y + self.attention(f"{block}.cross_attn", y, heard))
        return self.norm("decoder.ln", y) @ words.T

    def attention(self, name: str, x: Array, heard: Array | None, *, causal: bool = False) -> Array:
        """Return what each head attends to, joined and projected."""
        x = self.norm(f"{name}_ln", x)
        other = x if heard is None else heard
        size = STATE // HEADS
        q, k, v = (
            self.linear(f"{name}.{part}", y)
            for part, y in (("query", x), ("key", other), ("value", other))
        )
        found = []
        for head in (slice(h * size, (h + 1) * size) for h in range(HEADS)):
            scores = q[:, head] @ k[:, head].T / sqrt(size)
            if causal:
                scores = np.where(np.tri(len(x)), scores, -np.inf)
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            found.append(weights / weights.sum(axis=1, keepdims=True) @ v[:, head])
        return self.linear(f"{name}.out", np.concatenate(found, axis=1))

    def mlp(self, block: str, x: Array) -> Array:
        """Return a block's value after its two last projections."""
        y = gelu(self.linear(f"{block}.mlp.0", self.norm(f"{block}.mlp_ln", x)))
        return x + self.linear(f"{block}.mlp.2", y)

    def linear(self, name: str, x: Array) -> Array:
        """Return a projection, with its bias where it has one."""
        return x @ self.of[f"{name}.weight"].T + self.of.get(f"{name}.bias", 0.0)

    def norm(self, name: str, x: Array) -> Array:
        """Return each row with a mean of 0 and a variance of 1, scaled and moved."""
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt(centred.var(axis=1, keepdims=True) + 1e-5)
        return scaled * self.of[f"{name}.weight"] + self.of[f"{name}.bias"]

    def convolution(self, name: str, x: Array, stride: int) -> Array:
        """Return a convolution of three frames, one of silence at either end."""
        padded = np.pad(x, ((0, 0), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)[:, ::stride]
        return np.einsum("itk,oik->ot", windows, self.of[f"{name}.weight"]) + self.of[
            f"{name}.bias"
        ].reshape(-1, 1)


def gelu(x: Array) -> Array:
    """Return the Gaussian error linear unit of each number."""
    return x * 0.5 * (1 + np.vectorize(erf)(x / sqrt(2)))
