"""Runs are read whole or refused in a sentence, and the newest is the one that began last."""

from collections.abc import Callable
from pathlib import Path

import pytest
from stored_runs import HOST, Recipe, make, summarised
from typer.testing import CliRunner

from orchestrator.cli import app
from orchestrator.errors import CleanroomError, ConfigError, UsageError
from orchestrator.host import Host
from orchestrator.reports.html import page
from orchestrator.runs import find
from orchestrator.runs.stored import RunFiles, read

SIX = (1.0, 1.01, 0.99, 1.02, 0.98, 1.005)


def run(results: Path, number: int = 1, **fields: object) -> Path:
    """Write a run of that number."""
    known = {"times": {"ada": SIX}, "run_id": f"2026112{number}-120000-aaaa"}
    return make(results, Recipe(**(known | fields)))  # type: ignore[arg-type]


def edited(name: str, old: str, new: str) -> Callable[[Path], object]:
    """Return what replaces a text in a file of a run."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return edit


def emptied(name: str) -> Callable[[Path], object]:
    """Return what empties a file of a run."""
    return lambda folder: (folder / name).write_text("", "utf-8")


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "no time": ("rows.jsonl, line 1", edited("rows.jsonl", '"seconds":1.0,', '"seconds":0.0,')),
    "less": ("rows.jsonl, line 1", edited("rows.jsonl", '"seconds":1.0,', '"seconds":-1.0,')),
    "ages": ("rows.jsonl, line 1", edited("rows.jsonl", '"seconds":1.0,', '"seconds":1e300,')),
    "NaN": ("rows.jsonl, line 1", edited("rows.jsonl", '"seconds":1.0,', '"seconds":NaN,')),
    "no JSON": ("rows.jsonl, line 1", edited("rows.jsonl", "{", "")),
    "emptied": ("passes/001-ada.jsonl", emptied("passes/001-ada.jsonl")),
    "a pass of no time": (
        "passes/002-ada.jsonl, line 1",
        edited("passes/002-ada.jsonl", '"seconds":[1.01]', '"seconds":[0]'),
    ),
    "no clips": ("clips.jsonl", emptied("clips.jsonl")),
    "a clip of no time": ("clips.jsonl, line 1", edited("clips.jsonl", ":5.0,", ":-5.0,")),
    "no summary": ("summary.json", emptied("summary.json")),
    "manifest": ("manifest.json", edited("manifest.json", '"uv"', '"vu"')),
    "newer": (
        "newer version",
        edited("manifest.json", '"schema_version": 3', '"schema_version": 4'),
    ),
    "newer summary": ("newer version", edited("summary.json", '"schema": 3', '"schema": 4')),
    "older": (
        "older version",
        edited("manifest.json", '"schema_version": 3', '"schema_version": 1'),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_a_sentence_in_every_command(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the file; no command ends in a traceback; `history` shows the other runs."""
    says, damage = DAMAGE[case]
    bad, good = run(tmp_path, 1), run(tmp_path, 2)
    damage(bad)
    found: list[str] = []
    commands = (
        ("report", bad),
        ("report", bad, "--csv"),
        ("compare", bad, good),
        ("compare", good, bad),
        ("recommend", bad, "--for", "batch"),
        ("score", bad),
        ("share", bad, "--output", tmp_path / "run.zip"),
        ("history", "--output", tmp_path),
    )
    monkeypatch.chdir(tmp_path)
    for command in commands:
        done = CliRunner().invoke(app, [str(word) for word in command])
        if isinstance(done.exception, CleanroomError):
            assert "\n" not in str(done.exception)
            assert done.exception.fix
            found.append(str(done.exception))
        else:
            assert done.exception is None or isinstance(done.exception, SystemExit), command
            found.append(done.stderr)
    assert any(says in sentence for sentence in found), found
    assert good.name in str(find.all_runs(tmp_path)[0][-1].folder.path)


