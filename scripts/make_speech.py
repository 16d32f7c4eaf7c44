"""Reads the texts of the synthetic bundled clips aloud into 16 kHz mono FLAC files, and sums them.

uv run --locked --project envs/speech python -m scripts.make_speech

A second run on one machine gives the same bytes. Another processor may round differently in the
voice's int8 network, so the committed files stay the reference: remake them only to change a text.
"""

import hashlib
import sys
from pathlib import Path

from orchestrator.clips.audio.samples import flac

BUNDLED = Path(__file__).parents[1] / "orchestrator" / "clips" / "audio" / "bundled"


SPOKEN = ("clean-room", "warm-up")


def write_sums() -> None:
    """Write and print SHA256SUMS over every bundled clip and text."""
    files = sorted([*BUNDLED.glob("*.flac"), *BUNDLED.glob("*.txt")])
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (BUNDLED / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


def main() -> None:
    """Make the clips that a synthetic voice speaks."""
    try:
        from hibari import Hibari  # noqa: PLC0415 - in envs/speech only
    except ModuleNotFoundError:
        sys.exit(f"the voice is not installed here: {__doc__.splitlines()[2]}")

    from orchestrator.clips.speech.voice import speak  # noqa: PLC0415 - the same

    voice = Hibari()
    for name in SPOKEN:
        speech = speak(voice, (BUNDLED / f"{name}.txt").read_text(encoding="utf-8"))
        (BUNDLED / f"{name}.flac").write_bytes(flac(speech))
    write_sums()


if __name__ == "__main__":
    main()
