"""What runners refuse before anything is loaded, and the weights that decide it where they do."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from runners import ggml_file
from runners.lightning_whisper_mlx import LightningWhisperMlx
from runners.mlx_audio import MlxAudio
from runners.mlx_whisper import MlxWhisper
from runners.parakeet_mlx import ParakeetMlx
from runners.serve import BadModel, Options, Runner, Unsupported
from runners.whisper_cpp import WhisperCpp
from runners.whisper_mps import WhisperMps


def refusal(kind: type[Runner], model: Path | None = None, **asked: object) -> str:
    """Return what a runner refuses of options, without its library; empty if nothing."""
    runner = kind.__new__(kind)  # the constructor would import that
    try:
        runner.require(Options(**asked), model)  # type: ignore[arg-type]
    except Unsupported as error:
        return str(error)
    return ""


def test_a_file_of_weights_decides_which_precision_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """whisper.cpp: what no file holds is refused without one, the rest by the file."""
    without = refusal(WhisperCpp, precision="int8")
    assert without.startswith("precision 'int8': a file holds one of float32, float16, q4_0")
    assert refusal(WhisperCpp, precision="float16") == ""
    monkeypatch.setattr(ggml_file, "check", lambda _: "q5_1")
    assert refusal(WhisperCpp, tmp_path, precision="q5_1") == ""
    with_file = refusal(WhisperCpp, tmp_path, precision="float16")
    assert with_file.startswith("precision 'float16': the file holds q5_1 weights")


@pytest.fixture
def mlx(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Return what puts MLX's own answer, whether a GPU is here, in the place of MLX."""

    def with_gpu(here: bool) -> None:  # noqa: FBT001
        core = SimpleNamespace(gpu="gpu", is_available=lambda _: here)
        monkeypatch.setitem(sys.modules, "mlx", ModuleType("mlx"))
        monkeypatch.setitem(sys.modules, "mlx.core", core)

    return with_gpu


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (MlxWhisper, "float16 or float32"),
        (MlxAudio, "float16 or float32"),
        (LightningWhisperMlx, "float16 or float32"),
        (WhisperMps, "float16 or float32"),
        (ParakeetMlx, "bfloat16 or float16 or float32"),
    ],
)
def test_runners_on_mlx_name_what_they_compute_in(
    kind: type[Runner], known: str, mlx: Callable[[bool], None]
) -> None:
    """Every precision that is not among theirs is refused, and a GPU that is not here."""
    mlx(False)
    assert f"precision 'int8': this backend computes in {known};" in refusal(kind, precision="int8")
    assert refusal(kind, precision="float16", device="cpu") == ""
    assert refusal(kind, device="gpu") == "MLX finds no GPU on this machine"
    mlx(True)
    assert refusal(kind, device="gpu") == ""


@pytest.mark.parametrize(
    ("kind", "asked", "says"),
    [
        (LightningWhisperMlx, {"words": True}, "gives no word timestamps"),
        (WhisperMps, {"words": True}, "gives no word timestamps"),
        (ParakeetMlx, {"language": "fr"}, "cannot be told a language"),
    ],
)
def test_what_a_library_never_does_is_refused(
    kind: type[Runner], asked: dict[str, object], says: str
) -> None:
    """Times of words, or a language: whatever the weights."""
    assert says in refusal(kind, **asked)


def test_the_family_of_a_folder_decides_what_mlx_audio_refuses(
    tmp_path: Path, mlx: Callable[[bool], None]
) -> None:
    """Times of words, precisions, settings are Whisper's; of families it takes three."""
    mlx(False)
    config = tmp_path / "config.json"
    asked: dict[str, object]
    for asked in ({"words": True}, {"precision": "float32"}, {"extra": {"temperature": 0.0}}):
        config.write_text('{"model_type": "whisper"}', encoding="utf-8")
        assert refusal(MlxAudio, tmp_path, **asked) == ""
        config.write_text('{"model_type": "moonshine"}', encoding="utf-8")
        assert "moonshine" in refusal(MlxAudio, tmp_path, **asked)
    for text in ('{"model_type": "kokoro"}', "[]", "{", '{"model_type": []}'):
        config.write_text(text, encoding="utf-8")
        with pytest.raises(BadModel, match=r"config\.json"):
            refusal(MlxAudio, tmp_path)
