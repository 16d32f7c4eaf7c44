"""Reads the texts of the bundled clips aloud into 16 kHz mono FLAC files, and sums them.

uv run --locked --project envs/speech python -m scripts.make_speech

A second run on one machine gives the same bytes. Another processor may round differently in the
voice's int8 network, so the committed files stay the reference: remake them only to change a text.
"""

import hashlib
from pathlib import Path

from hibari import Hibari

from orchestrator.clips.audio.samples import flac
from orchestrator.clips.speech.voice import speak

BUNDLED = Path(__file__).parents[1] / "orchestrator" / "clips" / "audio" / "bundled"


def main() -> None:
    """Make every clip that has a text, then write SHA256SUMS over clips and texts."""
    voice = Hibari()
    for text in sorted(BUNDLED.glob("*.txt")):
        speech = speak(voice, text.read_text(encoding="utf-8"))
        text.with_suffix(".flac").write_bytes(flac(speech))
    files = sorted([*BUNDLED.glob("*.flac"), *BUNDLED.glob("*.txt")])
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (BUNDLED / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


if __name__ == "__main__":
    main()
