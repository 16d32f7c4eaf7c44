"""The vocabulary and special tokens of a checkpoint: its `tokenizer.json` read, or made of ranks.

Layout: the serialised form of Hugging Face's tokenizers, model type BPE. Tokens are spelled in
GPT-2's alphabet (openai/gpt-2, src/encoder.py), which gives every byte a printable character.
Ranks, which OpenAI's own code keeps, give each token's bytes the order in which they were learnt; a
tokenizer.json wants the pairs that were merged. A token's pair is what its bytes become when only
earlier tokens exist.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from orchestrator.models.convert.checkpoint import (
    BadCheckpoint,
    Dimensions,
    read_json,
    write_json,
)

END_OF_TEXT = "<|endoftext|>"
START = "<|startoftranscript|>"
_PAIR = 2
# A vocabulary of 99 languages has 51865 entries; large-v3 added a hundredth.
_ENTRIES_OF_99 = 51_865
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}


@dataclass(frozen=True)
class Tokens:
    """Ids by spelling: the byte-level vocabulary, its merges, and the tokens added to it."""

    path: Path
    vocabulary: dict[str, int]
    merges: list[str]
    added: dict[str, int]

    def special(self) -> list[str]:
        """Return every control token in the order of their ids: all but the timestamps."""
        last = self.id("<|notimestamps|>")
        return sorted((t for t, at in self.added.items() if at <= last), key=self.added.__getitem__)

    def id(self, token: str) -> int:
        """Return the id of a special token; raise BadCheckpoint when there is none."""
        if token not in self.added:
            raise BadCheckpoint(f"{self.path}: special token {token} is missing")
        return self.added[token]

    def languages(self) -> dict[str, int]:
        """Return the language tokens: those between the start token and the tasks."""
        first, last = self.id(START) + 1, min(self.id("<|translate|>"), self.id("<|transcribe|>"))
        return {token: at for token, at in self.added.items() if first <= at < last}

    def listed(self, entries: int) -> list[str]:
        """Return every token by id, as CTranslate2 lists them: what has no name is a timestamp.

        Raises BadCheckpoint for an id that is missing among the ordinary and special tokens.
        """
        by_id = {at: token for token, at in (self.vocabulary | self.added).items()}
        first = self.id("<|notimestamps|>") + 1
        try:
            named = [by_id[at] for at in range(first)]
        except KeyError as error:
            raise BadCheckpoint(f"{self.path}: no token for {error}") from None
        return named + [f"<|{0.02 * at:.2f}|>" for at in range(entries - first)]

    def spelled(self) -> list[bytes]:
        """Return the bytes of every ordinary token, by id: all that come before the first special.

        Raises BadCheckpoint for an id that is missing or a character outside the alphabet.
        """
        by_id = {at: token for token, at in self.vocabulary.items()}
        bytes_of = {character: byte for byte, character in alphabet().items()}
        try:
            return [
                bytes(bytes_of[character] for character in by_id[at])
                for at in range(self.id(END_OF_TEXT))
            ]
        except KeyError as error:
            raise BadCheckpoint(f"{self.path}: no token or byte for {error}") from None


def read_tokens(folder: Path) -> Tokens:
    """Read `tokenizer.json`; raise BadCheckpoint naming the file when it is no BPE tokenizer."""
    path = folder / "tokenizer.json"
    document = read_json(path)
    try:
        model: dict[str, Any] = document["model"]
        merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
        added = {str(t["content"]): int(t["id"]) for t in document["added_tokens"]}
        return Tokens(path, dict(model["vocab"]), merges, added)
    except (KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{path}: not a byte-level BPE tokenizer ({error!r})") from None


def alphabet() -> dict[int, str]:
    """Return the character of each byte: itself where printable, else counted from 256 up."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


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
