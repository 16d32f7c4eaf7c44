"""What people run today: both libraries in one environment and process, one after the other."""

import sys

import faster_whisper
import numpy as np
from pywhispercpp.model import Model


def main() -> None:
    """Load each model, warm up as often as is said, transcribe three times."""
    folder, ggml, pcm, warm_up, threads, *warm_ups = sys.argv[1:]
    clip, other = np.fromfile(pcm, np.float32), np.fromfile(warm_up, np.float32)
    first, second = ([other] * int(times) + [clip] * 3 for times in warm_ups)
    whisper = faster_whisper.WhisperModel(
        folder, device="cpu", compute_type="int8", cpu_threads=int(threads)
    )
    for audio in first:
        segments, _ = whisper.transcribe(audio, language="en")
        print("".join(segment.text for segment in segments))
    cpp = Model(ggml, n_threads=int(threads), print_progress=False)
    for audio in second:
        print(" ".join(segment.text for segment in cpp.transcribe(audio)))


if __name__ == "__main__":
    main()
