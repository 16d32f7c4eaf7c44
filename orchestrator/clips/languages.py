"""Names of languages made one: what a corpus, an option and an engine each call the same thing."""

# Whisper's languages by its own names, as people and older files write them.
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
_OTHERS = "my burmese es castilian fa farsi nl flemish cmn mandarin nb bokmal tl fil"
# Codes withdrawn from ISO 639-1: engines trained on older data still answer with them.
_WITHDRAWN = "he iw id in yi ji jv jw ro mo"
_PAIRS = f"{_WHISPER} {_OTHERS} {_WITHDRAWN}".split()
_CODES = dict(zip(_PAIRS[1::2], _PAIRS[::2], strict=True))
# Members of what ISO 639-3 calls a macrolanguage: whoever says "zh" of Cantonese is not wrong.
_PART_OF = {"cmn": "zh", "yue": "zh", "nb": "no", "nn": "no"}

MULTIPLE = "mul"
"""ISO 639's code for several languages: no engine is told it, and none detects it."""


def code(language: str) -> str:
    """Return the primary code of a language: "pt" of "pt_BR", "en" of "English", "jv" of "jw"."""
    whole = language.strip().lower().replace("_", "-").replace(" ", "-")
    name = whole if whole in _CODES else whole.split("-")[0]
    return _CODES.get(name, name)


def agree(one: str, other: str) -> bool:
    """Tell whether two names mean one language, or one of them a language the other is part of."""
    first, second = code(one), code(other)
    return first == second or _PART_OF.get(first) == second or first == _PART_OF.get(second)
