"""Each format, written by the real command and read back here: the same tensors everywhere."""

import io
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import BYTES, MULTILINGUAL, write_checkpoint
from numpy.typing import NDArray

from orchestrator.backends import ENVS
from orchestrator.models.convert import ct2
from orchestrator.models.convert.checkpoint import SINUSOIDS, Checkpoint, digest
from orchestrator.models.convert.huggingface import rename
from orchestrator.models.convert.mel import filters
from orchestrator.places import ROOT

Tensors = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Make a tiny English checkpoint."""
    return ct2.read(write_checkpoint(tmp_path_factory.mktemp("source")))


def convert(
    form: str, source: Path, target: Path, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run the converter as the product does."""
    return subprocess.run(
        [python, "-P", "-s", "-m", "orchestrator.models.convert", form, source, target],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def said_digest(form: str, checkpoint: Checkpoint, target: Path, python: str = "") -> str:
    """Convert and return the digest the converter reports."""
    done = convert(form, checkpoint.folder, target, python or sys.executable)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["digest"])


def read_safetensors(path: Path) -> Tensors:
    """Read a safetensors file by its specification."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__")
    assert length % 8 == 0
    types = {"F16": np.float16, "I32": np.int32}
    found = {}
    for name, tensor in header.items():
        start, end = tensor["data_offsets"]
        raw = data[8 + length + start : 8 + length + end]
        found[name] = np.frombuffer(raw, types[tensor["dtype"]]).reshape(tensor["shape"])
    assert 8 + length + max(t["data_offsets"][1] for t in header.values()) == len(data)
    return found


def from_mlx(tensors: Tensors) -> Iterator[tuple[str, NDArray[Any]]]:
    """Return MLX's tensors under OpenAI's names and axes."""
    for name, array in tensors.items():
        if name != "alignment_heads":
            openai = name.replace("mlp1", "mlp.0").replace("mlp2", "mlp.2")
            yield openai, array.swapaxes(1, 2) if array.ndim == 3 else array


@pytest.mark.parametrize("form", ["mlx-npz", "mlx-safetensors"])
def test_mlx_folders_hold_the_same_tensors(
    form: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    """Renamed, convolutions turned, sinusoids left out, with the reported digest read back."""
    said = said_digest(form, checkpoint, tmp_path)
    if form == "mlx-npz":
        tensors = dict(np.load(tmp_path / "weights.npz"))
    else:
        tensors = read_safetensors(tmp_path / "weights.safetensors")
    assert SINUSOIDS not in tensors
    assert tensors["alignment_heads"].tolist() == [[0, 1], [1, 0]]
    assert digest(from_mlx(tensors)) == said == checkpoint.digest()
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config.pop("model_type") == "whisper"
    assert config == vars(checkpoint.dimensions)


def test_hugging_face_folders_hold_the_same_tensors(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """Every tensor is there under transformers' name, and the digest is the checkpoint's."""
    said = said_digest("huggingface", checkpoint, tmp_path)
    tensors = read_safetensors(tmp_path / "model.safetensors")
    back = {rename(name): name for name in checkpoint.tensors}
    assert len(back) == len(checkpoint.tensors)
    assert digest((back[name], array) for name, array in tensors.items()) == said
    assert np.array_equal(
        tensors["model.encoder.embed_positions.weight"], checkpoint.tensors[SINUSOIDS]
    )
    assert "model.decoder.layers.0.encoder_attn.q_proj.weight" in tensors
    assert "model.decoder.layers.1.encoder_attn_layer_norm.bias" in tensors
    assert "model.encoder.layer_norm.weight" in tensors


def test_hugging_face_settings_come_from_the_tokenizer(tmp_path: Path) -> None:
    """A multilingual folder names its languages and tasks by id, and lists its special tokens."""
    source = write_checkpoint(tmp_path / "source", MULTILINGUAL)
    assert convert("huggingface", source, tmp_path / "made").returncode == 0
    read = {
        p.name: json.loads(p.read_text(encoding="utf-8"))
        for p in (tmp_path / "made").glob("*.json")
    }
    generation = read["generation_config.json"]
    assert generation["lang_to_id"] == {"<|en|>": BYTES + 2, "<|de|>": BYTES + 3}
    assert generation["task_to_id"] == {"transcribe": BYTES + 5, "translate": BYTES + 4}
    assert generation["no_timestamps_token_id"] == BYTES + 9
    assert generation["decoder_start_token_id"] == BYTES + 1
    special = read["tokenizer_config.json"]["additional_special_tokens"]
    assert special[2] == "<|en|>"
    assert special[-1] == "<|notimestamps|>"
    assert (tmp_path / "made" / "merges.txt").read_text(
        encoding="utf-8"
    ) == "#version: 0.2\nh e\nl l\n"


def test_an_english_folder_has_no_languages(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """A language is refused by transformers for English-only models: none is offered."""
    said_digest("huggingface", checkpoint, tmp_path)
    generation = json.loads((tmp_path / "generation_config.json").read_text(encoding="utf-8"))
    assert generation["is_multilingual"] is False
    assert "lang_to_id" not in generation


class GgmlFile(io.BytesIO):
    """Reads the numbers of a ggml file."""

    def numbers(self, count: int) -> list[int]:
        """Return the next little-endian integers."""
        return list(struct.unpack(f"<{count}i", self.read(4 * count)))


def test_a_ggml_file_holds_the_same_tensors(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """Magic, sizes, filters, vocabulary and every record are where whisper.cpp reads them."""
    said = said_digest("ggml", checkpoint, tmp_path / "ggml-x.bin")
    file = GgmlFile((tmp_path / "ggml-x.bin").read_bytes())
    assert file.numbers(1) == [0x67676D6C]
    assert file.numbers(11) == [*vars(checkpoint.dimensions).values(), 1]
    bands, bins = file.numbers(2)
    mel = np.frombuffer(file.read(4 * bands * bins), np.float32).reshape(bands, bins)
    assert np.array_equal(mel, filters(80))
    words = [file.read(file.numbers(1)[0]) for _ in range(file.numbers(1)[0])]
    assert words == [bytes([b]) for b in range(BYTES)]
    tensors: Tensors = {}
    single = set()
    while head := file.read(12):
        rank, length, kind = struct.unpack("<3i", head)
        shape = file.numbers(rank)[::-1]
        name = file.read(length).decode()
        dtype = np.dtype(np.float16 if kind else np.float32)
        raw = file.read(int(np.prod(shape)) * dtype.itemsize)
        tensors[name] = np.frombuffer(raw, dtype).reshape(shape)
        single |= set() if kind else {name}
    assert tensors["encoder.conv1.bias"].shape == (8, 1)
    assert all(tensors[n].ndim == 1 or "positional" in n or ".conv" in n for n in single)
    for name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        tensors[name] = tensors[name].reshape(-1)
    assert digest(iter(tensors.items())) == said == checkpoint.digest()
    assert np.array_equal(tensors[SINUSOIDS], checkpoint.tensors[SINUSOIDS].astype(np.float32))


@pytest.mark.torch
def test_a_pt_file_holds_the_same_tensors(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """torch, loading weights only, finds OpenAI's two keys and equal tensors."""
    python = ENVS / "whisper-mps" / ".venv" / "bin" / "python"
    said = said_digest("pt", checkpoint, tmp_path / "x.pt", str(python))
    script = (
        "import sys, numpy, torch\n"
        "saved = torch.load(sys.argv[1], weights_only=True)\n"
        "assert set(saved) == {'dims', 'model_state_dict'}, saved.keys()\n"
        "state = saved['model_state_dict']\n"
        "numpy.savez(sys.argv[2], **{k: v.numpy() for k, v in state.items()})\n"
    )
    npz = tmp_path / "back.npz"
    subprocess.run([python, "-c", script, tmp_path / "x.pt", npz], check=True)
    assert digest(iter(dict(np.load(npz)).items())) == said == checkpoint.digest()


