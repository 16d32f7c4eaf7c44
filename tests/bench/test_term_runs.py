"""Whole runs with terms: given to engines and not, from a file, a suite, and a corpus."""

import json
from pathlib import Path
from typing import Any

import pytest
from audio_files import tone
from fake_envs import AddBackend, orchestrator

from orchestrator.clips.audio.samples import flac

SAID = "we met Ada Lovelace and Bob today"
FACTORS = ("--blocks", "1", "--repeats", "1")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return a clip in which two names are said."""
    path = tmp_path / "talk.flac"
    path.write_bytes(flac(tone(440, 1.0, 16_000)))
    path.with_suffix(".txt").write_text(f"Speaker 1: {SAID} [noise]", encoding="utf-8")
    return path


def run(envs: Path, *arguments: str) -> dict[str, Any]:
    """Run to the end; return the summary."""
    done = orchestrator(envs, "run", *arguments, *FACTORS, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_boosting_is_measured_beside_its_absence(
    tmp_path: Path, envs: Path, add_backend: AddBackend, clip: Path
) -> None:
    """Two contenders, the one told what to listen for: what it finds, and what it invents."""
    add_backend("bob", "we met {terms} today")
    terms = tmp_path / "terms.txt"
    terms.write_text("Ada Lovelace | Ada\nBob\nCyd\n", encoding="utf-8")
    summary = run(envs, str(clip), "-b", "bob", "--terms", str(terms), "--boost")
    heard = {line["contender"]: line["terms"]["total"] for line in summary["contenders"]}
    counts = {name: (t["said"], t["found"], t["inserted"]) for name, t in heard.items()}
    assert counts == {"bob": (2, 0, 0), "bob boosted": (2, 2, 1)}
    (difference,) = summary["term_differences"]
    assert abs(difference["missed"]["fewer"]) == 100
    (folder,) = (tmp_path / "results").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [term["name"] for term in manifest["settings"]["terms"]] == [
        "Ada Lovelace",
        "Bob",
        "Cyd",
    ]
    assert [one.get("boost", False) for one in manifest["contenders"]] == [False, True]
    shown = orchestrator(envs, "score", str(folder))
    assert "of 100 terms than bob" in shown.stdout
    left_out = "left out of references, because nobody said it: speaker labels (1), notes in brack"
    assert left_out in shown.stdout
    suite = orchestrator(envs, "suite", "from", str(folder))
    assert 'terms = ["Ada Lovelace | Ada", "Bob", "Cyd"]' in suite.stdout
    assert "boost = true" in suite.stdout
    again = orchestrator(envs, "transcribe", str(clip), "-b", f"{folder}#bob boosted")
    assert (again.returncode, again.stdout) == (2, "")
    assert "bob boosted was given the terms of its run" in again.stderr


@pytest.mark.slow
def test_a_clip_brings_its_terms(envs: Path, add_backend: AddBackend, clip: Path) -> None:
    """Listed beside it: they are counted, and given, without being asked for."""
    add_backend("bob", "we met {terms}")
    clip.with_suffix(".terms").write_text("Ada Lovelace\n", encoding="utf-8")
    summary = run(envs, str(clip), "-b", "bob", "--boost")
    assert summary["settings"]["terms"] == [{"name": "Ada Lovelace", "variants": []}]
    assert {
        line["contender"]: line["terms"]["total"]["found"] for line in summary["contenders"]
    } == {
        "bob": 0,
        "bob boosted": 1,
    }


def test_what_does_not_go_together_is_refused(
    tmp_path: Path, envs: Path, add_backend: AddBackend, clip: Path
) -> None:
    """Nothing to boost, no references, a list that is none: exit code 2, no traceback."""
    add_backend("bob", "x")
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n", encoding="utf-8")
    for arguments, told in (
        (["--boost"], "add --terms FILE"),
        (["--terms", str(empty)], "has no term"),
        (
            ["--terms", str(clip.with_suffix(".txt")), "--no-reference"],
            "looks for them in references",
        ),
        (["--by", "accent", "--noise", "20"], "there are: "),
    ):
        done = orchestrator(envs, "run", str(clip), "-b", "bob", *FACTORS, *arguments)
        assert done.returncode == 2, done.stderr
        assert told in done.stderr
        assert "making noise" not in done.stderr  # which takes a while
        assert "Traceback" not in done.stderr
