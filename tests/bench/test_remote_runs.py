"""A run with servers, by the real client: what is measured, what fails, and what nobody may see."""

import json
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from fake_envs import orchestrator
from transcription_server import TEXT, serve

from orchestrator.backends import ENVS
from orchestrator.runs import sharing

KEY = "sk-hidden-0123"
CONFIGURED = """\
[desk]
url = "{desk}"
key = "{key}"
models = {{ "tiny.en" = "whisper-1" }}
[gone]
url = "{gone}"
key_variable = "GONE_KEY"
"""


@pytest.fixture
def servers(envs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Add the client to the backends; return where its servers are configured."""
    folder = envs / "openai-http"
    folder.mkdir()
    for file in ("pyproject.toml", "uv.lock"):
        shutil.copy(ENVS / "openai-http" / file, folder)
    path = envs.parent / "servers.toml"
    monkeypatch.setenv("WHISPER_CLEANROOM_SERVERS", str(path))
    monkeypatch.setenv("GONE_KEY", f"{KEY}-too")
    return path


@pytest.mark.slow
def test_a_run_with_servers(servers: Path, envs: Path, tmp_path: Path) -> None:
    """One is measured, one that is gone is a failed row, and the key is in nothing that is left."""
    with serve() as gone:
        pass
    with serve() as server:
        text = CONFIGURED.format(desk=server.address, gone=gone.address, key=KEY)
        servers.write_text(text, "utf-8")
        servers.chmod(0o600)
        which = ("-b", "ada", "-b", "openai-http", "--set", "openai-http:server=desk,gone")
        done = orchestrator(envs, "run", *which, "--blocks", "1", "--repeats", "1", "--page")
    assert done.returncode == 1, done.stderr
    (folder,) = (tmp_path / "results").iterdir()
    found = json.loads((folder / "summary.json").read_text("utf-8"))
    lines = {line["contender"]: line for line in found["contenders"]}
    measured, failed = lines["openai-http server=desk"], lines["openai-http server=gone"]
    assert (measured["remote"], measured["status"]) == (True, "measured")
    assert measured["peak_memory_bytes"] is measured["cpu_seconds"] is None
    assert measured["transcripts"][0]["text"] == TEXT
    assert (measured["model"]["name"], measured["model"]["source"]) == ("tiny.en", "server")
    assert measured["model"]["sha256"] is None
    assert (failed["remote"], failed["status"]) == (True, "failed")
    assert failed["reason"].startswith("server: 127.0.0.1:")
    assert "remote" not in lines["ada"]
    assert {asked.fields["model"] for asked in server.clips} == {"whisper-1"}
    assert {asked.authorization for asked in server.asked} == {f"Bearer {KEY}"}
    pack = sharing.share(folder, tmp_path / "run.zip")
    with ZipFile(pack) as zipped:
        shared = [zipped.read(name) for name in zipped.namelist()]
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    said = [done.stdout.encode(), done.stderr.encode()]
    assert not [data for data in (*kept, *shared, *said) if KEY.encode() in data]


@pytest.mark.slow
def test_without_a_server_it_takes_no_part(servers: Path, envs: Path) -> None:
    """`--all` never means it; named, it says what it lacks, and so does the list of backends."""
    done = orchestrator(envs, "run", "-b", "openai-http")
    assert done.returncode == 3
    assert f"needs a server, and {servers} names none" in done.stderr
    listed = orchestrator(envs, "backends")
    assert "needs a server, and servers.toml names none: see `where`" in listed.stdout
    servers.write_text('[desk]\nurl = "http://127.0.0.1:1"\n', "utf-8")
    shown = orchestrator(envs, "run", "--all", "--blocks", "1", "--repeats", "1", "--json")
    assert [line["contender"] for line in json.loads(shown.stdout)["contenders"]] == ["ada"]
    missing = orchestrator(envs, "run", "-b", "openai-http", "--set", "server=dusk")
    assert (missing.returncode, "did you mean desk?" in missing.stderr) == (2, True)