def test_a_ct2_folder_says_how_many_mel_bands(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """The folder is the checkpoint's files and the settings faster-whisper looks for."""
    said_digest("ct2", checkpoint, tmp_path / "made")
    names = {p.name for p in (tmp_path / "made").iterdir()}
    assert names == {"config.json", "model.bin", "preprocessor_config.json", "tokenizer.json"}
    settings = json.loads(
        (tmp_path / "made" / "preprocessor_config.json").read_text(encoding="utf-8")
    )
    assert settings["feature_size"] == 80


@pytest.mark.slow
@pytest.mark.parametrize("form", ["ggml", "mlx-npz", "mlx-safetensors", "huggingface"])
def test_the_same_checkpoint_gives_the_same_bytes(
    form: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    """No date and no random order gets into a converted file."""
    for name in ("a", "b"):
        said_digest(form, checkpoint, tmp_path / name)
    made = [[p for p in sorted((tmp_path / n).rglob("*")) if p.is_file()] for n in ("a", "b")]
    if form == "ggml":
        made = [[tmp_path / "a"], [tmp_path / "b"]]
    first, second = ([p.read_bytes() for p in files] for files in made)
    assert first
    assert first == second


def test_the_converter_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    """A cut checkpoint ends with its own exit code and one sentence, no traceback."""
    source = write_checkpoint(tmp_path / "source")
    data = (source / "model.bin").read_bytes()
    (source / "model.bin").write_bytes(data[: len(data) // 2])
    done = convert("ggml", source, tmp_path / "x.bin")
    assert done.returncode == 65
    assert done.stderr.count("\n") == 1
    assert "model.bin: at byte" in done.stderr


@pytest.mark.parametrize("bands", [80, 128])
def test_mel_filters_are_triangles_of_unit_area(bands: int) -> None:
    """Each filter rises and falls once, overlaps only its neighbours and has its Slaney norm."""
    mel = filters(bands)
    assert mel.shape == (bands, 201)
    assert (mel.sum(axis=1) > 0).all()
    hertz = 16_000 / 400
    wide = mel[bands // 2 :]  # narrow ones fall between the bins and lose area to sampling
    assert np.allclose(wide.sum(axis=1) * hertz, 1, atol=0.1)
    peaks = mel.argmax(axis=1)
    assert (np.diff(peaks) >= 0).all()
    assert not (mel[:-2] * mel[2:]).any()
