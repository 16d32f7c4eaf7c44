"""The page on the Python API: every line of it runs, and types are exported."""

import doctest
import shutil
from pathlib import Path

import consumer
import pytest
import stored_runs
from fake_envs import surroundings
from stored_runs import clip

import whisper_cleanroom
from orchestrator.errors import UsageError
from orchestrator.runs.suite import Entry, Measurement
from whisper_cleanroom import Contenders, open_run
from whisper_cleanroom import suite as suites

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
TIMES = {
    "faster-whisper": (0.200, 0.202, 0.198, 0.201, 0.199, 0.203),
    "whisper-cpp": (0.240, 0.241, 0.238, 0.244, 0.239, 0.242),
}
TALKS = (
    clip("talk-1", reference="Take the second turn on the left.", seconds=2.5),
    clip("talk-2", reference="Take the second turn on the left.", seconds=2.5),
)
TEXTS = {
    "faster-whisper": "Take the second turn on the left.",
    "whisper-cpp": "Take a second turn on the left.",
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder of runs that holds the one which the page looks at."""
    folder = tmp_path / "results"
    stored_runs.make(folder, stored_runs.Recipe(TIMES, clips=TALKS, texts=TEXTS))
    return folder


@pytest.mark.usefixtures("envs")
def test_the_page_is_true(
    results: Path, made_backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two fake engines take the places of the real ones."""
    engines = results.with_name("engines")
    for name in TIMES:
        shutil.copytree(made_backends / "ada", engines / name, symlinks=True)
    for name, value in surroundings(engines).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(results.parent)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    found = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags, encoding="utf-8")
    assert found.attempted > 15
    assert not found.failed


def test_a_consumer_has_types(results: Path) -> None:
    """`nox -s types` checks the same file strictly."""
    assert Path(whisper_cleanroom.__file__).with_name("py.typed").is_file()
    (run,) = results.iterdir()
    assert consumer.report(str(run)) == ["faster-whisper", "whisper-cpp", "faster"]


def test_a_run_is_found_by_folder_file_and_id(results: Path) -> None:
    """What is none is an error that names the nearest."""
    (folder,) = results.iterdir()
    for name in (folder, folder / "rows.jsonl", folder / "passes" / "001-whisper-cpp.jsonl"):
        assert open_run(name).path == folder
    assert open_run(folder.name, results=results).id == folder.name
    with pytest.raises(UsageError, match="there is no run 20261122-120000-aaab") as error:
        open_run("20261122-120000-aaab", results=results)
    assert f"did you mean {folder.name}" in error.value.fix


def test_a_suite_in_python_has_every_key_of_the_file() -> None:
    """Keywords are written down once more, for their types: none is missing, none is another."""
    assert suites.Measurement.__annotations__.keys() == Measurement.model_fields.keys()
    there = {field.alias or name for name, field in Entry.model_fields.items()}
    assert {*Contenders.__dataclass_fields__} - {"_"} == there - {"set"} | {"settings"}
