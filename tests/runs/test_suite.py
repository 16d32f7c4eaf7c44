"""Suite files: strict, errors with file and key, and the suite that a run was."""

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.bench.contenders import expand
from orchestrator.errors import ConfigError
from orchestrator.runs import suite
from orchestrator.runs.schema import Contender

GOOD = """\
[suite]
corpus = "calls"
limit = 100
profile = "full"

[[contender]]
backend = ["ada", "bob"]
model = ["base", "small"]

[[contender]]
name = "greedy"
backend = "ada"
model = "base"
threads = 4
set = { beam_size = 1, prompt = "one, two" }
"""


def expanded(read: suite.Suite) -> list[Contender]:
    """Return the contenders of a suite, on a machine of two fast cores."""
    wishes = [entry.wish() for entry in read.contender]
    return expand([replace(wish, threads=wish.threads or (2,)) for wish in wishes], {})[0]


def test_a_suite_says_what_is_measured_and_who_takes_part(tmp_path: Path) -> None:
    """One value or a list; what is left out is as in `run`."""
    (tmp_path / "suite.toml").write_text(GOOD, "utf-8")
    read = suite.read(tmp_path / "suite.toml")
    assert (read.suite.corpus, read.suite.limit, read.suite.profile) == ("calls", 100, "full")
    contenders = expanded(read)
    assert [c.name for c in contenders] == [
        "ada base",
        "ada small",
        "bob base",
        "bob small",
        "greedy",
    ]
    assert contenders[4].threads == 4
    assert contenders[4].settings == {"beam_size": 1, "prompt": "one, two"}


def test_the_suite_of_a_run_makes_the_same_contenders(tmp_path: Path) -> None:
    """`suite from RUN`: written, read and expanded, nothing has changed."""
    (tmp_path / "suite.toml").write_text(GOOD, "utf-8")
    read = suite.read(tmp_path / "suite.toml")
    contenders = expanded(read)
    (tmp_path / "again.toml").write_text(suite.written(read.suite, contenders), "utf-8")
    again = suite.read(tmp_path / "again.toml")
    assert again.suite == read.suite
    assert expanded(again) == contenders


def test_a_suite_that_decides_is_the_suite_of_its_run() -> None:
    """An hour is its budget where it says none; written and read it asks for the same."""
    asked = suite.Measurement(decide=0.05)
    settings = asked.settings(None)
    assert (settings.plan.name, settings.plan.decides) == ("decide", 0.05)
    assert settings.budget_seconds == 3600
    assert suite.Measurement.of(settings, []).settings(None) == settings
    wide = suite.Measurement(profile="full", region=0.1).settings(None)
    assert wide.plan.decides == 0.14
    assert suite.Measurement.of(wide, []).settings(None) == wide


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"no \[\[contender"),
        (
            '[suite]\nlimits = 1\n[[contender]]\nbackend = "x"',
            "suite limits: no such key; there are: corpus",
        ),
        ('[[contender]]\nbackend = "x"\nthreads = "2"', "contender 1, threads, 1: Input should be"),
        ('[[contender]]\nbackend = "x"\n[[contender]]\nbackend = 3', "contender 2, backend"),
        ('[[contender]]\nbackend = "x"\nprecison = "int8"', "contender 1, precison: no such key"),
        ("[[contender]]\nbackend = []", "contender 1, backend: Value should have at least 1"),
        ("[suite\n", "cannot be read: .* line 1"),
        ('[suite]\nblocks = 10000\n[[contender]]\nbackend = "x"', "suite blocks: .* 1000"),
        ('[[contender]]\nbackend = "x"\n' * 501, "501 contenders: 500 are the most"),
    ],
)
def test_a_broken_suite_is_an_error_with_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    """Unknown keys, wrong types, nothing or too much to do."""
    path = tmp_path / "suite.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=says) as error:
        suite.read(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["nowhere.toml", ".", "/dev/zero"])
def test_a_suite_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    """Nothing there, a folder, a device without an end."""
    with pytest.raises(ConfigError, match="cannot be read"):
        suite.read(tmp_path / name)


def test_terms_are_a_file_beside_a_suite_or_lines_in_it(tmp_path: Path) -> None:
    """The suite that its run was has the lines; who is boosted is said of a contender."""
    (tmp_path / "names.txt").write_text("Ada | A\nBob\n", "utf-8")
    whole = (
        '[suite]\nterms = "names.txt"\nby = "Accent"\n'
        '[[contender]]\nbackend = "ada"\nboost = [false, true]\n'
    )
    (tmp_path / "suite.toml").write_text(whole, "utf-8")
    read = suite.read(tmp_path / "suite.toml")
    settings = read.suite.settings(None)
    assert ([str(term) for term in settings.terms], settings.by) == (
        ["Ada | A", "Bob"],
        ("accent",),
    )
    again = suite.Measurement.of(settings, [])
    assert again.terms == ("Ada | A", "Bob")
    assert again.settings(None) == settings
    wishes = [replace(entry.wish(), threads=(1,)) for entry in read.contender]
    contenders, _ = expand(wishes, {}, {"ada"})
    assert [contender.boost for contender in contenders] == [False, True]
    written = suite.written(again, contenders)
    (tmp_path / "again.toml").write_text(written, "utf-8")
    assert written.count("boost = true") == 1
    second = suite.read(tmp_path / "again.toml")
    assert [wish.boosts for wish in (entry.wish() for entry in second.contender)] == [
        (False,),
        (True,),
    ]
