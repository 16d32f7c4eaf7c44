"""What a choice of a model needs to know: who speaks which language, under which licence, how."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field, field_validator

from orchestrator.cache.sources import Record

# What stands for many codes: OpenAI's list, but for Cantonese, which large-v3 brought.
_WHISPER = """
af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi
hr ht hu hy id is it ja jv ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn
no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi
yi yo zh
"""
_LANGUAGES = {"whisper": tuple(_WHISPER.split())}


class Facts(Record):
    """What its publisher says of a model; None and "" are what no record says.

    `languages` are ISO 639 codes. A model `streams` where it is made to answer while audio
    arrives; `words` and `punctuates` are of what this backend gives of it.
    """

    family: str = ""
    licence: str = ""  # as SPDX names it
    languages: Annotated[tuple[str, ...], Field(strict=False)] = ()
    streams: bool | None = None
    words: bool | None = None
    punctuates: bool | None = None

    @field_validator("languages")
    @classmethod
    def _spelt_out(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Write a set of languages as its codes."""
        return tuple(code for name in names for code in _LANGUAGES.get(name, (name,)))


class Rule(Facts):
    """Facts of all models of a file whose names a pattern matches."""

    models: str = "*"


def said_of(name: str, rules: Iterable[Rule]) -> Facts:
    """Return what rules say of a model; where two say the same, the later one is right."""
    said: dict[str, object] = {}
    for rule in rules:
        if fnmatchcase(name, rule.models):
            said |= rule.model_dump(exclude_unset=True, exclude={"models"})
    return Facts.model_validate(said)
