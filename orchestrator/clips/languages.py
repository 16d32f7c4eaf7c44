"""One code for each language, whatever a corpus, a person or an engine calls it.

ISO 639 is `iso639-lang`'s to know. Here stand the languages that Whisper has, which are most of
what comes and need no file of 8,000, and the names and codes that no standard lists.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import cache, lru_cache

from orchestrator.errors import UsageError

# Whisper's languages by its own names.
_WHISPER = """
af afrikaans am amharic ar arabic as assamese az azerbaijani ba bashkir be belarusian bg bulgarian
bn bengali bo tibetan br breton bs bosnian ca catalan cs czech cy welsh da danish de german
el greek en english es spanish et estonian eu basque fa persian fi finnish fo faroese fr french
gl galician gu gujarati ha hausa haw hawaiian he hebrew hi hindi hr croatian ht haitian-creole
hu hungarian hy armenian id indonesian is icelandic it italian ja japanese jv javanese ka georgian
kk kazakh km khmer kn kannada ko korean la latin lb luxembourgish ln lingala lo lao lt lithuanian
lv latvian mg malagasy mi maori mk macedonian ml malayalam mn mongolian mr marathi ms malay
mt maltese my myanmar ne nepali nl dutch nn nynorsk no norwegian oc occitan pa punjabi pl polish
ps pashto pt portuguese ro romanian ru russian sa sanskrit sd sindhi si sinhala sk slovak
sl slovenian sn shona so somali sq albanian sr serbian su sundanese sv swedish sw swahili ta tamil
te telugu tg tajik th thai tk turkmen tl tagalog tr turkish tt tatar uk ukrainian ur urdu uz uzbek
vi vietnamese yi yiddish yo yoruba yue cantonese zh chinese
"""
_OTHERS = "my burmese es castilian fa farsi nl flemish cmn mandarin nb bokmal he ivrit"
# Filipino is Tagalog to ISO 639-2's users and to every engine; the others are withdrawn codes that
# engines trained on older data still answer with, or that have no successor in the standard.
_CODES = "tl fil tl filipino he iw id in yi ji jv jw ro mo sr sh sr hbs"
_PAIRS = f"{_WHISPER} {_OTHERS} {_CODES}".split()
_NAMED = dict(zip(_PAIRS[1::2], _PAIRS[::2], strict=True))
_NAMES = {code: name for name, code in reversed(_NAMED.items())}
_TABLE = {code: code for code in _NAMES} | _NAMED

_SHORTEST_NAME = 4  # characters: of the standard's two thousand shorter names none is meant
_FEW = 4  # languages by their codes; more are counted
_ALIKE = 0.7  # of 1, by difflib: "englsh" is 0.92 like "english"

# Members of what ISO 639-3 calls a macrolanguage: whoever says "zh" of Cantonese is not wrong.
_PART_OF = {"cmn": "zh", "yue": "zh", "nb": "no", "nn": "no"}
_ALL_BUT_WHOLE = ("cmn", "nb")  # the member that is meant where only the whole is named

# What the engines of a family call a language, where that is not its code.
_CALLED = {"whisper": {"jv": "jw"}, "apple": {"no": "nb", "tl": "fil"}}

AUTO = "auto"
"""What a person asks for who wants the language detected."""
MULTIPLE = "mul"
"""ISO 639's code for several languages: no engine is given it, and none detects it."""

_NO_ONE_LANGUAGE = (MULTIPLE, "und", "zxx", "mis")  # several, unknown, none, one without a code


def code(language: str) -> str:
    """Return the code of a language: "pt" of "pt_BR", "en" of "eng", "jv" of "jw", "zh" of "cmn".

    It is ISO 639-1's where there is one, of a member of a macrolanguage the whole's; of what is no
    language its first part.
    """
    return known(language) or _parts(language)[0]


def known(language: str) -> str | None:
    """Return the code of a language by its code, tag or English name; None for what is none."""
    found = _found(language)
    return _PART_OF[found] if found in _ALL_BUT_WHOLE else found


