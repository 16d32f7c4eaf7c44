"""The generated pages: from the records and notes alone, the same everywhere, and current."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoints import backend
from fake_envs import of_a_clone
from stored_runs import summarised

from orchestrator.backends import discover
from orchestrator.errors import ModelUnavailable, UsageError
from orchestrator.host import Host
from orchestrator.models import catalogue
from orchestrator.models.catalogue import ALIASES
from orchestrator.models.pages.page import Notes, page
from orchestrator.places import ROOT
from orchestrator.reports.terminal.store import last_run
from orchestrator.runs.schema import ContenderSummary, CorpusRecord, ModelUsed, Settings, Summary
from orchestrator.runs.schema.manifest import SCHEMA
from orchestrator.runs.schema.plan import Profile
from scripts.backends_doc import PAGES, backends_page, models_page

BACKENDS = discover()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a store of its own."""
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("chosen", BACKENDS, ids=lambda b: b.name)
def test_every_model_has_a_page(chosen: object, cache: Path) -> None:
    """Each record can be explained, with its sources, its folder and its state."""
    (found,) = [b for b in BACKENDS if b == chosen]
    for name, model in catalogue.models(found).items():
        text = page(found, name)
        assert text.startswith(f"# {found.name}: {name}\n")
        for at, source in enumerate(model.sources, 1):
            assert re.search(rf"^{at}\. {source.kind}: ", text, re.MULTILINE)
        folder = cache / "models" / found.format / name
        place = next((str(s.path) for s in model.sources if s.kind == "local"), f"{folder}/")
        assert place in text
        assert ", missing" in text


def test_an_alias_is_explained() -> None:
    """The page says which model the short name leads to, and the model's page names the alias."""
    (found,) = [b for b in BACKENDS if b.name == "faster-whisper"]
    assert "Asked as `turbo`, which is `large-v3-turbo` for every backend." in page(found, "turbo")
    assert "Also asked as `turbo`." in page(found, "large-v3-turbo")
    assert "asked as" not in page(found, "tiny")


def test_what_nobody_has_cannot_be_explained() -> None:
    """A misspelt name gets the nearest; another backend's model is named as that."""
    (found,) = [b for b in BACKENDS if b.name == "faster-whisper"]
    with pytest.raises(UsageError, match="there is no model 'tinny'") as told:
        page(found, "tinny")
    assert "did you mean tiny" in told.value.fix
    with pytest.raises(ModelUnavailable, match="small-q5_1 does not exist for faster-whisper"):
        page(found, "small-q5_1")


def test_a_page_needs_no_notes(tmp_path: Path) -> None:
    """A backend without notes.md has a page without those sections."""
    (tmp_path / "models.toml").write_text(
        '[models.x]\nsources = [{ kind = "hub", repository = "a/b", wanted = ["*.bin"] }]\n',
        encoding="utf-8",
    )
    text = page(backend(tmp_path, "ggml"), "x")
    assert "## Known issues" not in text
    assert "`*.bin`" in text
    (tmp_path / "notes.md").write_text(
        "# whisper.cpp\n\nOpening.\n\n## Known issues\n\n- One.\n", encoding="utf-8"
    )
    assert page(backend(tmp_path, "ggml"), "x").endswith("## Known issues\n\n- One.\n")


def test_notes_are_read_by_section(tmp_path: Path) -> None:
    """The opening has no title, sections keep their text, links can be seen from elsewhere."""
    (tmp_path / "envs").mkdir()
    text = (
        "# Name\n\nFirst [o](../o/notes.md).\n\n## A\n\nText\n\n### Deeper\n\nMore\n\n## B\n\nEnd\n"
    )
    (tmp_path / "envs" / "notes.md").write_text(text, encoding="utf-8")
    notes = Notes.of(backend(tmp_path / "envs", "ggml"))
    assert notes.opening == "First [o](../o/notes.md)."
    assert notes.sections == {"A": "Text\n\n### Deeper\n\nMore", "B": "End"}
    links = "[a](../o/notes.md) [b](https://x.org/y) [c](#here)"
    expected = "[a](../o/notes.md) [b](https://x.org/y) [c](#here)"
    assert notes.seen_from(tmp_path / "docs", links) == expected
    assert notes.seen_from(tmp_path / "docs", "[a](x.md)") == "[a](../envs/x.md)"


def test_the_pages_hold_every_backend_name_and_alias() -> None:
    """A section a backend on both pages, but for models that a server has; a table of all names."""
    here = [found for found in BACKENDS if not found.remote]
    for text, known in ((backends_page(BACKENDS), BACKENDS), (models_page(BACKENDS), here)):
        assert len(known) == len(re.findall(r"^## (?!Names)", text, re.MULTILINE))
        for found in known:
            assert f"\n## {found.name}\n" in text
    table = models_page(BACKENDS).partition("## Names and aliases")[2].partition("\n## ")[0]
    for found in BACKENDS:
        for name in catalogue.models(found):
            assert f"| `{name}` |" in table
    for alias, name in ALIASES.items():
        assert f"| `{name}` | `{alias}` |" in table


