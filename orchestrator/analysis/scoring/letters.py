"""Which characters are the same in writing: what no reader sees, or may leave away, is no error."""

import re
import unicodedata
import warnings
from functools import cache

import regex  # type: ignore[import-untyped]

with warnings.catch_warnings():
    # An escape in its docstring: Python 3.12 would print a warning when it is first compiled.
    warnings.simplefilter("ignore")
    from whisper_normalizer.basic import remove_symbols  # type: ignore[import-untyped]

# U+0027 as typewriters, typesetters, transcribers and other scripts have it.
_APOSTROPHES = "\u02bc\u02b9\u02bb\ua78c\u00b4\u2018\u2019\u201b\u0060\uff07\u2032"

# Marks that readers supply themselves; of other scripts marks are letters, as in India.
_HARAKAT = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_POINTED = ("yi",)  # where points make letters
_STRESS = re.compile("(?<=[\u0400-\u052f])[\u0300\u0301]")
# Yeh, kaf and heh as Persian, Urdu and Arabic keyboards have them. Pashto, Uyghur and Sindhi use
# several as letters of their own; Arabic has words that differ in the dots of a last yeh.
_VARIANTS = {"\u06cc": "\u064a", "\u06a9": "\u0643", "\u06c1": "\u0647"}
_DOTLESS = {"\u0649": "\u064a"}
_OWN_LETTERS = ("ps", "sd", "ug")

_DOTTED_I = ("az", "tr")  # I has no dot, whatever its case: I and \u0131, \u0130 and i
_RAISED = regex.compile(r"(?<=\p{Nd})(?=\p{No})")  # 10² is no 102

# Markup has a name right behind the bracket: <unk>, </i>, <|en|>, <font size=2>, <00:01.000>.
_TAG = re.compile(r"</?\|?\w[\w|:.-]*(?:\s+[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s<>]+))*\s*/?>")
_NOTE = re.compile(r"(?<!\w)<[^\W\d][^<>=]*[^\W\d]>(?!\w)")  # <background noise>
# Numbers in parentheses are said: (555) 1234.
_ASIDE = re.compile(r"\[[^\]]*\]|\((?![\d\s.,:%$€£¥+-]+\))[^)]+\)")

# Signs that are read aloud stay as words of their own. Decoration is #tag, **loud** and the like,
# not the key of a telephone; a bracket alone, as in >> before a speaker, compares nothing.
_SAID = "%\u2030\u00b0&+=\u00d7\u00f7\u00b1@\u00a7\u2212<>#*"
MINUS = re.compile(r"(?<![\w.,:/-])-(?=[.$\u20ac\u00a3]?\d)")
DECORATION = re.compile(
    r"(?<=\S)[#*]+(?!\d)|[#*]+(?=[^\d\s])|(?<==)=|=(?==)|(?<!\d)(?<!\d\s)\u00b0"
)
COMPARED = re.compile(r"(?<![\w\s])\s*[<>]|(?<!\w)(?<!\w\s)[<>]|[<>](?!\s?\w)")
_CURRENCY = "$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf"
_AMOUNT = re.compile(rf"([{_CURRENCY}])\s?(\d[\d.,]*)")
# What parts a number is the same in all languages but English, whose rules know it: 1,5 and 1.5,
# 10:30 and 10.30; 1.000 and 1,000 are one word. In a text of words no other stop is left.
_INSIDE = re.compile(r"(\d)[.,:](?=\d)")
_GROUPS = re.compile(r"(?<=\d)[.,](?=\d{3}(?:[.,]\d{3})*(?!\d))")
_POINT = "\u2396"  # Unicode's key for it
_LOOSE = re.compile("[<>#*=\u00b0]")


_STRAIGHT = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
_VARIATIONS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x34F]))


def straight(text: str) -> str:
    """Return a text in which every apostrophe is a typewriter's."""
    return text.translate(_STRAIGHT)


def is_invisible(char: str) -> bool:
    """Tell whether nobody sees it: joiners, marks of direction, soft hyphens, variations.

    U+200C, which parts the letters of one Persian word, is among them: the word stays one.
    """
    return unicodedata.category(char) == "Cf" or char in _VARIATIONS


def is_read(char: str) -> bool:
    """Tell whether a sign is said, as all currencies are."""
    return unicodedata.category(char) == "Sc" or char in _SAID


def is_word(word: str) -> bool:
    """Tell whether anybody says it: letters, digits, and signs that are read."""
    return word.isalnum() or any(char.isalnum() or is_read(char) for char in word)


class _Visible(dict[int, str]):
    """What becomes of each character as it is seen, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = "" if is_invisible(chr(code)) else self._seen(chr(code))
        return found

    def _seen(self, char: str) -> str:
        return char


class _Unified(_Visible):
    """The same with one character for each that means the same in a language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def _seen(self, char: str) -> str:
        if char in _APOSTROPHES:
            return "'"
        if unicodedata.category(char) == "Nd":
            return str(unicodedata.decimal(char))
        if _HARAKAT.match(char) or (self._language not in _POINTED and _POINTS.match(char)):
            return ""
        if self._language not in _OWN_LETTERS:
            char = _VARIANTS.get(char, char)
            char = _DOTLESS.get(char, char) if self._language != "ar" else char
        # The dots over a Russian e may be left away, and mostly are.
        return "\u0435" if char == "\u0451" and self._language == "ru" else char


class _Words(_Unified):
    """The same with a space for each character that nobody says."""

    def _seen(self, char: str) -> str:
        if is_read(char):
            return f" {char} "
        if char == _POINT:
            return "."
        found: str = remove_symbols(super()._seen(char), preserve_marks=True)
        return found


_visible, _unified, _words = _Visible(), cache(_Unified), cache(_Words)


def visible(text: str) -> str:
    """Return a text as it is seen: composed (NFC), without what is invisible."""
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_visible))


def unified(text: str, language: str) -> str:
    """Return a text in lower case with one character for each that means the same."""
    text = _said(text, language)
    return text.replace("`", "'") if text.isascii() else text.translate(_unified(language))


def words(text: str, language: str) -> str:
    """Return a text in lower case with spaces between its words, by no language's own rules.

    Vowel signs of Indic scripts are marks: without them different words would be equal.
    """
    text = _said(text, language)
    if "-" in text:
        text = MINUS.sub("\u2212", text)
    if _LOOSE.search(text):
        text = DECORATION.sub(" ", COMPARED.sub(" ", text))
    text = _AMOUNT.sub(r" \2 \1 ", text)
    if _INSIDE.search(text):
        text = _INSIDE.sub(rf"\1{_POINT}", _GROUPS.sub("", text))
    return text.translate(_words(language))


def _said(text: str, language: str) -> str:
    """Return a text in lower case, without tags and notes in brackets, which nobody said."""
    if not text.isascii():
        # Its compatible form is a space and an accent.
        text = text.replace("\u00b4", "'").replace("\u3010", "[").replace("\u3011", "]")
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", _RAISED.sub(" ", text))
        text = text.replace("\u3014", "[").replace("\u3015", "]")
        if "\u0301" in text or "\u0300" in text:
            text = _STRESS.sub("", text)
    if "<" in text:
        text = _NOTE.sub(" ", _TAG.sub(" ", text))
    if "[" in text or "(" in text:
        text = _ASIDE.sub(" ", text)
    return lower(text, language)


def lower(text: str, language: str) -> str:
    """Return a text in lower case, by the rules of its language."""
    if language in _DOTTED_I:
        text = text.replace("I", "\u0131")
    return text.replace("\u0130", "i").lower()
