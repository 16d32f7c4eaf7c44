"""Words, out of the pieces of words that an engine emits."""

from collections.abc import Iterable

from runners.protocol import Segment


def joined(pieces: Iterable[Segment]) -> list[Segment]:
    """Join pieces into words, as tokenizers cut them: what begins with a space begins a word.

    A language without spaces stays as it was cut into sentences or segments, for want of a space.
    """
    words: list[Segment] = []
    for piece in pieces:
        if words and not piece.text.startswith(" "):
            begun = words.pop()
            words.append(Segment(begun.start, piece.end, begun.text + piece.text))
        else:
            words.append(piece)
    return words