def test_a_backends_page_says_what_its_description_says() -> None:
    """Engine, hardware, platforms, language and parity come from [tool.bench] alone."""
    first, *_ = BACKENDS
    says = {"engine": "Abacus", "hardware": "ten fingers", "parity": False}
    text = backends_page([first.model_copy(update={**says, "platforms": ("plan9-mips",)})])
    assert "| plan9-mips |" in text
    assert re.search(
        r"\| Abacus \| [\d.]+ \| ten fingers \| no \| no \| yes \| yes \| hotwords \| no \|", text
    )


def test_the_pages_tables_are_tables() -> None:
    """Every row of a generated table has as many cells as its head."""
    for block in re.findall(r"(?:^\|.*\n)+", models_page(BACKENDS), re.MULTILINE):
        assert len({line.count(" | ") for line in block.splitlines()}) == 1


@of_a_clone
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_pages_links_lead_somewhere(path: Path) -> None:
    """Relative links are seen from the page's folder, and what they name exists."""
    text = PAGES[path](BACKENDS)
    links = re.findall(r"\]\((?![a-z]+:|#)([^)\s]+)\)", text)
    broken = [link for link in links if not (path.parent / link.partition("#")[0]).exists()]
    assert broken == []


def test_the_pages_are_the_same_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path or state of this machine shows."""
    before = [write(BACKENDS) for write in PAGES.values()]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHISPER_CLEANROOM_CACHE", str(tmp_path / "other"))
    assert [write(BACKENDS) for write in PAGES.values()] == before
    assert str(ROOT) not in "".join(before)
    assert str(tmp_path) not in "".join(before)


@pytest.mark.slow
@of_a_clone
def test_the_script_writes_the_pages_and_checks_them(tmp_path: Path) -> None:
    """The script's --check accepts what the script wrote, whatever mirror is used, nothing else."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in ("orchestrator", "runners"):
        (copy / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "envs", copy / "envs", ignore=shutil.ignore_patterns(".venv"))
    (copy / "scripts").mkdir()
    script = copy / "scripts" / "backends_doc.py"
    script.write_bytes((ROOT / "scripts" / "backends_doc.py").read_bytes())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(copy), "HF_ENDPOINT": "http://127.0.0.1:9"}
        command = [sys.executable, script, *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", check=False
        )

    assert run("--check").returncode == 1
    assert run().returncode == 0
    checked = run("--check")
    assert (checked.returncode, checked.stdout) == (0, "")
    for path, write in PAGES.items():
        written = copy / path.relative_to(ROOT)
        assert written.read_text("utf-8") == write(BACKENDS)
        written.write_text(write(BACKENDS) + "\n", "utf-8")
        assert "python scripts/backends_doc.py" in run("--check").stderr
        written.write_text(write(BACKENDS), "utf-8")


def summary(run_id: str, backend_name: str, device: str) -> Summary:
    """Return a run's summary in which one backend ran the model tiny."""
    used = ModelUsed(
        name="tiny",
        source="hub",
        path="/x",
        revision="abc",
        sha256="0" * 64,
        digest=None,
        format="ct2",
    )
    plan = Profile("quick", blocks=1, least=1, most=1, decides=None)
    settings = Settings(
        weights="auto",
        profile="recommended",
        language=None,
        plan=plan,
        repeats=None,
        seed=0,
    )
    resolved = {"device": device, "threads": None}
    line = ContenderSummary(backend=backend_name, status="measured", model=used, resolved=resolved)
    return Summary(
        schema_=SCHEMA,
        run_id=run_id,
        host=Host.here(),
        settings=settings,
        corpus=CorpusRecord(name="files", kind="files"),
        contenders=(line,),
    )


def test_the_newest_run_of_a_model_is_on_its_page(tmp_path: Path) -> None:
    """What was really loaded is told from the newest readable run that has the model."""
    runs = {
        "20260101-1": summary("20260101-1", "faster-whisper", "cpu"),
        "20260102-1": summary("20260102-1", "faster-whisper", "cuda"),
        "20260103-1": summary("20260103-1", "whisper-cpp", "metal"),
        "20260104-1": summary("20260104-1", "faster-whisper", "cpu"),
    }
    for number, whole in enumerate(runs.values()):
        summarised(tmp_path, whole, f"2026-01-0{1 + number}T12:00:00+00:00")
    (tmp_path / "20260104-1" / "summary.json").write_text("cut", "utf-8")
    section = last_run("faster-whisper", "tiny", tmp_path)
    assert "Run 20260102-1." in section
    assert "- device: cuda" in section
    assert "- revision: abc" in section
    assert "threads" not in section, "what is not known is not shown"
    assert last_run("faster-whisper", "base", tmp_path) == ""
    assert last_run("faster-whisper", "tiny", tmp_path / "nowhere") == ""