def test_a_summary_is_made_again_from_rows(tmp_path: Path) -> None:
    """It is derived: `score` needs none that can be read."""
    folder = run(tmp_path)
    whole = RunFiles(folder).summary()
    assert whole
    assert whole.contenders[0].seconds
    for damage in (b"", b'{"schema": 3}', b"\xff"):
        (folder / "summary.json").write_bytes(damage)
        assert CliRunner().invoke(app, ["score", str(folder)]).exit_code == 0
        again = RunFiles(folder).summary()
        assert again
        assert again.contenders[0].seconds
        assert again.contenders[0].seconds.median == whole.contenders[0].seconds.median
        assert not again.interrupted


def test_a_run_is_named_by_any_file_in_it(tmp_path: Path) -> None:
    """As tab completion and file managers give it."""
    folder = run(tmp_path)
    for name in ("", "manifest.json", "rows.jsonl", "passes/001-ada.jsonl", "logs/001-ada.log"):
        assert read(folder / name).folder.path == folder
    with pytest.raises(UsageError, match="is no run"):
        read(tmp_path)


def test_every_run_in_a_folder_is_reported_twice(tmp_path: Path) -> None:
    """The page of the first time lies among the runs at the second, and is passed over."""
    run(tmp_path, 1)
    broken = run(tmp_path, 2)
    run(tmp_path, 3)
    (tmp_path / "recordings").mkdir()
    (broken / "manifest.json").write_text("{", "utf-8")
    for _ in range(2):
        done = CliRunner().invoke(app, ["report", *map(str, sorted(tmp_path.iterdir()))])
        assert done.exit_code == 0, done.exception
        assert done.stdout.strip() == str(tmp_path / "report.html")
        assert "recordings is left out: it is no run" in done.stderr
        assert "manifest.json is no JSON object" in done.stderr
    assert "report.html is left out: it is no run" in done.stderr
    html = (tmp_path / "report.html").read_text("utf-8")
    assert html.count("<article") == 2


def test_newest_is_by_when_it_began(tmp_path: Path) -> None:
    """In whatever zone it was written; never by its name, another's or another machine's."""
    starts = {
        "b": "2026-11-22T12:00:00+02:00",  # 10:00 in UTC
        "a": "2026-11-22T11:00:00+00:00",
        "imported-c": "2026-11-22T13:00:00+00:00",
        "d": "2026-11-22T14:00:00+00:00",
        "e": "2026-11-22T15:00:00+00:00",
    }
    whole = RunFiles(run(tmp_path / "other")).summary()
    assert whole
    for name, started in starts.items():
        host = HOST if name == "d" else Host.here()
        summarised(tmp_path, whole.model_copy(update={"run_id": name, "host": host}), started)
    (tmp_path / "e" / "summary.json").write_text("{", "utf-8")
    assert [summary.run_id for summary in find.newest(tmp_path)] == ["a", "b"]
    assert list(find.newest(tmp_path / "nowhere")) == []


def test_a_run_that_is_being_written_can_be_read(tmp_path: Path) -> None:
    """What a page needs is there although the summary is not."""
    folder = run(tmp_path)
    (folder / "summary.json").unlink()
    assert "cut off" in page([folder])
    (folder / "clips.jsonl").unlink()
    with pytest.raises(ConfigError, match=r"clips\.jsonl cannot be read"):
        page([folder])


def test_runs_from_before_there_were_turns_are_read(tmp_path: Path) -> None:
    """What neither rows nor settings had: every process ran alone, and none was to take turns."""
    path = run(tmp_path)
    now = read(path)
    for name, news in (
        ("rows.jsonl", ('"round_seconds":[],', '"alone":null,', '"idle_processors":null,')),
        ("manifest.json", ('    "interleave": "off",\n',)),
    ):
        text = (path / name).read_text("utf-8")
        for new in news:
            assert new in text
            text = text.replace(new, "")
        (path / name).write_text(text, "utf-8")
    then = read(path)
    assert then.rows == now.rows
    assert then.manifest == now.manifest
