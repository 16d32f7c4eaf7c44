"""A child is a clean Python that finds our modules and nothing else of ours."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.host import children

SEEN = """
import json, os, sys
seen = [os.environ.get(n) for n in ("HF_TOKEN", "ASKED_FOR", "ORT_DISABLE_TELEMETRY")]
print(json.dumps([__name__, sys.argv, *seen]))
"""


def test_a_child_knows_what_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also under a folder with a colon in its name, which a path list would cut in two."""
    root = tmp_path / "a:b"
    (root / "ours").mkdir(parents=True)
    (root / "ours" / "module.py").write_text(SEEN, encoding="utf-8")
    monkeypatch.setattr(children, "ROOT", root)
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("ASKED_FOR", "kept")
    done = subprocess.run(
        children.command(sys.executable, "ours.module", "one", tmp_path),
        env=children.environment("ASKED_FOR", ANOTHER="given"),
        capture_output=True,
        check=True,
    )
    name, arguments, token, kept, silent = json.loads(done.stdout)
    assert (name, token, kept, silent) == ("__main__", None, "kept", "1")
    assert arguments == [str(root / "ours" / "module.py"), "one", str(tmp_path)]


def test_what_lies_beside_our_packages_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an installed tool that is everything the orchestrator needs, in other versions perhaps."""
    monkeypatch.setattr(children, "ROOT", tmp_path)
    for name, text in {"ours": "import json, runners; json.ours", "json": "ours = 1"}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "runners.py").touch()
    done = subprocess.run(
        children.command(sys.executable, "ours"), capture_output=True, encoding="utf-8", check=False
    )
    assert "module 'json' has no attribute 'ours'" in done.stderr


def test_another_folder_of_runners_adds_to_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A runner there finds ours and its neighbours, by the names that a runner of ours would use.

    What lies beside that folder is not found.
    """
    root, other = tmp_path / "root" / "runners", tmp_path / "a:b" / "runners"
    texts = {
        root / "__init__.py": "",
        root / "serve.py": "said = 'ours'",
        other / "engine.py": "from runners import near, serve; print(near.said, serve.said)",
        other / "near.py": "import json; json.dumps; said = 'theirs'",
        other / "serve.py": "said = 'hidden'",
        other.parent / "json.py": "",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(children, "ROOT", root.parent)
    words = children.command(sys.executable, "runners.engine", runners=other)
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout, done.stderr) == ("theirs ours\n", "")


def test_a_clone_whose_path_has_a_colon_starts_runners(tmp_path: Path) -> None:
    """`runners` is found there as anywhere."""
    root = tmp_path / "Macintosh: HD"
    for name in ("orchestrator", "runners"):
        shutil.copytree(
            children.ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    script = (
        "import subprocess, sys; from orchestrator.host import children as c;"
        " sys.exit(subprocess.call(c.command(sys.executable, 'runners.words'),"
        " env=c.environment(), stdin=-3))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
