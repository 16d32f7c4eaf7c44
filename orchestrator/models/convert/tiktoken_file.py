"""Makes a tokenizer.json of the ranks that OpenAI's own code keeps.

Ranks give each token's bytes the order in which they were learnt; a tokenizer.json wants the pairs
that were merged. A token's pair is what its bytes become when only earlier tokens exist. Layout:
the serialised form of Hugging Face's tokenizers.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

from orchestrator.models.convert.checkpoint import Dimensions, write_json
from orchestrator.models.convert.tokens import alphabet

_PAIR = 2
# A vocabulary of 99 languages has 51865 entries; large-v3 added a hundredth.
_ENTRIES_OF_99 = 51_865
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}


def write_tokenizer(dimensions: Dimensions, folder: Path) -> dict[str, Any]:
    """Write tokenizer.json as whisper-mps tokenizes; return what to suppress, by token ids."""
    from whisper_mps.whisper.tokenizer import get_tokenizer  # noqa: PLC0415 - only with OpenAI's

    multilingual = dimensions.multilingual
    languages = 99 + max(dimensions.n_vocab - _ENTRIES_OF_99, 0)
    tokenizer = get_tokenizer(multilingual, num_languages=languages)
    # tiktoken offers no other way to its ranks.
    ranks: dict[bytes, int] = tokenizer.encoding._mergeable_ranks  # noqa: SLF001
    write_json(folder / "tokenizer.json", document(ranks, tokenizer.special_tokens))
    special = tokenizer.special_tokens
    hushed = ("transcribe", "translate", "startoftranscript", "startofprev", "startoflm")
    silent = [special[f"<|{name}|>"] for name in (*hushed, "nospeech")]
    return {
        "suppress_ids": sorted([*tokenizer.non_speech_tokens, *silent]),
        "suppress_ids_begin": [*tokenizer.encode(" "), tokenizer.eot],
    }


def document(ranks: dict[bytes, int], special: dict[str, int]) -> dict[str, Any]:
    """Return a tokenizer.json of learnt tokens and special ones, by id."""
    letter = alphabet()
    spelled = {
        "".join(letter[byte] for byte in token): rank
        for token, rank in sorted(ranks.items(), key=lambda item: item[1])
    }
    pairs = (merge(token, ranks) for token in sorted(ranks, key=ranks.__getitem__))
    merges = [
        " ".join("".join(letter[byte] for byte in part) for part in pair) for pair in pairs if pair
    ]
    added = [
        {"id": at, "content": name, "special": True, "normalized": False}
        | dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
        for name, at in sorted(special.items(), key=lambda item: item[1])
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": _BYTE_LEVEL,
        "post_processor": None,
        "decoder": _BYTE_LEVEL,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "vocab": spelled,
            "merges": merges,
        },
    }


def merge(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """Return the two parts a token was learnt from; nothing for a single byte."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > _PAIR:
        joined = [ranks.get(a + b, len(ranks)) for a, b in pairwise(parts)]
        at = joined.index(min(joined))
        parts[at : at + _PAIR] = [parts[at] + parts[at + 1]]
    return parts if len(parts) == _PAIR else []
