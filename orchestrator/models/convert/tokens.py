"""The vocabulary and the special tokens of a checkpoint, read from its `tokenizer.json`.

Layout: the serialised form of Hugging Face's tokenizers, model type BPE. Tokens are spelled in
GPT-2's alphabet (openai/gpt-2, src/encoder.py), which gives every byte a printable character.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.models.convert.checkpoint import BadCheckpoint, read_json

END_OF_TEXT = "<|endoftext|>"
START = "<|startoftranscript|>"


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
        """Return `<|en|>` and its kin: what stands between the start token and the tasks."""
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
