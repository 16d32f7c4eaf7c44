"""Every timed pass as a table: the same columns and types, whatever a run has."""

from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
import stored_runs
from arro3.io import read_parquet
from fake_envs import orchestrator
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from stored_runs import Recipe, clip, passes

from orchestrator.errors import ConfigError
from orchestrator.reports.files import arrow
from orchestrator.runs import stored
from orchestrator.runs.schema import Passes

SILENT = clip(reference=None, language=None)


def heard(path: Path, *lines: Passes) -> stored.Run:
    """Let the run's one process have heard this; return the run."""
    text = "".join(line.model_dump_json() + "\n" for line in lines)
    (path / "passes" / "001-ada.jsonl").write_text(text, "utf-8")
    return stored.read(path)


def timed(clip: Passes, *seconds: float) -> Passes:
    """Return a clip's passes with these times."""
    return clip.model_copy(update={"seconds": seconds, "runner_seconds": seconds})


def test_a_row_is_a_pass(tmp_path: Path) -> None:
    """Each of a clip's passes; a clip that failed is one row without time, all of it missed."""
    asked = {"threads": 2, "settings": {"beam_size": 5}}
    clips = (clip("talk"), clip("song", seconds=10.0))
    path = stored_runs.make(tmp_path, Recipe({"ada": (1.0,)}, clips=clips, asked=asked))
    twice = timed(passes("talk", "what was sad", other_texts=("what",)), 2.0, 2.5)
    refused = timed(passes("song", "", failed="refused: it cannot"))
    run = heard(path, twice, refused)
    first, second, lost = arrow.table(run).to_pylist()
    assert first | {"pass": 2, "seconds": 2.5, "rtfx": 2.0} == second
    assert (first["run"], first["machine"], first["contender"]) == (path.name, "Ideal 1", "ada")
    assert (first["threads"], first["settings"]) == (2, '{"beam_size": 5}')
    assert (first["peak_memory_bytes"], first["load_seconds"]) == (100_000_000, 0.3)
    assert (first["clip"], first["audio_seconds"], first["rtfx"]) == ("talk", 5.0, 2.5)
    assert (first["text"], first["other_texts"]) == ("what was sad", 1)
    assert (first["words"], first["substitutions"], first["wer"]) == (3, 1, 1 / 3)
    assert (first["interleaved"], first["failed"]) == (False, None)
    assert (lost["clip"], lost["failed"]) == ("song", "refused: it cannot")
    assert (lost["pass"], lost["seconds"], lost["text"]) == (None, None, None)
    assert (lost["deletions"], lost["wer"]) == (3, 1.0)


def test_types_do_not_depend_on_what_is_known(tmp_path: Path) -> None:
    """A column in which nothing is known has its type; tables of any runs can be put together."""
    path = stored_runs.make(tmp_path, Recipe({"ada": (1.0,)}, clips=[SILENT]))
    poor = arrow.table(heard(path, passes("talk", language=None)))
    rich = arrow.table(stored.read(stored_runs.make(tmp_path / "2", Recipe({"ada": (1.0,) * 6}))))
    assert pa.concat_tables([poor, rich]).num_rows == 7
    for name, kind in {"wer": pa.float64(), "words": pa.int64(), "reference": pa.string()}.items():
        assert poor[name].null_count == 1
        assert poor.schema.field(name).type == kind
    assert poor.schema.field("load_seconds").metadata == {b"title": b"load, s"}
    names = poor.schema.names
    assert len(names) == len(set(names))


_TIMES = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=3).map(tuple)


@given(st.text(), st.lists(st.text(), max_size=2).map(tuple), _TIMES, st.none() | st.text())
@examples(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_reader_finds_the_same(
    tmp_path: Path,
    text: str,
    others: tuple[str, ...],
    times: tuple[float, ...],
    language: str | None,
) -> None:
    """Written with pyarrow, read with Rust's parquet: texts, times and nulls are what they were."""
    path = tmp_path / "20261122-120000-aaaa"
    if not path.exists():
        stored_runs.make(tmp_path, Recipe({"ada": (1.0,)}, clips=[SILENT]))
    said = passes("talk", text, other_texts=others, language=language)
    run = heard(path, timed(said, *times))
    arrow.write(tmp_path / "passes.parquet", [run, run])
    found = pa.table(read_parquet(tmp_path / "passes.parquet").read_all())
    assert found.to_pylist() == arrow.table(run).to_pylist() * 2
    assert found.schema.names == arrow.SCHEMA.names
    assert found["seconds"].to_pylist() == [*times, *times]


def test_a_damaged_run_leaves_no_file(tmp_path: Path) -> None:
    """The first run is whole, the second has a pass too few: nothing is written of either."""
    good = stored.read(stored_runs.make(tmp_path / "1", Recipe({"ada": (1.0,)})))
    bad = heard(stored_runs.make(tmp_path / "2", Recipe({"ada": (1.0,)})))
    with pytest.raises(ConfigError, match=r"001-ada\.jsonl has 0 transcripts"):
        arrow.write(tmp_path / "passes.parquet", [good, bad])
    assert {each.name for each in tmp_path.iterdir()} == {"1", "2"}


def test_the_command_writes_several_runs_into_one_file(envs: Path, tmp_path: Path) -> None:
    """It prints where; what is no run is passed over; a place that is not there is an error."""
    for number in "12":
        recipe = Recipe({"ada": (1.0,)}, run_id=f"20261122-12000{number}-aaaa")
        stored_runs.make(tmp_path / "results", recipe)
    named = [str(path) for path in (tmp_path / "results").iterdir()]
    done = orchestrator(envs, "report", *named, str(envs), "--parquet", "passes.parquet")
    assert (done.returncode, done.stdout) == (0, "passes.parquet\n")
    assert f"{envs} is left out: it is no run" in done.stderr
    table = pa.table(read_parquet(envs.parent / "passes.parquet").read_all())
    assert sorted(table["run"].to_pylist()) == ["20261122-120001-aaaa", "20261122-120002-aaaa"]
    lost = orchestrator(envs, "report", *named, "--parquet", "nowhere/passes.parquet")
    assert lost.returncode == 2
    assert "nowhere/passes.parquet cannot be written: No such file" in lost.stderr
    both = orchestrator(envs, "report", *named, "--parquet", "passes.parquet", "--csv")
    assert both.returncode == 2
