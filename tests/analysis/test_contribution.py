"""What is offered for a board: sound as `share` writes it, and refused for each thing changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import stored_runs
from fake_envs import orchestrator
from stored_runs import Recipe

from orchestrator.analysis.contribution import faults
from orchestrator.runs import sharing

VERSION = "0.1.0"  # of the stored runs


@pytest.fixture
def offered(tmp_path: Path) -> Path:
    """Return a run as `share` writes it."""
    times = {"ada": (1.0, 1.1, 0.9, 1.0, 1.0, 1.2), "bob": (2.0,) * 6}
    run = stored_runs.make(tmp_path / "results", Recipe(times, texts={"bob": "what was sad"}))
    return sharing.share(run, tmp_path / f"{run.name}.zip")


def changed(pack: Path, name: str, change: Callable[[Any], None]) -> Path:
    """Write the zip again with a change to one of its documents."""
    place = pack.parent / "again" / pack.name
    place.parent.mkdir()
    with ZipFile(pack) as old, ZipFile(place, "w", ZIP_DEFLATED) as new:
        for entry in old.namelist():
            text = old.read(entry)
            if entry == name:
                document = json.loads(text)
                change(document)
                text = json.dumps(document).encode()
            new.writestr(entry, text)
    return place


def test_a_shared_run_may_stand_on_a_board(offered: Path) -> None:
    """Its summary is what its rows say."""
    assert list(faults(offered, VERSION)) == []


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("rtfx", 99.0, "summary.json: ada: rtfx is 99.0, by its rows 5.0"),
        ("wer", 0.25, "summary.json: ada: wer is 0.25, by its rows 0.0"),
        (
            "peak_memory_bytes",
            5,
            "summary.json: ada: peak_memory_bytes is 5, by its rows 100000000",
        ),
        ("status", "failed", "summary.json: ada: status is 'failed', by its rows 'measured'"),
        ("contender", "eve", "summary.json has other contenders than rows.jsonl"),
    ],
)
def test_figures_that_the_rows_do_not_say_are_found(
    offered: Path, field: str, value: object, fault: str
) -> None:
    """Rates are compared only where this version scored them: rules of scoring change."""

    def change(summary: Any) -> None:  # noqa: ANN401 - whatever JSON has
        next(c for c in summary["contenders"] if c["contender"] == "ada")[field] = value

    pack = changed(offered, "summary.json", change)
    assert list(faults(pack, VERSION)) == [fault]
    assert list(faults(pack, "0.2.0")) == ([] if field == "wer" else [fault])


def test_another_machine_in_the_summary_is_found(offered: Path) -> None:
    """The page goes by one, and people by the other."""
    pack = changed(offered, "summary.json", lambda s: s["host"].update(chip="Apple M9"))
    assert list(faults(pack, VERSION)) == ["summary.json has another host than manifest.json"]


def test_a_name_audio_and_what_is_no_zip_are_refused(offered: Path, tmp_path: Path) -> None:
    """A zip goes by its run, so that none is offered twice; voices stay at home."""
    other = offered.with_name("mine.zip")
    shutil.copy(offered, other)
    assert list(faults(other, VERSION)) == [
        f"it is named mine.zip, but its run is {offered.stem}: name it after the run"
    ]
    with ZipFile(offered, "a") as pack:
        pack.writestr("audio/talk.wav", b"voice")
    assert "there is audio in it" in next(faults(offered, VERSION))
    with ZipFile(offered, "a") as pack:
        pack.writestr("../evil", b"")
    assert "leads out of its folder" in next(faults(offered, VERSION))
    offered.write_bytes(b"no zip")
    assert list(faults(offered, VERSION)) == ["it is no whole zip (File is not a zip file)"]
    assert next(faults(tmp_path, VERSION)) == (
        "it is a folder: a contribution is the zip that `share` writes of it"
    )


@pytest.mark.slow
def test_the_command_names_every_fault_for_ci(envs: Path, offered: Path) -> None:
    """Exit code 0 where there is none, 2 with each by its file otherwise."""
    good = orchestrator(envs, "board", "check", str(offered))
    assert (good.returncode, good.stdout) == (0, "1 contribution, no fault found\n"), good.stderr
    other = offered.with_name("mine.zip")
    shutil.copy(offered, other)
    (offered.parent / "z.zip").write_bytes(b"")
    bad = orchestrator(envs, "board", "check", str(other), str(offered.parent / "z.zip"))
    assert (bad.returncode, bad.stdout) == (2, "")
    assert f"{other}: it is named mine.zip" in bad.stderr
    assert "z.zip: it is no whole zip" in bad.stderr
