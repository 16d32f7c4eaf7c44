"""English by the rules of Whisper's authors, but for those that delete what was said.

Their package turns "one dollar" and "one percent" into "one", "a thousand million" into "a 1000",
"at that point and then" into "at that and then". Here a number is read by its rules only as far as
each word of it makes a difference.
"""

import re
import unicodedata
import warnings
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

import regex  # type: ignore[import-untyped]

from orchestrator.analysis.scoring.letters import COMPARED, DECORATION, MINUS, is_read

with warnings.catch_warnings():
    # An escape in its docstring: Python 3.12 would print a warning when it is first compiled.
    warnings.simplefilter("ignore")
    from whisper_normalizer.basic import (  # type: ignore[import-untyped]
        remove_symbols_and_diacritics,
    )
    from whisper_normalizer.english import (  # type: ignore[import-untyped]
        EnglishNumberNormalizer,
        EnglishTextNormalizer,
    )

__all__ = ["English", "EnglishTextNormalizer"]

_LONGEST_NUMBER = 40  # words: who counts to a hundred does not say one number

# Signs as they are read; those of the package's own currencies stay in front of digits.
_CURRENCIES = {"$": "dollar", "\u20ac": "euro", "\u00a3": "pound", "\u00a2": "cent"}
_OTHER_CURRENCIES = {
    "\u00a5": "yen",
    "\u20b9": "rupees",
    "\u20a9": "won",
    "\u20bd": "rubles",
    "\u20aa": "shekels",
    "\u20ab": "dong",
    "\u20ba": "lira",
    "\u20b4": "hryvnias",
    "\u20a6": "naira",
    "\u20b1": "pesos",
    "\u0e3f": "baht",
    "\u20bf": "bitcoin",
}
_READ = {
    "%": "percent",
    "\u2030": "per mille",
    "\u00b0": "degrees",
    "&": "and",
    "+": "plus",
    "=": "equals",
    "\u00d7": "times",
    "\u00f7": "divided by",
    "\u00b1": "plus or minus",
    "@": "at",
    "\u00a7": "section",
    "\u2212": "minus",
    "<": "less than",
    ">": "greater than",
}
_OWN = re.escape("".join(_CURRENCIES))
_OTHER = re.escape("".join(_OTHER_CURRENCIES))
_READ |= _OTHER_CURRENCIES
_SIGN = regex.compile(rf"[\p{{Sc}}#*\u2044{re.escape(''.join(_READ))}]")
_READ_SIGN = re.compile(f"[{re.escape(''.join(_READ))}]")
_BEHIND = re.compile(rf"(\d)\s?([{_OWN}])(?!\d)")
_APART = re.compile(rf"([{_OWN}])\s*(?=\d)")
_POINT_AHEAD = re.compile(rf"([{_OWN}])\.(?=\d)")
_ALONE = re.compile(rf"[{_OWN}](?!\d)")
_BEFORE_AMOUNT = re.compile(rf"([{_OTHER}])\s?(\d[\d,.]*(?:\s(?:thousand|\w+illion))?)")

_GROUPED = re.compile(r"(?<=\d),(?=(?:\d\d,)*\d{3}(?!\d))")  # 1,000, and 1,00,000 in India
_FULL_STOP = re.compile(r"\.(?!\d)")
_NUMBER = re.compile(rf"[{_OWN}]?\d+(?:\.\d+)?")
_CODE = re.compile(r"0\d\d+")  # 007, 0800: its zeros are said
_WHOLE = re.compile(r"(\d+)\.(0+)")  # a version; as money 5.00 is 5
_WHOLE_AMOUNT = re.compile(rf"([{_OWN}]\d+)\.0+(?!\d)")
_AND_CENTS = re.compile(r"([$\u20ac\u00a3]\d+) (?:and )?\u00a2(\d{1,2})(?!\d)")
_CENTS_ONLY = re.compile(r"[$\u20ac]0\.(\d\d)(?!\d)")
_IS_SIGNED = {"negative": "minus", "positive": "plus"}
_ONES = {"1": "one", "1s": "ones"}  # as a pronoun it is no number


