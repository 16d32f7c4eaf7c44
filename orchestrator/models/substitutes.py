"""Which model stands in for one that cannot be had, when `--substitute` allows it."""

import re
from collections.abc import Iterator

from orchestrator.cache.formats import OPENAI

# From the best to the smallest; whoever asks for less than the first begins further down.
LADDER = ("large-v3", "large-v3-turbo", "medium", "small", "base", "tiny")
_VARIANT = re.compile(rf"(?:distil-)?({OPENAI.pattern})(?:-.+)?")


def chain(asked: str) -> Iterator[str]:
    """Yield the names to try, the nearest first; nothing for a model that is no Whisper.

    A quantised or distilled variant gives way to its own original, large-v1 and v2 to large-v3. An
    English model gives way to the multilingual of its size, then to the next smaller pair, English
    first.
    """
    match = _VARIANT.fullmatch(asked)
    if not match:
        return
    original = match[1]
    size, english = original.removesuffix(".en"), original.endswith(".en")
    begin = LADDER.index(size) if size in LADDER else 0
    names = [original]
    for rung in LADDER[begin:]:
        has_english = not rung.startswith("large")
        names += [f"{rung}.en", rung] if english and has_english else [rung]
    yield from (name for name in dict.fromkeys(names) if name != asked)
