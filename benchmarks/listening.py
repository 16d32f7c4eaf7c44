"""Real engines against known times of words, in noise, and live: pages in docs/records/.

python -m benchmarks.listening words     # an hour of fluent speech, then words read one by one
python -m benchmarks.listening noise     # forty sentences in babble, a street and white noise
python -m benchmarks.listening live      # ten human prompts, spoken to four engines; an hour

With `--sentences N` it takes less long, and the page says of how much it is. What the prompts come
from says scripts/prompts.py; `live` wants a quiet machine.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.program import finished
from orchestrator.places import ROOT

_RECORDS = ROOT / "docs" / "records"
_ENGINES = ("-b", "faster-whisper", "-b", "whisper-cpp")
_ONCE = ("--blocks", "1", "--repeats", "1", "--weights", "wheel", "--no-page", "--yes")
_FOLDED = re.compile(r"<details><summary>(?!Every pair, live).*?</details>\n+", re.DOTALL)
_APART_OF = 6  # of so many sentences one is read word by word too: that takes twice as long
_SEED = ("--seed", "7")
_WORDS = """\
# Times of words on real engines

Written by `python -m benchmarks.listening words`: a text of {sentences} sentences read by the
voice of `speech make`, once fluently in one clip, of which each sentence's start and end are
known, and {apart} sentences word by word, of which each word's are. What is compared, and how the
truth is known: [method](../method.md#word-times). Accuracy of times does not hang on how busy the
machine was; the times in the first table do, and are of one process.
"""
_NOISE = """\
# Real engines in noise

Written by `python -m benchmarks.listening noise`: {sentences} sentences read by the voice of
`speech make`, a clip each, as they are and in noise. What the noises and levels are:
[method](../method.md#noise). Errors do not hang on how busy the machine was; the times in the
first table do, and are of one process.
"""
_LIVE = """\
# Live, on real engines

Written by `python -m benchmarks.listening live`: {sentences} human prompts (Debian's Asterisk
prompts, CC BY-SA 3.0, a studio voice) are spoken at the speed of speech to two engines that stream
by themselves and to two that listen to a growing buffer. What the figures are:
[method](../method.md#live). [The run's own page](live.html) is one file to save and open: it plays
what each engine showed of each clip.
"""
_SUITE = """\
[suite]
corpus = "ten"
language = "en"
pace = 1
blocks = {blocks}
repeats = 1
weights = "wheel"

[[contender]]
backend = ["faster-whisper", "whisper-cpp"] # by local agreement
model = "tiny.en"

[[contender]]
backend = "mlx-audio" # native: Whisper by AlignAtt
model = "base"

[[contender]]
backend = "pocketsphinx" # native: hidden Markov models
"""
_WORDS_OF_A_PROMPT = range(10, 21)  # 4 to 8 s


def main() -> None:
    """Write the page that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listening")
    parser.add_argument("what", choices=("words", "noise", "live"))
    parser.add_argument("--sentences", type=int)
    parser.add_argument("--blocks", type=int, default=7, help="of live")
    parser.add_argument("--noise", default="20,10,5,0")
    parser.add_argument("--noise-kind", action="append", default=[])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.what == "words":
            name, page = "word-times.md", _words(Path(folder), asked.sentences or 600)
        elif asked.what == "live":
            name, page = "live.md", _live(Path(folder), asked.sentences or 10, asked.blocks)
        else:
            kinds = [part for kind in asked.noise_kind for part in ("--noise-kind", kind)]
            options = ("--noise", asked.noise, *kinds)
            name, page = "noise.md", _noise(Path(folder), asked.sentences or 40, options)
    (_RECORDS / name).write_text(page, encoding="utf-8")


def _words(folder: Path, sentences: int) -> str:
    apart = max(1, sentences // _APART_OF)
    _spoken(folder / "fluent", sentences, "--joined")
    _spoken(folder / "apart", apart, speech=("--apart", "0.15"))
    for plain in (folder / "apart").glob("*[0-9][0-9].flac"):
        if "-apart" not in plain.name:
            for file in (folder / "apart").glob(f"{plain.stem}.*"):
                file.unlink()
    parts = [_WORDS.format(sentences=sentences, apart=apart)]
    for title, name in (("Fluent speech", "fluent"), ("Word by word", "apart")):
        asked = (*_ENGINES, "--corpus", str(folder / name), "--word-times")
        parts.append(_section(title, folder, asked))
    return "\n".join(parts)


def _noise(folder: Path, sentences: int, options: Sequence[str]) -> str:
    _spoken(folder / "talk", sentences)
    asked = (*_ENGINES, "--corpus", str(folder / "talk"), *options)
    text = _NOISE.format(sentences=sentences)
    return "\n".join([text, _section("Word error rates by level", folder, asked)])


def _live(folder: Path, sentences: int, blocks: int) -> str:
    script = ROOT / "scripts" / "prompts.py"
    finished([sys.executable, script, folder / "prompts"])
    (folder / "ten").mkdir()
    for text in _evenly(folder / "prompts" / "en", sentences):
        for file in text.parent.glob(f"{text.stem}.*"):
            shutil.copy(file, folder / "ten")
    suite = folder / "live.toml"
    suite.write_text(_SUITE.format(blocks=blocks), encoding="utf-8")
    section = _section("As it was spoken", folder, (str(suite),), ("--yes",))
    (page,) = (folder / "results").glob("*/report.html")
    shown = _elsewhere(page.read_text("utf-8"), folder)
    (_RECORDS / "live.html").write_text(shown, encoding="utf-8")
    asked = f"```toml\n{suite.read_text('utf-8')}```\n"
    return "\n".join([_LIVE.format(sentences=sentences), asked, section])


def _evenly(prompts: Path, number: int) -> list[Path]:
    """Return so many texts of a prompt of 4 to 8 s, evenly from the alphabet."""
    texts = sorted(prompts.glob("*.txt"))
    fit = [text for text in texts if len(text.read_text("utf-8").split()) in _WORDS_OF_A_PROMPT]
    return [fit[at * len(fit) // number] for at in range(number)]


def _spoken(out: Path, sentences: int, *options: str, speech: Sequence[str] = ()) -> None:
    """Make speech of so many sentences."""
    command = [sys.executable, str(ROOT / "scripts" / "sentences.py"), str(sentences)]
    source = out.with_suffix(".txt")
    source.write_text(finished([*command, *options], stdout=subprocess.PIPE).stdout, "utf-8")
    _orchestrator("speech", "make", str(source), "--output", str(out), *speech)


def _section(
    title: str, folder: Path, asked: Sequence[str], besides: Sequence[str] = (*_ONCE, *_SEED)
) -> str:
    """Run, and return what its report says in Markdown, without most of what is folded there."""
    results = folder / "results"
    known = set(results.iterdir()) if results.exists() else set()
    _orchestrator("run", *asked, *besides, "--output", str(results))
    (run,) = set(results.iterdir()) - known
    text = _FOLDED.sub("", _orchestrator("report", str(run), "--markdown"))
    page = f"## {title}\n\n`run {' '.join(asked)}`\n\n{text.strip()}\n"
    return _elsewhere(page, folder)


def _elsewhere(text: str, folder: Path) -> str:
    """Return a text without the folders of this machine."""
    here = rf"(?:{re.escape(sys.executable)}|python) -m orchestrator"
    return re.sub(here, "whisper-cleanroom", text.replace(f"{folder}/", ""))


def _orchestrator(*arguments: str) -> str:
    command = [sys.executable, "-m", "orchestrator", *arguments]
    return finished(command, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    main()
