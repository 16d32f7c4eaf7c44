"""Texts of any systems against a corpus: scored as a run's are, and refused by file and line."""

import json
from io import StringIO
from pathlib import Path

import jiwer
import pytest
from corpus_files import place
from fake_envs import orchestrator
from rich.console import Console
from typer.testing import CliRunner

from orchestrator.analysis.scoring.text import normalise
from orchestrator.bench import corpus_texts
from orchestrator.cli import app
from orchestrator.errors import AudioError, ConfigError, UsageError
from orchestrator.reports.terminal import results
from orchestrator.runs.schema import Summary, Term

SAID = [f"this is sentence number {number} of Ada Lovelace" for number in range(20)]
WORSE = [" ".join(["what", *said.split()[1 + n % 3 :]]) for n, said in enumerate(SAID)]


def corpus(folder: Path) -> Path:
    """Write a table of twenty clips by two kinds of people; return it."""
    rows = [f"{n}.wav,{said},{'north' if n % 2 else 'south'}" for n, said in enumerate(SAID)]
    table = "\n".join(["audio,text,accent", *rows, "gone.wav,nobody has it,north", ""])
    place(folder, {f"{n}.wav": 0.2 for n in range(len(SAID))} | {"calls.csv": table})
    return folder / "calls.csv"


def heard(path: Path, texts: list[str]) -> Path:
    """Write what a system heard in the clips, a line each."""
    lines = (json.dumps({"clip": f"{n}", "text": text}) for n, text in enumerate(texts))
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_systems_are_scored_and_compared_without_a_run(tmp_path: Path) -> None:
    """Errors as another tool counts them, with intervals, by group, of terms; and compared."""
    files = {
        "good": heard(tmp_path / "a.jsonl", SAID),
        "bad": heard(tmp_path / "b.jsonl", WORSE),
    }
    named = (Term(name="Ada Lovelace"),)
    found = corpus_texts.score(
        str(corpus(tmp_path / "calls")), files, "auto", named, ("Accent",), language="en"
    )
    good, bad = found.imported
    assert (found.contenders, good.contender, good.wer) == ((), "good", 0)
    expected = jiwer.process_words(list(map(normalise, SAID)), list(map(normalise, WORSE)))
    assert bad.wer == pytest.approx(expected.wer, abs=1e-9)
    assert bad.accuracy
    assert (bad.accuracy.wer.clusters, bad.accuracy.wer.low is None) == (20, False)
    (by,) = bad.groups
    assert {(group.name, group.clips) for group in by.groups} == {("north", 10), ("south", 10)}
    assert bad.terms
    assert bad.terms.total.said == 20
    assert bad.terms.total.recall.value == 1
    (difference,) = found.differences
    assert (difference.first, difference.outcome) == ("good", "fewer")
    assert (found.corpus.clips, found.corpus.unusable) == (20, 1)
    assert Summary.model_validate_json(found.as_json()) == found


def test_terms_of_the_corpus_are_looked_for(tmp_path: Path) -> None:
    """A list beside a recording is enough; a name that was heard wrong is missed."""
    place(tmp_path / "x", {"0.wav": 0.2, "0.txt": SAID[0], "0.terms": "Ada Lovelace\n"})
    file = heard(tmp_path / "a.jsonl", ["this is sentence number 0 of Ada Lovelaced"])
    found = corpus_texts.score(str(tmp_path / "x"), {"a": file})
    (line,) = found.imported
    assert line.terms
    assert (line.terms.total.said, line.terms.total.found) == (1, 0)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    """A second text, a column that is not there, a corpus without references: by file and line."""
    table = str(corpus(tmp_path / "calls"))
    file = heard(tmp_path / "a.jsonl", SAID)
    with file.open("a", encoding="utf-8") as more:
        more.write('{"clip": "3", "text": "again"}\n')
    with pytest.raises(ConfigError, match=r"a\.jsonl, line 21: a second text for 3, after line 4"):
        corpus_texts.score(table, {"a": file})
    with pytest.raises(UsageError, match="--by accents: the corpus says nothing of that"):
        corpus_texts.score(table, {"a": file}, by=("accents",))
    with pytest.raises(UsageError, match="there is no corpus 'nowhere'"):
        corpus_texts.score("nowhere", {"a": file})
    place(tmp_path / "bare", {"0.wav": 0.2})
    with pytest.raises(AudioError, match=r"no clip that can be used: 0\.wav: it has no reference"):
        corpus_texts.score(str(tmp_path / "bare"), {"a": file})


def test_the_command_prints_a_table(envs: Path, tmp_path: Path) -> None:
    """What is left out is said with its line; no run is made."""
    table = str(corpus(tmp_path / "calls"))
    few = heard(tmp_path / "few.jsonl", [*SAID[:19], *["elsewhere"] * 2])
    asked = ("--hypotheses", f"all={heard(tmp_path / 'a.jsonl', SAID)}", "--hypotheses", str(few))
    done = orchestrator(envs, "score", "--corpus", table, *asked, "--pairs", "--by", "accent")
    assert done.returncode == 0, done.stderr
    assert "20 clips of calls.csv: texts as systems made them" in done.stdout
    assert "calls.csv, line 22: its audio gone.wav does not exist" in done.stdout
    assert "1 line of few.jsonl left out, for clips that are not here: line 21" in done.stdout
    assert "all makes" in done.stdout
    narrow = Console(width=50, file=StringIO())
    results.render(corpus_texts.score(table, {"few": few}), narrow)
    assert ": --json has all\n" in narrow.file.getvalue()  # type: ignore[attr-defined]
    assert not (envs.parent / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name a run, or --corpus X with --hypotheses FILE"),
        (("--corpus", "x"), "--corpus needs --hypotheses FILE"),
        (("RUN", "--corpus", "x", "--hypotheses", "a"), "RUN and --corpus cannot be combined"),
        (("--corpus", "x", "--hypotheses", "a", "--with", "sclite-like"), "need a run"),
        (("RUN", "--language", "fr"), "--language needs --corpus"),
        (("--corpus", "x", "--hypotheses", "=a"), "'=a' is not NAME=FILE"),
        (("--corpus", "x", "--hypotheses", "a", "--by", ""), "'' has an empty value"),
    ],
)
def test_what_does_not_go_together_is_said(arguments: tuple[str, ...], says: str) -> None:
    """As wrong usage."""
    refused = CliRunner().invoke(app, ["score", *arguments], terminal_width=200)
    assert refused.exit_code == 2
    assert says in refused.output
