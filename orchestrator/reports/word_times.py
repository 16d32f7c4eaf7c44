"""What is said of the times that engines give to words: whose truth they are held against."""

from collections.abc import Iterator, Sequence

from orchestrator import units
from orchestrator.runs.schema import ContenderSummary

_KINDS = {
    "native": "times words by the frames in which its model emits them",
    "attention": "times words by aligning its decoder's attention with the audio",
    "tokens": "times words by time stamps between segments, and by length or loudness in between",
    "segments": "gives segments only: their first and last words are compared",
    None: "times words, and its backend does not say how they are timed",
}
_LATE_SECONDS = 0.02  # a smaller bias is none: engines count in steps of 10 or 20 ms


def words(line: ContenderSummary) -> bool:
    """Whether a contender gave times of words, not of segments alone."""
    return line.word_times is not None and line.word_times.of_words is not None


def heading(timed: Sequence[ContenderSummary]) -> str:
    """Say what is compared with what."""
    found = [line.word_times for line in timed if line.word_times]
    said, clips = max((one.words, one.clips) for one in found)
    return (
        f"Starts and ends of words against known ones, where the word was heard right:"
        f" {units.count(said, 'word')} in {units.count(clips, 'clip')}"
    )


def sentences(timed: Sequence[ContenderSummary]) -> Iterator[str]:
    """Yield how each contender times words, and what its times are off by as a whole."""
    for line in timed:
        if (found := line.word_times) is None:
            continue
        yield f"{line.contender}: {_KINDS[found.kind]}"
        errors = found.of_words or found.of_segments
        for what, bias in (
            ("starts", errors.start_bias_seconds if errors else 0.0),
            ("ends", errors.end_bias_seconds if errors else 0.0),
        ):
            if abs(bias) >= _LATE_SECONDS:
                direction = "late" if bias > 0 else "early"
                yield f"{line.contender}: {what} are {abs(bias):.3f} s {direction} (median)"
        if found.backwards:
            pieces = "word" if found.of_words else "segment"
            many = units.count(found.backwards, pieces)
            yield f"{line.contender}: {many} out of order: times run backwards"
        if found.failed:
            yield f"{line.contender}: failed at {units.count(found.failed, 'clip')}"
