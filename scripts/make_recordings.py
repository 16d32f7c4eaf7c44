"""Makes the bundled human recordings of Debian's Asterisk prompts, and sums every bundled file.

apt-get install asterisk-core-sounds-en{,-g722}
python -m scripts.prompts prompts
python -m scripts.make_recordings prompts

A second run gives the same bytes. Voice and licence: orchestrator/clips/audio/bundled/README.md.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from orchestrator.clips.audio.decoded_cache import decode
from orchestrator.clips.audio.samples import RATE, Samples, flac
from orchestrator.clips.speech.lines import mixed, pink
from scripts.make_speech import BUNDLED, write_sums

NOISE_DECIBELS = 3  # below the speech
ECHO_SECONDS = 0.7  # until an echo is 60 dB softer: a hall without curtains
DIRECT = 0.25  # how much of the voice arrives straight, across such a room


def near(speech: Samples) -> Samples:
    """Return it as it was recorded."""
    return speech


def noisy(speech: Samples) -> Samples:
    """Mix pink noise under it."""
    return mixed(speech, pink(len(speech), seed=2), NOISE_DECIBELS)


def far(speech: Samples) -> Samples:
    """Return it as heard across a hall: little of the voice itself, and much of its echo."""
    time = np.arange(round(ECHO_SECONDS * RATE)) / RATE
    echo = np.random.default_rng(3).standard_normal(len(time)) * 10 ** (-3 * time / ECHO_SECONDS)
    echo /= np.sqrt(np.sum(echo**2))
    echo[0] += DIRECT
    size = len(speech) + len(echo)
    heard = np.fft.irfft(np.fft.rfft(speech, size) * np.fft.rfft(echo, size), size)
    heard = heard[: len(speech)].astype(np.float32)
    return heard * np.float32(np.sqrt(np.mean(speech**2) / np.mean(heard**2)) / 4)


RECORDINGS: dict[str, tuple[str, Callable[[Samples], Samples]]] = {
    "names": ("demo-moreinfo", near),
    "numbers": ("screen-callee-options", near),
    "noisy": ("conf-usermenu", noisy),
    "far": ("demo-abouttotry", far),
}


def main() -> None:
    """Write the recordings, a text beside each, and the sums of all that is bundled."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one folder
        sys.exit(f"usage: {Path(sys.argv[0]).name} PROMPTS")
    prompts = {p: Path(sys.argv[1]) / "en" / f"{p}.flac" for p, _ in RECORDINGS.values()}
    if missing := [path for path in prompts.values() if not path.exists()]:
        sys.exit(f"{missing[0]} is missing: python -m scripts.prompts {sys.argv[1]}")
    with tempfile.TemporaryDirectory() as cache:
        for name, (prompt, heard) in RECORDINGS.items():
            source = prompts[prompt]
            speech = np.fromfile(decode(source, Path(cache)).pcm, "<f4")
            (BUNDLED / f"{name}.flac").write_bytes(flac(heard(speech)))
            text = " ".join(source.with_suffix(".txt").read_text("utf-8").split())
            (BUNDLED / f"{name}.txt").write_text(text + "\n", "utf-8")
    write_sums()


if __name__ == "__main__":
    main()
