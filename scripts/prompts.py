"""Makes folder corpora of human speech from Debian's Asterisk prompts: five languages, with texts.

apt-get install asterisk-core-sounds-{en,es,fr,it,ru}{,-g722}
python scripts/prompts.py prompts
python -m orchestrator run -b faster-whisper --corpus prompts/fr --language fr -m base --limit 100

One voice a language, read in a studio, 16 kHz G.722; CC BY-SA 3.0 (Digium and others). Prompts that
are no sentence (tones, beeps, single words of a menu) are left out. `prompts.csv` lists all, for
--by language,kind.
"""

import argparse
import csv
import gzip
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import av

LANGUAGES = ("en", "es", "fr", "it", "ru")
SOUNDS = Path("/usr/share/asterisk/sounds")
TEXTS = "/usr/share/doc/asterisk-core-sounds-{0}/core-sounds-{0}.txt.gz"
RATE = 16_000
FEWEST_WORDS = 3  # under this one odd word is a third of the clip


def require() -> None:
    """Leave with the command that installs the prompts, unless they are here."""
    for language in LANGUAGES:
        texts, sounds = Path(TEXTS.format(language)), SOUNDS / language
        if not texts.exists() or not any(sounds.glob("*.g722")):
            install = __doc__.splitlines()[2]
            sys.exit(f"{texts} or {sounds}/*.g722 is missing: {install}")


def sentences(language: str) -> Iterator[tuple[str, str]]:
    """Yield the prompts that are sentences: file name without suffix, and text."""
    for line in gzip.decompress(Path(TEXTS.format(language)).read_bytes()).decode().splitlines():
        name, _, text = line.partition(":")
        spoken = text.strip()
        # Brackets are stage directions, "..." stands where another prompt is inserted.
        if re.search(r"[\[\]<>()]|\.\.\.", spoken) or line.startswith(";"):
            continue
        if len(spoken.split()) >= FEWEST_WORDS:
            yield name.strip(), spoken


def write_flac(source: Path, target: Path) -> None:
    """Rewrite headerless G.722 as FLAC, which says its own rate and length."""
    with av.open(source, format="g722") as given, av.open(target, "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in given.decode(audio=0):
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def main() -> None:
    """Write one folder a language: `NAME.flac` with `NAME.txt` beside it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    require()
    listed = []
    for language in LANGUAGES:
        corpus = folder / language
        shutil.rmtree(corpus, ignore_errors=True)
        corpus.mkdir(parents=True)
        count = 0
        for name, text in sentences(language):
            source = SOUNDS / language / f"{name}.g722"
            if source.exists() and source.resolve().is_relative_to(SOUNDS):
                target = corpus / f"{name.replace('/', '-')}.flac"
                write_flac(source, target)
                target.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
                kind = name.partition("/")[0] if "/" in name else "general"
                listed.append((target.relative_to(folder).as_posix(), text, language, kind))
                count += 1
        print(f"{corpus}: {count} prompts")
    with (folder / "prompts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("audio", "text", "language", "kind"), *listed])


if __name__ == "__main__":
    main()
