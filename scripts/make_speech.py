"""Reads the texts of the bundled clips aloud into 16 kHz mono FLAC files, and sums them.

uv run --locked --project envs/speech python scripts/make_speech.py

A second run on one machine gives the same bytes. Another processor may round differently in the
voice's int8 network, so the committed files stay the reference: remake them only to change a text.
"""

import hashlib
from pathlib import Path

import av
from hibari import SAMPLE_RATE, Hibari

BUNDLED = Path(__file__).parents[1] / "orchestrator" / "audio" / "bundled"
RATE = 16_000
SEED = 0


def speak(voice: Hibari, text: str) -> av.AudioFrame:
    """Return `text` read aloud as one frame of mono float32 at the voice's own rate."""
    frame = av.AudioFrame.from_ndarray(voice(text, seed=SEED)[None], format="flt", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    return frame


def write_flac(speech: av.AudioFrame, path: Path) -> None:
    """Write `speech` as 16-bit 16 kHz mono FLAC."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(path, "w") as container:
        # Without it the file carries the FFmpeg version, and every upgrade would change its sum.
        container.flags |= av.container.Flags.bitexact.value
        stream = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        for frame in [*resampler.resample(speech), *resampler.resample(None), None]:
            container.mux(stream.encode(frame))


def main() -> None:
    """Make every clip that has a text, then write SHA256SUMS over clips and texts."""
    voice = Hibari()
    for text in sorted(BUNDLED.glob("*.txt")):
        write_flac(speak(voice, text.read_text(encoding="utf-8")), text.with_suffix(".flac"))
    files = sorted([*BUNDLED.glob("*.flac"), *BUNDLED.glob("*.txt")])
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (BUNDLED / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


if __name__ == "__main__":
    main()
