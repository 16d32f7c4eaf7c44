"""The voice, run by the python of envs/speech: `python -m orchestrator.clips.speech.voice`.

Each line on stdin is a JSON object with `text`, `speed` and `seed`; the answer on stdout is a line
with the number of samples, then so many float32 in the machine's order: mono at 16 kHz.
"""

import json
import sys

import av
import numpy as np
from hibari import SAMPLE_RATE, Hibari  # type: ignore[import-not-found]
from numpy.typing import NDArray

from orchestrator.clips.audio.samples import RATE


def speak(voice: Hibari, text: str, speed: float = 1.0, seed: int = 0) -> NDArray[np.float32]:
    """Return `text` read aloud, mono at 16 kHz; empty where the voice finds nothing to read."""
    speech = voice(text, speed=speed, seed=seed)
    if not len(speech):
        return np.zeros(0, np.float32)
    frame = av.AudioFrame.from_ndarray(speech[None], "flt", "mono")
    frame.sample_rate = SAMPLE_RATE
    resampler = av.AudioResampler("flt", "mono", RATE)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    samples: NDArray[np.float32] = np.concatenate([each.to_ndarray()[0] for each in frames])
    return samples


def main() -> None:
    """Answer until stdin ends."""
    voice = Hibari()
    for line in sys.stdin.buffer:
        speech = speak(voice, **json.loads(line))
        sys.stdout.buffer.write(b"%d\n" % len(speech))
        sys.stdout.buffer.write(speech.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
