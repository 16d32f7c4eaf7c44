"""PocketSphinx: CMU's classical decoder, acoustic model and trigrams, one thread of the CPU."""

import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runners.protocol import Scalar
from runners.serve import Listener, Options, Result, Runner, Segment, Unsupported, main
from runners.settings import (
    blaming,
    choose_language,
    chunking,
    reported,
    require_files,
    with_extra,
)
from runners.stream import Shown

if TYPE_CHECKING:
    from collections.abc import Callable
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
_SAMPLE_BYTES = 2
_A_SAMPLE = bytes(_SAMPLE_BYTES)  # of silence: the endpointer wants one at least
_FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")  # silence, noise, and the ends of an utterance
_PRONUNCIATION = re.compile(r"\(\d+\)$")  # "the(2)" is said another way


class PocketSphinx(Runner):
    """A clip is one utterance, whose features are normalised over all of it."""

    name = "pocketsphinx"
    library = "pocketsphinx"
    live = "native"

    def __init__(self) -> None:
        import pocketsphinx

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
        self._means = self._decoder.get_cmn(update=False)
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
        self._decoder.start_utt()
        self._decoder.process_raw(_pcm(audio), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return self._result(found.hypstr if found else "", _phrases(self._decoder))

    def listen(self, audio: Any) -> Listener:  # noqa: ANN401 - an ndarray
        """Return what hears a growing clip; it knows as little of those before as a new process."""
        self._decoder.start_stream()
        self._decoder.set_cmn(self._means)
        endpointer = self._library.Endpointer(sample_rate=_RATE)
        return _Utterances(audio, self._decoder, endpointer, self._result)

    def _result(self, text: str, phrases: list[list[Segment]]) -> Result:
        return Result(
            text=text,
            language=self._language,
            segments=[Segment(words[0].start, words[-1].end, _text(words)) for words in phrases],
            words=[word for words in phrases for word in words] if self._words else None,
        )


class _Utterances:
    """Hears a stream as the library's live programs do, utterance by utterance.

    Its endpointer finds where speech begins and ends. Of an utterance all words may change until
    its end: the last of the decoder's three passes is over the whole of it.
    """

    def __init__(
        self,
        audio: Any,  # noqa: ANN401 - an ndarray
        decoder: Any,  # noqa: ANN401 - the library's
        endpointer: Any,  # noqa: ANN401 - the library's
        result: "Callable[[str, list[list[Segment]]], Result]",
    ) -> None:
        self._audio, self._decoder, self._endpointer = audio, decoder, endpointer
        self._result = result
        self._frame = endpointer.frame_bytes // _SAMPLE_BYTES
        self._taken = 0
        self._speaks = False
        self._phrases: list[list[Segment]] = []
        self.resolved: dict[str, Scalar] = {
            "policy": "native",
            "endpointer": True,
            "frame_seconds": endpointer.frame_length,
        }

    def hear(self, samples: int) -> Shown:
        """Decode every whole frame that there is."""
        stood = len(self._phrases)
        while (end := self._taken + self._frame) <= samples:
            self._decode(self._endpointer.process(_pcm(self._audio[self._taken : end])))
            self._taken = end
        found = self._decoder.hyp() if self._speaks else None
        stands = "".join(f" {_text(words)}" for words in self._phrases[stood:])
        return Shown(stands, f" {found.hypstr}" if found else "", self._taken)

    def finish(self, samples: int) -> Result:
        """Decode what is left; the last utterance ends with the stream."""
        self.hear(samples)
        if self._speaks:
            rest = _pcm(self._audio[self._taken : samples])
            self._decode(self._endpointer.end_stream(rest or _A_SAMPLE))
            self._end()
        return self._result(" ".join(map(_text, self._phrases)), self._phrases)

    def _decode(self, speech: bytes | None) -> None:
        """Hand on what the endpointer takes for speech; the utterance ends where it says so."""
        if not speech:
            return
        if not self._speaks:
            self._decoder.start_utt()
            self._speaks = True
        self._decoder.process_raw(speech)
        if not self._endpointer.in_speech:
            self._end()

    def _end(self) -> None:
        if self._speaks:
            self._decoder.end_utt()
            self._speaks = False
            self._phrases += _phrases(self._decoder, self._endpointer.speech_start)


def _pcm(audio: Any) -> bytes:  # noqa: ANN401 - an ndarray
    return bytes((audio.clip(-1, 1) * _LARGEST).astype("int16").tobytes())


def _phrases(decoder: Any, begin: float = 0.0) -> list[list[Segment]]:  # noqa: ANN401 - the library's
    """Return the words of the last utterance as they stand between pauses and noises."""
    phrases: list[list[Segment]] = [[]]
    for piece in decoder.seg() or ():
        if _FILLER.fullmatch(piece.word):
            phrases.append([])
            continue
        start = begin + piece.start_frame / _FRAMES_PER_SECOND
        end = begin + (piece.end_frame + 1) / _FRAMES_PER_SECOND
        phrases[-1].append(Segment(start, end, _PRONUNCIATION.sub("", piece.word)))
    return [words for words in phrases if words]


def _text(words: list[Segment]) -> str:
    return " ".join(word.text for word in words)


if __name__ == "__main__":
    main(PocketSphinx)
