"""A board of runs and shared zips: medians by chip, one page that runs nothing, one table."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
import stored_runs
from arro3.io import read_parquet
from fake_envs import orchestrator
from pages import NASTY
from stored_runs import HOST, Recipe, failed

from orchestrator.bench.events import Watcher
from orchestrator.errors import UsageError
from orchestrator.reports import board
from orchestrator.reports.board import page as pages
from orchestrator.reports.board.groups import Group, Groups, Key
from orchestrator.reports.board.lines import Line
from orchestrator.reports.board.table import SCHEMA
from orchestrator.runs import sharing, stored
from orchestrator.runs.schema.fleet import FleetRun
from orchestrator.runs.sharing.overview import overview

MAC = HOST.model_copy(update={"chip": "Apple M3"})


def made(results: Path, number: int, seconds: float, **fields: object) -> Path:
    """Write a run of `ada` and `bob` of this number."""
    known: dict[str, object] = {
        "run_id": f"20261122-12000{number}-aaaa",
        "started_at": f"2026-11-2{number}T12:00:00+00:00",
    }
    times = {"ada": (seconds,) * 6, "bob": (2 * seconds,) * 6}
    return stored_runs.make(results, Recipe(times, **known | fields))  # type: ignore[arg-type]


def data_of(page: Path) -> dict[str, list[list[object]]]:
    """Return what the page's script reads."""
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8")
    )
    assert found
    data: dict[str, list[list[object]]] = json.loads(found[1])
    return data


def lines_of(page: Path) -> list[list[object]]:
    """Return the page's lines, with their names."""
    data = data_of(page)
    named = len(data["names"])
    return [
        [*(data["names"][i][int(str(line[i]))] for i in range(named)), *line[named:]]
        for line in data["lines"]
    ]


def test_runs_of_one_chip_are_a_line(tmp_path: Path) -> None:
    """Medians and ranges over runs, in folders and zips; of another chip a line of its own."""
    results = tmp_path / "results"
    made(results, 1, 1.0)
    made(results, 2, 2.0)
    other = made(tmp_path / "other", 3, 0.5, manifest={"host": MAC})
    (tmp_path / "given" / "deep").mkdir(parents=True)
    shared = sharing.share(other, tmp_path / "given" / "deep" / f"{other.name}.zip")
    page = tmp_path / "board.html"
    found = board.write([results, tmp_path / "given"], page, None)
    assert (found.runs, found.left_out, found.shown, found.unseen) == (3, 0, 4, 0)
    speech = "files: 1 clip, 5 s"
    assert lines_of(page) == [
        ["Apple M3", "ada", "tiny.en", "cpu float32", speech, "10.0", "0.0 %", "100", "0.300", "1",
         "0", "2026-11-23"],
        ["Apple M3", "bob", "tiny.en", "cpu float32", speech, "5.0", "0.0 %", "100", "0.300", "1",
         "0", "2026-11-23"],
        ["Ideal 1", "ada", "tiny.en", "cpu float32", speech, "3.8 (2.5 to 5.0)", "0.0 %", "100",
         "0.300", "2", "0", "2026-11-22"],
        ["Ideal 1", "bob", "tiny.en", "cpu float32", speech, "1.9 (1.2 to 2.5)", "0.0 %", "100",
         "0.300", "2", "0", "2026-11-22"],
    ]  # fmt: skip
    assert overview(shared).summary.run_id == other.name


def test_what_cannot_stand_beside_others_is_left_out(tmp_path: Path) -> None:
    """Twice the same run, a busy machine, robustness, one backend against itself, what is damaged.

    Each is said; where nothing is left that is an error.
    """
    results = tmp_path / "results"
    good = made(results, 1, 1.0)
    stored_runs.make(results, Recipe({"ada": (1.0,)}, run_id="busy", settings={"load": "stress"}))
    stored_runs.make(results, Recipe({"a#1": (1.0,), "a#2": (1.0,)}, run_id="alike"))
    broken = made(results, 2, 1.0)
    (broken / "summary.json").write_text("{", encoding="utf-8")
    cut = made(results, 3, 1.0)
    (cut / "summary.json").unlink()
    (results / "x.zip").write_bytes(b"PK")
    imported = sharing.receive(sharing.share(good, tmp_path / "y.zip"), results)
    said: list[str] = []

    class Listener(Watcher):
        def notice(self, sentence: str) -> None:
            said.append(sentence)

    found = board.write([results], tmp_path / "board.html", None, Listener())
    assert (found.runs, found.left_out) == (1, 6)
    assert [sentence.removeprefix(f"{results}/").partition(" is left out: ")[::2] for sentence in
            sorted(said)] == [
        (broken.name, f"{broken}/summary.json is no JSON object"),
        (cut.name, f"{cut} has no summary: it was cut off"),
        ("alike", "it is one backend against itself"),
        ("busy", "the machine was kept busy on purpose (--load)"),
        (imported.name, f"it is {good} again"),
        ("x.zip", "it is no whole zip (File is not a zip file)"),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="none of these is a run"):
        board.write([results / "busy"], tmp_path / "none.html", None)
    with pytest.raises(UsageError, match="there is no"):
        board.write([tmp_path / "gone"], tmp_path / "none.html", None)
    assert not (tmp_path / "none.html").exists()