@lru_cache(4096)
def _found(language: str) -> str | None:
    """Return the code, of Mandarin and Bokmal too where that is what was named."""
    whole = _plain(language)
    first, *rest = _parts(language)
    if whole in _TABLE:
        return _TABLE[whole]
    if whole in _NO_ONE_LANGUAGE:
        return whole
    # An extended subtag says more than the tag it stands behind: zh-yue.
    extended = _iso(rest[0]) if rest and len(rest[0]) == 3 and rest[0].isalpha() else None  # noqa: PLR2004
    if extended and _PART_OF.get(extended) == first:
        return extended
    if len(first) in (2, 3) and " " not in language.strip():
        return _TABLE.get(first) or _iso(first)
    if len(whole) < _SHORTEST_NAME:
        return None
    return _iso(whole.replace("-", " ").title()) or _iso(language.strip())


def chosen(language: str) -> str:
    """Return the code of a language that a person asks for; raise UsageError naming the nearest."""
    if language == AUTO:
        return AUTO
    if (found := known(language)) and found not in _NO_ONE_LANGUAGE:
        return found
    plain = _plain(language)
    near = [_TABLE[word] for word in get_close_matches(plain, _TABLE, n=6, cutoff=_ALIKE)]
    names = [f"{each} ({_NAMES[each]})" for each in dict.fromkeys(near)]
    if not names and len(plain) >= _SHORTEST_NAME:
        names = get_close_matches(plain.title(), _iso_names(), cutoff=_ALIKE)
    hint = f"did you mean {' or '.join(names[:3])}? " if names else ""
    fix = f"{hint}Give a code of ISO 639 or an English name: --language en, --language english"
    raise UsageError(f"there is no language {language!r}", fix)


def beyond_english(asked: str | None) -> bool:
    """Whether a language is asked for that is known, and not English."""
    return asked not in (None, "en", AUTO)


def spoken(asked: str | None, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what clips are in: the language asked for, else those that they say."""
    return tuple(known) if asked in (None, AUTO) else (asked,)


def knows(recorded: Collection[str], language: str) -> bool | None:
    """Tell whether a model of which these are recorded knows a language; None without a record.

    Several at once are known where more than one is.
    """
    if not recorded:
        return None
    return len(recorded) > 1 if language == MULTIPLE else language in map(code, recorded)


def lack(model: str, recorded: Collection[str], spoken: Iterable[str]) -> str:
    """Say what a model knows and which of the languages spoken it does not; empty for none."""
    lacked = [each for each in spoken if knows(recorded, each) is False]
    names = ", ".join("several at once" if each == MULTIPLE else each for each in lacked)
    known = ", ".join(recorded) if len(recorded) <= _FEW else f"{len(recorded)} languages"
    return f"{model} knows {known}, and not {names}" if lacked else ""


def called(language: str, family: str) -> str:
    """Return what the engines of a family call a language: "jw" for Javanese in Whisper's."""
    spoken = code(language)
    return _CALLED.get(family, {}).get(spoken, spoken)


def agree(one: str, other: str) -> bool:
    """Tell whether two names mean one language, or one of them a language the other is part of."""
    first, second = (_found(name) or code(name) for name in (one, other))
    return first == second or _PART_OF.get(first) == second or first == _PART_OF.get(second)


def _plain(language: str) -> str:
    return "-".join(_parts(language))


def _parts(language: str) -> list[str]:
    """Return the parts of a tag, of a locale without its encoding (de_DE.UTF-8), or of a name."""
    tag = language.strip().lower().partition(".")[0].partition("@")[0]
    return tag.replace("_", " ").replace("-", " ").split() or [""]


@cache
def _iso(value: str) -> str | None:
    """Return the code of what ISO 639 lists, in any of its parts, by any of its names."""
    from iso639 import Lang  # noqa: PLC0415 - reads 2 MB, for languages that are not in the table
    from iso639.exceptions import (  # noqa: PLC0415
        DeprecatedLanguageValue,
        InvalidLanguageValue,
    )

    try:
        found = Lang(value)
    except DeprecatedLanguageValue as error:
        return _iso(error.change_to) if error.change_to else None
    except InvalidLanguageValue:
        return None
    own = found.pt1 or found.pt3 or found.pt2t
    whole = found.macro() if not found.pt1 and own not in _TABLE else None
    spoken = (whole and whole.pt1) or own
    return _TABLE.get(spoken, spoken)


@cache
def _iso_names() -> list[str]:
    from iso639 import iter_langs  # noqa: PLC0415 - see above

    return [language.name for language in iter_langs()]
