"""Reading a checkpoint: right ones exactly, wrong ones with an error naming the place."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from checkpoints import (
    HEADS,
    LAYERS,
    STATE,
    half,
    model_bin,
    variables,
    write_checkpoint,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orchestrator.models.convert import ct2, ct2_file
from orchestrator.models.convert.checkpoint import BadCheckpoint, Dimensions
from orchestrator.models.convert.tokens import read_tokens

WHOLE = model_bin(variables())
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_every_tensor_is_read_under_openais_name(tmp_path: Path) -> None:
    """Stacked projections are taken apart, norms renamed, nothing lost or invented."""
    checkpoint = ct2.read(write_checkpoint(tmp_path))
    given_ = variables()
    stacked = given_["decoder/layer_1/attention/linear_1/weight"]
    expected = Dimensions(300, 6, STATE, HEADS, LAYERS, 4, STATE, HEADS, LAYERS, 80)
    assert checkpoint.dimensions == expected
    assert len(checkpoint.tensors) == 11 + LAYERS * (15 + 24)
    tensors = checkpoint.tensors
    assert np.array_equal(tensors["decoder.blocks.1.cross_attn.key.weight"], stacked[:STATE])
    assert np.array_equal(tensors["decoder.blocks.1.cross_attn.value.weight"], stacked[STATE:])
    gamma = given_["encoder/layer_0/ffn/layer_norm/gamma"]
    assert np.array_equal(tensors["encoder.blocks.0.mlp_ln.weight"], gamma)
    assert "encoder.blocks.0.attn.key.bias" not in tensors


def test_the_digest_is_of_the_tensors_alone(tmp_path: Path) -> None:
    """Equal weights in another order give the digest again, one changed weight another."""
    first = ct2.read(write_checkpoint(tmp_path / "a")).digest()
    again = write_checkpoint(tmp_path / "b")
    (again / "model.bin").write_bytes(model_bin(dict(reversed(variables().items()))))
    changed = variables()
    changed["decoder/layer_norm/beta"][0] += 1
    other = write_checkpoint(tmp_path / "c")
    (other / "model.bin").write_bytes(model_bin(changed))
    assert ct2.read(again).digest() == first
    assert ct2.read(other).digest() != first


def test_giving_pages_back_loses_nothing(tmp_path: Path) -> None:
    """A tensor reads the same after its pages were released."""
    checkpoint = ct2.read(write_checkpoint(tmp_path))
    before = {name: array.copy() for name, array in checkpoint.items()}
    after = dict(checkpoint.items())
    assert all(np.array_equal(before[name], after[name]) for name in before)


@many
@given(data=st.binary(max_size=300))
def test_random_bytes_are_a_bad_checkpoint(tmp_path: Path, data: bytes) -> None:
    """Whatever the bytes, the reader raises nothing but its own error."""
    path = tmp_path / "model.bin"
    path.write_bytes(data)
    with pytest.raises(BadCheckpoint, match=r"model\.bin: "):
        ct2_file.read_variables(path)


@many
@given(cut=st.integers(0, len(WHOLE) - 1))
def test_a_cut_file_is_named_with_the_place(tmp_path: Path, cut: int) -> None:
    """However little is missing, the error says which file is cut, or empty."""
    write_checkpoint(tmp_path)
    (tmp_path / "model.bin").write_bytes(WHOLE[:cut])
    with pytest.raises(BadCheckpoint, match=r"model\.bin: (at byte \d+: .*cut|the file is empty)"):
        ct2.read(tmp_path)


@pytest.mark.slow
@many
@given(at=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_a_changed_byte_never_raises_another_error(tmp_path: Path, at: int, value: int) -> None:
    """A byte may change a weight; anything else it breaks is a BadCheckpoint."""
    write_checkpoint(tmp_path)
    (tmp_path / "model.bin").write_bytes(WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :])
    try:
        ct2.read(tmp_path).digest()
    except BadCheckpoint as error:
        assert "model.bin" in str(error)  # noqa: PT017 - not raising is right too


Variables = dict[str, NDArray[np.generic]]


def quantise(v: Variables) -> None:
    """Store one weight as int8, as CTranslate2's quantisation does."""
    v["encoder/layer_0/ffn/linear_0/weight"] = np.zeros((4 * STATE, STATE), np.int8)


def drop(v: Variables) -> None:
    """Lose a variable in the middle of the model."""
    del v["decoder/layer_1/attention/linear_2/bias"]


def reshape(v: Variables) -> None:
    """Give a weight another shape than the rest implies."""
    v["decoder/layer_0/ffn/linear_1/weight"] = half(np.random.default_rng(), STATE, STATE)


def add(v: Variables) -> None:
    """Add a weight Whisper does not have."""
    v["decoder/adapter/weight"] = half(np.random.default_rng(), STATE, STATE)


def key_bias(v: Variables) -> None:
    """Give a key a bias."""
    v["encoder/layer_1/self_attention/linear_0/bias"][STATE] = 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (quantise, "int8: a quantised checkpoint"),
        (drop, "decoder/layer_1/attention/linear_2/bias is missing"),
        (reshape, r"linear_1/weight has shape \(8, 8\)"),
        (add, "decoder/adapter/weight is no part"),
        (key_bias, "key bias"),
    ],
)
def test_a_model_that_is_not_whispers_is_refused(
    tmp_path: Path, fault: Callable[[Variables], None], says: str
) -> None:
    """A well-formed file with wrong contents is refused by the variable's name."""
    found = variables()
    fault(found)
    write_checkpoint(tmp_path)
    (tmp_path / "model.bin").write_bytes(model_bin(found))
    with pytest.raises(BadCheckpoint, match=says):
        ct2.read(tmp_path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (WHOLE + b"\0", "1 bytes follow the end"),
        (struct.pack("<I", 5) + WHOLE[4:], "at byte 0: binary version 5"),
        (model_bin(variables(), "TransformerSpec"), "holds a 'TransformerSpec'"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    """Trailing bytes, another version and another architecture are told apart."""
    write_checkpoint(tmp_path)
    (tmp_path / "model.bin").write_bytes(data)
    with pytest.raises(BadCheckpoint, match=says):
        ct2.read(tmp_path)


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """A folder without one of its files says which."""
    write_checkpoint(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BadCheckpoint, match=f"{name}: the file is missing"):
        ct2.read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": {"vocab": {}, "merges": 3}}', "\ud800"])
def test_a_broken_tokenizer_is_named(tmp_path: Path, text: str) -> None:
    """Whatever is in tokenizer.json, the error is ours and names it."""
    (tmp_path / "tokenizer.json").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(BadCheckpoint, match=r"tokenizer\.json: "):
        read_tokens(tmp_path)


def test_a_vocabulary_with_a_hole_is_refused(tmp_path: Path) -> None:
    """Every id below the first special token must be spelled."""
    write_checkpoint(tmp_path)
    document = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    document["model"]["vocab"].pop("A")
    (tmp_path / "tokenizer.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadCheckpoint, match="no token or byte for 65"):
        read_tokens(tmp_path).spelled()