@pytest.mark.parametrize("shared", [False, True])
def test_a_fleets_machines_are_runs_unless_clips_were_shared_out(
    tmp_path: Path, *, shared: bool
) -> None:
    """What took no quiet machine has no times for a board."""
    made(tmp_path / "fleet-1", 1, 1.0)
    made(tmp_path / "fleet-1", 2, 1.0, manifest={"host": MAC})
    fleet = FleetRun(
        id="fleet-1", version="0.1.0", code="", suite="{}", source=("x", "files", None),
        digest="", shared=shared,
    )  # fmt: skip
    (tmp_path / "fleet-1" / "fleet.json").write_text(fleet.model_dump_json(), encoding="utf-8")
    made(tmp_path, 3, 1.0)
    found = board.write([tmp_path], tmp_path / "board.html", None)
    assert (found.runs, found.left_out) == ((1, 2) if shared else (3, 0))


def test_servers_are_of_no_chip_and_failures_are_counted(tmp_path: Path) -> None:
    """A contender that failed has a line with no figures."""
    path = stored_runs.make(
        tmp_path,
        Recipe(
            {"ada": (1.0,), "far": (1.0,)}, remote=["far"], more_rows=[failed("bob", 1, "signal")]
        ),
    )
    board.write([path], tmp_path / "board.html", None)
    lines = {line[1]: line[5:11] for line in lines_of(tmp_path / "board.html")}
    assert lines == {
        "ada": ["5.0", "0.0 %", "100", "0.300", "1", "0"],
        "bob": ["—", "—", "—", "—", "0", "1"],
    }


class Scripts(HTMLParser):
    """Collects what a browser would run, and every element there is."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.scripts = 0
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.add(tag)
        self.scripts += tag == "script"
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    """Chip, engine, model, device and corpus of strangers: no element and no script of theirs."""
    lines = []
    for number, nasty in enumerate(NASTY):
        path = made(tmp_path / str(number), 1, 1.0)
        summary = stored.RunFiles(path).summary()
        assert summary
        host = HOST.model_copy(update={"chip": nasty})
        corpus = summary.corpus.model_copy(update={"name": nasty})
        run = stored.RunFiles(path).manifest().model_copy(update={"host": host, "corpus": corpus})
        changed = {"backend": nasty, "resolved": {"device": nasty}, "asked": {"x": nasty}}
        lines += [Line(run, line.model_copy(update=changed)) for line in summary.contenders]
    groups = Groups()
    groups.add(lines)
    html, shown = pages.page(groups.listed(), 1)
    assert shown == len(NASTY)
    found = Scripts()
    found.feed(html)
    assert (found.scripts, found.handlers) == (2, [])
    assert not found.tags & {"img", "svg", "iframe", "object", "a"}
    assert "\u202e" not in html
    assert len(html) < 200_000


@pytest.mark.slow
def test_a_page_of_too_many_lines_stays_under_three_megabytes() -> None:
    """Those that have no room are counted; the first have it."""
    groups = [
        Group(Key(f"{n} {'long ' * 30}", f"engine {n}", "base", "cpu", "talks", ""), rtfx=[1.0 + n])
        for n in range(15_000)
    ]
    html, shown = pages.page(groups, 15_000)
    assert 5_000 < shown < 15_000
    assert 2_500_000 < len(html.encode()) < 3_000_000
    assert f"{15_000 - shown:,} lines had no room here" in html


def test_the_table_has_every_line_of_every_run(tmp_path: Path) -> None:
    """Read by another library: a line each contender of each run, numbers as numbers."""
    made(tmp_path / "results", 1, 1.0)
    made(tmp_path / "results", 2, 2.0)
    board.write([tmp_path / "results"], tmp_path / "board.html", tmp_path / "board.parquet")
    table = pa.table(read_parquet(tmp_path / "board.parquet").read_all())
    assert table.schema.names == SCHEMA.names
    assert len(set(table.schema.names)) == len(table.schema.names)
    rows = table.select(["run", "machine", "contender", "seconds", "seconds_low", "blocks", "wer"])
    assert rows.to_pylist() == [
        {"run": f"20261122-12000{n}-aaaa", "machine": "Ideal 1", "contender": name,
         "seconds": seconds, "seconds_low": seconds, "blocks": 6, "wer": 0.0}
        for n, name, seconds in ((1, "ada", 1.0), (1, "bob", 2.0), (2, "ada", 2.0), (2, "bob", 4.0))
    ]  # fmt: skip


@pytest.mark.slow
def test_the_command_writes_both_and_needs_no_word_more(envs: Path, tmp_path: Path) -> None:
    """`board DIR` is `board make DIR`; its help is there; where it cannot write is an error."""
    made(tmp_path / "results", 1, 1.0)
    named = str(tmp_path / "results")
    done = orchestrator(envs, "board", named, "--output", "b.html", "--parquet", "b.parquet")
    assert (done.returncode, done.stdout) == (0, "b.html\nb.parquet\n"), done.stderr
    assert "1 run, 2 lines" in done.stderr
    assert (envs.parent / "b.html").stat().st_size < 100_000
    lost = orchestrator(envs, "board", named, "--output", "gone/b.html")
    assert lost.returncode == 2
    assert "gone/b.html cannot be written" in lost.stderr
