"""Joins five prompts of Debian's Asterisk, a language each, into robustness' recording of several.

apt-get install asterisk-core-sounds-{en,es,fr,it,ru}{,-g722}
python scripts/prompts.py prompts
python scripts/mix_languages.py prompts

A second run gives the same bytes. The voices: orchestrator/clips/robustness/languages.md.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE, flac
from orchestrator.clips.robustness.cases import RECORDING

PROMPTS = {
    "en": "vm-mismatch",
    "es": "confbridge-unlocked",
    "fr": "vm-mailboxfull",
    "it": "ss-noservice",
    "ru": "ss-noservice",
}
PAUSE_SECONDS = 0.6


def main() -> None:
    """Write the recording, and its text beside it."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one folder
        sys.exit(f"usage: {Path(sys.argv[0]).name} PROMPTS")
    prompts = [Path(sys.argv[1]) / folder / f"{name}.flac" for folder, name in PROMPTS.items()]
    if missing := [prompt for prompt in prompts if not prompt.exists()]:
        sys.exit(f"{missing[0]} is missing: python scripts/prompts.py {sys.argv[1]}")
    pause = np.zeros(round(PAUSE_SECONDS * RATE), np.float32)
    pieces, texts = [], []
    with tempfile.TemporaryDirectory() as cache:
        for prompt in prompts:
            pieces += [np.fromfile(decode(prompt, Path(cache)).pcm, "<f4"), pause]
            texts.append(" ".join(prompt.with_suffix(".txt").read_text("utf-8").split()))
    samples = np.concatenate(pieces)
    RECORDING.write_bytes(flac(samples))
    RECORDING.with_suffix(".txt").write_text("\n".join(texts) + "\n", "utf-8")
    print(f"{RECORDING.name}: {len(samples) / RATE:.2f} s, {RECORDING.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
