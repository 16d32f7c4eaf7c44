"""PocketSphinx: CMU's classical decoder, acoustic model and trigrams, one thread of the CPU."""

import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runners.protocol import Scalar
from runners.serve import Options, Result, Runner, Segment, Unsupported, main
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    reported,
    require_files,
    with_extra,
)

if TYPE_CHECKING:
    from pathlib import Path

_ACOUSTIC, _LANGUAGE_MODEL, _DICTIONARY = "en-us", "en-us.lm.bin", "cmudict-en-us.dict"
_FILES = tuple(
    f"{_ACOUSTIC}/{name}"
    for name in ("feat.params", "mdef", "means", "sendump", "transition_matrices", "variances")
)
# What the runner sets itself, or what only writes files.
_OURS = {"dict", "hmm", "lm", "samprate", "loglevel", "logfn"}
_RATE = 16_000
_FRAMES_PER_SECOND = 100
_LARGEST = 32_767
_FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")  # silence, noise, and the ends of an utterance
_PRONUNCIATION = re.compile(r"\(\d+\)$")  # "the(2)" is said another way


class PocketSphinx(Runner):
    """A clip is one utterance, whose features are normalised over all of it."""

    name = "pocketsphinx"
    library = "pocketsphinx"

    def __init__(self) -> None:
        import numpy as np
        import pocketsphinx

        self._np: Any = np
        self._library: Any = pocketsphinx

    def settings(self, profile: str) -> dict[str, Any]:
        """Return the decoder's parameters; a profile changes none."""
        del profile
        defaults = self._library.Config()
        plain = {name: defaults[name] for name in sorted(defaults) if name not in _OURS}
        return {name: value for name, value in plain.items() if value is not None}

    def require(self, options: Options, model: "Path | None") -> None:
        """Refuse what the decoder has no choice of."""
        del model
        if options.device == "gpu":
            raise Unsupported("PocketSphinx computes on the CPU only")
        if options.precision not in (None, "float32"):
            raise Unsupported(f"precision {options.precision!r}: PocketSphinx has float32 only")

    def load(self, model: "Path", options: Options) -> dict[str, Scalar]:
        """Load a folder with an acoustic model, a language model and a dictionary."""
        self.require(options, model)
        require_files(model, *_FILES, _LANGUAGE_MODEL, _DICTIONARY)
        settings = with_extra(self.settings(options.profile), options.extra)
        self._language = choose_language(options.language, ("en",), multilingual=False)
        with blaming(model):
            self._decoder = self._library.Decoder(
                hmm=str(model / _ACOUSTIC),
                lm=str(model / _LANGUAGE_MODEL),
                dict=str(model / _DICTIONARY),
                samprate=_RATE,
                **options.extra,
            )
        self._words = options.words
        return {
            "device": "cpu",
            "compute_type": "float32",
            "threads": 1,
            "library": metadata.version(self.library),
            "multilingual": False,
            **chunking("whole", None),
            **reported(settings, options.extra),
        }

    def transcribe(self, audio: Any) -> Result:  # noqa: ANN401 - an ndarray
        """Transcribe one utterance."""
        samples = (self._np.clip(audio, -1, 1) * _LARGEST).astype(self._np.int16)
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        phrases = _phrases(self._decoder.seg() or ())
        return Result(
            text=found.hypstr if found else "",
            language=self._language,
            segments=[
                Segment(words[0].start, words[-1].end, " ".join(word.text for word in words))
                for words in phrases
            ],
            words=[word for words in phrases for word in words] if self._words else None,
        )


def _phrases(pieces: Any) -> list[list[Segment]]:  # noqa: ANN401 - an iterator of the library's
    """Return words as they stand between pauses and noises."""
    phrases: list[list[Segment]] = [[]]
    for piece in pieces:
        if _FILLER.fullmatch(piece.word):
            phrases.append([])
            continue
        start = piece.start_frame / _FRAMES_PER_SECOND
        end = (piece.end_frame + 1) / _FRAMES_PER_SECOND
        phrases[-1].append(Segment(start, end, _PRONUNCIATION.sub("", piece.word)))
    return [words for words in phrases if words]


if __name__ == "__main__":
    main(PocketSphinx)