class _Numbers(EnglishNumberNormalizer):  # type: ignore[misc]
    """Reads runs of number words, and leaves the rest of a text alone."""

    def __init__(self) -> None:
        super().__init__()
        # "minus five dollars" would be "$5": a sign is a word of its own.
        self.words: set[str] = {*self.words} - self.preceding_prefixers.keys()
        self._read_once = lru_cache(4096)(self._read)

    def __call__(self, text: str) -> str:
        if "half" in text or any(map(str.isdigit, text)):
            text = self.preprocess(text)
        words: list[str] = []
        for numeric, group in groupby(text.split(), self._is_numeric):
            run = list(group)
            if numeric and words and run[0] in self.decimals | self.multipliers.keys():
                words[-1] = _IS_SIGNED.get(words[-1], words[-1])
            pieces = range(0, len(run), _LONGEST_NUMBER) if numeric else ()
            words += (
                word for at in pieces for word in self._read_once(*run[at : at + _LONGEST_NUMBER])
            )
            words += () if numeric else run
        text = " ".join(words)
        if "\u00a2" in text or "0." in text:
            text = _AND_CENTS.sub(lambda m: f"{m[1]}.{int(m[2]):02}", text)
            text = _CENTS_ONLY.sub(lambda m: f"\u00a2{int(m[1])}", text)
        return text

    def _is_numeric(self, word: str) -> bool:
        if word in self.words:
            return True
        return word[-1].isdigit() and bool(_NUMBER.fullmatch(word)) and not _CODE.fullmatch(word)

    def _read(self, *run: str) -> tuple[str, ...]:
        """Return a run as numbers; a word that would make no difference stays beside them."""
        found = self._numbers(run)
        if not self.words.isdisjoint(run):
            for at, word in enumerate(run):
                rest = run[at + 1 :]
                if (
                    self._is_idle(run[:at], word, rest)
                    or self._numbers((*run[:at], *rest)) != found
                ):
                    continue
                behind = self._read(*rest)
                if word in self.zeros:
                    joined = bool(behind) and behind[0][0].isdigit()
                    behind = (f"0{behind[0]}", *behind[1:]) if joined else ("0", *behind)
                    return (*self._read(*run[:at]), *behind)
                return (*self._read(*run[:at]), word, *behind)
        return found

    def _is_idle(self, before: Sequence[str], word: str, rest: Sequence[str]) -> bool:
        """Tell whether a word has no value: "and"; "one" in one hundred; "zero" in 3.0 million."""
        multiplied = bool(rest) and rest[0] in self.multipliers
        decimal = before[-1:] == ("point",) and word in self.zeros
        return word == "and" or (multiplied and (decimal or word in ("one", "1")))

    def _numbers(self, run: Sequence[str]) -> tuple[str, ...]:
        found = self.process_words(self._spelled(run))
        return tuple(_ONES.get(w) or _WHOLE_AMOUNT.sub(r"\1", w) for w in found if w)

    def _spelled(self, run: Sequence[str]) -> list[str]:
        """Spell what would be read as a whole number, or none: 3.0, and a 0 before words."""
        spelled: list[str] = []
        for word in reversed(run):
            if whole := _WHOLE.fullmatch(word):
                spelled += (whole[2], "point", "zero" if whole[1] == "0" else whole[1])
            else:
                before_word = word == "0" and bool(spelled) and spelled[-1] in self.words
                spelled.append("zero" if before_word else word)
        return spelled[::-1]


class _Letters(dict[int, str]):
    """What the package makes of each character, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        found: str = char if is_read(char) else remove_symbols_and_diacritics(char, keep=".")
        self[code] = found
        return found


class English(EnglishTextNormalizer):  # type: ignore[misc]
    """Normalises a text whose letters are unified; `numbers` become digits."""

    def __init__(self, *, numbers: bool = True) -> None:
        super().__init__()
        self._fillers = re.compile(self.ignore_patterns)
        # Most texts have few of these sixty words: to look for each is quicker than to replace it.
        self._short_forms = [
            (pattern.replace(r"\b", ""), re.compile(pattern), words)
            for pattern, words in self.replacers.items()
        ]
        self._numbers = _Numbers() if numbers else None
        self._letters = _Letters()

    def __call__(self, text: str) -> str:
        """Return the words of a text, some of them with signs that belong to a number."""
        if "-" in text:
            text = MINUS.sub("\u2212", text)
        if _SIGN.search(text):
            text = _signs_read(text)
        text = self._fillers.sub("", text)
        if "'" in text:
            text = re.sub(r"\s+'", "'", text).replace("o'clock", "oclock")
        for form, pattern, words in self._short_forms:
            if form in text:
                text = pattern.sub(words, text)
        text = _FULL_STOP.sub(" ", _GROUPED.sub("", text))
        if not text.isascii():
            text = unicodedata.normalize("NFKD", text)
        text = text.translate(self._letters)
        if self._numbers:
            text = self._numbers(text)
        spelled: str = self.standardize_spellings(text)
        return spelled


def _signs_read(text: str) -> str:
    """Return a text with signs as the words they are read as, and amounts with theirs in front."""
    text = COMPARED.sub(" ", text)
    text = re.sub(r"(?<=\d) 1\u20442\b", ".5", text)
    text = re.sub(r"(?<=\b[a-g])#(?!\w)", " sharp ", text)
    text = re.sub(r"#(?=\d)", "number ", text)
    text = DECORATION.sub(" ", text)
    text = _BEFORE_AMOUNT.sub(lambda m: f" {m[2]} {_OTHER_CURRENCIES[m[1]]} ", text)
    text = _BEHIND.sub(lambda m: f"{m[1]} {_CURRENCIES[m[2]]}s ", text)
    text = _POINT_AHEAD.sub(r"\g<1>0.", text)
    text = _APART.sub(r" \1", text)
    text = _ALONE.sub(lambda m: f" {_CURRENCIES[m[0]]} ", text)
    return _READ_SIGN.sub(lambda m: f" {_READ[m[0]]} ", text)
